"""Requests of one batch → as few searches as answer them all.

A page with facets of which n are refined sends 1 + n requests at each keystroke: one for the hits, and one for each
refined facet with that facet's own filter left out. They have the same words, so they are one search that counts 1 + n
times (:class:`wares.types.Count`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from wares.search.facets import WHOLE
from wares.search.searcher import MAX_COUNTS
from wares.serve.algolia.names import CATEGORY, field_of
from wares.serve.algolia.parameters import Asked
from wares.types import Count, Counted, Filter, Hits, Query, fields_of

EVERY = "*"


@dataclass(frozen=True, slots=True)
class Found:
    """What answers one request; ``hits`` are of its own page only where it asked for some."""

    hits: Hits
    counted: Counted


@dataclass(slots=True)
class _Search:
    query: Query
    counts: list[Count] = field(default_factory=list)

    def place(self, count: Count) -> int:
        """Where a count is answered; the same one is counted once."""
        if count not in self.counts:
            self.counts.append(count)
        return self.counts.index(count)

    def beside(self, asked: Asked) -> Count | None:
        """The count that answers a request here; None where it takes a search of its own."""
        if (self.query.text, self.query.language) != (asked.text, asked.language) or len(self.counts) >= MAX_COUNTS:
            return None
        found = difference(self.query.filters, asked.filters)
        return None if found is None else _count(asked, *found)


def answer_all(search: Callable[[Query], Hits], requests: Sequence[Asked]) -> list[Found]:
    """What answers each request, in their order."""
    searches: list[_Search] = []
    places: dict[int, tuple[int, int]] = {}
    # Requests with hits come first, then those with most filters: a facet's own can be left out, not put in.
    order = sorted(range(len(requests)), key=lambda at: (not wants_hits(requests[at]), -len(requests[at].filters)))
    for at in order:
        places[at] = _placed(requests[at], searches)
    hits = [search(replace(each.query, counts=tuple(each.counts))) for each in searches]
    return [Found(hits[one], hits[one].counts[two]) for one, two in (places[at] for at in range(len(requests)))]


def wants_hits(asked: Asked) -> bool:
    """Whether a page of hits is asked for, and not only counts."""
    return asked.size > 0 and not asked.facet


def difference(base: Sequence[Filter], other: Sequence[Filter]) -> tuple[str, tuple[Filter, ...]] | None:
    """The field whose filters are left out of ``base`` and what is added for ``other``; None where that says not all.

    The field is empty where nothing is left out.
    """
    gone = [part for part in base if part not in other]
    if not gone:
        return "", tuple(part for part in other if part not in base)
    fields = {fields_of(part) for part in gone}
    if len(fields) != 1 or len(own := fields.pop()) != 1:
        return None
    kept = [part for part in base if fields_of(part) != own]
    return next(iter(own)), tuple(part for part in other if part not in kept)


def _placed(asked: Asked, searches: list[_Search]) -> tuple[int, int]:
    if wants_hits(asked):
        query = _query(asked)
        same = (at for at, each in enumerate(searches) if each.query == query and len(each.counts) < MAX_COUNTS)
        if (at := next(same, None)) is not None:
            return at, searches[at].place(_count(asked))
    else:
        query = replace(_query(asked), page=0, page_size=1, explain=False)
        for at, each in enumerate(searches):
            if (count := each.beside(asked)) is not None:
                return at, each.place(count)
    searches.append(_Search(query))
    return len(searches) - 1, searches[-1].place(_count(asked))


def _query(asked: Asked) -> Query:
    return Query(
        text=asked.text,
        filters=asked.filters,
        sort=asked.order,
        page=asked.page,
        page_size=asked.size or 1,
        language=asked.language,
        explain=asked.ranking,
    )


def _count(asked: Asked, without: str = "", within: tuple[Filter, ...] = ()) -> Count:
    attributes = (asked.facet,) if asked.facet else asked.facets
    fields = tuple(dict.fromkeys(EVERY if each == EVERY else field_of(each) for each in attributes))
    # Of a tree every level is told apart afterwards, and so is what is searched for or ordered by name.
    whole = bool(asked.facet) or not asked.by_count or EVERY in fields or CATEGORY in fields
    return Count(without, within, fields, WHOLE if whole else max(asked.values, 1))
