"""What can be checked of anything that answers queries, from its answers alone: lines 2, 3, 4, 5, 7 and 8."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random

from wares.conformance.contract import Record
from wares.types import Filter, Hits, OneOf, Query, fields_of

SUMS = 1e-6  # relative: how far a ledger may be from its score in floating point


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it was answered: ``ledgers`` are the sums of the hits' ledgers, ``facets`` counts by field and value.

    Numbers have no values, so their facets are empty.
    """

    ids: tuple[str, ...]
    variants: tuple[str, ...]
    scores: tuple[float, ...]
    ledgers: tuple[float, ...]
    total: int
    facets: Mapping[str, Mapping[str, int]]

    @classmethod
    def of(cls, hits: Hits) -> "Page":
        """From what a searcher of this process answered."""
        ledgers = [ledger.total if (ledger := hits.ledger(place)) else math.nan for place in range(len(hits))]
        counts = {name: {value.value: value.count for value in facet.values} for name, facet in hits.facets.items()}
        return cls(hits.ids, hits.variants, tuple(hits.scores.tolist()), tuple(ledgers), hits.total, counts)


Ask = Callable[[Query], Page]


@dataclass(frozen=True, slots=True)
class Walk:
    """The pages of one size, up to ``most`` products; where the total is 0 the nearest that are listed do not count."""

    pages: tuple[Page, ...]

    @property
    def total(self) -> int:
        return self.pages[0].total

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(id for page in self.pages if page.total for id in page.ids)


def told(query: Query) -> str:
    """A query in a counterexample: what is not as usual."""
    parts = {name: getattr(query, name) for name in Query.__slots__}
    parts["photo"] = query.photo and f"{len(query.photo)} bytes"
    usual = {name: getattr(Query(), name) for name in Query.__slots__}
    return "Query(" + ", ".join(f"{name}={value!r}" for name, value in parts.items() if value != usual[name]) + ")"


def walk(ask: Ask, query: Query, size: int, most: int) -> Walk:
    """Ask for page after page until one is not full."""
    pages: list[Page] = []
    while len(pages) * size < most:
        pages.append(ask(replace(query, page=len(pages), page_size=size)))
        if len(pages[-1].ids) < size:
            break
    return Walk(tuple(pages))


def check_pages(record: Record, ask: Ask, query: Query, sizes: Sequence[int], most: int) -> Walk:
    """Lines 2, 4, 5 and 8 on all pages of a query, in pages of each size; the walk in the first size is returned."""
    case = told(query)
    walks = [walk(ask, query, size, most) for size in sizes]
    whole = walks[0]
    for size, each in zip(sizes, walks, strict=True):
        totals = {page.total for page in each.pages} | {whole.total}
        record.check(2, len(totals) == 1, f"{case} in pages of {size}: totals {sorted(totals)}")
        reached = min(whole.total, most)
        counted = len(each.ids[:most])
        record.check(2, counted == reached, f"{case} in pages of {size}: {counted} products, not {reached}")
        same = each.ids[:most] == whole.ids[:most]
        record.check(4, same, f"{case} in pages of {size}: {_parting(each.ids, whole.ids, sizes[0])}")
        twice = _twice(each.ids)
        record.check(4, not twice, f"{case} in pages of {size}: {twice[:3]} come twice")
        record.check(5, not twice, f"{case}: {twice[:3]} count once for each variant, or are listed twice")
        _check_scores(record, each.pages, case)
    if whole.total > most:
        _check_end(record, ask, query, sizes[0], whole.total)
    return whole


def check_facets(record: Record, ask: Ask, query: Query, random: Random, values: int) -> None:
    """Line 3: a count is the total after selecting the value, the field's own filter left out; some ``values`` each."""
    case = told(query)
    page = ask(query)
    for name, counts in page.facets.items():
        others = without(query.filters, name)
        for value in random.sample(sorted(counts), min(values, len(counts))):
            chosen = replace(query, filters=(*others, OneOf(name, (value,))))
            total = ask(chosen).total
            record.check(3, total == counts[value], f"{case}: {name}={value!r} counts {counts[value]}, finds {total}")
        _check_widening(record, ask, query, name, counts, random)


def _check_widening(
    record: Record, ask: Ask, query: Query, name: str, counts: Mapping[str, int], random: Random
) -> None:
    """Selecting a value leaves the counts of its own facet as they are, and a second value adds to the set."""
    if len(counts) < 2:
        return
    one, other = random.sample(sorted(counts), 2)
    others = without(query.filters, name)
    first = ask(replace(query, filters=(*others, OneOf(name, (one,)))))
    if first.total:
        kept = first.facets.get(name, {}).get(other)
        said = f"{told(query)}: with {name}={one!r} selected, {other!r} counts {kept}, not {counts[other]}"
        record.check(3, kept == counts[other], said)
    both = ask(replace(query, filters=(*others, OneOf(name, (one, other))))).total
    low, high = max(counts[one], counts[other]), counts[one] + counts[other]
    said = f"{told(query)}: {name}={one!r} or {other!r} finds {both}, the counts are {counts[one]} and {counts[other]}"
    record.check(3, low <= both <= high, said)


def check_again(record: Record, ask: Ask, query: Query) -> None:
    """Line 7: asked twice, answered twice in the same way."""
    first, second = ask(query), ask(query)
    record.check(7, first == second, f"{told(query)}: {_difference(first, second)}")


def without(filters: Iterable[Filter], name: str) -> tuple[Filter, ...]:
    """The filters that are not the facet's own."""
    return tuple(part for part in filters if fields_of(part) != {name})


def _check_scores(record: Record, pages: Sequence[Page], case: str) -> None:
    scores = [score for page in pages if page.total for score in page.scores]
    rises = [place for place, (one, next_) in enumerate(pairwise(scores), 1) if not next_ <= one]
    record.check(8, not rises, f"{case}: the score rises at position {rises[:1]}")
    for page in pages:
        for id, score, ledger in zip(page.ids, page.scores, page.ledgers, strict=True):
            near = math.isclose(score, ledger, rel_tol=SUMS, abs_tol=SUMS)
            record.check(8, near, f"{case}: the ledger of {id!r} sums to {ledger}, its score is {score}")


def _check_end(record: Record, ask: Ask, query: Query, size: int, total: int) -> None:
    """The last page of a set that is too large to walk holds the rest, and the next one nothing."""
    last = (total - 1) // size
    rest = len(ask(replace(query, page=last, page_size=size)).ids)
    beyond = len(ask(replace(query, page=last + 1, page_size=size)).ids)
    record.check(
        2, rest == total - last * size, f"{told(query)}: page {last} of {size} has {rest}, the total is {total}"
    )
    record.check(4, not beyond, f"{told(query)}: {beyond} products after the last page")


def _twice(ids: Sequence[str]) -> list[str]:
    return sorted({id for id in ids if ids.count(id) > 1}) if len(set(ids)) < len(ids) else []


def _parting(ids: Sequence[str], whole: Sequence[str], size: int) -> str:
    for place, (one, other) in enumerate(zip(ids, whole, strict=False)):
        if one != other:
            return f"{one!r} at position {place}, in pages of {size} it is {other!r}"
    return f"{len(ids)} products, in pages of {size} there are {len(whole)}"


def _difference(first: Page, second: Page) -> str:
    names = [name for name in Page.__slots__ if getattr(first, name) != getattr(second, name)]
    return "; ".join(f"{name} {getattr(first, name)!r} then {getattr(second, name)!r}" for name in names)[:500]
