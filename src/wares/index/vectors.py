"""Vectors in 16 bits, scored exactly; where there are many, bytes say first which of them may matter."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wares.index import scan
from wares.index.codes import Codes
from wares.index.ragged import Ragged, edges, join, lengths_of, spans
from wares.types import FloatArray, IntArray, ScoreArray

STEPS = 32767
MANY = 4096  # below this many rows an exact scan is as fast as one of bytes


@dataclass(frozen=True, eq=False)
class Vectors:
    """For each of n products its rows of one space: 16-bit integers, each row with its own scale.

    A stored number differs from the given one by at most 1/65534 of the row's largest, so a cosine by less than 2e-5;
    what is answered is the exact float32 product with the stored rows. On one core numpy turns int16 into float32
    an order of magnitude faster than float16.

    Attributes
    ----------
    codes : Ragged of (rows, d) int16
    scales : (rows,) float32
    """

    codes: Ragged
    scales: FloatArray

    @classmethod
    def of(cls, parts: Sequence[FloatArray | None], dim: int) -> "Vectors":
        """From (r, d) arrays, one for each product; None: the product has none."""
        lengths = np.array([0 if part is None else len(part) for part in parts], np.int64)
        some = [part for part in parts if part is not None and len(part)]
        rows = np.concatenate(some) if some else np.zeros((0, dim), np.float32)
        scales = np.abs(rows).max(axis=1, initial=0) / STEPS
        codes = np.rint(rows / np.where(scales == 0, 1, scales)[:, None]).astype(np.int16)
        return cls(Ragged(codes, edges(lengths)), scales.astype(np.float32))

    @classmethod
    def join(cls, parts: Sequence["Vectors"]) -> "Vectors":
        return cls(join([part.codes for part in parts]), np.concatenate([part.scales for part in parts]))

    def take(self, rows: IntArray) -> "Vectors":
        if self.one_each:
            return Vectors(Ragged(self.codes.values.take(rows, axis=0), np.arange(len(rows) + 1)), self.scales[rows])
        scales = Ragged(self.scales, self.codes.starts).take(rows).values
        return Vectors(self.codes.take(rows), scales)

    def __getitem__(self, row: int) -> FloatArray:
        """(r, d) float32 rows of one product."""
        span = slice(self.codes.starts[row], self.codes.starts[row + 1])
        return np.asarray(self.codes.values[span] * self.scales[span, None], np.float32)

    @cached_property
    def ceilings(self) -> Codes | None:
        """A ceiling over the cosine of each row, in bytes; None where there are few rows."""
        if len(self.scales) < MANY:
            return None
        parts = (slice(start, start + MANY) for start in range(0, len(self.scales), MANY))
        return Codes.of(self.codes.values[part] * self.scales[part, None] for part in parts)

    @cached_property
    def one_each(self) -> bool:
        """Whether every product has one row."""
        return bool((self.codes.lengths == 1).all())

    def means(self, products: IntArray) -> FloatArray:
        """(k, d) the direction of the sum of each product's rows; zeros where it has none."""
        own = self.take(products)
        sums = np.zeros((len(products), own.codes.values.shape[1]), np.float32)
        np.add.at(sums, own.codes.owners(), own.codes.values * own.scales[:, None])
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        return np.asarray(np.divide(sums, lengths, out=np.zeros_like(sums), where=lengths > 0), np.float32)

    def at_least(self, query: FloatArray, floor: float, among: IntArray | None = None) -> IntArray:
        """Products, ascending, among which are all whose best vector's product with the query is at least the floor.

        Parameters
        ----------
        among
            (k,) products, ascending, that may be answered; None: all n.
        """
        if self.ceilings is None:
            scores = self.scores(query, among)
            near = np.flatnonzero(np.nan_to_num(scores, nan=-np.inf) >= floor)
            return near if among is None else among[near]
        return self._owners(self.ceilings.at_least(query, floor, self._rows_of(among)))

    def bounds(self, query: FloatArray, among: IntArray | None = None) -> FloatArray:
        """(n,) or (k,) float32: what the score of a product, 0 without a vector, cannot be above."""
        if self.ceilings is None:
            return np.nan_to_num(self.scores(query, among)).astype(np.float32)
        if self.one_each:
            return self.ceilings.bounds(query, among)
        own = self.codes.lengths if among is None else lengths_of(self.codes.starts, among)
        out = np.zeros(len(own), np.float32)
        rows = self.ceilings.bounds(query, self._rows_of(among))
        if len(rows):
            out[own > 0] = np.maximum.reduceat(rows, edges(own)[:-1][own > 0])
        return out

    def best(self, query: FloatArray, k: int, among: IntArray | None = None) -> IntArray:
        """Products, ascending, among which are the k with the highest scores, and all that equal the k-th.

        A product without a vector counts as 0.
        """
        if self.ceilings is None or not self.one_each:
            scores = np.nan_to_num(self.scores(query, among))
            place = max(len(scores) - k, 0)
            near = np.flatnonzero(scores >= (np.partition(scores, place)[place] if len(scores) else 0.0))
            return near if among is None else among[near]
        return np.sort(self.ceilings.best(query, k, lambda rows: self.scores(query, rows), among))

    def _rows_of(self, products: IntArray | None) -> IntArray | None:
        if products is None or self.one_each:
            return products
        return spans(self.codes.starts[products], lengths_of(self.codes.starts, products))

    def _owners(self, rows: IntArray) -> IntArray:
        """The products of some rows (ascending), each once."""
        return rows if self.one_each else np.unique(np.searchsorted(self.codes.starts, rows, side="right") - 1)

    def scores(self, query: FloatArray, rows: IntArray | None = None) -> ScoreArray:
        """Product of the query (d,) with the best vector of each product, NaN where it has none.

        Parameters
        ----------
        rows
            (k,) products to score; None: all n.
        """
        if self.one_each:
            return scan.products(self.codes.values, self.scales, query, rows).astype(np.float64)
        if rows is not None:
            return self.take(rows).scores(query)
        products = scan.products(self.codes.values, self.scales, query)
        lengths = self.codes.lengths
        out = np.full(len(lengths), np.nan)
        some = lengths > 0
        out[some] = np.maximum.reduceat(products, self.codes.starts[:-1][some]) if some.any() else np.nan
        return out
