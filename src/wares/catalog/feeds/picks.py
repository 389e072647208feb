"""How a mapping's picks get values out of a row."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from wares.mapping import AttributePick, PathPick, Pick

Row = dict[str, Any]
Get = Callable[[Row], Any]
Values = Callable[[Row], list[Any]]

_ABSENT = (None, "")


def getter(column: str) -> Get:
    """A column by its exact name, else the dotted path through nested objects."""
    if "." not in column:
        return lambda row: row.get(column)
    steps = column.split(".")

    def descend(row: Row) -> Any:
        if column in row:
            return row[column]
        value: Any = row
        for step in steps:
            value = value.get(step) if isinstance(value, dict) else None
        return value

    return descend


def values(pick: Pick | None) -> Values:
    """Every value of the pick, lists laid flat, absent ones left out."""
    if pick is None:
        return lambda _row: []
    if pick.const:
        return lambda _row: [pick.const]
    gets = [getter(column) for column in pick.column]

    def collect(row: Row) -> list[Any]:
        found: list[Any] = []
        for get in gets:
            value = get(row)
            if isinstance(value, list | tuple):
                found.extend(item for item in value if item not in _ABSENT)
            elif isinstance(value, str) and pick.split:
                found.extend(part.strip() for part in value.split(pick.split) if part.strip())
            elif value not in _ABSENT:
                found.append(value)
        return found

    return collect


def text(pick: Pick | None) -> Callable[[Row], str]:
    """The pick's values as one text; "" when there are none."""
    if pick is not None and len(pick.column) == 1 and not pick.split:
        get = getter(pick.column[0])
        return lambda row: as_text(get(row), pick.join)
    collect = values(pick)
    join = pick.join if pick else " "
    return lambda row: join.join(filter(None, map(as_text, collect(row))))


def texts(pick: Pick | None) -> Callable[[Row], list[str]]:
    """The pick's values as texts."""
    collect = values(pick)
    return lambda row: list(filter(None, map(as_text, collect(row))))


def as_text(value: Any, join: str = " ") -> str:
    """A value as people would write it: 175.0 is "175"."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, list | tuple):
        return join.join(filter(None, map(as_text, value)))
    return "" if isinstance(value, dict) else str(value)


def paths(pick: PathPick | None) -> Callable[[Row], list[str]]:
    """Category paths, levels joined by " > "."""
    if pick is None:
        return lambda _row: []

    def levels(value: str) -> str:
        return " > ".join(part.strip() for part in value.split(pick.separator) if part.strip())

    if len(pick.column) <= 1:
        collect = texts(pick)
        return lambda row: list(filter(None, map(levels, collect(row))))
    columns = [text(Pick(column=(column,))) for column in pick.column]

    def one_path(row: Row) -> list[str]:
        parts: list[str] = []
        for column in columns:
            level = levels(column(row))
            if level and (not parts or parts[-1] != level):  # "Watches > Watches" says the same twice
                parts.append(level)
        return [" > ".join(parts)] if parts else []

    return one_path


def attributes(pick: AttributePick | None, used: frozenset[str]) -> Callable[[Row], Iterator[tuple[str, Any]]]:
    """(name, value) of the columns that become attributes; ``used`` are those that "*" leaves out."""
    if pick is None:
        return lambda _row: iter(())
    columns = [(column, getter(column.removesuffix(".*"))) for column in pick.columns]

    @cache
    def name_of(column: str, last: str) -> str:
        if column in pick.rename:
            return pick.rename[column]
        last = next((last.removeprefix(prefix) for prefix in pick.strip if last.startswith(prefix)), last)
        return "_".join(filter(None, last.strip().split("_"))) or last

    def collect(row: Row) -> Iterator[tuple[str, Any]]:
        for column, get in columns:
            if column == "*":
                found = [(name, name, value) for name, value in row.items() if name not in used]
            elif column.endswith(".*"):
                inside = get(row)
                entries = inside.items() if isinstance(inside, dict) else ()
                found = [(f"{column[:-1]}{name}", name, value) for name, value in entries]
            else:
                found = [(column, column.rsplit(".", 1)[-1], get(row))]
            for full, last, value in found:
                if value not in _ABSENT and full not in pick.drop:
                    yield name_of(full, last), value

    return collect
