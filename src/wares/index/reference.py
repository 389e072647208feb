"""The plain index: every answer computed product by product as the contract states it; the oracle of the tests."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from wares.errors import ContractError
from wares.index.entries import changed_columns, check_entry
from wares.index.histogram import as_buckets, edges_of
from wares.protocols import (
    Capability,
    Changes,
    ColumnValue,
    IndexEntry,
    IndexQuery,
    IndexStats,
    Matches,
    Schema,
    VariantEntry,
)
from wares.registry import register
from wares.types import (
    AllOf,
    Always,
    AnyOf,
    Between,
    BoolArray,
    Facet,
    FacetValue,
    Filter,
    FloatArray,
    IntArray,
    Near,
    Not,
    OneOf,
    Place,
    Says,
    ScoreArray,
    fields_of,
)

K1 = 1.2
EARTH_KM = 6371.0088
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

    def update(self, products: Mapping[str, Changes], variants: Mapping[str, Changes] | None = None) -> None:
        variants = variants or {}
        known = {variant.id for entry in self._entries.values() for variant in entry.variants}
        if missing := [*(products.keys() - self._entries.keys()), *(variants.keys() - known)]:
            raise ContractError(f"nothing is called {sorted(missing)[0]!r}", fix="insert a product before changing it")
        changed = []
        for entry in self._entries.values():
            if entry.id in products or any(variant.id in variants for variant in entry.variants):
                parts = (
                    replace(variant, columns=changed_columns(variant.columns, variants.get(variant.id, {})))
                    for variant in entry.variants
                )
                columns = changed_columns(entry.columns, products.get(entry.id, {}))
                changed.append(replace(entry, columns=columns, variants=tuple(parts)))
        self.upsert(changed)

    def get(self, id: str) -> IndexEntry | None:
        return self._entries.get(id)

    def rows(self, ids: Sequence[str]) -> IntArray:
        places = {id: row for row, id in enumerate(self._entries)}
        return np.array([places.get(id, -1) for id in ids], np.int64)

    def frequencies(self, terms: Sequence[str], within: tuple[Filter, ...] = ()) -> IntArray:
        return np.array([self._frequency(term, within) for term in terms], np.int64)

    def expand(self, prefix: str, limit: int = 20, within: tuple[Filter, ...] = ()) -> tuple[str, ...]:
        every = {t for entry in self._entries.values() for terms in entry.terms.values() for t in terms}
        found = sorted((-self._frequency(term, within), term) for term in every if term.startswith(prefix))
        return tuple(term for count, term in found if count)[:limit]

    def search(self, query: IndexQuery) -> Matches:
        spaces = {space.name: space.dim for space in self.schema.spaces}
        for name, vector in query.vectors.items():
            if vector.shape != (spaces.get(name),):
                raise ContractError(f"a query vector {vector.shape} for space {name}", fix=f"the spaces are {spaces}")
        entries = list(self._entries.values())
        routes = (*(("words", "coverage", "phrase") if query.terms else ()), *query.boosts, *query.vectors)
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
            ceiling=sum(self._idf(t, query) for t in dict.fromkeys(query.terms)) if query.terms else math.nan,
        )

    def search_batch(self, queries: Sequence[IndexQuery]) -> list[Matches]:
        return [self.search(query) for query in queries]

    def facet(self, matches: Matches, member: BoolArray, fields: Sequence[str], limit: int = 50) -> dict[str, Facet]:
        return {field: self._facet(matches, member, field, limit) for field in fields}

    def explain(self, matches: Matches, rows: IntArray) -> list[dict[str, float]]:
        entries = list(self._entries.values())
        words = (self._words(entries[row], matches.query) for row in rows.tolist())
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

    def vectors(self, rows: IntArray, space: str) -> FloatArray:
        entries = list(self._entries.values())
        dims = {each.name: each.dim for each in self.schema.spaces}
        none = np.zeros((0, dims[space]), np.float32)
        sums = [entries[row].vectors.get(space, none).sum(axis=0) for row in rows.tolist()]
        units = [each / np.linalg.norm(each) if each.any() else each for each in sums]
        return np.array(units, np.float32).reshape(len(rows), dims[space])

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
            case Always(inner):
                return self._holds(inner, entry, variant)
            case Not(inner):
                return not self._holds(inner, entry, variant)
            case Between(field, low, high):
                value = _value(entry, variant, field)
                if not isinstance(value, float | int) or isinstance(value, bool):
                    return False
                return (low is None or value >= low) and (high is None or value <= high)
            case Says(terms):
                return {*terms} <= {word for words in entry.terms.values() for word in words}
            case Near(field, latitude, longitude, km):
                value = _value(entry, variant, field)
                return isinstance(value, Place) and _distance(value, Place(latitude, longitude)) <= km
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
        each: list[list[float]] = []
        for row in matches.rows[member].tolist():
            values = [_value(entries[row], variant, field) for variant in self._passing(entries[row], filters)]
            counts.update(set[str]().union(*(self._labels(field, value) for value in values)))
            each.append([value for value in values if isinstance(value, float | int) and not isinstance(value, bool)])
        numbers = [number for own in each for number in own]
        most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit]
        low, high = (min(numbers), max(numbers)) if numbers else (math.nan, math.nan)
        edges = edges_of(low, high)
        inside = [sum(any(a <= n < b for n in own) for own in each) for a, b in pairwise(edges)]
        values_ = tuple(FacetValue(value, count) for value, count in most)
        return Facet(field, values_, low, high, as_buckets(edges, inside))

    def _scores(self, entry: IndexEntry, query: IndexQuery) -> list[float]:
        scores: list[float] = []
        if query.terms:
            worth = {term: self._worth(entry, term, query) for term in dict.fromkeys(query.terms)}
            idfs = {term: self._idf(term, query) for term in worth}
            matched = sum(idfs[term] * worth[term] for term in worth)
            words = sum(self._words(entry, query).values())
            scores += [words, matched / sum(idfs.values())] if matched else [math.nan, math.nan]
            scores.append(self._phrase(entry, query.terms))
        for part in query.boosts.values():
            scores.append(1.0 if self._passing(entry, (part,)) else math.nan)
        for name, vector in query.vectors.items():
            rows = entry.vectors.get(name)
            scores.append(max(float(row @ vector) for row in rows) if rows is not None and len(rows) else math.nan)
        return scores

    def _worth(self, entry: IndexEntry, term: str, query: IndexQuery) -> float:
        """What the best of a term's forms that the product has is worth; 0 = it has none."""
        every = {term: 1.0, **query.forms.get(term, {})}
        own = {word for terms in entry.terms.values() for word in terms}
        return max((worth for form, worth in every.items() if form in own), default=0.0)

    def _words(self, entry: IndexEntry, query: IndexQuery) -> Words:
        """What each (field, term) gives to the BM25F score of a product; of a term with forms the best form."""
        shares: Words = {}
        for term in dict.fromkeys(query.terms):
            best: Words = {}
            for form, worth in {term: 1.0, **query.forms.get(term, {})}.items():
                idf = worth * self._idf(term, query)
                parts = self._weighted(entry, form)
                whole = sum(parts.values())
                given = {(name, form): idf * part / (K1 + whole) for name, part in parts.items()}
                best = given if sum(given.values()) > sum(best.values()) else best
            for key, value in best.items():
                shares[key] = shares.get(key, 0.0) + value
        return shares

    def _weighted(self, entry: IndexEntry, term: str) -> dict[str, float]:
        """Weighted, length-normalised frequencies of a term by field."""
        parts = {}
        for field in self.schema.fields:
            words = entry.terms.get(field.name, ())
            if term in words:
                relative = len(words) / field.length
                parts[field.name] = field.weight * words.count(term) / (1 - field.b + field.b * relative)
        return parts

    def _phrase(self, entry: IndexEntry, terms: Sequence[str]) -> float:
        """Share of the neighbouring terms of the query that are neighbours in a field of weight 1 or more."""
        asked = set(pairwise(terms))
        fields = [entry.terms.get(field.name, ()) for field in self.schema.fields if field.weight >= 1]
        there = {pair for words in fields for pair in pairwise(words)}
        return len(asked & there) / len(asked) if asked & there else math.nan

    def _frequency(self, term: str, within: Sequence[Filter]) -> int:
        inside = (entry for entry in self._entries.values() if self._passing(entry, within))
        return sum(any(term in words for words in entry.terms.values()) for entry in inside)

    def _idf(self, term: str, query: IndexQuery) -> float:
        within = [part for part in query.filters if isinstance(part, Always)]
        having = max(self._frequency(form, within) for form in (term, *query.forms.get(term, {})))
        n = sum(bool(self._passing(entry, within)) for entry in self._entries.values())
        return math.log1p((max(n, 1) - having + 0.5) / (having + 0.5))

    def _best(self, entry: IndexEntry, query: IndexQuery) -> VariantEntry:
        def fit(variant: VariantEntry) -> tuple[float, float, bool]:
            words = math.fsum(
                self._idf(term, query)
                for term in dict.fromkeys(query.terms)
                if {term, *query.forms.get(term, {})} & {*variant.terms}
            )
            shown = [
                float((entry.vectors[name][row].astype(np.float64) * vector).sum())
                for name, vector in query.vectors.items()
                for row in variant.rows.get(name, ())
            ]
            return words, max(shown, default=-math.inf), _value(entry, variant, "in_stock") is True

        return max(self._passing(entry, query.filters) or entry.variants, key=fit)


def _without(filters: Sequence[Filter], field: str) -> tuple[Filter, ...]:
    return tuple(part for part in filters if fields_of(part) != {field})


def _value(entry: IndexEntry, variant: VariantEntry, column: str) -> ColumnValue | None:
    """A variant's own value hides its product's."""
    return variant.columns[column] if column in variant.columns else entry.columns.get(column)


def _distance(a: Place, b: Place) -> float:
    """Kilometres along the great circle, by the haversine formula."""
    one, other, east = math.radians(a.latitude), math.radians(b.latitude), math.radians(b.longitude - a.longitude)
    h = math.sin((other - one) / 2) ** 2 + math.cos(one) * math.cos(other) * math.sin(east / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(h, 1.0)))


def _path(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(">") if part.strip())


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
