"""Evidence → P(relevant), and the cut-offs of the result set.

P is a logistic function of the evidence (Platt, Probabilistic Outputs for Support Vector Machines, 1999), one for
products whose words match and one for those that are only near in meaning. A cut-off lies at even odds, or lower where
that would tell more than the set share of shoppers that what the shop carries is not there (a split-conformal quantile
over queries: Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World, 2005), but never below one in four:
where the evidence cannot tell right from wrong a shop had better say so, and ``lost`` says what that costs. Curves come
from judgements (:mod:`wares.learn.curves`) or from the catalogue itself (:mod:`wares.search.selftaught`).
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import orjson

from wares.errors import CorruptIndex
from wares.types import BoolArray, ScoreArray

VERSION = 2
ENOUGH = 20


@dataclass(frozen=True, slots=True)
class Curve:
    """P(relevant) = 1 / (1 + exp(-(slope · evidence + intercept))), and an evidence that is enough: the ``cut``.

    ``samples`` pairs were fitted on; 0 = a guess. ``error`` is the expected calibration error on those pairs, ``lost``
    the share of queries whose best true match lies below the cut-off.
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


@dataclass(frozen=True, slots=True)
class Curves:
    """How the evidence for one kind of query is read.

    Attributes
    ----------
    words
        Of products whose words match. They belong to the result set whatever the evidence is, unless not one of all
        products reaches a cut-off: then the shop does not carry what was asked for.
    meaning
        Of products whose words do not match. Those that reach the cut-off belong to the result set.
    """

    words: Curve
    meaning: Curve

    def probability(self, evidence: ScoreArray, matching: BoolArray) -> ScoreArray:
        """(n,) P(relevant) of products whose words match, or do not."""
        return np.where(matching, self.words.probability(evidence), self.meaning.probability(evidence))

    def sure(self, evidence: ScoreArray, meaning: ScoreArray, matching: BoolArray) -> BoolArray:
        """(n,) products of which one is enough to say that the shop carries what was asked for."""
        return np.asarray((matching & self.words.reaches(evidence)) | self.meaning.reaches(meaning))


GUESS: Mapping[str, Curves] = MappingProxyType(
    {
        "words": Curves(Curve(4.0, -4.0, -math.inf), Curve(8.0, -4.0, 0.5)),
        "photo": Curves(Curve(5.0, -5.0, -math.inf), Curve(8.0, -8.0, 1.0)),
        "words+photo": Curves(Curve(5.0, -5.0, -math.inf), Curve(5.0, -5.0, 1.0)),
    }
)


@dataclass(frozen=True, slots=True)
class Calibration:
    """The curves of each kind of query: ``words``, ``photo``, ``words+photo``."""

    curves: Mapping[str, Curves] = field(default_factory=lambda: GUESS)

    @property
    def fingerprint(self) -> str:
        """Changes with the curves."""
        return blake2b(repr(self.curves).encode(), digest_size=4).hexdigest()

    def of(self, kind: str) -> Curves:
        return self.curves.get(kind, GUESS[kind])

    def judged(self, curves: Mapping[str, Curve]) -> "Calibration":
        """The same with other curves for queries of words, by field of :class:`Curves`."""
        return Calibration({**self.curves, "words": replace(self.of("words"), **curves)})

    def save(self, path: Path) -> None:
        """Write it as JSON that a person can read."""
        curves = {kind: asdict(each) for kind, each in self.curves.items()}
        path.write_bytes(orjson.dumps({"version": VERSION, "curves": curves}, option=orjson.OPT_INDENT_2))

    @classmethod
    def load(cls, path: Path) -> "Calibration":
        """Read what ``save`` wrote."""
        try:
            content: dict[str, Any] = orjson.loads(path.read_bytes())
            if content["version"] != VERSION:
                raise CorruptIndex(f"{path} has version {content['version']}, not {VERSION}", fix="`wares rebuild`")
            curves = {
                kind: Curves(**{name: Curve(**_numbers(curve)) for name, curve in each.items()})
                for kind, each in content["curves"].items()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
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


def fit(pairs: Pairs, best: ScoreArray, *, error_rate: float, guess: Curve, natural: bool = False) -> Curve:
    """A curve and its cut-off.

    Parameters
    ----------
    pairs
        What the curve is fitted on.
    best
        (q,) evidence of the best true match of each query.
    error_rate
        Share of queries whose best true match the cut-off may lose.
    guess
        Returned when there are too few pairs.
    natural
        Right ones are as frequent among the pairs as among what a shopper sees; otherwise both sides weigh the same.
    """
    if min(len(pairs), len(best)) < ENOUGH:
        return guess
    evidence, relevant, weights = _flat(pairs, natural=natural)
    slope, intercept = platt(evidence, relevant, weights)
    lowest, even = (math.log(1 / 3) - intercept) / slope, -intercept / slope
    cut = min(max(conformal_cut(best, error_rate), lowest), even)
    curve = Curve(slope, intercept, cut, len(evidence))
    error = calibration_error(curve.probability(evidence), relevant, weights)
    return replace(curve, error=error, lost=float(np.mean(best < cut)))


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


def platt(x: ScoreArray, y: ScoreArray, weights: ScoreArray, rounds: int = 100) -> tuple[float, float]:
    """Slope ≥ 0 and intercept of a logistic function by Newton's method, with a weak prior against infinite slopes.

    ``weights`` (n,) of the pairs of evidence ``x`` and truth ``y`` add up to 1.
    """
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


def _flat(pairs: Pairs, *, natural: bool) -> tuple[ScoreArray, ScoreArray, ScoreArray]:
    """Evidence, whether it is right, and weights that add up to 1."""
    right, wrong = len(pairs.right), len(pairs.wrong)
    relevant = np.concatenate([np.ones(right), np.zeros(wrong)])
    shares = (1 / (right + wrong),) * 2 if natural else (0.5 / right, 0.5 / wrong)
    return np.concatenate([pairs.right, pairs.wrong]), relevant, np.where(relevant == 1, *shares)


def calibration_error(probability: ScoreArray, relevant: ScoreArray, weights: ScoreArray, bins: int = 10) -> float:
    """Expected calibration error over bins of equal width (Naeini, Cooper and Hauskrecht, AAAI 2015)."""
    place = np.minimum((probability * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(place, weights * (probability - relevant), minlength=bins)
    return float(np.abs(gaps).sum() / weights.sum())


def _numbers(curve: Mapping[str, Any]) -> dict[str, Any]:
    """JSON has no infinity and no NaN: no cut-off is one that all evidence reaches."""
    absent = {"cut": -math.inf}
    return {name: absent.get(name, math.nan) if value is None else value for name, value in curve.items()}
