"""A block of products that never changes, as arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wares.index.columns import TRUTHS, Cells, Column
from wares.index.labels import Labels
from wares.index.ragged import Ragged, edges, join, lengths_of, spans
from wares.index.strings import Strings
from wares.index.vectors import Vectors
from wares.index.vocabulary import Vocabulary
from wares.index.words import Postings
from wares.protocols import ColumnValue, IndexEntry, Schema, VariantEntry
from wares.types import BoolArray, IntArray

EMPTY = Cells(np.zeros(0, np.int32), np.zeros(0, np.uint8), np.zeros(0), Ragged.of(()), np.zeros(0))
NO_CELLS = (EMPTY, EMPTY)


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """The vocabularies that all segments of an index share."""

    schema: Schema
    terms: Vocabulary
    keywords: Vocabulary

    @classmethod
    def of(cls, schema: Schema) -> "Names":
        keywords = Vocabulary()
        keywords.add(TRUTHS)
        return cls(schema, Vocabulary(), keywords)


@dataclass(frozen=True, eq=False)
class Segment:
    """n products with v variants.

    Attributes
    ----------
    starts : (n + 1,)
        Product i has the variants ``starts[i] … starts[i + 1] - 1``.
    tokens
        By field of the schema, the terms of each product in their order.
    cells
        By column, what products and what variants have.
    labels
        By column, its labels where they were kept; of other columns they are made when they are asked for.
    shown
        By space, for each variant the rows of its product's vectors that show it.
    """

    names: Names
    ids: Strings
    variant_ids: Strings
    starts: IntArray
    tokens: tuple[Ragged, ...]
    postings: Postings
    variant_terms: Ragged
    vectors: Mapping[str, Vectors]
    shown: Mapping[str, Ragged]
    cells: Mapping[str, tuple[Cells, Cells]]
    labels: Mapping[str, Labels] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Sequence[IndexEntry], names: Names) -> "Segment":
        variants = [variant for entry in entries for variant in entry.variants]
        tokens = tuple(
            Ragged.of([names.terms.add(entry.terms.get(field.name, ())) for entry in entries])
            for field in names.schema.fields
        )
        own = _cells([entry.columns for entry in entries], names)
        lower = _cells([variant.columns for variant in variants], names)
        return cls(
            names=names,
            ids=Strings.of(entry.id for entry in entries),
            variant_ids=Strings.of(variant.id for variant in variants),
            starts=edges(np.array([len(entry.variants) for entry in entries], np.int64)),
            tokens=tokens,
            postings=Postings.of(tokens, names.schema.fields),
            variant_terms=Ragged.of([names.terms.add(variant.terms) for variant in variants]),
            vectors={
                space.name: Vectors.of([entry.vectors.get(space.name) for entry in entries], space.dim)
                for space in names.schema.spaces
            },
            shown={
                space.name: Ragged.of([variant.rows.get(space.name, ()) for variant in variants])
                for space in names.schema.spaces
            },
            cells={name: (own.get(name, EMPTY), lower.get(name, EMPTY)) for name in (*own, *lower)},
        )

    @classmethod
    def merge(cls, parts: Sequence[tuple["Segment", IntArray]]) -> "Segment":
        """The given rows (ascending) of the given segments, one after the other."""
        kept = [segment.take(rows) for segment, rows in parts]
        names = kept[0].names
        tokens = tuple(join([segment.tokens[f] for segment in kept]) for f in range(len(names.schema.fields)))
        sizes = [len(segment.ids) for segment in kept], [len(segment.variant_ids) for segment in kept]
        columns = dict.fromkeys(name for segment in kept for name in segment.cells)
        return cls(
            names=names,
            ids=Strings.join([segment.ids for segment in kept]),
            variant_ids=Strings.join([segment.variant_ids for segment in kept]),
            starts=edges(np.concatenate([np.diff(segment.starts) for segment in kept])),
            tokens=tokens,
            postings=Postings.of(tokens, names.schema.fields),
            variant_terms=join([segment.variant_terms for segment in kept]),
            vectors={name: Vectors.join([each.vectors[name] for each in kept]) for name in kept[0].vectors},
            shown={name: join([segment.shown[name] for segment in kept]) for name in kept[0].shown},
            cells={
                name: (
                    _joined([segment.cells.get(name, NO_CELLS)[0] for segment in kept], sizes[0]),
                    _joined([segment.cells.get(name, NO_CELLS)[1] for segment in kept], sizes[1]),
                )
                for name in columns
            },
        )

    def take(self, rows: IntArray) -> "Segment":
        """Some of the products (ascending), without postings of their own."""
        if len(rows) == len(self.ids):
            return self
        lengths = lengths_of(self.starts, rows)
        variants = spans(self.starts[rows], lengths)
        n, v = len(self.ids), len(self.variant_ids)
        return Segment(
            names=self.names,
            ids=self.ids.take(rows),
            variant_ids=self.variant_ids.take(variants),
            starts=edges(lengths),
            tokens=tuple(part.take(rows) for part in self.tokens),
            postings=self.postings,
            variant_terms=self.variant_terms.take(variants),
            vectors={name: part.take(rows) for name, part in self.vectors.items()},
            shown={name: part.take(variants) for name, part in self.shown.items()},
            cells={name: (a.take(rows, n), b.take(variants, v)) for name, (a, b) in self.cells.items()},
        )

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def bytes(self) -> int:
        """Memory of the arrays."""
        cells = [each for levels in self.cells.values() for each in levels]
        ragged = [*self.tokens, self.variant_terms, *self.shown.values(), self.postings.rows]
        ragged += [self.ids.packed, self.variant_ids.packed]
        ragged += [*(part.codes for part in self.vectors.values()), *(each.codes for each in cells)]
        plain: list[NDArray[Any]] = [self.starts, *(part.scales for part in self.vectors.values())]
        plain += [self.postings.terms, self.postings.impacts]
        plain += [array for each in cells for array in (each.owners, each.kinds, each.numbers, each.easts)]
        plain += [array for each in ragged for array in (each.values, each.starts)]
        return sum(array.nbytes for array in plain)

    @cached_property
    def one_each(self) -> bool:
        """Whether every product has one variant."""
        return len(self.ids) == len(self.variant_ids)

    @cached_property
    def _columns(self) -> dict[str, Column]:
        return {}

    def column(self, name: str) -> Column | None:
        """A column as filters and facets see it; None where nothing here has it."""
        if name not in self.cells:
            return None
        if name not in self._columns:
            hierarchy = name in self.names.schema.hierarchies
            column = Column.of(*self.cells[name], self.starts, self.names.keywords, hierarchy)
            if name in self.labels:
                column.__dict__["labels"] = self.labels[name]
            self._columns[name] = column
        return self._columns[name]

    def says(self, terms: Sequence[str]) -> BoolArray:
        """(v,) variants of the products that have all of the terms, in whichever field."""
        products = np.ones(len(self), np.bool_)
        for term in terms:
            number = self.names.terms.find(term)
            having = np.zeros(len(self), np.bool_)
            if number is not None:
                having[self.postings.having(number)] = True
            products &= having
        return self.by_variant(products)

    def by_variant(self, products: BoolArray) -> BoolArray:
        """(n,) → (v,)"""
        return products if self.one_each else np.asarray(np.repeat(products, np.diff(self.starts)), np.bool_)

    def products_of(self, variants: IntArray) -> IntArray:
        """(k,) the products that some variants belong to."""
        return np.searchsorted(self.starts, variants, side="right") - 1

    def by_product(self, variants: BoolArray) -> BoolArray:
        """(v,) → (n,) whether it is true of any variant."""
        return variants if self.one_each else np.logical_or.reduceat(variants, self.starts[:-1])

    def entry(self, row: int) -> IndexEntry:
        """A product as it was given."""
        terms, keywords = self.names.terms, self.names.keywords

        def columns(level: int, owner: int) -> dict[str, Any]:
            found = {name: cells[level].value(owner, keywords) for name, cells in self.cells.items()}
            return {name: value for name, value in found.items() if value is not None}

        def words(codes: NDArray[Any]) -> tuple[str, ...]:
            return tuple(terms[code] for code in codes.tolist())

        variants = tuple(
            VariantEntry(
                id=self.variant_ids[variant],
                columns=columns(1, variant),
                terms=words(self.variant_terms[variant]),
                rows={name: tuple(rows[variant].tolist()) for name, rows in self.shown.items() if len(rows[variant])},
            )
            for variant in range(self.starts[row], self.starts[row + 1])
        )
        tokens = zip(self.names.schema.fields, self.tokens, strict=True)
        return IndexEntry(
            id=self.ids[row],
            variants=variants,
            terms={field.name: words(part[row]) for field, part in tokens if len(part[row])},
            columns=columns(0, row),
            vectors={name: part[row] for name, part in self.vectors.items() if len(part[row])},
        )


def _cells(holders: Sequence[Mapping[str, ColumnValue]], names: Names) -> dict[str, Cells]:
    columns: dict[str, list[tuple[int, ColumnValue]]] = {}
    for owner, holder in enumerate(holders):
        for name, value in holder.items():
            columns.setdefault(name, []).append((owner, value))
    paths = names.schema.hierarchies
    return {name: Cells.of(values, names.keywords, name in paths) for name, values in columns.items()}


def _joined(parts: Sequence[Cells], counts: Sequence[int]) -> Cells:
    return Cells.join(parts, counts) if any(len(part.owners) for part in parts) else EMPTY
