"""The embedded index: exact words, vectors and columns in one process.

Products live in segments that never change. A write adds a small segment and masks what it replaces; segments of like
size are merged, so there are never more than a few. A search reads every segment, whatever its size, in the same way:
nothing is approximate and nothing waits for a rebuild.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from wares.errors import ContractError, CorruptIndex
from wares.index import files, snapshot
from wares.index.blocks import Block, merged, without
from wares.index.entries import check_entry
from wares.index.found import ExactMatches, best_variant, filtered, scores_of
from wares.index.masks import belongs
from wares.index.segment import Names, Segment
from wares.index.vocabulary import Vocabulary
from wares.index.words import Weighting, idf
from wares.protocols import Capability, IndexEntry, IndexQuery, IndexStats, Matches, Schema
from wares.registry import register
from wares.types import BoolArray, Facet, FacetValue, IntArray, ScoreArray

FORMAT = "exact/2"
GROWTH = 4  # a segment is merged into the one before it unless that is this many times larger


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
        self._stats: tuple[tuple[Block, ...], IndexStats] | None = None

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
            self._blocks = tuple(without(block, rows) for block in self._blocks)

    def _settle(self, blocks: tuple[Block, ...], changed: int) -> None:
        """Merge the last blocks while they are of like size, and blocks that are mostly dead; number the rows anew."""
        kept = [block for block in blocks if block.count]
        changed = min(changed, len(kept), next((i for i, block in enumerate(blocks) if not block.count), len(kept)))
        for place, block in enumerate(kept):
            if 2 * block.count < len(block.live):
                kept[place], changed = merged([block]), min(changed, place)
        while len(kept) > 1 and kept[-2].count < GROWTH * kept[-1].count:
            kept[-2:] = [merged(kept[-2:])]
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
            part, full = filtered(block, query)
            found.append(part)
            passing.append(full[part.rows])
            scores.append(scores_of(part, query, weighting))
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
            chosen.append(best_variant(block.segment, local, passing[block.first], _own(matches)))
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
        if self._stats is not None and self._stats[0] is blocks:
            return self._stats[1]
        details: Counter[str] = Counter({"segments": len(blocks)})
        vectors: Counter[str] = Counter({space.name: 0 for space in self.schema.spaces})
        for block in blocks:
            details.update(block.holders)
            vectors.update(block.vectors)
        variants = sum(block.variants for block in blocks)
        size = sum(block.segment.bytes for block in blocks)
        stats = IndexStats(len(self._rows), variants, dict(vectors), size, details=dict(details))
        self._stats = blocks, stats
        return stats

    # --- keeping

    def snapshot(self, folder: Path) -> None:
        whole = merged(self._blocks) if self._blocks else Block(Segment.of((), self._names), np.ones(0, np.bool_), 0)
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


def _own(matches: Matches) -> ExactMatches:
    if not isinstance(matches, ExactMatches):
        raise ContractError("these matches come from another index", fix="pass what search of this index returned")
    return matches
