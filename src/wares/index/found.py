"""What a search finds in one block, and what it leaves for facets, variants and explanations."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wares.index.blocks import Block
from wares.index.masks import belongs, mask
from wares.index.segment import Segment
from wares.index.words import Weighting
from wares.protocols import IndexQuery, Matches
from wares.types import BoolArray, Filter, FloatArray, IntArray, ScoreArray

FEW = 0.25  # below this share of the rows vectors are gathered, above it all are scanned


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What a search leaves for facets and variants: a block, its rows among the matches, and its filters' masks."""

    block: Block
    rows: IntArray
    masks: tuple[BoolArray, ...]

    def variants(self, leave_out: str = "", filters: Sequence[Filter] = ()) -> BoolArray:
        """(v,) variants that pass every filter but those of one field."""
        out = np.ones(len(self.block.segment.variant_ids), np.bool_)
        for part, passing in zip(filters, self.masks, strict=True):
            if not (leave_out and belongs(part, leave_out)):
                out &= passing
        return out


@dataclass(frozen=True, slots=True, eq=False)
class ExactMatches(Matches):
    found: tuple[Found, ...] = ()
    weighting: Weighting | None = None


def filtered(block: Block, query: IndexQuery) -> tuple[Found, BoolArray]:
    """The rows that pass all filters but those of one facet field, and which products pass them all."""
    segment = block.segment
    found = Found(block, np.zeros(0, np.int64), tuple(mask(part, segment) for part in query.filters))

    def products(leave_out: str) -> BoolArray:
        variants = found.variants(leave_out, query.filters)
        return block.live & np.logical_or.reduceat(variants, segment.starts[:-1])

    if not query.filters:
        return replace(found, rows=np.flatnonzero(block.live)), block.live
    full = products("")
    some = full.copy()
    for field in query.facets:
        if any(belongs(part, field) for part in query.filters):
            some |= products(field)
    return replace(found, rows=np.flatnonzero(some)), full


def scores_of(found: Found, query: IndexQuery, weighting: Weighting | None) -> ScoreArray:
    """(n, r) what each route says of the rows that were found."""
    segment, rows = found.block.segment, found.rows
    columns = []
    if weighting is not None:
        words, matched = segment.postings.scores(weighting)
        hit = matched[rows] > 0
        columns += [np.where(hit, words[rows], np.nan), np.where(hit, matched[rows] / weighting.ceiling, np.nan)]
    few = len(rows) < FEW * len(segment)
    for name, vector in query.vectors.items():
        vectors = segment.vectors[name]
        columns.append(vectors.scores(vector, rows) if few else vectors.scores(vector)[rows])
    return np.stack(columns).T if columns else np.zeros((len(rows), 0))


def best_variant(segment: Segment, row: int, passing: BoolArray, matches: ExactMatches) -> str:
    """By the query's terms, then by the vectors that show it, then in stock, then in the order of the feed."""
    first, last = int(segment.starts[row]), int(segment.starts[row + 1])
    among = [variant for variant in range(first, last) if passing[variant]] or list(range(first, last))
    if len(among) == 1:
        return segment.variant_ids[among[0]]
    known = matches.weighting.idf if matches.weighting else {}
    products = {name: _products(segment.vectors[name][row], q) for name, q in matches.query.vectors.items()}
    stock = segment.column("in_stock")
    in_stock = stock.one_of(("true",)) if stock else None

    def fit(variant: int) -> tuple[float, float, bool]:
        words = math.fsum(known.get(term, 0.0) for term in {*segment.variant_terms[variant].tolist()})
        shown = [products[name][segment.shown[name][variant]] for name in products]
        best = max((float(each.max()) for each in shown if len(each)), default=-np.inf)
        return words, best, bool(in_stock is not None and in_stock[variant])

    return segment.variant_ids[max(among, key=fit)]


def _products(rows: FloatArray, query: FloatArray) -> NDArray[Any]:
    """Row by row, so that equal rows give equal numbers wherever they stand."""
    return np.asarray((rows.astype(np.float64) * query).sum(axis=1))
