"""The embedded index: exact words, vectors and columns in one process.

Products live in segments that never change. A write adds a small segment and masks what it replaces; segments of like
size are merged, so there are never more than a few. A search reads every segment, whatever its size, in the same way:
nothing is approximate and nothing waits for a rebuild.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from wares.errors import ContractError, CorruptIndex
from wares.index import files, snapshot
from wares.index.blocks import Block, merged, without
from wares.index.columns import Counted
from wares.index.entries import changed_columns, check_entry
from wares.index.found import ExactMatches, best_variant, filtered, scored
from wares.index.histogram import as_buckets, edges_of
from wares.index.masks import belongs
from wares.index.segment import Names, Segment
from wares.index.words import Asked, Asking, explain, idf
from wares.protocols import Capability, Changes, IndexEntry, IndexQuery, IndexStats, Matches, Schema
from wares.registry import register
from wares.types import Always, BoolArray, Facet, FacetValue, Filter, FloatArray, IntArray, ScoreArray

FORMAT = "exact/2"
MOST_NARROWED = 32  # parts of the index whose rows are remembered
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
        self._names = Names.of(schema)
        self._blocks: tuple[Block, ...] = ()
        self._stats: tuple[tuple[Block, ...], IndexStats] | None = None
        self._narrow: tuple[tuple[Block, ...], dict[tuple[Filter, ...], tuple[Block, ...]]] = (), {}

    # --- writing

    def upsert(self, entries: Sequence[IndexEntry]) -> None:
        latest = {entry.id: entry for entry in entries}
        for entry in latest.values():
            check_entry(entry, self.schema)
        if not latest:
            return
        segment = Segment.of(tuple(latest.values()), self._names)
        blocks = self._without(tuple(latest))
        self._settle((*blocks, Block(segment, np.ones(len(segment), np.bool_), 0)))

    def delete(self, ids: Sequence[str]) -> int:
        before = sum(block.count for block in self._blocks)
        self._settle(self._without(ids))
        return before - sum(block.count for block in self._blocks)

    def update(self, products: Mapping[str, Changes], variants: Mapping[str, Changes] | None = None) -> None:
        variants = variants or {}
        places = {row: id for id in products if (row := self._row(id)) is not None}
        owners: set[str] = set()
        for id in variants:
            found = [
                block.first + int(row)
                for block in self._blocks
                for row in block.segment.products_of(block.segment.variant_ids.rows_of(id))
                if block.live[row]
            ]
            places |= {row: self.ids(np.array([row]))[0] for row in found}
            owners |= {id} if found else set()
        if missing := [*(products.keys() - set(places.values())), *(variants.keys() - owners)]:
            raise ContractError(f"nothing is called {sorted(missing)[0]!r}", fix="insert a product before changing it")
        changed = []
        for row in sorted(places):
            block, local = self._place(row)
            entry = block.segment.entry(local)
            parts = (replace(v, columns=changed_columns(v.columns, variants.get(v.id, {}))) for v in entry.variants)
            columns = changed_columns(entry.columns, products.get(entry.id, {}))
            changed.append(replace(entry, columns=columns, variants=tuple(parts)))
        self.upsert(changed)

    def _without(self, ids: Sequence[str]) -> tuple[Block, ...]:
        """The blocks with the ids taken out of the live rows."""
        return tuple(without(block, block.rows_of(ids)) for block in self._blocks)

    def _settle(self, blocks: tuple[Block, ...]) -> None:
        """Merge the last blocks while they are of like size, and blocks that are mostly dead; number the rows anew."""
        kept = [block for block in blocks if block.count]
        kept = [merged([block]) if 2 * block.count < len(block.live) else block for block in kept]
        while len(kept) > 1 and kept[-2].count < GROWTH * kept[-1].count:
            kept[-2:] = [merged(kept[-2:])]
        first = 0
        for place, block in enumerate(kept):
            kept[place] = block if block.first == first else replace(block, first=first)
            first += len(block.segment)
        self._blocks = tuple(kept)

    # --- reading

    def get(self, id: str) -> IndexEntry | None:
        row = self._row(id)
        if row is None:
            return None
        block, local = self._place(row)
        return block.segment.entry(local)

    def rows(self, ids: Sequence[str]) -> IntArray:
        found = (self._row(id) for id in ids)
        return np.array([-1 if row is None else row for row in found], np.int64)

    def frequencies(self, terms: Sequence[str], within: tuple[Filter, ...] = ()) -> IntArray:
        blocks = self._narrowed(within)
        numbers = [self._names.terms.find(term) for term in terms]
        return np.array([0 if number is None else _frequency(number, blocks) for number in numbers], np.int64)

    def expand(self, prefix: str, limit: int = 20, within: tuple[Filter, ...] = ()) -> tuple[str, ...]:
        blocks = self._narrowed(within)
        numbers = self._names.terms.beginning(prefix).tolist()
        found = [(-count, self._names.terms[number]) for number in numbers if (count := _frequency(number, blocks))]
        return tuple(term for _, term in sorted(found)[:limit])

    def search(self, query: IndexQuery) -> Matches:
        self._check(query)
        blocks = self._blocks
        asking = self._asking(query) if query.terms else None
        routes = (*(("words", "coverage", "phrase") if asking else ()), *query.boosts, *query.vectors)
        found, passing, scores = [], [np.zeros(0, np.bool_)], [np.zeros((0, len(routes)))]
        for block in blocks:
            part, allowed, full = filtered(block, query)
            part, said = scored(part, allowed, full, query, asking)
            found.append(part)
            passing.append(full[part.rows])
            scores.append(said)
        rows = [part.rows + part.block.first for part in found]
        return ExactMatches(
            query=query,
            rows=np.concatenate([np.zeros(0, np.int64), *rows]),
            passing=np.concatenate(passing),
            scores=np.concatenate(scores),
            routes=routes,
            ceiling=asking.ceiling if asking else np.nan,
            found=tuple(found),
            asking=asking,
        )

    def search_batch(self, queries: Sequence[IndexQuery]) -> list[Matches]:
        return [self.search(query) for query in queries]

    def facet(self, matches: Matches, member: BoolArray, fields: Sequence[str], limit: int = 50) -> dict[str, Facet]:
        found = _own(matches)
        filters = matches.query.filters
        for field in fields:
            if field not in matches.query.facets and any(belongs(part, field) for part in filters):
                raise ContractError(f"{field} is filtered", fix="name it in IndexQuery.facets before counting it")
        edges = np.cumsum([0, *(len(part.rows) for part in found.found)])
        inside = [part.rows[member[a:b]] for part, (a, b) in zip(found.found, pairwise(edges.tolist()), strict=True)]
        facets = {}
        for field in fields:
            counted = [
                column.count(rows, part.variants(field, filters))
                for part, rows in zip(found.found, inside, strict=True)
                if len(rows) and (column := part.block.segment.column(field)) is not None
            ]
            facets[field] = self._facet(field, counted, limit)
        return facets

    def _facet(self, field: str, counted: Sequence[Counted], limit: int) -> Facet:
        counts: Counter[int] = Counter()
        for part in counted:
            counts.update(dict(zip(part.codes.tolist(), part.counts.tolist(), strict=True)))
        fewest = sorted(counts.values(), reverse=True)[:limit][-1:] or [0]
        named = [(-count, self._names.keywords[code]) for code, count in counts.items() if count >= fewest[0]]
        values = tuple(FacetValue(name, -count) for count, name in sorted(named)[:limit])
        some = [part for part in counted if len(part.numbers)]
        if not some:
            return Facet(field, values)
        low, high = min(float(p.numbers.min()) for p in some), max(float(p.numbers.max()) for p in some)
        edges = edges_of(low, high)
        bars = np.zeros(max(len(edges) - 1, 0), np.int64)
        for part in some if edges else ():
            place = np.searchsorted(edges, part.numbers, "right") - 1
            if np.any(part.products[1:] == part.products[:-1]):
                place = np.unique(part.products * len(bars) + place) % len(bars)
            bars += np.bincount(place, minlength=len(bars))
        return Facet(field, values, low, high, as_buckets(edges, bars.tolist()))

    def explain(self, matches: Matches, rows: IntArray) -> list[dict[str, float]]:
        asking = _own(matches).asking
        if asking is None:
            return [{} for _ in rows]
        explained = []
        for row in rows.tolist():
            block, local = self._place(row)
            shares = explain([part[local] for part in block.segment.tokens], self.schema.fields, asking)
            names, terms = self.schema.fields, self._names.terms
            explained.append({f"{names[field].name}:{terms[term]}": share for (field, term), share in shares.items()})
        return explained

    def ids(self, rows: IntArray) -> tuple[str, ...]:
        places = (self._place(row) for row in rows.tolist())
        return tuple(block.segment.ids[local] for block, local in places)

    def variants(self, matches: Matches, rows: IntArray) -> tuple[str, ...]:
        found = {part.block.first: part for part in _own(matches).found}
        passing = {first: part.variants("", matches.query.filters) for first, part in found.items()}
        stock: dict[int, BoolArray | None] = {}
        chosen = []
        for row in rows.tolist():
            block, local = self._place(row)
            if block.first not in stock:
                column = None if block.segment.one_each else block.segment.column("in_stock")
                stock[block.first] = column.one_of(("true",)) if column else None
            fitting = passing[block.first], stock[block.first]
            chosen.append(best_variant(block.segment, local, *fitting, _own(matches)))
        return tuple(chosen)

    def values(self, rows: IntArray, column: str) -> ScoreArray:
        out = np.full(len(rows), np.nan)
        for block in self._blocks:
            found = block.segment.column(column)
            here = (rows >= block.first) & (rows < block.first + len(block.segment))
            if found is not None and here.any():
                out[here] = found.numbers_of(rows[here] - block.first)
        return out

    def vectors(self, rows: IntArray, space: str) -> FloatArray:
        dims = {each.name: each.dim for each in self.schema.spaces}
        out = np.zeros((len(rows), dims[space]), np.float32)
        for block in self._blocks:
            here = (rows >= block.first) & (rows < block.first + len(block.segment))
            out[here] = block.segment.vectors[space].means(rows[here] - block.first)
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
        products = sum(block.count for block in blocks)
        stats = IndexStats(products, variants, dict(vectors), size, details=dict(details))
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
        index._settle((Block(segment, np.ones(len(segment), np.bool_), 0),))
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

    def _row(self, id: str) -> int | None:
        """The live row of an id."""
        for block in self._blocks:
            if len(rows := block.rows_of((id,))):
                return block.first + int(rows[0])
        return None

    def _narrowed(self, within: tuple[Filter, ...]) -> tuple[Block, ...]:
        """The blocks with those products alone that pass some filters; remembered until the next write."""
        if not within:
            return self._blocks
        blocks, narrowed = self._narrow
        if blocks is not self._blocks:
            blocks, narrowed = self._narrow = self._blocks, {}
        if within not in narrowed:
            if len(narrowed) >= MOST_NARROWED:
                narrowed.clear()
            passing = (filtered(block, IndexQuery(filters=within))[2] for block in blocks)
            each = zip(blocks, passing, strict=True)
            narrowed[within] = tuple(Block(block.segment, live, block.first) for block, live in each)
        return narrowed[within]

    def _asking(self, query: IndexQuery) -> Asking:
        blocks = self._narrowed(tuple(part for part in query.filters if isinstance(part, Always)))
        n = max(sum(block.count for block in blocks), 1)
        find = self._names.terms.find
        terms = []
        for term in dict.fromkeys(query.terms):
            forms = {term: 1.0, **query.forms.get(term, {})}
            known = {number: worth for form, worth in forms.items() if (number := find(form)) is not None}
            terms.append(Asked(idf(max((_frequency(each, blocks) for each in known), default=0), n), known))
        pairs = dict.fromkeys(pairwise(query.terms))
        known_pairs = ((find(one), find(other)) for one, other in pairs)
        beside = tuple((one, other) for one, other in known_pairs if one is not None and other is not None)
        return Asking(tuple(terms), beside, len(pairs))


def _frequency(term: int, blocks: Sequence[Block]) -> int:
    return sum(block.frequency(term) for block in blocks)


def _own(matches: Matches) -> ExactMatches:
    if not isinstance(matches, ExactMatches):
        raise ContractError("these matches come from another index", fix="pass what search of this index returned")
    return matches
