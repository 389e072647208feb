"""Many sorted strings in two arrays: decoded when first asked for, searched by halving."""

from bisect import bisect_left
from collections.abc import Iterable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from wares.types import IntArray


class SortedKeys:
    """Strings, ascending, each with a number; a string may stand there several times.

    Parameters
    ----------
    text
        The strings in UTF-8 with a line break between; none of them holds one.
    numbers : (n,) uint32
        What each string stands for: a count, or the number of a word.
    """

    def __init__(self, text: bytes, numbers: NDArray[np.uint32]) -> None:
        self.text = text
        self.numbers = numbers

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, int]]) -> "SortedKeys":
        """From (string, number) in any order."""
        ordered = sorted(pairs)
        text = "\n".join(key for key, _ in ordered).encode()
        return cls(text, np.array([number for _, number in ordered], np.uint32))

    @cached_property
    def keys(self) -> list[str]:
        return self.text.decode().split("\n") if len(self.numbers) else []

    def __len__(self) -> int:
        return len(self.numbers)

    def place(self, key: str) -> int | None:
        """Where a string stands first."""
        place = bisect_left(self.keys, key)
        return place if place < len(self.keys) and self.keys[place] == key else None

    def find(self, key: str) -> IntArray:
        """The numbers of a string, none if it is not there."""
        first = self.place(key)
        if first is None:
            return np.zeros(0, np.int64)
        return self.numbers[first : bisect_left(self.keys, key + "\0")].astype(np.int64)
