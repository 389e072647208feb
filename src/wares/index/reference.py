"""The plain index: every answer computed product by product as the contract states it; the oracle of the tests."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from wares.errors import ContractError
from wares.index.entries import check_entry
from wares.protocols import Capability, ColumnValue, IndexEntry, IndexQuery, IndexStats, Matches, Schema, VariantEntry
from wares.registry import register
from wares.types import AllOf, AnyOf, Between, BoolArray, Facet, FacetValue, Filter, IntArray, Not, OneOf, ScoreArray

K1 = 1.2
Words = dict[tuple[str, str], float]


@register("index", "reference.v1")
class ReferenceIndex:
    """Keeps entries as they are and looks at all of them; slow on purpose and in no way clever."""

    capabilities: frozenset[Capability] = frozenset(
        ("exact_vectors", "exact_totals", "exact_facets", "grouping", "fresh")
    )

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._entries: dict[str, IndexEntry] = {}

    def upsert(self, entries: Sequence[IndexEntry]) -> None:
        for entry in entries:
            check_entry(entry, self.schema)
        for id, entry in {entry.id: entry for entry in entries}.items():
            self._entries.pop(id, None)
            self._entries[id] = entry

    def delete(self, ids: Sequence[str]) -> int:
        return sum(self._entries.pop(id, None) is not None for id in ids)

    def get(self, id: str) -> IndexEntry | None:
        return self._entries.get(id)

    def search(self, query: IndexQuery) -> Matches:
        spaces = {space.name: space.dim for space in self.schema.spaces}
        for name, vector in query.vectors.items():
            if vector.shape != (spaces.get(name),):
                raise ContractError(f"a query vector {vector.shape} for space {name}", fix=f"the spaces are {spaces}")
        entries = list(self._entries.values())
        routes = (*(("words", "coverage") if query.terms else ()), *query.vectors)
        rows, passing, scores = [], [], []
        for row, entry in enumerate(entries):
            full = bool(self._passing(entry, query.filters))
            if not full and not any(self._passing(entry, _without(query.filters, field)) for field in query.facets):
                continue
            rows.append(row)
            passing.append(full)
            scores.append(self._scores(entry, query))
        return Matches(
            query=query,
            rows=np.array(rows, np.int64),
            passing=np.array(passing, np.bool_),
            scores=np.array(scores, np.float64).reshape(len(rows), len(routes)),
            routes=routes,
            ceiling=sum(self._idf(term) for term in dict.fromkeys(query.terms)) if query.terms else math.nan,
        )

    def search_batch(self, queries: Sequence[IndexQuery]) -> list[Matches]:
        return [self.search(query) for query in queries]

    def facet(self, matches: Matches, member: BoolArray, fields: Sequence[str], limit: int = 50) -> dict[str, Facet]:
        return {field: self._facet(matches, member, field, limit) for field in fields}

    def explain(self, matches: Matches, rows: IntArray) -> list[dict[str, float]]:
        entries = list(self._entries.values())
        words = (self._words(entries[row], matches.query.terms) for row in rows.tolist())
        return [{f"{field}:{term}": value for (field, term), value in each.items()} for each in words]

    def ids(self, rows: IntArray) -> tuple[str, ...]:
        ids = list(self._entries)
        return tuple(ids[row] for row in rows.tolist())

    def variants(self, matches: Matches, rows: IntArray) -> tuple[str, ...]:
        entries = list(self._entries.values())
        return tuple(self._best(entries[row], matches.query).id for row in rows.tolist())

    def values(self, rows: IntArray, column: str) -> ScoreArray:
        entries = list(self._entries.values())
        found = []
        for row in rows.tolist():
            every = [_value(entries[row], variant, column) for variant in entries[row].variants]
            truths = [float(value) for value in every if isinstance(value, bool)]
            numbers = [value for value in every if isinstance(value, float | int) and not isinstance(value, bool)]
            found.append(min(numbers) if numbers else max(truths) if truths else math.nan)
        return np.array(found, np.float64)

    def scroll(self) -> Iterator[str]:
        yield from self._entries

    def snapshot(self, folder: Path) -> None:
        raise ContractError(f"the reference keeps nothing in {folder}", fix="use exact.v1")

    def stats(self) -> IndexStats:
        entries = self._entries.values()
        vectors = {space.name: 0 for space in self.schema.spaces}
        for entry in entries:
            for name, rows in entry.vectors.items():
                vectors[name] += len(rows)
        details: Counter[str] = Counter()
        for entry in entries:
            names = {name for holder in (entry.columns, *(v.columns for v in entry.variants)) for name in holder}
            details.update(f"column:{name}" for name in names)
        return IndexStats(len(entries), sum(len(each.variants) for each in entries), vectors, 0, details=dict(details))

    def _passing(self, entry: IndexEntry, filters: Sequence[Filter]) -> list[VariantEntry]:
        return [v for v in entry.variants if all(self._holds(part, entry, v) for part in filters)]

    def _holds(self, part: Filter, entry: IndexEntry, variant: VariantEntry) -> bool:
        match part:
            case AllOf(parts):
                return all(self._holds(each, entry, variant) for each in parts)
            case AnyOf(parts):
                return any(self._holds(each, entry, variant) for each in parts)
            case Not(inner):
                return not self._holds(inner, entry, variant)
            case Between(field, low, high):
                value = _value(entry, variant, field)
                if not isinstance(value, float | int) or isinstance(value, bool):
                    return False
                return (low is None or value >= low) and (high is None or value <= high)
            case OneOf(field, values):
                value = _value(entry, variant, field)
                if isinstance(value, float | int) and not isinstance(value, bool):
                    return value in [float(each) for each in values if _is_number(each)]
                wanted = {" > ".join(_path(each)) if field in self.schema.hierarchies else each for each in values}
                return bool(wanted & self._labels(field, value))

    def _labels(self, field: str, value: ColumnValue | None) -> set[str]:
        if isinstance(value, bool):
            return {str(value).lower()}
        words = (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ()
        if field not in self.schema.hierarchies:
            return set(words)
        paths = [_path(word) for word in words]
        return {" > ".join(path[: depth + 1]) for path in paths for depth in range(len(path))}

    def _facet(self, matches: Matches, member: BoolArray, field: str, limit: int) -> Facet:
        entries = list(self._entries.values())
        filters = _without(matches.query.filters, field)
        counts: Counter[str] = Counter()
        numbers: list[float] = []
        for row in matches.rows[member].tolist():
            values = [_value(entries[row], variant, field) for variant in self._passing(entries[row], filters)]
            counts.update(set[str]().union(*(self._labels(field, value) for value in values)))
            numbers += [value for value in values if isinstance(value, float | int) and not isinstance(value, bool)]
        most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit]
        ends = (min(numbers), max(numbers)) if numbers else (math.nan, math.nan)
        return Facet(field, tuple(FacetValue(value, count) for value, count in most), *ends)

    def _scores(self, entry: IndexEntry, query: IndexQuery) -> list[float]:
        scores: list[float] = []
        if query.terms:
            terms = dict.fromkeys(query.terms)
            matched = {term for _, term in self._words(entry, query.terms)}
            total, part = (sum(self._idf(t) for t in terms if t in chosen) for chosen in (terms, matched))
            scores += [sum(self._words(entry, query.terms).values()), part / total] if matched else [math.nan, math.nan]
        for name, vector in query.vectors.items():
            rows = entry.vectors.get(name)
            scores.append(max(float(row @ vector) for row in rows) if rows is not None and len(rows) else math.nan)
        return scores

    def _words(self, entry: IndexEntry, terms: Sequence[str]) -> Words:
        """What each (field, term) gives to the BM25F score of a product."""
        shares: Words = {}
        for term in dict.fromkeys(terms):
            parts = {}
            for field in self.schema.fields:
                words = entry.terms.get(field.name, ())
                if term in words:
                    lengths = [len(each.terms.get(field.name, ())) for each in self._entries.values()]
                    relative = len(words) / (sum(lengths) / len(lengths))
                    parts[field.name] = field.weight * words.count(term) / (1 - field.b + field.b * relative)
            weighted = sum(parts.values())
            shares |= {(name, term): self._idf(term) * part / (K1 + weighted) for name, part in parts.items()}
        return shares

    def _idf(self, term: str) -> float:
        having = sum(any(term in words for words in entry.terms.values()) for entry in self._entries.values())
        return math.log1p((max(len(self._entries), 1) - having + 0.5) / (having + 0.5))

    def _best(self, entry: IndexEntry, query: IndexQuery) -> VariantEntry:
        def fit(variant: VariantEntry) -> tuple[float, float, bool]:
            words = math.fsum(self._idf(term) for term in set(query.terms) if term in variant.terms)
            shown = [
                float((entry.vectors[name][row].astype(np.float64) * vector).sum())
                for name, vector in query.vectors.items()
                for row in variant.rows.get(name, ())
            ]
            return words, max(shown, default=-math.inf), _value(entry, variant, "in_stock") is True

        return max(self._passing(entry, query.filters) or entry.variants, key=fit)


def _without(filters: Sequence[Filter], field: str) -> tuple[Filter, ...]:
    return tuple(part for part in filters if _fields(part) != {field})


def _fields(part: Filter) -> set[str]:
    match part:
        case OneOf(field) | Between(field):
            return {field}
        case Not(inner):
            return _fields(inner)
        case AllOf(parts) | AnyOf(parts):
            return {field for each in parts for field in _fields(each)}


def _value(entry: IndexEntry, variant: VariantEntry, column: str) -> ColumnValue | None:
    """A variant's own value hides its product's."""
    return variant.columns[column] if column in variant.columns else entry.columns.get(column)


def _path(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(">") if part.strip())


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
