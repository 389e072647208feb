"""The embedded index: exact words, vectors and columns in one process.

Products live in segments that never change. A write adds a small segment and masks what it replaces; segments of like
size are merged, so there are never more than a few. A search reads every segment, whatever its size, in the same way:
nothing is approximate and nothing waits for a rebuild.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wares.errors import ContractError, CorruptIndex
from wares.index import files, snapshot
from wares.index.entries import check_entry
from wares.index.masks import belongs, mask
from wares.index.segment import Names, Segment
from wares.index.vocabulary import Vocabulary
from wares.index.words import Weighting, idf
from wares.protocols import Capability, IndexEntry, IndexQuery, IndexStats, Matches, Schema
from wares.registry import register
from wares.types import BoolArray, Facet, FacetValue, FloatArray, IntArray, ScoreArray

FORMAT = "exact/1"
GROWTH = 4  # a segment is merged into the one before it unless that is this many times larger
FEW = 0.25  # below this share of the rows vectors are gathered, above it all are scanned


@dataclass(frozen=True, eq=False)
class Block:
    """A segment, which of its n rows are live, and the number of its first row in the index."""

    segment: Segment
    live: BoolArray
    first: int

    @cached_property
    def lengths(self) -> IntArray:
        """(f,) terms of the live products by field."""
        return np.asarray(self.segment.postings.lengths[:, self.live].sum(axis=1), np.int64)

    @cached_property
    def count(self) -> int:
        return int(np.count_nonzero(self.live))

    @cached_property
    def variants(self) -> int:
        return int(np.diff(self.segment.starts)[self.live].sum())

    @cached_property
    def vectors(self) -> dict[str, int]:
        """Live rows by space."""
        return {name: int(part.codes.lengths[self.live].sum()) for name, part in self.segment.vectors.items()}

    @cached_property
    def holders(self) -> dict[str, int]:
        """``column:name`` → live products that have the column, themselves or in a variant."""
        counts = {}
        for name, (own, lower) in self.segment.cells.items():
            has = np.zeros(len(self.segment), np.bool_)
            has[own.owners] = True
            has[np.searchsorted(self.segment.starts, lower.owners, side="right") - 1] = True
            if count := int(np.count_nonzero(has & self.live)):
                counts[f"column:{name}"] = count
        return counts


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What a search leaves for facets and variants: a block, its rows among the matches, and its filters' masks."""

    block: Block
    rows: IntArray
    masks: tuple[BoolArray, ...]

    def variants(self, leave_out: str = "", filters: Sequence[Any] = ()) -> BoolArray:
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


@register("index", "exact.v1")
class ExactIndex:
    """Exact search over words (BM25F), vectors (best row of each product) and columns.

    Parameters
    ----------
    schema
        Fields of words, spaces of vectors and hierarchies.
    threads
        Threads of the numeric library (BLAS), for the whole process.
    """

    capabilities: frozenset[Capability] = frozenset(
        ("exact_vectors", "exact_totals", "exact_facets", "grouping", "fresh", "snapshots")
    )

    def __init__(self, schema: Schema, *, threads: int = 1) -> None:
        from threadpoolctl import threadpool_limits

        threadpool_limits(threads, user_api="blas")
        self.schema = schema
        self._names = Names(schema, Vocabulary(), Vocabulary())
        self._blocks: tuple[Block, ...] = ()
        self._rows: dict[str, int] = {}

    # --- writing

    def upsert(self, entries: Sequence[IndexEntry]) -> None:
        latest = {entry.id: entry for entry in entries}
        for entry in latest.values():
            check_entry(entry, self.schema)
        if not latest:
            return
        segment = Segment.of(tuple(latest.values()), self._names)
        self._mask(latest)
        first = sum(len(block.segment) for block in self._blocks)
        self._settle((*self._blocks, Block(segment, np.ones(len(segment), np.bool_), first)), len(self._blocks))

    def delete(self, ids: Sequence[str]) -> int:
        before = len(self._rows)
        self._mask(ids)
        self._settle(self._blocks, len(self._blocks))
        return before - len(self._rows)

    def _mask(self, ids: Any) -> None:
        """Take the ids out of the live rows."""
        rows = np.array(sorted(row for id in ids if (row := self._rows.pop(id, None)) is not None), np.int64)
        if len(rows):
            self._blocks = tuple(_without(block, rows) for block in self._blocks)

    def _settle(self, blocks: tuple[Block, ...], changed: int) -> None:
        """Merge the last blocks while they are of like size, and blocks that are mostly dead; number the rows anew."""
        kept = [block for block in blocks if block.count]
        changed = min(changed, len(kept), next((i for i, block in enumerate(blocks) if not block.count), len(kept)))
        for place, block in enumerate(kept):
            if 2 * block.count < len(block.live):
                kept[place], changed = _merged([block]), min(changed, place)
        while len(kept) > 1 and kept[-2].count < GROWTH * kept[-1].count:
            kept[-2:] = [_merged(kept[-2:])]
            changed = min(changed, len(kept) - 1)
        first = 0
        for place, block in enumerate(kept):
            if place >= changed:
                kept[place] = block = replace(block, first=first)
                live = zip(block.segment.ids, block.live.tolist(), strict=True)
                self._rows.update((id, first + row) for row, (id, alive) in enumerate(live) if alive)
            first += len(block.segment)
        self._blocks = tuple(kept)

    # --- reading

    def get(self, id: str) -> IndexEntry | None:
        row = self._rows.get(id)
        if row is None:
            return None
        block, local = self._place(row)
        return block.segment.entry(local)

    def search(self, query: IndexQuery) -> Matches:
        self._check(query)
        blocks = self._blocks
        weighting = self._weighting(blocks, query.terms) if query.terms else None
        routes = ("words", "coverage") if weighting else ()
        found, passing, scores = [], [np.zeros(0, np.bool_)], [np.zeros((0, len(routes) + len(query.vectors)))]
        for block in blocks:
            part, full = _filtered(block, query)
            found.append(part)
            passing.append(full[part.rows])
            scores.append(_scores(part, query, weighting))
        rows = [part.rows + part.block.first for part in found]
        return ExactMatches(
            query=query,
            rows=np.concatenate([np.zeros(0, np.int64), *rows]),
            passing=np.concatenate(passing),
            scores=np.concatenate(scores),
            routes=(*routes, *query.vectors),
            ceiling=weighting.ceiling if weighting else np.nan,
            found=tuple(found),
            weighting=weighting,
        )

    def search_batch(self, queries: Sequence[IndexQuery]) -> list[Matches]:
        return [self.search(query) for query in queries]

    def facet(self, matches: Matches, member: BoolArray, fields: Sequence[str], limit: int = 50) -> dict[str, Facet]:
        found = _own(matches)
        filters = matches.query.filters
        facets = {}
        for field in fields:
            if field not in matches.query.facets and any(belongs(part, field) for part in filters):
                raise ContractError(f"{field} is filtered", fix="name it in IndexQuery.facets before counting it")
            counts: Counter[str] = Counter()
            ends: list[float] = []
            start = 0
            for part in found.found:
                segment = part.block.segment
                products = np.zeros(len(segment), np.bool_)
                products[part.rows] = member[start : start + len(part.rows)]
                start += len(part.rows)
                column = segment.column(field)
                if column is not None:
                    labels, low, high = column.count(products, part.variants(field, filters))
                    counts.update(labels)
                    ends += [end for end in (low, high) if not np.isnan(end)]
            values = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit]
            span = (min(ends), max(ends)) if ends else (np.nan, np.nan)
            facets[field] = Facet(field, tuple(FacetValue(value, count) for value, count in values), *span)
        return facets

    def explain(self, matches: Matches, rows: IntArray) -> list[dict[str, float]]:
        found = _own(matches)
        if found.weighting is None:
            return [{} for _ in rows]
        explained = []
        for row in rows.tolist():
            block, local = self._place(row)
            shares = block.segment.postings.explain(local, found.weighting)
            explained.append(
                {
                    f"{self.schema.fields[field].name}:{self._names.terms[term]}": share
                    for (field, term), share in shares.items()
                }
            )
        return explained

    def ids(self, rows: IntArray) -> tuple[str, ...]:
        places = (self._place(row) for row in rows.tolist())
        return tuple(block.segment.ids[local] for block, local in places)

    def variants(self, matches: Matches, rows: IntArray) -> tuple[str, ...]:
        found = {part.block.first: part for part in _own(matches).found}
        passing = {first: part.variants("", matches.query.filters) for first, part in found.items()}
        chosen = []
        for row in rows.tolist():
            block, local = self._place(row)
            chosen.append(_best_variant(block.segment, local, passing[block.first], _own(matches)))
        return tuple(chosen)

    def values(self, rows: IntArray, column: str) -> ScoreArray:
        out = np.full(len(rows), np.nan)
        for block in self._blocks:
            found = block.segment.column(column)
            here = (rows >= block.first) & (rows < block.first + len(block.segment))
            if found is not None and here.any():
                out[here] = found.by_product[rows[here] - block.first]
        return out

    def scroll(self) -> Iterator[str]:
        for block in self._blocks:
            yield from (id for id, alive in zip(block.segment.ids, block.live.tolist(), strict=True) if alive)

    def stats(self) -> IndexStats:
        blocks = self._blocks
        details: Counter[str] = Counter({"segments": len(blocks)})
        vectors: Counter[str] = Counter({space.name: 0 for space in self.schema.spaces})
        for block in blocks:
            details.update(block.holders)
            vectors.update(block.vectors)
        variants = sum(block.variants for block in blocks)
        size = sum(block.segment.bytes for block in blocks)
        return IndexStats(len(self._rows), variants, dict(vectors), size, details=dict(details))

    # --- keeping

    def snapshot(self, folder: Path) -> None:
        whole = _merged(self._blocks) if self._blocks else Block(Segment.of((), self._names), np.ones(0, np.bool_), 0)
        facts = {"format": FORMAT, "products": whole.count, "schema": files.schema_facts(self.schema)}
        snapshot.write(folder, files.files_of(whole.segment), facts)

    @classmethod
    def restore(cls, folder: Path, *, threads: int = 1) -> "ExactIndex":
        """Open a snapshot; its arrays stay on the disk and are mapped."""
        facts, arrays = snapshot.read(folder)
        if facts["format"] != FORMAT:
            raise CorruptIndex(f"{folder} has the format {facts['format']}, not {FORMAT}", fix=snapshot.FIX)
        index = cls(files.schema_of(facts["schema"]), threads=threads)
        segment = files.segment_of(arrays, index.schema)
        index._names = segment.names
        index._settle((Block(segment, np.ones(len(segment), np.bool_), 0),), 0)
        return index

    # --- within

    def _place(self, row: int) -> tuple[Block, int]:
        for block in self._blocks:
            if row < block.first + len(block.segment):
                return block, row - block.first
        raise ContractError(f"there is no row {row}", fix="rows hold until the next write")

    def _check(self, query: IndexQuery) -> None:
        dims = {space.name: space.dim for space in self.schema.spaces}
        for name, vector in query.vectors.items():
            if vector.shape != (dims.get(name),):
                raise ContractError(f"a query vector {vector.shape} for space {name}", fix=f"the spaces are {dims}")

    def _weighting(self, blocks: Sequence[Block], terms: Sequence[str]) -> Weighting:
        n = max(sum(block.count for block in blocks), 1)
        lengths = sum((block.lengths for block in blocks), np.zeros(len(self.schema.fields), np.int64))
        known = {term: number for term in terms if (number := self._names.terms.find(term)) is not None}
        frequencies = {
            number: sum(block.segment.postings.frequency(number, block.live) for block in blocks)
            for number in known.values()
        }
        return Weighting(
            weights=np.array([field.weight for field in self.schema.fields]),
            b=np.array([field.b for field in self.schema.fields]),
            averages=np.where(lengths == 0, 1, lengths) / n,
            idf={number: idf(frequency, n) for number, frequency in frequencies.items()},
            missing=len({*terms} - known.keys()) * idf(0, n),
        )


def _without(block: Block, rows: IntArray) -> Block:
    local = rows[(rows >= block.first) & (rows < block.first + len(block.segment))] - block.first
    if not len(local):
        return block
    live = block.live.copy()
    live[local] = False
    return Block(block.segment, live, block.first)


def _merged(blocks: Sequence[Block]) -> Block:
    if len(blocks) == 1 and blocks[0].count == len(blocks[0].live):
        return blocks[0]
    segment = Segment.merge([(block.segment, np.flatnonzero(block.live)) for block in blocks])
    return Block(segment, np.ones(len(segment), np.bool_), blocks[0].first)


def _filtered(block: Block, query: IndexQuery) -> tuple[Found, BoolArray]:
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


def _scores(found: Found, query: IndexQuery, weighting: Weighting | None) -> ScoreArray:
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
    return np.stack(columns, axis=1) if columns else np.zeros((len(rows), 0))


def _best_variant(segment: Segment, row: int, passing: BoolArray, matches: ExactMatches) -> str:
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


def _own(matches: Matches) -> ExactMatches:
    if not isinstance(matches, ExactMatches):
        raise ContractError("these matches come from another index", fix="pass what search of this index returned")
    return matches
