"""A new attribute or category from a few examples: what the shop's own vectors say of every other product.

How sure that is, the catalogue teaches itself: values that it has already are told from as few examples, over and over,
and how often that is right at which margin makes the probabilities of the new values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wares.encode.joint import JointFusion
from wares.errors import TrainingError
from wares.learn.catalogue import Catalogue
from wares.learn.data import Data
from wares.learn.fewshot import FewShot
from wares.learn.trial import parts_for
from wares.protocols import Fusion
from wares.search.calibrate import platt
from wares.types import FloatArray, IntArray, ScoreArray

REST = ""  # the value of what is none of those that were named
ROUNDS, MOST = 40, 2000  # times that the catalogue's own values are told from examples, of so many products
BEYOND = 2  # products with a value besides its examples, at least
# Of a shop that has no values of its own to learn from: fitted on types and genders of 6,600 fashion products.
SLOPE, INTERCEPT = 1.2, -2.6


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """What is thought of the products that were no examples.

    Attributes
    ----------
    ids, values
        (n,) products, and the likeliest value of each.
    probabilities : (n,)
        How likely that is.
    rounds
        How often the catalogue's own values were told from examples to find that out; 0: it has none, and the
        probabilities are those of another shop.
    """

    ids: tuple[str, ...]
    values: tuple[str, ...]
    probabilities: FloatArray
    rounds: int

    def sure(self, least: float) -> dict[str, tuple[str, float]]:
        """Product → value and probability, of those that are at least so likely; the surest first."""
        found = {
            id: (value, float(p))
            for id, value, p in zip(self.ids, self.values, self.probabilities, strict=True)
            if p >= least
        }
        return dict(sorted(found.items(), key=lambda each: -each[1][1]))


def labelled(
    catalogue: Catalogue,
    vectors: FloatArray,
    examples: Mapping[str, Sequence[str]],
    but: Sequence[str] = (),
    seed: int = 0,
) -> Labelled:
    """Tell the values of an attribute from a few products of each.

    Parameters
    ----------
    vectors : (n, d)
        Of the catalogue's products.
    examples
        Value → ids of products that have it.
    but
        Ids of products that have none of them.
    seed
        Of what is drawn to find out how sure the values are.

    Raises
    ------
    TrainingError
        A product is not there, or an example of two values.

    Notes
    -----
    Cost grows with d² for each example and with n × d for each value; finding out how sure it is costs the same
    again for each of at most :data:`ROUNDS` times over at most :data:`MOST` products.
    """
    given = _given(catalogue, examples, but)
    margins, values = _margins(FewShot.of(vectors), vectors, given)
    each = max(map(len, examples.values()))
    slope, intercept, rounds = _taught(catalogue, vectors, len(values), each, np.random.default_rng(seed))
    likely = 1 / (1 + np.exp(-np.clip(slope * margins + intercept, -60, 60)))
    likely /= np.maximum(likely.sum(1, keepdims=True), 1)  # a product has one of the values at most
    others = np.array([row for row in range(len(catalogue)) if row not in given], np.int64)
    best = likely[others].argmax(1)
    return Labelled(
        tuple(catalogue.ids[row] for row in others),
        tuple(values[column] for column in best),
        np.asarray(likely[others].max(1), np.float32),
        rounds,
    )


def vectors_of(data: Data, model: Path | None) -> FloatArray:
    """(n, d) products as they are found now: by the model that is served, or by what day 0 knows."""
    fitted = data.fitted(data.catalogue)
    fusion: Fusion = fitted if model is None else JointFusion(fitted, model, data.base_name)
    rows: FloatArray = fusion.fuse(parts_for(fusion, data.catalogue.parts, data.catalogue.terms))[0]
    return rows


def _given(catalogue: Catalogue, examples: Mapping[str, Sequence[str]], but: Sequence[str]) -> dict[int, str]:
    """Row → value of each example."""
    place = {id: row for row, id in enumerate(catalogue.ids)}
    given: dict[int, str] = {}
    for value, ids in (*examples.items(), (REST, but)):
        for id in ids:
            if id not in place:
                raise TrainingError(f"there is no product {id[:60]!r}", fix="take ids that a search shows")
            if given.setdefault(place[id], value) != value:
                raise TrainingError(f"product {id} is an example of two values", fix="name it once")
    if not any(given.values()):
        raise TrainingError(
            "there are no examples", fix="--example VALUE=ID,ID with one to five products of each value"
        )
    return given


def _margins(start: FewShot, vectors: FloatArray, given: Mapping[int, str]) -> tuple[ScoreArray, list[str]]:
    """(n, m) standard deviations by which products are more like each value than the catalogue's mean, and the values.

    What has none of the values is a class of its own around the mean of the whole catalogue.
    """
    learner = start.copy()
    learner.prototype(start.centre[None].astype(np.float32), [REST])
    for row, value in given.items():
        learner.add(vectors[row : row + 1], [value])
    head = learner.head()
    scores = head.scores(vectors)
    rest = head.labels.index(REST)
    margins = np.delete(scores - scores[:, [rest]], rest, axis=1)
    spread = np.maximum(margins.std(0), 1e-12)
    return (margins - margins.mean(0)) / spread, [label for label in head.labels if label != REST]


def _taught(
    catalogue: Catalogue, vectors: FloatArray, values: int, each: int, generator: np.random.Generator
) -> tuple[float, float, int]:
    """Slope and intercept from margins to log odds, and how many rounds they are from.

    A round draws some products, values of one of their labels, and ``each`` examples of every value: as many of both
    as were asked for, so that what is not known of so few examples is not known there either.
    """
    found: list[tuple[ScoreArray, ScoreArray]] = []
    codes = [label.codes for label in catalogue.labels.values()]
    for _ in range(ROUNDS if codes else 0):
        rows = generator.permutation(len(catalogue))[:MOST]
        own = codes[int(generator.integers(len(codes)))][rows]
        codes_of, counts = np.unique(own[own >= 0], return_counts=True)
        drawn = generator.permutation(codes_of[counts >= each + BEYOND])[:values]
        if not len(drawn) or len(codes_of) < 2:
            continue
        found.append(_round(vectors[rows], own, drawn, each, generator))
    if not found:
        return SLOPE, INTERCEPT, 0
    margins, right = (np.concatenate(parts) for parts in zip(*found, strict=True))
    slope, intercept = platt(margins, right, np.full(len(right), 1 / len(right)))
    return slope, intercept, len(found)


def _round(
    vectors: FloatArray, own: IntArray, drawn: IntArray, each: int, generator: np.random.Generator
) -> tuple[ScoreArray, ScoreArray]:
    """Margins of products that were no examples, of every value, and whether each holds."""
    given: dict[int, str] = {}
    for code in drawn.tolist():
        given |= dict.fromkeys(generator.permutation(np.flatnonzero(own == code))[:each].tolist(), str(code))
    margins, values = _margins(FewShot.of(vectors), vectors, given)
    others = np.setdiff1d(np.flatnonzero(own >= 0), list(given))
    right = own[others, None] == np.array([int(value) for value in values])
    return margins[others].ravel(), right.astype(np.float64).ravel()
