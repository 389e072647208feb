"""Vectors in one byte a number, scanned for all that may matter and never missing any of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wares.errors import ContractError
from wares.index.scan import FULL, above, column_sums, highest, lift, picked_sums
from wares.types import FloatArray, IntArray, ScoreArray

FIRST, WIDTH = 64, 256  # numbers of a row that every scan reads, and of all; the others where the first leave a doubt
SAMPLE = 16384  # rows the directions are fitted to
BLOCK = 8192  # rows encoded at a time
LEVELS = 127
STEPS = 32767
LENGTH = 1.001  # of the longest row
SQUARED = 1e-5  # what float32 may lose of a squared length
ROUNDING = 1e-4  # what float32 may lose of a cosine, here and in the exact one
LIKELY = 512  # rows whose ceilings are looked at closely to learn what the best can reach
SPREAD = 2048  # sums that tell where the highest begin
MANY = 20  # one row in so many is left in doubt: reading all the other numbers is faster than picking rows
PART = 4  # one row in so many is asked about: the others are better read and thrown away than these picked
NOTHING = -(2**24)  # below any sum


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """A ceiling over the cosine of each of n rows with any query, from bytes.

    A row x is turned into the directions in which the rows differ most (the eigenvectors of their uncentred second
    moment). Its head, the first 254 numbers, is rounded to bytes; of the tail only the length is kept, rounded up.
    By Cauchy and Schwarz the tails' product is at most the product of their lengths, and the rounding of head and query
    moves the product by at most the lengths of what was rounded away, so

        q·x <= q_head·x_head + |q_tail| |x_tail| + margin(q)

    is proven, not estimated. Sums of bytes are whole numbers, exact wherever they are added. A scan reads the first 63
    numbers of all rows, with the length of what comes after them; where that ceiling is high enough it reads the rest.

    Attributes
    ----------
    rows : (n, width) uint8
        numbers of the head and lengths of the tails, 128 added: the length of what comes after 63 numbers at 63, that
        of what comes after all at the end. Width is 256 at most, a multiple of 32.
    columns : (width, n) int8
        the same numbers turned: rows are for picking, columns for scanning.
    offsets : (1 or 2, n) int32
        128 times the sum of a row's numbers, of the first 64 and of all.
    basis : (d, h) float32
        directions, orthonormal columns; h = min(d, 254).
    scales : (width,) float64
        what one step of a number is worth.
    margins : (1 or 2, 2) float64
        of the head up to each length of a tail: the longest |x_head - decoded head|, and the longest in steps.
    """

    rows: NDArray[np.uint8]
    columns: NDArray[np.int8]
    offsets: NDArray[np.int32]
    basis: FloatArray
    scales: ScoreArray
    margins: ScoreArray

    @classmethod
    def of(cls, rows: FloatArray | Iterable[FloatArray], *, seed: int = 0) -> "Codes":
        """Encode rows whose length is at most 1 (a row of zeros is a row without a vector).

        Parameters
        ----------
        rows
            (n, d) float32, or blocks (m, d) of it one after the other, of which the first 16,384 rows are kept in
            memory at once.
        seed
            Of the sample that the directions are fitted to, when all rows are at hand.

        Raises
        ------
        ContractError
            A row is longer than 1, or not finite; there is no block.
        """
        if isinstance(rows, np.ndarray):
            sample = rows
            if len(rows) > SAMPLE:
                sample = rows[np.sort(np.random.default_rng(seed).choice(len(rows), SAMPLE, replace=False))]
            blocks: Iterable[FloatArray] = (rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK))
        else:
            rest = iter(rows)
            sample = _first(rest)
            blocks = _chained(sample, rest)
        basis = _directions(sample)
        parts = [_turned(block, basis) for block in blocks]
        heads = np.concatenate([np.zeros((0, basis.shape[1]), np.int16), *(head for head, _ in parts)])
        lengths = np.concatenate(
            [np.zeros((0, len(_layout(len(basis))[1])), np.float32), *(tails for _, tails in parts)]
        )
        del parts
        return _coded(heads, lengths, basis)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "Codes":
        """From what ``arrays`` gave; they may be mapped from a file."""
        return cls(**{name: arrays[name] for name in cls.__slots__})

    @property
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """All there is to keep."""
        return {name: getattr(self, name) for name in self.__slots__}

    def __len__(self) -> int:
        return len(self.rows)

    def at_least(self, query: FloatArray, floor: float, among: IntArray | None = None) -> IntArray:
        """Rows (m,), ascending, among which is every row whose exact product with the query is at least the floor.

        Parameters
        ----------
        query : (d,) float32
        floor
            Cosine.
        among
            (k,) rows that may be answered, ascending; None: all n.
        """
        asked = self._asked(query)
        if among is not None and PART * len(among) < len(self):
            return among[above(self.rows.take(among, axis=0), asked.last, asked.threshold(floor, -1))]
        return self._reaching(asked, self._first_sums(asked, among), floor)

    def bounds(self, query: FloatArray, among: IntArray | None = None) -> FloatArray:
        """(n,) float32, or (k,) of some rows: what the exact product cannot be above.

        A few rows are worth a closer look, by a query that is not rounded.
        """
        asked = self._asked(query)
        if among is not None and PART * len(among) < len(self):
            return picked_sums(self.rows, asked.exact, among) + np.float32(asked.margin)
        sums = _lowered(column_sums(self.columns, asked.last, lift()), self.offsets[-1])
        every = np.multiply(sums if among is None else sums[among], np.float32(asked.step), dtype=np.float32)
        every += np.float32(asked.margins[-1])
        return every

    def best(
        self,
        query: FloatArray,
        k: int,
        exact: Callable[[IntArray], NDArray[Any]],
        among: IntArray | None = None,
    ) -> IntArray:
        """Rows (m,), ascending, among which are the k of the largest exact product, and all that equal the k-th.

        Some rows of high ceilings are scored exactly; a row whose ceiling is below the k-th of these scores cannot be
        among the best.

        Parameters
        ----------
        query : (d,) float32
        exact
            Rows (m,) → their exact products (m,) with the query.
        among
            (k,) rows that may be answered, ascending; None: all n.
        """
        count = len(self) if among is None else len(among)
        if k < 1 or count <= k:
            return np.arange(count)[: count if k > 0 else 0] if among is None else among[: count if k > 0 else 0]
        asked = self._asked(query)
        if among is not None and PART * count < len(self):
            rows, sums, begin = among, None, NOTHING
        else:
            sums = self._first_sums(asked, among)
            begin = _beginning(sums, max(LIKELY, 4 * k))
            rows = np.flatnonzero(sums >= begin)
        codes = self.rows.take(rows, axis=0)
        likely, _ = highest(codes, asked.last, min(len(rows), 2 * k))
        scores = np.asarray(exact(rows[np.sort(likely)]), np.float64)
        kth = float(np.partition(scores, -k)[-k])
        if sums is None or asked.threshold(kth, 0) >= begin:
            return rows[above(codes, asked.last, asked.threshold(kth, -1))]
        return self._reaching(asked, sums, kth)

    def _first_sums(self, asked: "_Asked", among: IntArray | None) -> NDArray[np.int32]:
        """(n,) sums over the first numbers, for rows that are not asked about less than any."""
        sums = self._sums(asked, first=True)
        if among is None:
            return sums
        kept = np.full(len(sums), 2 * NOTHING, np.int32)
        kept[among] = sums[among]
        return kept

    def _sums(self, asked: "_Asked", *, first: bool) -> NDArray[np.int32]:
        """(n,) sums over the first numbers, or over the others."""
        if not len(self):
            return np.zeros(0, np.int32)
        part = slice(0, FIRST) if first else slice(FIRST, None)
        offsets = self.offsets[0] if first else self.offsets[-1] - self.offsets[0]
        return _lowered(column_sums(self.columns[part], asked.steps[part], lift()), offsets)

    def _reaching(self, asked: "_Asked", sums: NDArray[np.int32], floor: float) -> IntArray:
        """Rows whose ceiling reaches the floor, by the sums over their first numbers."""
        rows = np.flatnonzero(sums >= asked.threshold(floor, 0))
        if len(self.margins) == 1 or not len(rows):
            return rows
        threshold = asked.threshold(floor, -1)
        if MANY * len(rows) < len(self):
            return rows[above(self.rows.take(rows, axis=0), asked.last, threshold)]
        sums = sums + self._sums(asked, first=False)
        sums -= self.columns[FIRST - 1] * np.int32(asked.steps[FIRST - 1])
        return np.flatnonzero(sums >= threshold)

    def _asked(self, query: FloatArray) -> "_Asked":
        """The query in steps."""
        if query.shape != (len(self.basis),):
            raise ContractError(f"a query {query.shape}", fix=f"give a vector of {len(self.basis)} numbers")
        head = (query @ self.basis).astype(np.float64)
        square = float(np.square(query, dtype=np.float64).sum())
        places, tails = _layout(len(self.basis))
        worth = np.zeros(len(self.scales))
        worth[places] = head
        squares = np.cumsum(worth**2)[tails]
        worth[tails] = np.sqrt(np.maximum(square - squares, 0) + SQUARED * square)
        worth *= self.scales
        step = float(np.abs(worth).max()) / (lift() - 1) or 1.0
        steps = np.rint(worth / step)
        steps[tails] = np.minimum(np.ceil(worth[tails] / step), lift() - 1)
        lost = (worth - steps * step) ** 2
        lost[tails] = 0
        margins = np.sqrt(np.stack([squares, np.cumsum(lost)[tails]], axis=1)) * self.margins
        steps, exact = steps.astype(np.float32), worth.astype(np.float32)
        last = steps.copy()
        last[tails[:-1]] = exact[tails[:-1]] = 0
        rounding = ROUNDING * square**0.5
        return _Asked(steps, last, step, margins.sum(axis=1) + rounding, exact, float(margins[-1, 0]) + rounding)


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """A query in steps: ``q·x <= step * (steps · code) + margin``, by the first numbers and by all.

    Attributes
    ----------
    steps : (width,) float32
    last : (width,) float32
        for all: without the length of the first tail.
    margins : (1 or 2,)
    exact : (width,) float32
        what ``last`` was rounded from: ``q·x <= exact · code + margin``.
    """

    steps: FloatArray
    last: FloatArray
    step: float
    margins: ScoreArray
    exact: FloatArray
    margin: float

    def threshold(self, floor: float, stage: int) -> int:
        """The least whole sum that a product of ``floor`` can have."""
        least = (floor - float(self.margins[stage])) / self.step - 1e-6
        return ceil(min(max(least, NOTHING), -NOTHING))


def _lowered(sums: NDArray[np.int32], offsets: NDArray[np.int32]) -> NDArray[np.int32]:
    """Sums without what lifting the query added to them."""
    sums -= offsets if lift() == FULL else offsets // (FULL // lift())
    return sums


def _beginning(sums: NDArray[np.int32], count: int) -> int:
    """A sum that about the ``count`` highest reach, or a quarter of them; some of the sums tell where it is."""
    some = sums[:: max(1, len(sums) // SPREAD)]
    rank = min(-(-count * len(some) // len(sums)) + 1, len(some))
    begin = int(np.partition(some, -rank)[-rank])
    if 4 * np.count_nonzero(sums >= begin) < min(count, len(sums)):
        begin = int(np.partition(sums, -min(count, len(sums)))[-min(count, len(sums))])
    return max(begin, NOTHING)


@cache
def _layout(d: int) -> tuple[IntArray, IntArray]:
    """Where the numbers of the head are, and the lengths of the tails."""
    numbers = np.arange(min(d, WIDTH - 2))
    return numbers + (numbers >= FIRST - 1), np.array([d] if d < FIRST else [FIRST - 1, len(numbers) + 1])


def _first(blocks: Iterator[FloatArray]) -> FloatArray:
    """The blocks up to the sample's size as one array."""
    kept: list[FloatArray] = []
    rows = 0
    for block in blocks:
        kept.append(block)
        rows += len(block)
        if rows >= SAMPLE:
            break
    if not kept:
        raise ContractError("no block of rows", fix="give at least one block (0, d): its shape tells the dimensions")
    return np.concatenate(kept)


def _chained(first: FloatArray, rest: Iterable[FloatArray]) -> Iterator[FloatArray]:
    yield first
    yield from rest


def _directions(sample: FloatArray) -> FloatArray:
    """(d, h) eigenvectors of the largest eigenvalues of the uncentred second moment."""
    moment = np.asarray(sample.T @ sample, np.float64)
    if not np.isfinite(moment).all():
        raise ContractError("a row is not finite", fix="leave out rows with NaN or infinite numbers")
    return np.ascontiguousarray(np.linalg.eigh(moment)[1][:, ::-1][:, : WIDTH - 2], np.float32)


def _turned(block: FloatArray, basis: FloatArray) -> tuple[NDArray[np.int16], FloatArray]:
    """Heads (m, h) in 16 bits and lengths (m, 1 or 2) of tails."""
    block = np.asarray(block, np.float32)
    squares = np.einsum("ij,ij->i", block, block)
    if not squares.max(initial=0) <= LENGTH**2:
        raise ContractError("a row is longer than 1 or not finite", fix="divide each row by its length")
    head = block @ basis
    parts = (head,) if len(basis) < FIRST else (head[:, : FIRST - 1], head)
    lengths = [np.sqrt(np.maximum(squares - np.einsum("ij,ij->i", part, part), 0) + SQUARED) for part in parts]
    return np.rint(head * (STEPS / LENGTH)).astype(np.int16), np.stack(lengths, axis=1)


def _coded(heads: NDArray[np.int16], lengths: FloatArray, basis: FloatArray) -> Codes:
    """Codes, and how far they are from what they stand for.

    A step is the geometric mean of the largest in its direction and the largest of all: what is rounded in the rows
    and what is rounded in the query, which has the same steps, are then of like size.
    """
    unit = LENGTH / STEPS
    places, tails = _layout(len(basis))
    width = -(-(tails[-1] + 1) // 32) * 32
    scales = np.ones(width)
    largest = np.maximum(heads.max(axis=0, initial=0), -heads.min(axis=0, initial=0)) * unit
    steps = np.sqrt(largest * largest.max(initial=0)) / LEVELS
    scales[places] = np.where(steps > 0, steps, 1)
    scales[tails] = np.maximum(lengths.max(axis=0, initial=0), 1e-9) * ((1 + 1e-5) / LEVELS)
    rows = np.empty((len(heads), width), np.uint8)
    columns = np.empty((width, len(heads)), np.int8)
    offsets = np.empty((len(tails), len(heads)), np.int32)
    margins = np.zeros((len(tails), 2))
    for start in range(0, len(heads), BLOCK):
        span = slice(start, start + BLOCK)
        numbers = np.zeros((len(heads[span]), width), np.float32)
        numbers[:, places] = heads[span] * np.float32(unit) / scales[places].astype(np.float32)
        rounded = np.rint(numbers)
        lost = (numbers - rounded) * scales.astype(np.float32)
        for stage, tail in enumerate(tails):
            margins[stage] = np.maximum(margins[stage], [_longest(lost[:, :tail]), _longest(rounded[:, :tail])])
        rounded[:, tails] = np.ceil(lengths[span] / scales[tails])
        for stage, end in enumerate([FIRST, width][-len(tails) :]):
            offsets[stage, span] = rounded[:, :end].sum(axis=1) * FULL
        columns[:, span] = rounded.T
        rows[span] = rounded + FULL
    margins += [1e-6 + unit * len(places) ** 0.5, 1e-3]
    return Codes(rows, columns, offsets, basis, scales, margins)


def _longest(rows: FloatArray) -> float:
    return float(np.sqrt(np.einsum("ij,ij->i", rows, rows).max(initial=0)))
