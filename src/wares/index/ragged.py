"""Rows of different lengths in two arrays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from wares.types import IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Ragged:
    """``n`` rows of different lengths: row ``i`` is ``values[starts[i]:starts[i + 1]]``.

    Attributes
    ----------
    values : (m, ...)
    starts : (n + 1,) int64, ascending from 0 to m.
    """

    values: NDArray[Any]
    starts: IntArray

    @classmethod
    def of(cls, rows: Iterable[Sequence[int]], dtype: type = np.int32) -> Self:
        """From sequences of integers."""
        flat: list[int] = []
        starts = [0]
        for row in rows:
            flat.extend(row)
            starts.append(len(flat))
        return cls(np.array(flat, dtype), np.array(starts, np.int64))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, row: int) -> NDArray[Any]:
        return self.values[self.starts[row] : self.starts[row + 1]]

    @property
    def lengths(self) -> IntArray:
        return np.diff(self.starts)

    def owners(self) -> IntArray:
        """(m,) the row that each value belongs to."""
        return np.repeat(np.arange(len(self)), self.lengths)

    def take(self, rows: IntArray) -> "Ragged":
        """The given rows, in that order."""
        lengths = lengths_of(self.starts, rows)
        return Ragged(self.values[spans(self.starts[rows], lengths)], edges(lengths))


def join(parts: Sequence[Ragged]) -> Ragged:
    """The rows of all parts, one after the other."""
    return Ragged(np.concatenate([part.values for part in parts]), edges(np.concatenate([p.lengths for p in parts])))


def edges(lengths: IntArray) -> IntArray:
    """Lengths (n,) → starts (n + 1,)."""
    starts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts


def lengths_of(starts: IntArray, rows: IntArray) -> IntArray:
    """(k,) lengths of some rows, without looking at the others."""
    return np.asarray(starts[rows + 1] - starts[rows])


def spans(starts: IntArray, lengths: IntArray) -> IntArray:
    """The positions ``starts[i] … starts[i] + lengths[i] - 1`` of every i, one after the other."""
    before = edges(lengths)
    return np.arange(before[-1]) + np.repeat(starts - before[:-1], lengths)
