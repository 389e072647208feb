"""Evidence → P(relevant), and the cut-off of the result set.

P is a logistic function of the evidence (Platt, Probabilistic Outputs for Support Vector Machines, 1999). The cut-off
lies at even odds, or lower where that would lose more than the set share of true matches (a split-conformal quantile:
Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World, 2005), but never below one in four: where the
evidence cannot tell right from wrong a shop had better say so, and ``lost`` says what that costs. Without judgements
:mod:`wares.search.selftaught` takes all of it from the catalogue itself.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import orjson

from wares.errors import CorruptIndex
from wares.types import BoolArray, ScoreArray

VERSION = 1
ENOUGH = 20


@dataclass(frozen=True, slots=True)
class Curve:
    """P(relevant) = 1 / (1 + exp(-(slope · evidence + intercept))); products whose evidence reaches ``cut`` belong.

    ``samples`` pairs were fitted on; 0 = a guess. ``error`` is the expected calibration error on those pairs, ``lost``
    the share of true matches below the cut-off.
    """

    slope: float
    intercept: float
    cut: float
    samples: int = 0
    error: float = math.nan
    lost: float = math.nan

    def probability(self, evidence: ScoreArray) -> ScoreArray:
        """(n,) P(relevant)."""
        return np.asarray(1 / (1 + np.exp(-np.clip(self.slope * evidence + self.intercept, -60, 60))))

    def reaches(self, evidence: ScoreArray) -> BoolArray:
        """(n,) whether P(relevant) reaches the cut-off."""
        return np.asarray(evidence >= self.cut)


GUESS: Mapping[str, Curve] = MappingProxyType(
    {
        "words": Curve(8.0, -4.0, 0.5),
        "photo": Curve(8.0, -8.0, 1.0),
        "words+photo": Curve(5.0, -5.0, 1.0),
    }
)


@dataclass(frozen=True, slots=True)
class Calibration:
    """One curve for each kind of query: ``words``, ``photo``, ``words+photo``."""

    curves: Mapping[str, Curve] = field(default_factory=lambda: GUESS)

    def curve(self, kind: str) -> Curve:
        return self.curves.get(kind, GUESS[kind])

    def save(self, path: Path) -> None:
        """Write it as JSON that a person can read."""
        curves = {kind: asdict(curve) for kind, curve in self.curves.items()}
        path.write_bytes(orjson.dumps({"version": VERSION, "curves": curves}, option=orjson.OPT_INDENT_2))

    @classmethod
    def load(cls, path: Path) -> "Calibration":
        """Read what ``save`` wrote."""
        try:
            content: dict[str, Any] = orjson.loads(path.read_bytes())
            if content["version"] != VERSION:
                raise CorruptIndex(f"{path} has version {content['version']}, not {VERSION}", fix="`wares rebuild`")
            curves = {kind: Curve(**_numbers(curve)) for kind, curve in content["curves"].items()}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CorruptIndex(f"{path} cannot be read: {error}", fix="`wares rebuild`") from error
        return cls({**GUESS, **curves})


def kind_of(text: bool, photo: bool) -> str:
    """The kind of a query that has words, a photo (or a clip), or both."""
    return "words+photo" if text and photo else "photo" if photo else "words"


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Evidence of products that are what was asked for, (p,), and of products that are not, (q,)."""

    right: ScoreArray
    wrong: ScoreArray

    def __len__(self) -> int:
        """The smaller side."""
        return min(len(self.right), len(self.wrong))


def fit(every: Pairs, hard: Pairs, *, error_rate: float, guess: Curve) -> Curve:
    """A curve and its cut-off from evidence; in every part both sides weigh the same.

    Parameters
    ----------
    every
        What the curve is fitted on.
    hard
        What the cut-off is for: those that are in the result set only if they reach it.
    error_rate
        Share of the hard right ones that the cut-off may lose.
    guess
        Returned when there are too few pairs.
    """
    if min(len(every), len(hard)) < ENOUGH:
        return guess
    evidence, relevant, weights = _flat(every)
    slope, intercept = _logistic(evidence, relevant, weights)
    steep, level = _logistic(*_flat(hard))
    lowest, even = (math.log(1 / 3) - level) / steep, -level / steep
    cut = min(max(conformal_cut(hard.right, error_rate), lowest), even)
    curve = Curve(slope, intercept, cut, len(evidence))
    error = calibration_error(curve.probability(evidence), relevant, weights)
    return replace(curve, error=error, lost=float(np.mean(hard.right < cut)))


def conformal_cut(right: ScoreArray, error_rate: float) -> float:
    """The cut-off that a further true match reaches with probability ≥ 1 − ``error_rate``, whatever the evidence is.

    It is the ⌊(n + 1) · error_rate⌋-th smallest of the (n,) true matches' evidence: the lower tail of split conformal
    prediction, ⌈(n + 1)(1 − error_rate)⌉ counted from the highest. It holds for any n where the true matches are
    exchangeable; minus infinity where n is too small for a finite cut-off to promise it.

    Notes
    -----
    Vovk, Gammerman and Shafer, 2005; Angelopoulos and Bates, A gentle introduction to conformal prediction, 2021.
    """
    place = math.floor(error_rate * (len(right) + 1) + 1e-9)
    if place == 0:
        return -math.inf
    return float(np.sort(right)[min(place, len(right)) - 1])


def _flat(pairs: Pairs) -> tuple[ScoreArray, ScoreArray, ScoreArray]:
    """Evidence, whether it is right, and weights that give both sides one half."""
    right, wrong = len(pairs.right), len(pairs.wrong)
    relevant = np.concatenate([np.ones(right), np.zeros(wrong)])
    weights = np.where(relevant == 1, 0.5 / right, 0.5 / wrong)
    return np.concatenate([pairs.right, pairs.wrong]), relevant, weights


def calibration_error(probability: ScoreArray, relevant: ScoreArray, weights: ScoreArray, bins: int = 10) -> float:
    """Expected calibration error over bins of equal width (Naeini, Cooper and Hauskrecht, AAAI 2015)."""
    place = np.minimum((probability * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(place, weights * (probability - relevant), minlength=bins)
    return float(np.abs(gaps).sum() / weights.sum())


def _logistic(x: ScoreArray, y: ScoreArray, weights: ScoreArray, rounds: int = 100) -> tuple[float, float]:
    """Slope ≥ 0 and intercept by Newton's method, with a weak prior against infinite slopes."""
    mean, spread = float(np.mean(x)), float(np.std(x)) or 1.0
    z = np.stack([(x - mean) / spread, np.ones(len(x))], axis=1)
    w = np.zeros(2)
    prior = np.array([1e-3, 0.0])
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-np.clip(z @ w, -60, 60)))
        gradient = z.T @ (weights * (p - y)) + prior * w
        hessian = (z * (weights * p * (1 - p))[:, None]).T @ z + np.diag(prior + 1e-9)
        step = np.linalg.solve(hessian, gradient)
        w -= step
        if float(np.abs(step).max()) < 1e-9:
            break
    slope = max(float(w[0]), 1e-6) / spread
    return slope, float(w[1]) - slope * mean


def _numbers(curve: Mapping[str, Any]) -> dict[str, Any]:
    return {name: math.nan if value is None else value for name, value in curve.items()}
