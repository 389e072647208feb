"""Columns: numbers, truth values, keywords, sets of keywords and places, of products and of their variants."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wares.index.labels import Labels
from wares.index.ragged import Ragged, edges, join, lengths_of, spans
from wares.index.vocabulary import Vocabulary
from wares.protocols import ColumnValue
from wares.types import BoolArray, IntArray, Place, ScoreArray

NUMBER, TRUTH, KEYWORD, SET, PLACE = range(5)
TRUTHS = ("false", "true")
SEPARATOR = " > "
EARTH_KM = 6371.0088  # mean radius, IUGG
FEW = 8  # numbers for each code up to which counting by number is faster than sorting


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The values of one column for those owners (products or variants) that have one.

    Attributes
    ----------
    owners : (m,) int32
        Ascending, each at most once.
    kinds : (m,) uint8
    numbers : (m,)
        NaN for keywords; 0 or 1 for truth values; the latitude of places.
    codes : Ragged of m rows
        Keywords, as numbers of a vocabulary.
    easts : (m,) or (0,)
        The longitude of places; none where the column has no places.
    """

    owners: NDArray[Any]
    kinds: NDArray[Any]
    numbers: ScoreArray
    codes: Ragged
    easts: ScoreArray

    @classmethod
    def of(cls, values: Iterable[tuple[int, ColumnValue]], vocabulary: Vocabulary, hierarchy: bool = False) -> "Cells":
        """From (owner, value) with owners ascending; paths of a hierarchy make the paths above them known too."""
        owners: list[int] = []
        kinds: list[int] = []
        numbers: list[float] = []
        codes: list[list[int]] = []
        easts: list[float] = []
        for owner, value in values:
            kind, number, words, east = _taken_apart(value)
            owners.append(owner)
            kinds.append(kind)
            numbers.append(number)
            codes.append(vocabulary.add(words))
            easts.append(east)
            for word in words if hierarchy else ():
                vocabulary.add(ancestry(word))
        places = easts if PLACE in kinds else []
        return cls(
            np.array(owners, np.int32),
            np.array(kinds, np.uint8),
            np.array(numbers, float),
            Ragged.of(codes),
            np.array(places, float),
        )

    def value(self, owner: int, vocabulary: Vocabulary) -> ColumnValue | None:
        """What one owner has, as it was given; None where it has none."""
        at = int(self.owners.searchsorted(np.int32(owner)))  # of the same type, or all owners are copied
        if at == len(self.owners) or self.owners[at] != owner:
            return None
        kind = self.kinds[at]
        if kind == NUMBER:
            return float(self.numbers[at])
        if kind == TRUTH:
            return bool(self.numbers[at])
        if kind == PLACE:
            return Place(float(self.numbers[at]), float(self.easts[at]))
        words = tuple(vocabulary[code] for code in self.codes[at].tolist())
        return words[0] if kind == KEYWORD else words

    def pick(self, cells: IntArray, owners: NDArray[Any]) -> "Cells":
        """Some of the cells, with new owners."""
        easts = self.easts[cells] if len(self.easts) else self.easts
        return Cells(owners.astype(np.int32), self.kinds[cells], self.numbers[cells], self.codes.take(cells), easts)

    def take(self, rows: IntArray, n: int) -> "Cells":
        """What remains when only the owners ``rows`` (ascending) of ``n`` are kept and renumbered."""
        place = np.full(n, -1)
        place[rows] = np.arange(len(rows))
        owners = place[self.owners]
        kept = np.flatnonzero(owners >= 0)
        return self.pick(kept, owners[kept])

    @classmethod
    def join(cls, parts: Sequence["Cells"], counts: Sequence[int]) -> "Cells":
        """The cells of all parts, whose owners number ``counts``."""
        offsets = edges(np.array(counts, np.int64))
        owners = [part.owners + offset for part, offset in zip(parts, offsets[:-1], strict=True)]
        places = any(len(part.easts) for part in parts)
        easts = [part.easts if len(part.easts) else np.full(len(part.owners), np.nan) for part in parts]
        return cls(
            np.concatenate(owners).astype(np.int32),
            np.concatenate([part.kinds for part in parts]),
            np.concatenate([part.numbers for part in parts]),
            join([part.codes for part in parts]),
            np.concatenate(easts) if places else np.zeros(0),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """What some products have in a column.

    Attributes
    ----------
    codes, counts : (l,)
        Labels, as numbers of the vocabulary, and how many products have each.
    products, numbers : (m,)
        The numbers, each with the place of its product.
    """

    codes: NDArray[Any]
    counts: IntArray
    products: IntArray
    numbers: ScoreArray


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a segment, seen from its variants: a variant's own value hides its product's.

    Attributes
    ----------
    cells
        Owners are products where ``by_variant`` is False, else variants.
    starts : (n + 1,)
        Product i has the variants ``starts[i] … starts[i + 1] - 1``.
    """

    cells: Cells
    by_variant: bool
    starts: IntArray
    vocabulary: Vocabulary
    hierarchy: bool

    @classmethod
    def of(cls, product: Cells, variant: Cells, starts: IntArray, vocabulary: Vocabulary, hierarchy: bool) -> "Column":
        if not len(variant.owners):
            return cls(product, False, starts, vocabulary, hierarchy)
        if not len(product.owners):
            return cls(variant, True, starts, vocabulary, hierarchy)
        counts = np.diff(starts)[product.owners]
        cells = np.repeat(np.arange(len(product.owners)), counts)
        owners = spans(starts[product.owners], counts)
        inherits = ~np.isin(owners, variant.owners)
        lifted = Cells.join([product.pick(cells[inherits], owners[inherits]), variant], (0, 0))
        order = np.argsort(lifted.owners, kind="stable")
        return cls(lifted.pick(order, lifted.owners[order]), True, starts, vocabulary, hierarchy)

    @cached_property
    def products(self) -> IntArray:
        """(v,) the product of each variant."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    @cached_property
    def labels(self) -> Labels:
        """Truth values are the labels "false" and "true"; a path in a hierarchy also counts as each path above it."""
        codes, places = np.unique(self.cells.codes.values, return_inverse=True)
        names = [self.vocabulary[code] for code in codes.tolist()] if self.hierarchy else []
        paths = [self._known(ancestry(name)) for name in names] if self.hierarchy else codes[:, None].tolist()
        ladder = Ragged.of(paths)
        truths = self.cells.kinds == TRUTH
        owners = np.repeat(self.cells.codes.owners(), ladder.lengths[places])
        owner = np.concatenate([self.cells.owners[owners], self.cells.owners[truths]]).astype(np.int64)
        both = np.array(self._known(TRUTHS), np.int32)
        code = np.concatenate([ladder.take(places).values, both[self.cells.numbers[truths].astype(np.int64)]])
        return Labels.of(self.products[owner] if self.by_variant else owner, code, owner, len(self.starts) - 1)

    @cached_property
    def _numbers(self) -> tuple[NDArray[Any], ScoreArray]:
        """Owners and values of the numbers."""
        some = self.cells.kinds == NUMBER
        return (
            (self.cells.owners, self.cells.numbers)
            if some.all()
            else (
                self.cells.owners[some],
                self.cells.numbers[some],
            )
        )

    def numbers_of(self, rows: IntArray) -> ScoreArray:
        """(k,) the number of each product, the lowest of its variants', or whether any is true; NaN where absent."""
        owners, lengths = self._owners(rows)
        at = self._cells_of(owners)
        there = at >= 0
        at, out = np.where(there, at, 0), np.full(len(rows), np.nan)
        if not len(self.cells.owners) or not len(rows):
            return out
        kinds, numbers = self.cells.kinds[at], self.cells.numbers[at]
        for kind, fold in ((TRUTH, np.fmax), (NUMBER, np.fmin)):
            part = np.where(there & (kinds == kind), numbers, np.nan)
            part = fold.reduceat(part, edges(lengths)[:-1]) if self.by_variant else part
            out = np.where(np.isnan(part), out, part)
        return out

    def one_of(self, values: Sequence[str]) -> BoolArray:
        """(v,) variants that have one of the values."""
        names = [SEPARATOR.join(path_of(value)) if self.hierarchy else value for value in values]
        mask = self._owner_mask()
        for holders in self.labels.holding(self._known(names)):
            mask[holders] = True
        asked = [number for value in values if (number := _as_number(value)) is not None]
        owners, numbers = self._numbers if asked else (self.cells.owners[:0], self.cells.numbers[:0])
        mask[owners[np.isin(numbers, asked)]] = True
        return self._lift(mask)

    def between(self, low: float | None, high: float | None) -> BoolArray:
        """(v,) variants whose number lies in the closed range."""
        owners, numbers = self._numbers
        inside = np.ones(len(numbers), np.bool_)
        if low is not None:
            inside &= numbers >= low
        if high is not None:
            inside &= numbers <= high
        mask = self._owner_mask()
        mask[owners[inside]] = True
        return self._lift(mask)

    def near(self, latitude: float, longitude: float, km: float) -> BoolArray:
        """(v,) variants whose place lies within ``km``, along the great circle, by the haversine formula."""
        mask = self._owner_mask()
        if len(self.cells.easts):
            there = self.cells.kinds == PLACE
            norths, easts = np.radians(self.cells.numbers[there]), np.radians(self.cells.easts[there])
            north, east = np.radians(latitude), np.radians(longitude)
            h = np.sin((norths - north) / 2) ** 2 + np.cos(norths) * np.cos(north) * np.sin((easts - east) / 2) ** 2
            far = 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(h, 1.0)))
            mask[self.cells.owners[there][far <= km]] = True
        return self._lift(mask)

    def count(self, rows: IntArray, variants: BoolArray | None) -> Counted:
        """What products (k,) have.

        Parameters
        ----------
        variants : (v,)
            Those that count, None = all; a product counts with what its counting variants have.
        """
        if variants is None and len(rows) == len(self.starts) - 1:
            return self._whole
        return self._count(rows, variants)

    @cached_property
    def _whole(self) -> Counted:
        """What all products have."""
        return self._count(np.arange(len(self.starts) - 1), None)

    def _count(self, rows: IntArray, variants: BoolArray | None) -> Counted:
        owners, lengths = self._owners(rows)
        place, codes, holders = self.labels.pairs(rows)
        products = np.repeat(np.arange(len(rows)), lengths) if self.by_variant else np.arange(len(rows))
        if variants is not None and self.by_variant:
            some, counts = variants[holders], variants[owners]
        elif variants is not None:
            folded = self._fold(rows, variants)
            some, counts = folded[place], folded
        if variants is not None:
            place, codes, owners, products = place[some], codes[some], owners[counts], products[counts]
        first = np.ones(len(codes), np.bool_)
        first[1:] = (place[1:] != place[:-1]) | (codes[1:] != codes[:-1])
        known, per_label = _tally(codes[first])
        at = self._cells_of(owners)
        some = at >= 0
        some[some] = self.cells.kinds[at[some]] == NUMBER
        return Counted(known, per_label, products[some], self.cells.numbers[at[some]])

    def _known(self, names: Sequence[str]) -> list[int]:
        return [code for name in names if (code := self.vocabulary.find(name)) is not None]

    def _owners(self, rows: IntArray) -> tuple[IntArray, IntArray]:
        """The owners of cells that products (k,) may have, and how many each has."""
        if not self.by_variant:
            return rows, np.ones(len(rows), np.int64)
        lengths = lengths_of(self.starts, rows)
        return spans(self.starts[rows], lengths), lengths

    def _cells_of(self, owners: IntArray) -> IntArray:
        """(m,) the cell of each owner, -1 where it has none."""
        own = self.cells.owners
        if len(own) == (len(self.products) if self.by_variant else len(self.starts) - 1):
            return owners
        at = np.searchsorted(own, owners)
        there = at < len(own)
        there[there] = own[at[there]] == owners[there]
        return np.where(there, at, -1)

    def _owner_mask(self) -> BoolArray:
        return np.zeros(len(self.products) if self.by_variant else len(self.starts) - 1, np.bool_)

    def _lift(self, mask: BoolArray) -> BoolArray:
        return mask if self.by_variant or len(mask) == len(self.products) else mask[self.products]

    def _fold(self, rows: IntArray, variants: BoolArray) -> BoolArray:
        """(k,) whether any variant of the product counts."""
        if len(variants) == len(self.starts) - 1:
            return variants[rows]
        lengths = lengths_of(self.starts, rows)
        counting = variants[spans(self.starts[rows], lengths)]
        return np.logical_or.reduceat(counting, edges(lengths)[:-1]) if len(rows) else counting


def _tally(codes: NDArray[Any]) -> tuple[NDArray[Any], IntArray]:
    """The numbers there are, ascending, and how often each is there."""
    if not len(codes) or int(codes.max()) > FEW * len(codes):
        return np.unique(codes, return_counts=True)
    counts = np.bincount(codes)
    known = np.flatnonzero(counts)
    return known, counts[known]


def path_of(value: str) -> tuple[str, ...]:
    """``"A > B"`` → ``("A", "B")``."""
    return tuple(part.strip() for part in value.split(">") if part.strip())


def ancestry(value: str) -> tuple[str, ...]:
    """``"A > B"`` → ``("A", "A > B")``."""
    path = path_of(value)
    return tuple(SEPARATOR.join(path[: depth + 1]) for depth in range(len(path)))


def _as_number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _taken_apart(value: ColumnValue) -> tuple[int, float, tuple[str, ...], float]:
    """Kind, number, keywords and longitude of a value."""
    match value:
        case bool():
            return TRUTH, float(value), (), np.nan
        case str():
            return KEYWORD, np.nan, (value,), np.nan
        case tuple():
            return SET, np.nan, value, np.nan
        case Place(latitude, longitude):
            return PLACE, latitude, (), longitude
        case _:
            return NUMBER, float(value), (), np.nan
