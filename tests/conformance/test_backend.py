"""Every line of the contract holds for the indexes that are shipped, and is seen to break in one that breaks it."""

from dataclasses import replace

import numpy as np
import pytest

from wares.conformance.backend import check_backend
from wares.index.exact import ExactIndex
from wares.index.reference import ReferenceIndex
from wares.types import FacetValue


def verdicts(kind, **settings):
    record = check_backend("tried", kind, **{"cases": 1, **settings})
    return {line.number: line.verdict for line in record.lines}, record


@pytest.mark.parametrize("seed", [0, 7])
def test_the_reference_keeps_every_line(seed):
    found, record = verdicts(ReferenceIndex, seed=seed)
    assert set(found.values()) == {"holds"}, record.facts()
    assert record.holds


def test_the_embedded_index_keeps_every_line():
    found, record = verdicts(ExactIndex)
    assert set(found.values()) == {"holds"}, record.facts()


def kept(matches, rows):
    return replace(matches, rows=matches.rows[rows], passing=matches.passing[rows], scores=matches.scores[rows])


class Approximate(ReferenceIndex):
    """Line 1: near vectors are looked for, not all of them."""

    def search(self, query):
        matches = super().search(query)
        return kept(matches, np.arange(len(matches.rows)) % 5 > 0) if query.vectors else matches


class Capped(ReferenceIndex):
    """Line 2: nothing is counted beyond a limit."""

    def search(self, query):
        return kept(super().search(query), slice(8))


class CountsVariants(ReferenceIndex):
    """Line 3: facets count variants."""

    def facet(self, matches, member, fields, limit=50):
        found = super().facet(matches, member, fields, limit)
        return {
            name: replace(facet, values=tuple(FacetValue(each.value, each.count + 1) for each in facet.values))
            for name, facet in found.items()
        }


class Narrows(ReferenceIndex):
    """Line 3: a facet's own filter narrows its counts."""

    def search(self, query):
        return super().search(replace(query, facets=()))


class Shuffles(ReferenceIndex):
    """Line 4: equals come in another order for every page."""

    turn = 0

    def search(self, query):
        self.turn += 1
        matches = super().search(query)
        order = np.random.default_rng(self.turn).permutation(len(matches.rows))
        return kept(replace(matches, scores=np.zeros_like(matches.scores) + 1.0), order)


class ListsVariants(ReferenceIndex):
    """Line 5: a product is a row for each of its variants."""

    def search(self, query):
        matches = super().search(query)
        return kept(matches, np.repeat(np.arange(len(matches.rows)), 2))


class ShowsTheFirst(ReferenceIndex):
    """Line 5: the first variant is shown, whatever was asked."""

    def variants(self, matches, rows):
        return tuple(self.get(id).variants[0].id for id in self.ids(rows))


class Lags(ReferenceIndex):
    """Line 6: a write waits for the next one."""

    def __init__(self, schema):
        super().__init__(schema)
        self.waiting = []

    def upsert(self, entries):
        super().upsert(self.waiting)
        self.waiting = list(entries)


class KeepsTheDead(ReferenceIndex):
    """Line 6: what is deleted stays."""

    def delete(self, ids):
        return sum(self.get(id) is not None for id in ids)


class Drifts(ReferenceIndex):
    """Line 7: every search moves the scores."""

    turn = 0

    def search(self, query):
        self.turn += 1
        matches = super().search(query)
        return replace(matches, scores=matches.scores * (1 + 1e-3 * self.turn))


class Silent(ReferenceIndex):
    """Line 8: the ledger leaves the words out."""

    def explain(self, matches, rows):
        return [{"title:red": np.nan} for _ in rows]


class Raises(ReferenceIndex):
    """A search that fails is a failed check, not the end of the run."""

    def search(self, query):
        if query.filters:
            raise RuntimeError("no filters here")
        return super().search(query)


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        (Approximate, 1),
        (Capped, 2),
        (CountsVariants, 3),
        (Narrows, 3),
        (Shuffles, 4),
        (ListsVariants, 5),
        (ShowsTheFirst, 5),
        (Lags, 6),
        (KeepsTheDead, 6),
        (Drifts, 7),
        (Silent, 8),
        (Raises, 1),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_broken_line_is_seen(kind, line):
    found, record = verdicts(kind)
    assert found[line] == "broken"
    assert record.lines[line - 1].counterexample
    assert not record.holds


def test_an_approximation_that_is_declared_is_none_of_ours():
    class Says(CountsVariants):
        capabilities = ReferenceIndex.capabilities - {"exact_facets"}

    found, record = verdicts(Says)
    assert found[3] == "approximate"
    assert record.holds


def test_the_same_seed_tries_the_same_things():
    first, again, other = (verdicts(CountsVariants, cases=1, seed=seed)[1].facts() for seed in (3, 3, 4))
    assert first == again
    assert first["lines"][2]["counterexample"] != other["lines"][2]["counterexample"]
