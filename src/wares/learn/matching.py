"""Is it the same product? A learned, calibrated answer for pairs of offers, and which of the labels are suspicious."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from scipy.optimize import minimize

from wares.encode.heads import keep, kept
from wares.errors import TrainingError, WeightsError
from wares.learn.blocks import components
from wares.learn.boosting import Growth, Trees, check
from wares.learn.offers import FEATURES, Offers
from wares.types import BoolArray, FloatArray, IntArray, ScoreArray

NAME = "offer-matcher.v1"
SMALL = Growth(trees=100, depth=3, rate=0.05, rows=0.7, penalty=1.0)  # for few labels
FEW = 2000  # rows below which the trees are small


@dataclass(frozen=True, slots=True, eq=False)
class Matcher:
    """P(same product) of pairs of offers.

    Attributes
    ----------
    trees
        Log odds of the features of a pair.
    slope, intercept
        What the log odds are multiplied by, and what is added, so that they hold for offers that were not learned from.
    threshold
        P(same product) from which F1 is best.
    """

    trees: Trees
    slope: float
    intercept: float
    threshold: float

    def probabilities(self, features: FloatArray) -> ScoreArray:
        """(p,) of (p, f) rows of :meth:`wares.learn.offers.Offers.features`; another width is a TrainingError."""
        if features.ndim != 2 or features.shape[1] != len(FEATURES):
            raise TrainingError(
                f"features of shape {features.shape} for a matcher of {len(FEATURES)}",
                fix="take them from wares.learn.offers.Offers",
            )
        return _logistic(self.slope * self.trees.odds(features) + self.intercept)

    def score(self, offers: Offers, pairs: Sequence[tuple[int, int]] | IntArray) -> ScoreArray:
        """(p,) P(same product) of pairs of offers."""
        return self.probabilities(offers.features(pairs))

    def save(self, folder: Path) -> None:
        """Write ``matcher.safetensors``, and ``matcher.json`` with its checksum; no pickles."""
        arrays = {name: getattr(self.trees, name) for name in ("feature", "threshold", "answers")}
        record = {"name": NAME, "features": FEATURES, "start": self.trees.start}
        record |= {name: getattr(self, name) for name in ("slope", "intercept", "threshold")}
        keep(folder, "matcher", arrays, record)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Map what ``save`` wrote; a WeightsError if it changed, is missing or asks for other features."""
        record, arrays = kept(folder, "matcher", NAME)
        if tuple(record["features"]) != FEATURES:
            raise WeightsError(f"the matcher in {folder} asks for other features", fix="learn and save it again")
        trees = Trees(arrays["feature"], arrays["threshold"], arrays["answers"], float(record["start"]))
        return cls(trees, *(float(record[name]) for name in ("slope", "intercept", "threshold")))


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """A matcher, and (p,) P(same product) of each training pair by trees that were not grown on it."""

    matcher: Matcher
    held_out: ScoreArray


def learn(
    features: FloatArray,
    match: BoolArray,
    pairs: IntArray,
    *,
    growth: Growth | None = None,
    folds: int = 5,
    seed: int = 0,
) -> Learned:
    """A matcher from (p, f) features of (p, 2) pairs of offers and (p,) whether they match.

    Each fold is a part of the offers, and its trees are grown on the pairs without any of them; a pair of offers of two
    folds gets the mean of both. What these trees say calibrates the matcher (Platt, "Probabilistic outputs for support
    vector machines", 1999) and sets its threshold; its own trees are grown on all pairs.

    Raises
    ------
    TrainingError
        No pairs, one class only, Inf, or features that are not those of offers.
    """
    check(features, match)
    if features.shape[1] != len(FEATURES) or pairs.shape != (len(match), 2):
        raise TrainingError(
            f"features of shape {features.shape} do not fit pairs of shape {pairs.shape}",
            fix="take both from the same wares.learn.offers.Offers",
        )
    if np.isnan(features).all(0).all():
        raise TrainingError("the features are all NaN", fix="take them from wares.learn.offers.Offers")
    growth = growth or (Growth() if len(match) >= FEW else SMALL)
    odds = _held_out(features, match, pairs, (growth, folds, seed))
    slope, intercept = _platt(odds, match)
    held_out = _logistic(slope * odds + intercept)
    trees = Trees.grow(features, match, growth, seed)
    return Learned(Matcher(trees, slope, intercept, threshold(held_out, match)), held_out)


def suspicious(match: BoolArray, probability: ScoreArray) -> IntArray:
    """Rows whose label is probably wrong, the most suspicious first.

    A pair is suspicious if it is as likely of the other class as pairs that are labelled so are on average, and
    likelier than of its own (Northcutt, Jiang and Chuang, "Confident learning", JAIR 2021).

    Parameters
    ----------
    match, probability : (p,)
        The labels, and P(same product) by a model that was not learned from the pair: :attr:`Learned.held_out`.

    Raises
    ------
    TrainingError
        NaN, other lengths, or one class only.
    """
    if probability.shape != match.shape or not np.isfinite(probability).all():
        raise TrainingError("the probabilities are not one number a label", fix="give those of Learned.held_out")
    if match.all() or not match.any():
        raise TrainingError("all labels are the same", fix="give examples of both classes")
    other = np.where(match, 1 - probability, probability)
    confident = np.where(match, (1 - probability)[~match].mean(), probability[match].mean())
    rows = np.flatnonzero((other >= confident) & (other > 0.5))
    return np.asarray(rows[np.argsort(-other[rows], kind="stable")], np.int64)


def hard_negatives(offers: Offers, matches: IntArray, each: int = 3) -> IntArray:
    """(p, 2) pairs of offers that are alike and not known to match, for those who have only (m, 2) pairs that do.

    The nearest offers in rare words of each offer that matches another, but for those of its own product. Some of them
    may match after all: :func:`suspicious` finds such.

    Raises
    ------
    TrainingError
        No pairs that match, or of other offers.
    """
    if not len(matches) or matches.min() < 0 or matches.max() >= len(offers):
        raise TrainingError("there are no pairs of these offers", fix="give pairs of positions that match")
    product = components(matches, len(offers))
    _, near = offers.nearest(each + int(np.bincount(product).max()))
    found: dict[tuple[int, int], None] = {}
    for one in np.unique(matches).tolist():
        others = [other for other in near[one].tolist() if other >= 0 and product[other] != product[one]]
        found.update(((min(one, other), max(one, other)), None) for other in others[:each])
    return np.array(list(found), np.int64).reshape(-1, 2)


def threshold(scores: ScoreArray, match: BoolArray) -> float:
    """The score from which F1 is best."""
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum(match[order])
    claimed = np.arange(1, len(order) + 1)
    f1 = 2 * right / (claimed + match.sum())
    last = np.append(np.diff(scores[order]) < 0, True)  # equal scores are claimed together
    return float(scores[order][np.where(last, f1, -1).argmax()])


def _held_out(features: FloatArray, match: BoolArray, pairs: IntArray, how: tuple[Growth, int, int]) -> ScoreArray:
    """(p,) log odds by trees that were grown on other pairs; the prior where no trees can be grown."""
    growth, folds, seed = how
    offers, place = np.unique(pairs, return_inverse=True)
    fold = (np.random.default_rng(seed).permutation(len(offers)) % folds)[place.reshape(pairs.shape)]
    total, times = np.zeros(len(match)), np.zeros(len(match))
    for one in range(folds):
        touched = (fold == one).any(1)
        rest = match[~touched]
        if touched.any() and rest.any() and not rest.all():
            total[touched] += Trees.grow(features[~touched], rest, growth, seed).odds(features[touched])
            times[touched] += 1
    prior = float(np.log(match.mean() / (1 - match.mean())))
    return np.where(times > 0, total / np.maximum(times, 1), prior)


def _platt(odds: ScoreArray, match: BoolArray) -> tuple[float, float]:
    """Slope, at least a little, and intercept of the log odds with the least log loss, shrunk towards 1 and 0."""

    def loss(at: ScoreArray) -> float:
        said = at[0] * odds + at[1]
        return float(np.logaddexp(0, np.where(match, -said, said)).sum() + (at[0] - 1) ** 2 + at[1] ** 2)

    found = minimize(loss, np.array([1.0, 0.0]), method="L-BFGS-B", bounds=[(0.05, 20), (-20, 20)])
    return float(found.x[0]), float(found.x[1])


def _logistic(odds: ScoreArray) -> ScoreArray:
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -500, 500))), np.float64)
