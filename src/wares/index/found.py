"""What a search finds in one block, and what it leaves for facets, variants and explanations."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wares.index.blocks import Block
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


def filtered(block: Block, query: IndexQuery) -> tuple[Found, BoolArray]:
    """The rows that pass all filters but those of one facet field, and which products (n,) pass them all."""
    segment = block.segment
    found = Found(block, np.zeros(0, np.int64), tuple(mask(part, segment) for part in query.filters))

    def products(leave_out: str) -> BoolArray:
        variants = found.variants(leave_out, query.filters)
        return block.live if variants is None else block.live & segment.by_product(variants)

    if not query.filters:
        return replace(found, rows=np.flatnonzero(block.live)), block.live
    full = products("")
    some = full
    for field in query.facets:
        if any(belongs(part, field) for part in query.filters):
            some = some | products(field)
    return replace(found, rows=np.flatnonzero(some)), full


def scored(found: Found, passing: BoolArray, query: IndexQuery, asking: Asking | None) -> tuple[Found, ScoreArray]:
    """The rows that are in reach, and what each route says of them (k, r)."""
    segment = found.block.segment
    words = segment.postings.scores(asking) if asking is not None else None
    boosts = {name: segment.by_product(mask(part, segment)) for name, part in query.boosts.items()}
    rows = found.rows
    if query.reach is not None:
        near = np.zeros(len(segment), np.bool_)
        if words is not None and asking is not None and asking.ceiling:
            near |= words[1] >= query.reach.coverage * asking.ceiling
        for name in query.reach.always & boosts.keys():
            near |= boosts[name]
        near[near_vectors(segment, query, query.reach, rows, passing)] = True
        rows = rows[near[rows]]
    columns: list[ScoreArray] = []
    if words is not None and asking is not None:
        score, matched = words[0][rows], words[1][rows]
        hit = matched > 0
        columns += [np.where(hit, score, np.nan), np.where(hit, matched / (asking.ceiling or 1.0), np.nan)]
        weighty = [
            part for part, field in zip(segment.tokens, segment.names.schema.fields, strict=True) if field.weight >= 1
        ]
        phrase = np.full(len(rows), np.nan)
        phrase[hit] = phrases(weighty, rows[hit], asking)
        columns.append(phrase)
    columns += [np.where(holds[rows], 1.0, np.nan) for holds in boosts.values()]
    columns += [segment.vectors[name].scores(vector, rows) for name, vector in query.vectors.items()]
    return replace(found, rows=rows), np.stack(columns).T if columns else np.zeros((len(rows), 0))


def near_vectors(segment: Segment, query: IndexQuery, reach: Reach, rows: IntArray, passing: BoolArray) -> IntArray:
    """Those of the rows whose weighted sum of cosines is at least the floor, or among the most of those that pass.

    A sum that reaches the floor has a cosine that reaches its share of it, so that one such is enough to look for.
    """
    weights = {name: reach.weights.get(name, 0.0) for name in query.vectors}
    weights = {name: weight for name, weight in weights.items() if weight}
    floor = reach.floor
    if reach.most and weights and floor > 0:
        floor = min(floor, _least(segment, query, weights, reach.most, rows[passing[rows]]))
    if floor <= 0 or (reach.most and not weights) or any(weight < 0 for weight in weights.values()):
        return rows
    if math.isinf(floor) or not weights:
        return rows[:0]
    floor -= ROUNDING
    share = floor / sum(weights.values()) - ROUNDING
    among = None if len(rows) == len(segment) else rows
    near = [segment.vectors[name].at_least(query.vectors[name], share, among) for name in weights]
    found = near[0] if len(near) == 1 else np.unique(np.concatenate(near))
    return found[_sums(segment, query, weights, found) >= floor]


def _least(segment: Segment, query: IndexQuery, weights: Mapping[str, float], most: int, passing: IntArray) -> float:
    """A sum of cosines that so many of the passing rows reach; -inf where there are fewer."""
    if len(passing) <= most:
        return -np.inf
    among = None if len(passing) == len(segment) else passing
    near = [segment.vectors[name].best(query.vectors[name], most, among) for name in weights]
    sums = _sums(segment, query, weights, np.unique(np.concatenate(near)))
    return float(np.partition(sums, len(sums) - most)[len(sums) - most]) if len(sums) >= most else -np.inf


def _sums(segment: Segment, query: IndexQuery, weights: Mapping[str, float], rows: IntArray) -> ScoreArray:
    """(k,) weighted sums of cosines, 0 for a space that a product is not in."""
    sums = np.zeros(len(rows))
    for name, weight in weights.items():
        sums += weight * np.nan_to_num(segment.vectors[name].scores(query.vectors[name], rows))
    return sums


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
