"""A run of learning as it can be followed elsewhere: what is told, to whom, and what becomes of those who fail.

Whoever follows a run changes nothing of it: one that cannot be told any more is left out, and the run goes on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from wares.encode.weights import write
from wares.errors import ConfigError
from wares.logs import Logger
from wares.registry import create, factory
from wares.types import FloatArray

FOLDER = "events"  # within that of the model

log = Logger(__name__)

Value = str | float | bool


@dataclass(frozen=True, slots=True)
class Run:
    """What is followed.

    Attributes
    ----------
    folder
        Where a tracker may write, of this run alone.
    name
        Of the model.
    first
        The first step that will be told; above 0 the run goes on with what was told before, and steps from this one on
        are told again.
    """

    folder: Path
    name: str
    first: int

    def kept(self, tracker: str) -> str:
        """What the run is called elsewhere; empty: it was never told there."""
        path = self._record(tracker)
        return path.read_text("utf-8").strip() if path.is_file() else ""

    def keep(self, tracker: str, id: str) -> None:
        """Note what the run is called elsewhere, so that it stays the same one when it goes on."""
        write(self._record(tracker), [id.encode()])

    def _record(self, tracker: str) -> Path:
        return self.folder / f"{tracker}-run"


class Tracker(Protocol):
    """Somewhere that a run is followed; made of a :class:`Run`. Any of its calls may fail, and it is called no more.

    Attributes
    ----------
    module
        The module that it needs.
    extra
        What of wares is installed for it.
    """

    module: str
    extra: str

    def settings(self, values: Mapping[str, Value]) -> None:
        """What the run is, told before anything else."""
        ...

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Numbers of a step by name; parts of a name are set apart by ``/``."""
        ...

    def rows(self, step: int, rows: FloatArray, titles: Sequence[str]) -> None:
        """(n, D) products as they were learned, and what each is called."""
        ...

    def close(self, *, finished: bool) -> None:
        """Nothing more is told; a run that is not finished may go on later."""
        ...


def chosen(names: str) -> tuple[str, ...]:
    """Trackers by their names, with commas between; empty: none.

    Raises
    ------
    UnknownPart
        There is none of that name.
    ConfigError
        What one of them needs is not installed.
    """
    found = tuple(dict.fromkeys(name for each in names.split(",") if (name := each.strip())))
    for name in found:
        made: Any = factory("tracker", name)
        if find_spec(made.module) is None:
            raise ConfigError(
                f"a run cannot be followed with {name}: {made.module} is not installed",
                fix=f"pip install 'wares[{made.extra}]', or learn without it: --track ''",
            )
    return found


class Tracking:
    """Several trackers as one; they are made when the first step is told, since only then it is known which it is.

    Parameters
    ----------
    names
        As :func:`chosen` gives them.
    folder
        Of the model.
    settings
        What the run is; nested parts become ``part.name``.
    """

    def __init__(self, names: Sequence[str], folder: Path, settings: Mapping[str, Any]) -> None:
        self._names = tuple(names)
        self._folder = folder
        self._settings = flat(settings)
        self._trackers: dict[str, Tracker] | None = None

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Numbers of a step by name."""
        self._begin(step)
        self._tell(lambda tracker: tracker.scalars(step, values))

    def rows(self, step: int, rows: FloatArray, titles: Sequence[str]) -> None:
        """(n, D) products as they were learned, and what each is called."""
        self._begin(step)
        clean = [" ".join(title.split()) for title in titles]  # tables have one line for each
        self._tell(lambda tracker: tracker.rows(step, rows, clean))

    @property
    def followed(self) -> bool:
        """Whether anyone is still told."""
        return bool(self._names if self._trackers is None else self._trackers)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tell(lambda tracker: tracker.close(finished=kind is None))
        self._trackers = {}

    def _begin(self, step: int) -> None:
        if self._trackers is not None:
            return
        self._trackers = {}
        run = Run(self._folder / FOLDER, self._folder.name, step)
        for name in self._names:
            try:
                run.folder.mkdir(parents=True, exist_ok=True)
                self._trackers[name] = create("tracker", name, run=run)
            except Exception as error:
                _dropped(name, error)
        self._tell(lambda tracker: tracker.settings(self._settings))

    def _tell(self, what: Callable[[Tracker], None]) -> None:
        for name, tracker in list((self._trackers or {}).items()):
            try:
                what(tracker)
            except Exception as error:
                assert self._trackers is not None
                del self._trackers[name]
                _dropped(name, error)


def flat(values: Mapping[str, Any], before: str = "") -> dict[str, Value]:
    """Nested settings on one level, what is no number or text as its text."""
    found: dict[str, Value] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{before}{name}.")
        else:
            found[f"{before}{name}"] = value if isinstance(value, str | int | float) else str(value)
    return found


def _dropped(name: str, error: Exception) -> None:
    log.warning("run followed no more", tracker=name, reason=f"{type(error).__name__}: {error}"[:500])
