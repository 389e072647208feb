"""The eight lines of the exactness contract, and what was found when they were tried."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from wares.protocols import Capability

LINES = (
    "The result set is defined: lexical matches and products whose P(relevant) reaches the cut-off, within the filters;"
    " none where no product, filters aside, makes it likely that it is carried",
    "The total is the size of that set",
    "Facet counts are counts over that set: within one facet they widen, across facets they narrow",
    "Pages partition the set, whatever the page size",
    "Variants count once; the one shown best fits the query and the filters",
    "What was written before a query is in it, what was deleted before is not",
    "The same query on the same generation gives the same page",
    "Scores fall from hit to hit, and each ledger sums to its score",
)
CAPABILITIES: dict[int, Capability] = {
    1: "exact_vectors",
    2: "exact_totals",
    3: "exact_facets",
    5: "grouping",
    6: "fresh",
}


@dataclass(slots=True)
class Line:
    """One line of the contract and the checks of it; ``claimed``: the backend does not say that it approximates here.

    ``untested`` says why nothing could be checked.
    """

    number: int
    text: str
    capability: str
    claimed: bool
    checks: int = 0
    failed: int = 0
    counterexample: str = ""
    untested: str = ""

    @property
    def verdict(self) -> str:
        """``holds``, ``broken``, ``approximate`` (it fails, and the backend says so) or ``not tested``."""
        if not self.checks:
            return "not tested"
        if not self.failed:
            return "holds"
        return "broken" if self.claimed else "approximate"


@dataclass(slots=True)
class Record:
    """What was found of one target; a check of a line that fails keeps the first counterexample.

    Parameters
    ----------
    capabilities
        Those the target declares; None: it declares nothing, and is held to every line.
    """

    target: str
    seed: int
    capabilities: frozenset[Capability] | None = None
    lines: list[Line] = field(init=False)

    def __post_init__(self) -> None:
        self.lines = []
        for number, text in enumerate(LINES, 1):
            capability = CAPABILITIES.get(number)
            claimed = self.capabilities is None or capability is None or capability in self.capabilities
            self.lines.append(Line(number, text, capability or "", claimed))

    def check(self, number: int, holds: bool, counterexample: str) -> None:
        """One check of a line."""
        line = self.lines[number - 1]
        line.checks += 1
        if not holds:
            line.failed += 1
            line.counterexample = line.counterexample or counterexample

    @contextmanager
    def trying(self, number: int, case: str) -> Iterator[None]:
        """An exception inside is a failed check of the line, whatever the backend raised."""
        try:
            yield
        except Exception as error:
            self.check(number, False, f"{case}: {type(error).__name__}: {error}")

    def untested(self, number: int, why: str) -> None:
        """A line that cannot be tried on this target."""
        self.lines[number - 1].untested = why

    @property
    def holds(self) -> bool:
        """No line is broken; an approximation that is declared breaks none."""
        return all(line.verdict != "broken" for line in self.lines)

    def facts(self) -> dict[str, Any]:
        """Everything as plain values, for JSON."""
        return {
            "target": self.target,
            "seed": self.seed,
            "holds": self.holds,
            "capabilities": None if self.capabilities is None else sorted(self.capabilities),
            "lines": [
                {
                    "line": line.number,
                    "text": line.text,
                    "capability": line.capability,
                    "claimed": line.claimed,
                    "checks": line.checks,
                    "failed": line.failed,
                    "verdict": line.verdict,
                    "counterexample": line.counterexample,
                    "untested": line.untested,
                }
                for line in self.lines
            ],
        }
