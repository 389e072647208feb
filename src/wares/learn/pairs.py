"""Pairs of a query and a product to learn from: what they say, whether it teaches anything, and what to keep back."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256

import numpy as np

from wares.errors import TrainingError
from wares.types import FloatArray


@dataclass(frozen=True, slots=True)
class Pair:
    """A query, the text of a product, and how well it answers: from 0; NaN = nobody knows.

    ``product`` tells listings of one product together; where it is empty the text does.
    """

    query: str
    text: str
    grade: float
    product: str = ""

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """What the product is known by: its text, and its id where there is one."""
        return (("text", self.text), ("id", self.product)) if self.product else (("text", self.text),)


class Grades:
    """What is known of all pairs, so that a batch knows more than its own.

    Of several grades for one product the highest counts. ``highest`` is that of all.
    """

    def __init__(self, pairs: Sequence[Pair]) -> None:
        self._by: dict[tuple[str, tuple[str, str]], float] = {}
        for pair in pairs:
            for name in pair.names:
                before = self._by.get((pair.query, name), math.nan)
                self._by[pair.query, name] = float(np.fmax(before, pair.grade))  # a known one before an unknown
        self.highest = max(grade for grade in self._by.values() if grade > 0)

    def matrix(self, pairs: Sequence[Pair]) -> tuple[list[str], list[str], FloatArray]:
        """The n queries and m texts of some pairs, and (n, m) grades: 0 where nothing was said, NaN where unknown."""
        queries = list(dict.fromkeys(pair.query for pair in pairs))
        names: dict[str, set[tuple[str, str]]] = {}
        for pair in pairs:
            names.setdefault(pair.text, set()).update(pair.names)
        wanted = np.zeros((len(queries), len(names)), np.float32)
        for row, query in enumerate(queries):
            for column, known_by in enumerate(names.values()):
                said = [self._by[query, name] for name in known_by if (query, name) in self._by]
                if said:
                    wanted[row, column] = np.fmax.reduce(said)
        return queries, list(names), wanted


def check(pairs: Sequence[Pair], name: str = "training") -> None:
    """TrainingError for pairs that nothing can be learned from; and what there is wrong with them."""
    if not pairs:
        raise TrainingError(f"there are no {name} pairs", fix="give pairs of a query and a product, with grades")
    for number, pair in enumerate(pairs):
        if not (pair.query.strip() and pair.text.strip()):
            raise TrainingError(f"{name} pair {number} has an empty query or text", fix="leave it out")
        if pair.grade < 0 or math.isinf(pair.grade):
            raise TrainingError(f"{name} pair {number} has grade {pair.grade}", fix="give grades from 0, NaN = unknown")
    if not any(pair.grade > 0 for pair in pairs):
        raise TrainingError(f"no {name} pair has a grade above 0", fix="give pairs that belong together")
    if len({pair.names[-1] for pair in pairs}) < 2:
        raise TrainingError(f"all {name} pairs are of one product", fix="give pairs of others: it tells nothing apart")


def split(pairs: Sequence[Pair], share: float, seed: int) -> tuple[list[Pair], list[Pair]]:
    """Training pairs and those of a share of the queries, so that no query is on both sides; each has at least one."""
    queries = sorted({pair.query for pair in pairs})
    if len(queries) < 2:
        raise TrainingError(f"the pairs are of {len(queries)} queries", fix="give at least 2: one is kept to validate")
    order = np.random.default_rng(seed).permutation(len(queries))
    size = min(max(1, round(share * len(queries))), len(queries) - 1)
    kept = {queries[place] for place in order[:size]}
    return [pair for pair in pairs if pair.query not in kept], [pair for pair in pairs if pair.query in kept]


def data_hash(*sides: Sequence[Pair]) -> str:
    """The sha256 of pairs, whatever order they come in."""
    every = sha256()
    for side in sides:
        rows = sorted(json.dumps(asdict(pair), sort_keys=True, ensure_ascii=False) for pair in side)
        every.update("\n".join([*rows, ""]).encode())
    return every.hexdigest()
