"""Columns: numbers, truth values, keywords and sets of keywords, of products and of their variants."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wares.index.ragged import Ragged, edges, join, spans
from wares.index.vocabulary import Vocabulary
from wares.protocols import ColumnValue
from wares.types import BoolArray, IntArray, ScoreArray

NUMBER, TRUTH, KEYWORD, SET, PLACE = range(5)
TRUTHS = ("false", "true")
SEPARATOR = " > "


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The values of one column for those owners (products or variants) that have one.

    Attributes
    ----------
    owners : (m,) int32
        Ascending, each at most once.
    kinds : (m,) uint8
    numbers : (m,)
        NaN for keywords; 0 or 1 for truth values.
    codes : Ragged of m rows
        Keywords, as numbers of a vocabulary.
    """

    owners: NDArray[Any]
    kinds: NDArray[Any]
    numbers: ScoreArray
    codes: Ragged

    @classmethod
    def of(cls, values: Iterable[tuple[int, ColumnValue]], vocabulary: Vocabulary) -> "Cells":
        """From (owner, value) with owners ascending."""
        owners: list[int] = []
        kinds: list[int] = []
        numbers: list[float] = []
        codes: list[list[int]] = []
        for owner, value in values:
            kind, number, words = _taken_apart(value)
            owners.append(owner)
            kinds.append(kind)
            numbers.append(number)
            codes.append(vocabulary.add(words))
        return cls(np.array(owners, np.int32), np.array(kinds, np.uint8), np.array(numbers, float), Ragged.of(codes))

    def value(self, owner: int, vocabulary: Vocabulary) -> ColumnValue | None:
        """What one owner has, as it was given; None where it has none."""
        at = int(np.searchsorted(self.owners, owner))
        if at == len(self.owners) or self.owners[at] != owner:
            return None
        kind = self.kinds[at]
        if kind == NUMBER:
            return float(self.numbers[at])
        if kind == TRUTH:
            return bool(self.numbers[at])
        words = tuple(vocabulary[code] for code in self.codes[at].tolist())
        return words[0] if kind == KEYWORD else words

    def pick(self, cells: IntArray, owners: NDArray[Any]) -> "Cells":
        """Some of the cells, with new owners."""
        return Cells(owners.astype(np.int32), self.kinds[cells], self.numbers[cells], self.codes.take(cells))

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
        return cls(
            np.concatenate(owners).astype(np.int32),
            np.concatenate([part.kinds for part in parts]),
            np.concatenate([part.numbers for part in parts]),
            join([part.codes for part in parts]),
        )


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
    def keywords(self) -> tuple[tuple[str, ...], NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Labels, and (p,) arrays: product, label and owner of each keyword, by product and label.

        Truth values are the labels "false" and "true"; a path in a hierarchy also counts as each path above it.
        """
        codes, places = np.unique(self.cells.codes.values, return_inverse=True)
        names = [self.vocabulary[code] for code in codes.tolist()]
        paths = [ancestry(name) if self.hierarchy else (name,) for name in names]
        labels = Vocabulary((*TRUTHS, *(label for path in paths for label in path)))
        ladder = Ragged.of([labels.add(path) for path in paths])
        truths = self.cells.kinds == TRUTH
        owners = np.repeat(self.cells.codes.owners(), ladder.lengths[places])
        owner = np.concatenate([self.cells.owners[owners], self.cells.owners[truths]]).astype(np.int64)
        label = np.concatenate([ladder.take(places).values, self.cells.numbers[truths].astype(np.int32)])
        product = self.products[owner] if self.by_variant else owner
        order = np.lexsort((owner, label, product))
        return labels.names(), product[order], label[order], owner[order]

    @cached_property
    def numbers(self) -> tuple[NDArray[Any], ScoreArray]:
        """Owners and values of the numbers."""
        some = self.cells.kinds == NUMBER
        return self.cells.owners[some], self.cells.numbers[some]

    @cached_property
    def by_product(self) -> ScoreArray:
        """(n,) the number of a product, the lowest of its variants', or whether any is true; NaN where absent."""
        out = np.full(len(self.starts) - 1, np.nan)
        for kind, fold in ((TRUTH, np.fmax), (NUMBER, np.fmin)):
            some = self.cells.kinds == kind
            owners = self.cells.owners[some]
            part = np.full(len(out), np.nan)
            fold.at(part, self.products[owners] if self.by_variant else owners, self.cells.numbers[some])
            out = np.where(np.isnan(part), out, part)
        return out

    def one_of(self, values: Sequence[str]) -> BoolArray:
        """(v,) variants that have one of the values."""
        labels, _, label, owner = self.keywords
        wanted = {SEPARATOR.join(path_of(value)) if self.hierarchy else value for value in values}
        mask = self._owner_mask()
        mask[owner[np.array([name in wanted for name in labels])[label]]] = True
        owners, numbers = self.numbers
        mask[owners[np.isin(numbers, [number for value in values if (number := _as_number(value)) is not None])]] = True
        return self._lift(mask)

    def between(self, low: float | None, high: float | None) -> BoolArray:
        """(v,) variants whose number lies in the closed range."""
        owners, numbers = self.numbers
        inside = np.ones(len(numbers), np.bool_)
        if low is not None:
            inside &= numbers >= low
        if high is not None:
            inside &= numbers <= high
        mask = self._owner_mask()
        mask[owners[inside]] = True
        return self._lift(mask)

    def count(self, products: BoolArray, variants: BoolArray) -> tuple[dict[str, int], float, float]:
        """Products by label, and the lowest and highest number (NaN: none).

        Parameters
        ----------
        products : (n,)
            Those that count.
        variants : (v,)
            Those that count; a product counts with what its counting variants have.
        """
        variants = variants & products[self.products]
        owners = variants if self.by_variant else self._fold(variants)
        labels, product, label, owner = self.keywords
        some = owners[owner]
        product, label = product[some], label[some]
        first = np.ones(len(product), np.bool_)
        first[1:] = (product[1:] != product[:-1]) | (label[1:] != label[:-1])
        counts = np.bincount(label[first], minlength=len(labels))
        holders, numbers = self.numbers
        inside = numbers[owners[holders]]
        low, high = (float(inside.min()), float(inside.max())) if len(inside) else (np.nan, np.nan)
        return {labels[code]: int(counts[code]) for code in np.flatnonzero(counts)}, low, high

    def _owner_mask(self) -> BoolArray:
        return np.zeros(len(self.products) if self.by_variant else len(self.starts) - 1, np.bool_)

    def _lift(self, mask: BoolArray) -> BoolArray:
        return mask if self.by_variant else mask[self.products]

    def _fold(self, variants: BoolArray) -> BoolArray:
        one_each = len(variants) == len(self.starts) - 1
        return variants if one_each else np.logical_or.reduceat(variants, self.starts[:-1])


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


def _taken_apart(value: ColumnValue) -> tuple[int, float, tuple[str, ...]]:
    """Kind, number and keywords of a value."""
    match value:
        case bool():
            return TRUTH, float(value), ()
        case str():
            return KEYWORD, np.nan, (value,)
        case tuple():
            return SET, np.nan, value
        case _:
            return NUMBER, float(value), ()
