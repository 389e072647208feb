"""Strings numbered in the order in which they were first seen."""

from collections.abc import Iterable, Sequence


class Vocabulary:
    """Strings ↔ numbers from 0; it only grows, so that a number once given stays."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._numbers: dict[str, int] = {}
        self._names: list[str] = []
        self.add(tuple(names))

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, number: int) -> str:
        return self._names[number]

    def add(self, names: Sequence[str]) -> list[int]:
        """The numbers of the names; unknown ones are added."""
        numbers = self._numbers
        found = []
        for name in names:
            number = numbers.setdefault(name, len(numbers))
            if number == len(self._names):
                self._names.append(name)
            found.append(number)
        return found

    def find(self, name: str) -> int | None:
        return self._numbers.get(name)

    def names(self) -> tuple[str, ...]:
        return tuple(self._names)
