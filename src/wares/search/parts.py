"""A part of the catalogue for someone who must not learn of the rest: what is in it, and what may be told of a query.

Words are counted, spelled and taken for names as if the part were all there is; and what a shopper would see of a
reading is looked over once more: what the part does not have is not told, and the words are searched for as they stand.
The curves of P(relevant) and how sure a name is come from the whole catalogue.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property
from threading import Lock
from typing import Protocol, runtime_checkable

import numpy as np

from wares.protocols import Analyzer, IndexQuery, IndexStats, Matches, ProductIndex
from wares.search.intents.entities import Carries
from wares.search.suggest.suggester import MOST, Suggester
from wares.search.understand import Reading
from wares.types import (
    AllOf,
    Always,
    AnyOf,
    Between,
    BoolArray,
    Chip,
    Filter,
    Near,
    Not,
    OneOf,
    Query,
    Says,
    Suggestion,
    fields_of,
)

MOST_PARTS = 32  # are remembered
DEPTH = 64  # suggestions of a kind that are looked at for those of one part
EVERY = 100_000
TOLD = frozenset(("price", "list_price", "rating", "in_stock", "available", "on_sale"))  # every shop has these

Read = Callable[[Query], Reading]


@runtime_checkable
class ReadsParts(Protocol):
    """Reads queries with the words and names of a part alone, such as :class:`wares.search.understand.Understander`."""

    def within(self, part: Carries) -> Read: ...


class Part:
    """The products that pass some filters, and what they have, counted once for an index that does not change."""

    def __init__(self, index: ProductIndex, analyzer: Analyzer, within: tuple[Filter, ...]) -> None:
        self._index = index
        self._analyzer = analyzer
        self.within = tuple(Always(each) for each in within)
        self._reader: tuple[Read, Read] | None = None
        self._values: dict[str, frozenset[str]] = {}
        self._terms: dict[tuple[str, ...], bool] = {}

    def __contains__(self, id: str) -> bool:
        """Whether a product is in it; the same work for one that is elsewhere and one that is nowhere."""
        row = self._index.rows((id,))[0]
        if not self.within:
            return bool(row >= 0)
        rows = self._matches.rows
        place = np.searchsorted(rows, row)
        return bool(place < len(rows) and rows[place] == row)

    @property
    def _matches(self) -> Matches:
        return self._counted[0]

    @cached_property
    def _counted(self) -> tuple[Matches, BoolArray]:
        matches = self._index.search(IndexQuery(filters=self.within))
        return matches, np.ones(len(matches.rows), np.bool_)

    @cached_property
    def fields(self) -> frozenset[str]:
        """The columns that some product has."""
        details = self._index.stats().details
        every = [name.removeprefix("column:") for name in details if name.startswith("column:")]
        if not self.within:
            return frozenset(every)
        counted = self._index.facet(*self._counted, every, 1)
        return frozenset(name for name, facet in counted.items() if facet.values or facet.low == facet.low)

    def has(self, part: Filter) -> bool:
        """Whether some product passes a filter."""
        return bool(self._index.search(IndexQuery(filters=(*self.within, part))).passing.any())

    def says(self, text: str, language: str = "") -> bool:
        """Whether some product has all words of a text."""
        terms = tuple(dict.fromkeys(self._analyzer.terms(text, language)))
        return self._said(terms)

    def _said(self, terms: tuple[str, ...]) -> bool:
        if terms not in self._terms:
            if len(self._terms) >= EVERY:
                self._terms.clear()
            self._terms[terms] = self.has(Says(terms))
        return self._terms[terms]

    def values(self, field: str) -> frozenset[str]:
        """The keywords of a column."""
        if field not in self._values:
            facet = self._index.facet(*self._counted, (field,), EVERY)[field]
            self._values[field] = frozenset(value.value for value in facet.values)
        return self._values[field]

    def read(self, query: Query, read: Read) -> Reading:
        """Read a query, and nothing into it or out of it that the part does not have."""
        if not self.within:
            return read(query)
        if self._reader is None or self._reader[0] is not read:
            self._reader = read, read.within(self) if isinstance(read, ReadsParts) else read
        read = self._reader[1]
        reading = read(query)
        foreign = [chip.key for chip in reading.understood.chips if self._chip(chip) is None]
        if foreign:
            query = replace(query, dropped=(*query.dropped, *foreign))
            reading = read(query)
        correction = reading.understood.correction
        if correction and not self._spelled(correction.text, correction.original, reading.language):
            reading = read(replace(query, literal=True))
        chips = (self._chip(chip) for chip in reading.understood.chips)
        told = tuple(chip for chip in chips if chip is not None)
        return replace(reading, understood=replace(reading.understood, chips=told))

    def leads(self, suggestion: Suggestion) -> bool:
        """Whether a suggestion leads to something."""
        match suggestion.kind:
            case "product":
                return suggestion.target in self
            case "category":
                return suggestion.target in self.values("category")
            case _:
                return self.says(suggestion.text)

    def told(self, suggestion: Suggestion) -> Suggestion:
        """A category without its parent, which is named only because there is another one of its name somewhere."""
        if self.within and suggestion.kind == "category" and " > " in suggestion.target:
            return replace(suggestion, text=suggestion.text.rsplit(" – ", 1)[0])
        return suggestion

    def _spelled(self, text: str, original: str, language: str) -> bool:
        """Whether every word of another spelling that was not typed is a word here."""
        typed = set(self._analyzer.terms(original, language))
        return all(self._said((term,)) for term in self._analyzer.terms(text, language) if term not in typed)

    def _chip(self, chip: Chip) -> Chip | None:
        """The chip with nothing in it from elsewhere; None where nothing is left."""
        left = self._pruned(chip.filter)
        if left is None or not self._named(chip):
            return None
        return replace(chip, filter=left)

    def _named(self, chip: Chip) -> bool:
        """Whether the key, which holds the first value, is of this part too."""
        first = next((part for part in _parts(chip.filter) if isinstance(part, OneOf)), None)
        if chip.kind != "boost" or first is None:
            return True
        return first.values[0] in self.values(first.field) or _is_truth(first)

    def _pruned(self, part: Filter) -> Filter | None:
        match part:
            case OneOf(field, values):
                kept = values if _is_truth(part) else tuple(each for each in values if each in self.values(field))
                return OneOf(field, kept) if kept else None
            case Between() | Near():
                return part if fields_of(part) <= (self.fields | TOLD) else None
            case Says(terms):
                return part if self._said(terms) else None
            case Not(inner):
                left = self._pruned(inner)
                return None if left is None else Not(left)
            case Always(inner):
                return self._pruned(inner)
            case AllOf(parts):
                return _joined(AllOf, (self._pruned(each) for each in parts))
            case AnyOf(parts):
                return _joined(AnyOf, (self._pruned(each) for each in parts))

    def suggested(
        self, suggester: Suggester, prefix: str, language: str, limit: int, there: Callable[[str], bool]
    ) -> tuple[Suggestion, ...]:
        """Suggestions as the part may be told them, without products that are not ``there`` any more."""

        def known(each: Suggestion) -> bool:
            return self.leads(each) if self.within else each.kind != "product" or there(each.target)

        depth = DEPTH if self.within else MOST
        return tuple(map(self.told, suggester.suggest(prefix, language, limit, known=known, depth=depth)))


class Parts:
    """The parts that were asked for lately, forgotten as soon as the index changes."""

    def __init__(self, index: ProductIndex, analyzer: Analyzer) -> None:
        self._index = index
        self._analyzer = analyzer
        self._stats: IndexStats | None = None
        self._parts: OrderedDict[tuple[Filter, ...], Part] = OrderedDict()
        self._lock = Lock()

    def of(self, within: tuple[Filter, ...]) -> Part:
        """The part that passes all of the filters; all of the catalogue where there are none."""
        with self._lock:
            if (stats := self._index.stats()) is not self._stats:
                self._stats = stats
                self._parts.clear()
            if within not in self._parts:
                self._parts[within] = Part(self._index, self._analyzer, within)
            self._parts.move_to_end(within)
            while len(self._parts) > MOST_PARTS:
                self._parts.popitem(last=False)
            return self._parts[within]


def _parts(part: Filter) -> list[Filter]:
    """A filter and those in it."""
    inner = getattr(part, "parts", ()) or ((part.part,) if isinstance(part, Not) else ())
    return [part, *(each for one in inner for each in _parts(one))]


def _is_truth(part: OneOf) -> bool:
    return {*part.values} <= {"true", "false"}


def _joined(kind: type[AllOf] | type[AnyOf], parts: Iterable[Filter | None]) -> Filter | None:
    left = tuple(part for part in parts if part is not None)
    return left[0] if len(left) == 1 else kind(left) if left else None
