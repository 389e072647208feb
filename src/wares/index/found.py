"""What a search finds in one block, and what it leaves for facets, variants and explanations."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wares.index.blocks import Block
from wares.index.codes import PART
from wares.index.masks import belongs, mask
from wares.index.segment import Segment
from wares.index.words import Asking, phrases
from wares.protocols import IndexQuery, Matches, Reach
from wares.types import BoolArray, Filter, FloatArray, IntArray, ScoreArray

ROUNDING = 1e-5  # what float32 may make of the same sum among other rows


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What a search leaves for facets and variants: a block, its rows among the matches, and its filters' masks."""

    block: Block
    rows: IntArray
    masks: tuple[BoolArray, ...]

    def variants(self, leave_out: str = "", filters: Sequence[Filter] = ()) -> BoolArray | None:
        """(v,) variants that pass every filter but those of one field; None = all do."""
        out: BoolArray | None = None
        for part, passing in zip(filters, self.masks, strict=True):
            if not (leave_out and belongs(part, leave_out)):
                out = passing if out is None else out & passing
        return out


@dataclass(frozen=True, slots=True, eq=False)
class ExactMatches(Matches):
    found: tuple[Found, ...] = ()
    asking: Asking | None = None


def filtered(block: Block, query: IndexQuery) -> tuple[Found, BoolArray, BoolArray]:
    """The filters' masks, and which products (n,) pass all filters but those of one facet field, and which pass all."""
    segment = block.segment
    found = Found(block, np.zeros(0, np.int64), tuple(mask(part, segment) for part in query.filters))

    def products(leave_out: str) -> BoolArray:
        variants = found.variants(leave_out, query.filters)
        return block.live if variants is None else block.live & segment.by_product(variants)

    passing = allowed = products("")
    for name in query.facets:
        if any(belongs(part, name) for part in query.filters):
            allowed = allowed | products(name)
    return found, allowed, passing


def scored(
    found: Found, allowed: BoolArray, passing: BoolArray, query: IndexQuery, asking: Asking | None
) -> tuple[Found, ScoreArray]:
    """The allowed rows that are in reach, and what each route says of them (k, r)."""
    segment = found.block.segment
    words = segment.postings.scores(asking) if asking is not None else None
    boosts = {name: segment.by_product(mask(part, segment)) for name, part in query.boosts.items()}
    if query.reach is None:
        rows, known = np.flatnonzero(allowed), Near(np.zeros(0, np.int64))
    else:
        known = near_vectors(found, query, query.reach, allowed, passing)
        reached = np.zeros(len(allowed), np.bool_)
        reached[known.rows] = True
        for name in query.reach.always & boosts.keys():
            reached |= boosts[name]
        if words is not None and asking is not None and asking.ceiling:
            reached |= words[1] >= query.reach.coverage * asking.ceiling
        rows = np.flatnonzero(reached & allowed)
    columns: list[ScoreArray] = []
    if words is not None and asking is not None:
        score, matched = words[0][rows], words[1][rows]
        hit = matched > 0
        columns += [np.where(hit, score, np.nan), np.where(hit, matched / (asking.ceiling or 1.0), np.nan)]
        named = zip(segment.tokens, segment.names.schema.fields, strict=True)
        phrase = np.full(len(rows), np.nan)
        phrase[hit] = phrases([part for part, each in named if each.weight >= 1], rows[hit], asking)
        columns.append(phrase)
    columns += [np.where(holds[rows], 1.0, np.nan) for holds in boosts.values()]
    columns += [known.completed(segment, name, vector, rows) for name, vector in query.vectors.items()]
    return replace(found, rows=rows), np.stack(columns).T if columns else np.zeros((len(rows), 0))


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """Rows (k,), ascending, that are near by their vectors, and their scores (k,) by space as far as they are known."""

    rows: IntArray
    scores: Mapping[str, ScoreArray] = field(default_factory=dict)

    def completed(self, segment: Segment, name: str, vector: FloatArray, rows: IntArray) -> ScoreArray:
        """(m,) scores of any rows, ascending; those that are known are not computed again."""
        if name not in self.scores or not len(self.rows):
            return segment.vectors[name].scores(vector, rows)
        at = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        out = self.scores[name][at]
        new = np.flatnonzero(self.rows[at] != rows)
        out[new] = segment.vectors[name].scores(vector, rows[new])
        return out


def near_vectors(found: Found, query: IndexQuery, reach: Reach, allowed: BoolArray, passing: BoolArray) -> Near:
    """Rows whose weighted sum of cosines is at least the floor, or among the most of those that pass.

    A sum that reaches the floor has ceilings whose sum reaches it; by one space alone that is one scan in two steps.
    """
    segment = found.block.segment
    weights = {name: reach.weights.get(name, 0.0) for name in query.vectors}
    weights = {name: weight for name, weight in weights.items() if weight}
    floor = reach.floor
    if reach.most and weights and floor > 0:
        best = _best(found, query, weights, reach.most, passing)
        if len(best) < reach.most:
            floor = -np.inf
        else:
            sums = _sums(_scores(segment, query, weights, best), weights)
            least = float(np.partition(sums, len(sums) - reach.most)[len(sums) - reach.most])
            if len(weights) == 1 and math.isinf(floor):  # the best by one space are the best
                return Near(best[sums >= least - ROUNDING])
            floor = min(floor, least)
    if floor <= 0 or (reach.most and not weights) or any(weight < 0 for weight in weights.values()):
        return Near(np.flatnonzero(allowed))
    if math.isinf(floor) or not weights:
        return Near(np.zeros(0, np.int64))
    floor -= ROUNDING
    among = _among(found, allowed)
    return _near(segment, query, weights, floor, among)


def _near(
    segment: Segment, query: IndexQuery, weights: Mapping[str, float], floor: float, among: IntArray | None
) -> Near:
    """Rows whose sum reaches the floor: by ceilings, by a closer look at few, then exactly, space after space."""
    vectors, wanted = segment.vectors, query.vectors
    bounds: dict[str, FloatArray | ScoreArray] = {}
    if len(weights) == 1:
        ((name, weight),) = weights.items()
        rows = vectors[name].at_least(wanted[name], floor / weight - ROUNDING, among)
    else:
        rows, bounds = _above(segment, query, weights, floor, among)
        if among is None or PART * len(among) >= len(segment.ids):
            rows, bounds = _above(segment, query, weights, floor, rows)
    scores: dict[str, ScoreArray] = {}
    for name, weight in weights.items():
        scores[name] = vectors[name].scores(wanted[name], rows)
        bounds[name] = weight * np.nan_to_num(scores[name])
        near = reduce(np.add, bounds.values()) >= floor
        rows, bounds = rows[near], {other: each[near] for other, each in bounds.items()}
        scores = {other: each[near] for other, each in scores.items()}
    return Near(rows, scores)


def _above(
    segment: Segment, query: IndexQuery, weights: Mapping[str, float], floor: float, among: IntArray | None
) -> tuple[IntArray, dict[str, FloatArray | ScoreArray]]:
    """Rows whose weighted ceilings add up to the floor, and these (k,) by space."""
    bounds = {
        name: np.float32(weight) * segment.vectors[name].bounds(query.vectors[name], among)
        for name, weight in weights.items()
    }
    near = np.flatnonzero(reduce(np.add, bounds.values()) >= np.float32(floor))
    return near if among is None else among[near], {name: each[near] for name, each in bounds.items()}


def _best(found: Found, query: IndexQuery, weights: Mapping[str, float], most: int, passing: BoolArray) -> IntArray:
    """Passing rows, among which are so many of the highest of each space."""
    among = _among(found, passing)
    vectors = found.block.segment.vectors
    near = np.zeros(len(passing), np.bool_)
    for name in weights:
        near[vectors[name].best(query.vectors[name], most, among)] = True
    return np.flatnonzero(near)


def _among(found: Found, rows: BoolArray) -> IntArray | None:
    """The rows as numbers; None = all, which need not be looked at to be known."""
    return None if found.block.whole and not found.masks else np.flatnonzero(rows)


def _scores(segment: Segment, query: IndexQuery, names: Iterable[str], rows: IntArray) -> dict[str, ScoreArray]:
    """(k,) cosines by space, NaN where a product is not in it."""
    return {name: segment.vectors[name].scores(query.vectors[name], rows) for name in names}


def _sums(scores: Mapping[str, ScoreArray], weights: Mapping[str, float]) -> ScoreArray:
    """(k,) weighted sums of cosines, 0 for a space that a product is not in."""
    parts = [weights[name] * np.nan_to_num(each) for name, each in scores.items()]
    return np.asarray(np.sum(parts, axis=0), np.float64)


def best_variant(
    segment: Segment, row: int, passing: BoolArray | None, stock: BoolArray | None, matches: ExactMatches
) -> str:
    """By the query's terms, then by the vectors that show it, then in stock, then in the order of the feed."""
    first, last = int(segment.starts[row]), int(segment.starts[row + 1])
    among = [each for each in range(first, last) if passing is None or passing[each]] or list(range(first, last))
    if len(among) == 1:
        return segment.variant_ids[among[0]]
    terms = matches.asking.terms if matches.asking else ()
    products = {name: _products(segment.vectors[name][row], q) for name, q in matches.query.vectors.items()}

    def fit(variant: int) -> tuple[float, float, bool]:
        own = {*segment.variant_terms[variant].tolist()}
        words = math.fsum(term.idf for term in terms if own & term.forms.keys())
        shown = [products[name][segment.shown[name][variant]] for name in products]
        best = max((float(each.max()) for each in shown if len(each)), default=-np.inf)
        return words, best, bool(stock is not None and stock[variant])

    return segment.variant_ids[max(among, key=fit)]


def _products(rows: FloatArray, query: FloatArray) -> NDArray[Any]:
    """Row by row, so that equal rows give equal numbers wherever they stand."""
    return np.asarray((rows.astype(np.float64) * query).sum(axis=1))
