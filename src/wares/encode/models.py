"""The models that a shop has learned: one folder each, numbered, and a note of the one that was published last."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from wares.encode.learned import ARRAYS, CARD, LearnedSpace
from wares.encode.weights import write
from wares.errors import NotFound, WeightsError
from wares.logs import Logger

PUBLISHED = "PUBLISHED"
NAME = re.compile(r"[a-z][a-z0-9-]*-\d{4}")

log = Logger(__name__)


class Models:
    """Models in a folder.

    A generation holds a copy of the model it was made with, so that what is served depends on nothing here; the note
    says with which one a shop without any generation begins.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """Finished models, oldest first of each kind."""
        return sorted(path.name for path in self._paths() if (path / CARD).is_file() and (path / ARRAYS).is_file())

    def new(self, kind: str) -> Path:
        """A folder for the next model of a kind, which is not there yet."""
        taken = [int(path.name[-4:]) for path in self._paths() if path.name.startswith(f"{kind}-")]
        return self._folder / f"{kind}-{max(taken, default=0) + 1:04d}"

    def unfinished(self, kind: str) -> Path | None:
        """The last folder of a kind, where its learning was cut short."""
        last = max((path for path in self._paths() if path.name.startswith(f"{kind}-")), default=None)
        return last if last is not None and not (last / CARD).is_file() else None

    def folder(self, name: str) -> Path:
        """Where a finished model is."""
        if name not in self.names():
            there = ", ".join(self.names()) or "none"
            raise NotFound(f"there is no model {name[:60]!r}", fix=f"there are {there}; `wares learn joint` makes one")
        return self._folder / name

    def card(self, name: str) -> dict[str, Any]:
        """What is known of a model; its arrays are not looked at."""
        path = self.folder(name) / CARD
        try:
            card: dict[str, Any] = dict(json.loads(path.read_text("utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise WeightsError(
                f"the card {path} cannot be read: {error}", fix=f"delete the folder {path.parent}"
            ) from error
        return card

    def read(self, name: str) -> LearnedSpace:
        """A model, checked."""
        return LearnedSpace.read(self.folder(name))

    @property
    def published(self) -> Path | None:
        """The model that was published last; None where there is none, or it is no more."""
        with suppress(OSError, ValueError, NotFound):
            if name := (self._folder / PUBLISHED).read_text("utf-8").strip():
                return self.folder(name)
        return None

    def publish(self, name: str) -> None:
        """Note which one is served; empty: none. A disk that will not have it costs the note alone, and says so."""
        try:
            if name or self._folder.is_dir():
                self._folder.mkdir(parents=True, exist_ok=True)
                write(self._folder / PUBLISHED, [name.encode()])
        except OSError as error:  # the generation is live by now
            log.warning("published model not noted", model=name, reason=str(error))

    def _paths(self) -> Iterator[Path]:
        if self._folder.is_dir():
            yield from (path for path in self._folder.iterdir() if path.is_dir() and NAME.fullmatch(path.name))
