"""Boosted trees in NumPy: from rows of numbers, some of them unknown, to the log odds of one of two classes.

All nodes of a level ask the same question, so that a tree of depth d is d questions and 2^d answers and a row is told
by a table look-up (oblivious trees: Prokhorenkova et al., "CatBoost: unbiased boosting with categorical features",
NeurIPS 2018). Each tree is a Newton step of the log loss (Chen and Guestrin, "XGBoost", KDD 2016) on a part of the rows
and of the features (Friedman, "Stochastic gradient boosting", 2002).
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from wares.errors import TrainingError
from wares.types import BoolArray, FloatArray, IntArray, ScoreArray

Bins = NDArray[np.uint8]

BINS = 48  # values that are told apart of each feature, at most 256
CHUNK = 8192  # rows that are told at a time


@dataclass(frozen=True, slots=True)
class Growth:
    """How trees are grown; chosen on labelled pairs of offers (docs/results.md).

    Attributes
    ----------
    trees, depth
        How many, and how many questions each asks.
    rate
        What a tree's answer is multiplied by.
    rows, features
        The shares that each tree is grown on.
    penalty
        Added to the curvature of a leaf: the higher, the less a few rows can say.
    """

    trees: int = 200
    depth: int = 6
    rate: float = 0.1
    rows: float = 0.5
    features: float = 0.4
    penalty: float = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """Grown trees.

    Attributes
    ----------
    feature : (t, depth) int64
        The column that each question is about.
    threshold : (t, depth) float32
        The answer is yes above it; no for NaN.
    answers : (t, 2^depth) float32
        Added to the log odds; the first question is the highest bit of the place.
    start
        Log odds before the first tree.
    """

    feature: IntArray
    threshold: FloatArray
    answers: FloatArray
    start: float

    @classmethod
    def grow(cls, x: FloatArray, match: BoolArray, growth: Growth | None = None, seed: int = 0) -> Self:
        """Learn from (n, f) rows and their (n,) classes; NaN is a value of its own.

        Raises
        ------
        TrainingError
            No rows, Inf among them, or one class only.
        """
        growth = growth or Growth()
        check(x, match)
        edges, bins = _binned(x)
        generator = np.random.default_rng(seed)
        wanted, (n, f) = match.astype(np.float64), x.shape
        start = float(np.log(wanted.mean() / (1 - wanted.mean())))
        odds = np.full(n, start)
        sizes = max(1, round(growth.rows * n)), max(1, round(growth.features * f))
        features, thresholds, every = [], [], []
        for _ in range(growth.trees):
            p = 1 / (1 + np.exp(-odds))
            rows = np.sort(generator.choice(n, sizes[0], replace=False))
            columns = np.sort(generator.choice(f, sizes[1], replace=False))
            slopes = np.stack([wanted - p, p * (1 - p)])[:, rows]
            asked = _questions(bins[np.ix_(columns, rows)], slopes, growth)
            places = [(columns[column], cut) for column, cut in asked]
            leaf = _leaves(bins, places)
            steps, curves = (np.bincount(leaf[rows], part, 2**growth.depth) for part in slopes)
            answers = growth.rate * steps / (curves + growth.penalty)
            odds += answers[leaf]
            features.append([column for column, _ in places])
            thresholds.append([edges[column, cut] for column, cut in places])
            every.append(answers)
        return cls(np.array(features, np.int64), np.array(thresholds, np.float32), np.array(every, np.float32), start)

    def odds(self, x: FloatArray) -> ScoreArray:
        """(n,) log odds of (n, f) rows."""
        told = np.full(len(x), self.start)
        bits = 1 << np.arange(self.feature.shape[1])[::-1]
        tree = np.arange(len(self.feature))
        for first in range(0, len(x), CHUNK):
            part = x[first : first + CHUNK]
            leaf = np.zeros((len(part), len(tree)), np.int64)
            for question, bit in enumerate(bits):
                leaf += bit * (part[:, self.feature[:, question]] > self.threshold[:, question])
            told[first : first + CHUNK] += self.answers[tree, leaf].sum(1, dtype=np.float64)
        return told


def check(x: FloatArray, match: BoolArray) -> None:
    """TrainingError for rows that nothing can be learned from."""
    if x.ndim != 2 or not len(x) or len(x) != len(match):
        raise TrainingError(
            f"rows of shape {x.shape} with {len(match)} labels teach nothing", fix="give one label a row, and rows"
        )
    if np.isinf(x).any():
        raise TrainingError("the rows have Inf", fix="give what is unknown as NaN")
    if match.all() or not match.any():
        raise TrainingError("all labels are the same", fix="give examples of both classes")


def _binned(x: FloatArray) -> tuple[FloatArray, Bins]:
    """(f, BINS - 1) ascending thresholds, Inf where there are fewer, and (f, n) how many of them each value is above.

    The first threshold lies below all values: it tells known from unknown.
    """
    edges = np.full((x.shape[1], BINS - 1), np.inf, np.float32)
    bins = np.zeros((x.shape[1], len(x)), np.uint8)
    for column, values in enumerate(np.ascontiguousarray(x.T, np.float32)):
        known = values[~np.isnan(values)]
        if len(known):
            cuts = np.unique(np.quantile(known, np.linspace(0, 1, BINS - 1)[:-1], method="lower").astype(np.float32))
            cuts = np.append(np.float32(-np.finfo(np.float32).max), cuts)
            edges[column, : len(cuts)] = cuts
            bins[column] = np.where(np.isnan(values), 0, np.searchsorted(cuts, values, side="left"))
    return edges, bins


def _questions(bins: Bins, slopes: ScoreArray, growth: Growth) -> list[tuple[int, int]]:
    """The column and the threshold of each level, chosen one after the other for the steepest loss.

    ``bins`` (c, n) of the columns that may be asked about, ``slopes`` (2, n) gradient and curvature.
    """
    count, n = bins.shape
    flat = bins + BINS * np.arange(count, dtype=np.int32)[:, None]  # (c, n)
    leaf = np.zeros(n, np.int32)
    every = [np.broadcast_to(part, bins.shape).ravel() for part in slopes]
    asked: list[tuple[int, int]] = []
    for level in range(growth.depth):
        places = (flat + (leaf * (BINS * count))).ravel()
        shape = (2**level, count, BINS)
        steps, curves = (np.bincount(places, part, np.prod(shape)).reshape(shape).cumsum(2) for part in every)
        gain = np.zeros((count, BINS))
        for step, curve in ((steps, curves), (steps[:, :, -1:] - steps, curves[:, :, -1:] - curves)):
            gain += (step**2 / (curve + growth.penalty)).sum(0)
        column, cut = divmod(int(gain[:, :-1].argmax()), BINS - 1)
        asked.append((column, cut))
        leaf = 2 * leaf + (bins[column] > cut)
    return asked


def _leaves(bins: Bins, places: list[tuple[int, int]]) -> IntArray:
    leaf = np.zeros(bins.shape[1], np.int64)
    for column, cut in places:
        leaf = 2 * leaf + (bins[column] > cut)
    return leaf
