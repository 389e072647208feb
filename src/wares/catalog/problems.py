"""What is wrong with a row of a feed, where, why, and what to do about it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """``row`` is the line of the file the row starts at, counted from 1; ``source`` is a file among several."""

    row: int
    field: str
    reason: str
    fix: str
    source: str = ""

    def __str__(self) -> str:
        place = f"{self.source}:{self.row}" if self.source else f"row {self.row}"
        return (
            f"{place}: {self.field}: {self.reason} — {self.fix}"
            if self.field
            else f"{place}: {self.reason} — {self.fix}"
        )


@dataclass(slots=True)
class Problems:
    """Collects the problems of one row: an error rejects the row, a warning leaves a part of it out."""

    row: int
    source: str = ""
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def error(self, field: str, reason: str, fix: str) -> None:
        self.errors.append(Problem(self.row, field, reason, fix, self.source))

    def warn(self, field: str, reason: str, fix: str) -> None:
        self.warnings.append(Problem(self.row, field, reason, fix, self.source))

    def all(self) -> tuple[Problem, ...]:
        return (*self.errors, *self.warnings)


def shown(value: Any) -> str:
    """A value as it may be put into a message: short, and printable whatever it holds."""
    text = repr(value[:60] if isinstance(value, str | list) else value)
    return text if len(text) <= 40 else f"{text[:37]}…"
