"""Strings numbered in the order in which they were first seen."""

from collections.abc import Sequence

import numpy as np

from wares.index.strings import Strings
from wares.types import IntArray

NONE = Strings.of(())


class Vocabulary:
    """Strings ↔ numbers from 0; it only grows, so that a number once given stays.

    Parameters
    ----------
    kept
        The first of them, which may be on the disk.
    """

    def __init__(self, kept: Strings = NONE) -> None:
        self._kept = kept
        self._new: list[str] = []
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._kept) + len(self._new)

    def __getitem__(self, number: int) -> str:
        return self._kept[number] if number < len(self._kept) else self._new[number - len(self._kept)]

    def add(self, names: Sequence[str]) -> list[int]:
        """The numbers of the names; unknown ones are added."""
        found = []
        for name in names:
            number = self.find(name)
            if number is None:
                number = len(self)
                self._new.append(name)
                self._numbers[name] = number
            found.append(number)
        return found

    def find(self, name: str) -> int | None:
        number = self._numbers.get(name)
        if number is None and len(self._kept) and (number := self._kept.find(name)) is not None:
            self._numbers[name] = number
        return number

    def beginning(self, prefix: str) -> IntArray:
        """The numbers of the names that begin with the prefix."""
        new = [len(self._kept) + place for place, name in enumerate(self._new) if name.startswith(prefix)]
        return np.concatenate([self._kept.beginning(prefix), np.array(new, np.int64)])

    def strings(self) -> Strings:
        """All of them, by their numbers."""
        return Strings.join([self._kept, Strings.of(self._new)]) if self._new else self._kept
