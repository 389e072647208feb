"""The settings of a search that can be tried without a rebuild, as fields of a form: typed, checked, compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from wares.config import RouteWeights, SearchSettings
from wares.registry import names
from wares.serve.playground.texts import Texts

WEIGHTS = tuple(f"weights.{name}" for name in RouteWeights.model_fields)
NAMES = (*WEIGHTS, "join", "match_share", "ranker", "nearest", "page_size")
MOST = {"page_size": 100}  # of a page that shows every ledger
REFIT = frozenset((*WEIGHTS, "match_share"))
MAX_GIVEN = 40  # signs that are taken of a value


@dataclass(frozen=True, slots=True)
class Field:
    """One setting: its ``value`` in B as it is shown, the ``live`` one, what it may be, and what is wrong with it."""

    name: str
    value: str
    live: str
    help: str
    choices: tuple[str, ...] = ()
    low: str = ""
    high: str = ""
    whole: bool = False
    problem: str = ""

    @property
    def changed(self) -> bool:
        return self.value != self.live


@dataclass(frozen=True, slots=True)
class Trial:
    """Settings beside the live ones.

    Attributes
    ----------
    settings
        What B is searched with; what cannot be is left as it is live.
    changes
        What differs, by name.
    fields
        The form.
    """

    settings: SearchSettings
    changes: Mapping[str, Any]
    fields: tuple[Field, ...]

    @property
    def problems(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.problem)

    @property
    def refits(self) -> bool:
        """Whether going live takes curves that are fitted anew."""
        return bool(REFIT & self.changes.keys())


def trial(live: SearchSettings, given: Mapping[str, str], t: Texts) -> Trial:
    """What is given, by name and as it was typed, over the live settings; an empty value is the live one."""
    settings, problems = live, {}
    for name in NAMES:
        text = given.get(name, "").strip()[:MAX_GIVEN]
        if not text:
            continue
        try:
            settings = _with(settings, name, text)
        except ValueError:
            problems[name] = text
    fields = tuple(_field(name, live, settings, problems.get(name), t) for name in NAMES)
    changes = {name: _value(settings, name) for name in NAMES if _value(settings, name) != _value(live, name)}
    return Trial(settings, changes, fields)


def shown(value: Any) -> str:
    """A value as a form and a file have it: 1, 0.75, ranks."""
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _with(settings: SearchSettings, name: str, text: str) -> SearchSettings:
    """ValueError where the text is none of what the setting may be."""
    if text == shown(_value(settings, name)):
        return settings
    if name == "ranker" and text not in names("ranker"):
        raise ValueError(text)
    content: dict[str, Any] = settings.model_dump()
    section, _, inner = name.rpartition(".")
    (content[section] if section else content)[inner] = text
    try:
        found = SearchSettings.model_validate(content)
    except ValidationError as error:
        raise ValueError(text) from error
    if name in MOST and _value(found, name) > MOST[name]:
        raise ValueError(text)
    return found


def _field(name: str, live: SearchSettings, settings: SearchSettings, wrong: str | None, t: Texts) -> Field:
    info = _info(name)
    low, high = _ends(name, info)
    whole, choices = info.annotation is int, _choices(name, info)
    problem = ""
    if wrong is not None:
        key = "bad.choice" if choices else "bad.whole" if whole else "bad.number"
        problem = t(key, given=wrong, low=low, high=high, choices=", ".join(choices))
    return Field(
        name=name,
        value=wrong if wrong is not None else shown(_value(settings, name)),
        live=shown(_value(live, name)),
        help=t(f"setting.{name}") or info.description or "",
        choices=choices,
        low=low,
        high=high,
        whole=whole,
        problem=problem,
    )


def _choices(name: str, info: FieldInfo) -> tuple[str, ...]:
    if name == "ranker":
        return tuple(names("ranker"))
    return tuple(get_args(info.annotation)) if get_origin(info.annotation) is Literal else ()


def _ends(name: str, info: FieldInfo) -> tuple[str, str]:
    low = next((str(each.ge) for each in info.metadata if isinstance(each, Ge)), "")
    high = next((str(each.le) for each in info.metadata if isinstance(each, Le)), "")
    return low, str(MOST.get(name, high))


def _info(name: str) -> FieldInfo:
    section, _, inner = name.rpartition(".")
    return (RouteWeights if section else SearchSettings).model_fields[inner]


def _value(settings: SearchSettings, name: str) -> Any:
    section, _, inner = name.rpartition(".")
    return getattr(getattr(settings, section) if section else settings, inner)
