"""The names of a catalogue: what its brands, categories, colours and other values are called, and how sure that is.

A word is not a name everywhere: "Next" is a brand in few of the titles that say "next". So a name is kept with the
share of the products with its words in their title that have its value, and only a sure one is read out of a query.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import orjson

from wares.errors import CorruptIndex
from wares.types import Between, Filter

VERSION = 1
SURE = 0.6
"""The share from which on a name is read; held-out titles are right about as often as the share says."""
COLOURS = frozenset(("color", "colour", "colors", "colours", "颜色"))
"""Columns that hold colours."""


class Carries(Protocol):
    """A part of a catalogue, such as :class:`wares.search.parts.Part`: what its products have."""

    @property
    def within(self) -> tuple[Filter, ...]: ...
    @property
    def fields(self) -> frozenset[str]: ...
    def values(self, field: str) -> frozenset[str]: ...
    def has(self, part: Filter) -> bool: ...


@dataclass(frozen=True, slots=True)
class Name:
    """What a word or words stand for: these values of a column.

    ``count`` products have one of them. ``share`` of the products whose title has the words do, one title added for
    what was not seen; ``seen`` titles have them.
    """

    column: str
    values: tuple[str, ...]
    count: int
    share: float
    seen: int

    @property
    def sure(self) -> bool:
        return self.share >= SURE


class Entities:
    """Names, sizes and amounts of a catalogue, and how many products have each column."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._content = content
        self.products: int = content["products"]
        self.longest: int = content["longest"]
        self._names: Mapping[str, list[list[Any]]] = content["names"]
        self._holding: Mapping[str, list[str]] = content["holding"]
        self._sizes: Mapping[str, Mapping[str, list[str]]] = content["sizes"]
        self._amounts: Mapping[str, Mapping[str, list[float]]] = content["amounts"]

    def named(self, key: str) -> tuple[Name, ...]:
        """What the words with this key stand for; those of most products first."""
        return tuple(Name(column, tuple(values), *rest) for column, values, *rest in self._names.get(key, ()))

    def brands(self, exact: str) -> tuple[Name, ...]:
        """Brands of exactly these words; endings count: "apples" is no Apple."""
        return self.named(f"={exact}")

    def holding(self, word: str) -> tuple[Name, ...]:
        """Names of more words that have this one among them: "真皮" and "皮革" for "皮"."""
        return tuple(name for key in self._holding.get(word, ()) for name in self.named(key))

    def sizes(self) -> Mapping[str, Mapping[str, Sequence[str]]]:
        """Column → size key → the catalogue's spellings of it."""
        return self._sizes

    def amounts(self, unit: str, value: float) -> tuple[str, ...]:
        """Columns that have this amount, to within one in two hundred."""
        columns = self._amounts.get(unit, {})
        return tuple(
            column for column, known in columns.items() if any(abs(each - value) <= value / 200 for each in known)
        )

    def coverage(self, column: str) -> float:
        """Share of the products that have the column."""
        return float(self._content["coverage"].get(column, 0)) / max(1, self.products)

    def within(self, part: Carries) -> "Entities":
        """The same of a part of the catalogue, with no name, size or column that the part does not have."""
        return _EntitiesOfPart(self._content, part)

    def save(self, path: Path) -> None:
        """Write one file of JSON."""
        path.write_bytes(orjson.dumps({"version": VERSION, **self._content}))

    @classmethod
    def load(cls, path: Path) -> "Entities":
        """Read what ``save`` wrote."""
        try:
            content: dict[str, Any] = orjson.loads(path.read_bytes())
            if content["version"] != VERSION:
                raise CorruptIndex(f"{path} has version {content['version']}, not {VERSION}", fix="`wares rebuild`")
            return cls(content)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CorruptIndex(f"{path} cannot be read: {error}", fix="`wares rebuild`") from error


class _EntitiesOfPart(Entities):
    """Looks every value up before it is told; how sure a name is, is of the whole catalogue."""

    def __init__(self, content: Mapping[str, Any], part: Carries) -> None:
        super().__init__(content)
        self._part = part

    def named(self, key: str) -> tuple[Name, ...]:
        pruned = (replace(name, values=self._own(name.column, name.values)) for name in super().named(key))
        return tuple(name for name in pruned if name.values)

    def sizes(self) -> Mapping[str, Mapping[str, Sequence[str]]]:
        own = {
            column: {key: self._own(column, spellings) for key, spellings in sizes.items()}
            for column, sizes in super().sizes().items()
        }
        return {column: {key: each for key, each in sizes.items() if each} for column, sizes in own.items()}

    def amounts(self, unit: str, value: float) -> tuple[str, ...]:
        near = (value * (1 - 1 / 200), value * (1 + 1 / 200))
        return tuple(column for column in super().amounts(unit, value) if self._part.has(Between(column, *near)))

    def coverage(self, column: str) -> float:
        return super().coverage(column) if column in self._part.fields else 0.0

    def _own(self, column: str, values: Sequence[str]) -> tuple[str, ...]:
        own = self._part.values(column)
        return tuple(value for value in values if value in own)


EMPTY = Entities({"products": 0, "longest": 0, "names": {}, "holding": {}, "sizes": {}, "amounts": {}, "coverage": {}})
