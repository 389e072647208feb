"""Vectors in one byte a number, scanned for all that may matter and never missing any of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wares.errors import ContractError
from wares.index.scan import above, highest
from wares.types import FloatArray, IntArray, ScoreArray

HEAD = 127  # directions kept; one more byte holds what is left, so a row takes two cache lines
SAMPLE = 16384  # rows the directions are fitted to
BLOCK = 8192  # rows encoded at a time
LEVELS = 127
STEPS = 32767
LENGTH = 1.001  # of the longest row
SQUARED = 1e-5  # what float32 may lose of a squared length
ROUNDING = 1e-4  # what float32 may lose of a cosine, here and in the exact one
FIRST = 512  # rows that are ranked by their ceiling before all rows are compared with a floor


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """A ceiling over the cosine of each of n rows with any query, from 128 bytes a row.

    A row x is turned into the directions in which the rows differ most (the eigenvectors of their uncentred second
    moment). Its head, the first 127 numbers, is rounded to bytes; of the tail only the length is kept, rounded up.
    By Cauchy and Schwarz the tails' product is at most the product of their lengths, and the rounding of head and query
    moves the product by at most the lengths of what was rounded away, so

        q·x <= q_head·x_head + |q_tail| |x_tail| + margin(q)

    is proven, not estimated. Sums of bytes are whole numbers that float32 holds exactly.

    Attributes
    ----------
    codes : (n, width) uint8
        head and length of the tail, 128 added; width is a multiple of 32.
    basis : (d, h) float32
        directions, orthonormal columns; h = min(d, 127).
    scales : (h + 1,) float64
        what one step of a code is worth.
    rounded : float
        the longest |x_head - decoded head|.
    longest : float
        the longest head in steps.
    """

    codes: NDArray[np.uint8]
    basis: FloatArray
    scales: ScoreArray
    rounded: float
    longest: float

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
            A row is longer than 1.
        """
        if isinstance(rows, np.ndarray):
            sample = rows
            if len(rows) > SAMPLE:
                sample = rows[np.sort(np.random.default_rng(seed).choice(len(rows), SAMPLE, replace=False))]
            blocks: Iterable[FloatArray] = (rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK))
        else:
            first, rest = _first(iter(rows))
            sample, blocks = first, _chained(first, rest)
        basis = _directions(sample)
        parts = [_turned(block, basis) for block in blocks]
        heads = np.concatenate([np.zeros((0, basis.shape[1]), np.int16), *(head for head, _ in parts)])
        tails = np.concatenate([np.zeros(0), *(tail for _, tail in parts)])
        return cls(*_rounded(heads, tails, basis))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "Codes":
        """From what ``arrays`` gave; they may be mapped from a file."""
        rounded, longest = arrays["margins"].tolist()
        return cls(arrays["codes"], arrays["basis"], arrays["scales"], rounded, longest)

    @property
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """All there is to keep."""
        margins = np.array([self.rounded, self.longest])
        return {"codes": self.codes, "basis": self.basis, "scales": self.scales, "margins": margins}

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: IntArray) -> "Codes":
        """The given rows, in that order; the directions stay those of all rows."""
        return Codes(self.codes.take(rows, axis=0), self.basis, self.scales, self.rounded, self.longest)

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
        codes = self.codes if among is None else self.codes.take(among, axis=0)
        found = above(codes, asked.steps, asked.threshold(floor))
        return found if among is None else among[found]

    def best(
        self,
        query: FloatArray,
        k: int,
        exact: Callable[[IntArray], NDArray[Any]],
        among: IntArray | None = None,
    ) -> IntArray:
        """Rows (m,), ascending, among which are the k of the largest exact product, and all that equal the k-th.

        The rows of the highest ceilings are scored exactly; a row whose ceiling is below the k-th of these scores
        cannot be among the best.

        Parameters
        ----------
        query : (d,) float32
        exact
            Rows (m,) → their exact products (m,) with the query.
        among
            (k,) rows that may be answered, ascending; None: all n.
        """
        codes = self.codes if among is None else self.codes.take(among, axis=0)
        known = np.arange(len(codes), dtype=np.int64) if among is None else among
        if k < 1 or len(codes) <= k:
            return known[: len(codes) if k >= 1 else 0]
        asked = self._asked(query)
        rows, sums = highest(codes, asked.steps, min(len(codes), max(FIRST, 4 * k)))
        likely = rows[: 2 * k]
        kth = np.partition(np.asarray(exact(known[likely]), np.float64), -k)[-k]
        threshold = asked.threshold(float(kth))
        if len(rows) == len(codes) or sums[-1] < threshold:
            return known[np.sort(rows[sums >= threshold])]
        return known[above(codes, asked.steps, threshold)]

    def _asked(self, query: FloatArray) -> "_Asked":
        if query.shape != (len(self.basis),):
            raise ContractError(f"a query {query.shape}", fix=f"give a vector of {len(self.basis)} numbers")
        head = (query @ self.basis).astype(np.float64)
        length = float(np.linalg.norm(query.astype(np.float64)))
        tail = float(np.sqrt(max(length**2 - float(head @ head), 0.0) + SQUARED * length**2))
        worth = np.append(head, tail) * self.scales
        step = float(np.abs(worth).max()) / LEVELS or 1.0
        steps = np.zeros(self.codes.shape[1], np.float32)
        steps[: len(head)] = np.rint(worth[:-1] / step)
        steps[len(head)] = min(np.ceil(worth[-1] / step), LEVELS)
        lost = float(np.linalg.norm(worth[:-1] - steps[: len(head)] * step))
        margin = lost * self.longest + float(np.linalg.norm(head)) * self.rounded + ROUNDING * length
        return _Asked(steps, step, margin)


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """A query in steps: ``q·x <= step * (steps · code) + margin``."""

    steps: FloatArray
    step: float
    margin: float

    def threshold(self, floor: float) -> float:
        """The least whole sum that a product of ``floor`` can have."""
        return float(np.clip(np.ceil((floor - self.margin) / self.step - 1e-6), -(2.0**24), 2.0**24))


def _first(blocks: Any) -> tuple[FloatArray, Any]:
    """The blocks up to the sample's size as one array, and the blocks that are left."""
    kept: list[FloatArray] = []
    rows = 0
    for block in blocks:
        kept.append(block)
        rows += len(block)
        if rows >= SAMPLE:
            break
    if not kept:
        raise ContractError("no block of rows", fix="give at least one block (0, d): its shape tells the dimensions")
    return np.concatenate(kept), blocks


def _chained(first: FloatArray, rest: Iterable[FloatArray]) -> Iterable[FloatArray]:
    yield first
    yield from rest


def _directions(sample: FloatArray) -> FloatArray:
    """(d, h) eigenvectors of the largest eigenvalues of the uncentred second moment."""
    moment = np.asarray(sample.T @ sample, np.float64)
    vectors = np.linalg.eigh(moment)[1][:, ::-1][:, :HEAD]
    return np.ascontiguousarray(vectors, np.float32)


def _turned(block: FloatArray, basis: FloatArray) -> tuple[NDArray[np.int16], ScoreArray]:
    """Heads (m, h) in 16 bits and lengths (m,) of tails."""
    block = np.asarray(block, np.float32)
    squares = np.einsum("ij,ij->i", block, block).astype(np.float64)
    if squares.max(initial=0) > LENGTH**2:
        raise ContractError("a row is longer than 1", fix="divide each row by its length")
    head = block @ basis
    tails = np.sqrt(np.maximum(squares - np.einsum("ij,ij->i", head, head), 0) + SQUARED)
    return np.rint(head * (STEPS / LENGTH)).astype(np.int16), tails


def _rounded(
    heads: NDArray[np.int16], tails: ScoreArray, basis: FloatArray
) -> tuple[NDArray[np.uint8], FloatArray, ScoreArray, float, float]:
    """Codes, and how far they are from what they stand for.

    A step is the geometric mean of the largest in its direction and the largest of all: what is rounded in the rows
    and what is rounded in the query, which has the same steps, are then of like size.
    """
    h = heads.shape[1]
    unit = LENGTH / STEPS
    largest = np.maximum(heads.max(axis=0, initial=0), -heads.min(axis=0, initial=0)) * unit
    scales = np.sqrt(largest * largest.max(initial=0)) / LEVELS
    scales = np.append(np.where(scales > 0, scales, 1), max(float(tails.max(initial=0)), 1e-9) / LEVELS)
    codes = np.full((len(heads), -(-(h + 1) // 32) * 32), 128, np.uint8)
    rounded = longest = 0.0
    for start in range(0, len(heads), BLOCK):
        head = heads[start : start + BLOCK] * np.float32(unit)
        steps = np.rint(head / scales[:-1].astype(np.float32))
        codes[start : start + len(head), :h] = steps + 128
        codes[start : start + len(head), h] = np.ceil(tails[start : start + len(head)] / scales[-1] - 1e-6) + 128
        lost = head - steps * scales[:-1]
        rounded = max(rounded, _longest(lost))
        longest = max(longest, _longest(steps))
    return codes, basis, scales, rounded + unit * h**0.5, longest


def _longest(rows: NDArray[Any]) -> float:
    return float(np.sqrt(np.einsum("ij,ij->i", rows, rows).max(initial=0)))
