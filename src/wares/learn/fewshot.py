"""New classes from one to five examples each, in closed form: an example changes sums, and the head follows from them.

A class is a Gaussian. Its mean is that of its examples and of its prototypes (a catalogue picture, what its name looks
like); the covariance is shared by all classes and starts as a sphere, so that the first example gives the nearest
mean, the tenth class linear discriminant analysis, and nothing has to be chosen in between.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np

from wares.encode.heads import LinearHead, keep, kept, softmax
from wares.errors import TrainingError
from wares.types import FloatArray, IntArray, ScoreArray

# Chosen on photos of a shop whose look-alikes were held out together (docs/results.md).
STRENGTH = 500.0
WITHIN = 0.4
TEMPERATURE = 35.0
NAME = "examples.v1"
MANY = 256  # changes that are held back
_SUMS = ("_count", "_total", "_trust", "_prototype")
TEMPERATURES = tuple(float(value) for value in np.geomspace(0.25, 256, 81))


class FewShot:
    """Sums over the examples of each class, from which a head follows.

    Parameters
    ----------
    centre : (d,)
        Mean of any photos of the shop, labelled or not.
    spread
        Expected squared distance of a photo to the mean of its class.
    strength
        How many examples the sphere is worth that the covariance starts from.

    Notes
    -----
    Linear discriminant analysis under an inverse Wishart prior: Friedman, "Regularized discriminant analysis", JASA
    1989; prototypes: Snell, Swersky and Zemel, "Prototypical networks for few-shot learning", NIPS 2017. An example
    updates the inverse covariance by the formula of Sherman and Morrison (1950).
    """

    def __init__(self, centre: FloatArray, spread: float, strength: float = STRENGTH) -> None:
        if centre.ndim != 1 or not np.isfinite(centre).all() or not (spread > 0 and strength > 0):
            raise TrainingError("there is no spread to start from", fix="start from a few dozen different photos")
        d = len(centre)
        self.centre = centre.astype(np.float64)
        self._sphere, self._strength = strength * spread / d, strength
        self._labels: list[str] = []
        self._count, self._total = np.zeros(0), np.zeros((0, d))
        self._trust, self._prototype = np.zeros(0), np.zeros((0, d))
        self._scatter: ScoreArray | None = None
        # changes that the inverse has seen and the scatter has not: it is needed only to make the inverse anew
        self._pending: tuple[ScoreArray, ...] = ()
        self._inverse: ScoreArray | None = None

    @classmethod
    def of(cls, photos: FloatArray, strength: float = STRENGTH) -> Self:
        """Start from (n, d) photos without labels; fewer than two different ones, NaN or Inf are a TrainingError."""
        checked = _finite(photos)
        if len(checked) < 2:
            raise TrainingError(f"{len(checked)} photos have no spread", fix="start from a few dozen different photos")
        return cls(checked.mean(0).astype(np.float32), WITHIN * float(checked.var(0).sum()), strength)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes in the order in which they came."""
        return tuple(self._labels)

    @property
    def counts(self) -> ScoreArray:
        """(k,) examples of each class; those without a certain label count in part."""
        return self._count.copy()

    def copy(self, stronger: float = 0.0) -> Self:
        """Another one with the same examples, whose sphere is worth that many examples more."""
        other = type(self).__new__(type(self))
        other.__dict__.update(self.__dict__)
        if stronger:
            other._sphere *= (self._strength + stronger) / self._strength
            other._strength += stronger
            other._inverse = None
        other._labels = list(self._labels)
        for name in _SUMS:
            setattr(other, name, getattr(self, name).copy())
        # the two large matrices are replaced, never written into
        return other

    def add(self, examples: FloatArray, labels: Sequence[str]) -> None:
        """Learn (n, d) examples and their labels; a label that is new makes a class.

        Raises
        ------
        TrainingError
            No examples, as many labels as examples there are not, another width, NaN or Inf.
        """
        x = self._rows(examples, len(labels))
        which = self._classes(labels)
        if len(x) == 1:
            self._add_one(x[0], int(which[0]))
        else:
            self._absorb(x, np.eye(len(self._labels))[which])

    def add_soft(self, examples: FloatArray, weights: ScoreArray) -> None:
        """Learn (n, d) examples that belong to the classes to a degree, (n, k) from 0 to 1 in the order of labels."""
        x = self._rows(examples, len(weights))
        if weights.shape != (len(x), len(self._labels)) or not (weights >= 0).all():
            raise TrainingError("the weights do not fit the classes", fix="one weight from 0 to 1 a photo and class")
        self._absorb(x, weights)

    def prototype(self, vectors: FloatArray, labels: Sequence[str], weight: float = 1.0) -> None:
        """Say where classes should lie, (n, d); ``weight`` is how many examples that is worth.

        Pictures of another kind than the examples belong through :func:`wares.learn.zeroshot.aligned` first.
        """
        x = self._rows(vectors, len(labels))
        which = self._classes(labels)
        np.add.at(self._trust, which, weight)
        np.add.at(self._prototype, which, weight * x)

    def head(self, temperature: float = TEMPERATURE, log_prior: ScoreArray | None = None) -> LinearHead:
        """The linear head of all classes with an example or a prototype.

        Parameters
        ----------
        temperature
            Of the probabilities; :func:`calibrated` finds one where there are photos to find it on.
        log_prior : (k,)
            Added to the scores; None: all classes are as likely.

        Raises
        ------
        TrainingError
            Fewer than two classes.
        """
        if len(self._labels) < 2:
            raise TrainingError(
                f"there is nothing to tell apart: {', '.join(self._labels) or 'no class'}",
                fix="give examples of two classes or more, such as of what it is not",
            )
        means = (self._total + self._prototype) / (self._count + self._trust)[:, None]
        # the first example of a class says nothing of how much its photos differ
        freedom = self._strength + np.maximum(self._count - 1, 0).sum()
        matrix = freedom * (self._precision() @ means.T)
        bias = -0.5 * (means.T * matrix).sum(0) - self.centre @ matrix
        if log_prior is not None:
            bias = bias + log_prior
        return LinearHead(self.labels, matrix.astype(np.float32), bias.astype(np.float32), temperature)

    def save(self, folder: Path) -> None:
        """Write ``examples.safetensors``, sums and no photo, and ``examples.json`` with its checksum; no pickles."""
        self._settle()
        arrays = {"centre": self.centre} | {name[1:]: getattr(self, name) for name in _SUMS}
        if self._scatter is not None:
            arrays["scatter"] = self._scatter
        record = {"name": NAME, "labels": self._labels, "sphere": self._sphere, "strength": self._strength}
        keep(folder, "examples", arrays, record)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """What ``save`` wrote, to go on from; a changed or missing file is a WeightsError."""
        record, arrays = kept(folder, "examples", NAME)
        loaded = cls(arrays["centre"], 1.0, record["strength"])
        loaded.centre, loaded._scatter = arrays["centre"], arrays.get("scatter")
        loaded._labels, loaded._sphere = list(record["labels"]), float(record["sphere"])
        for name in _SUMS:
            setattr(loaded, name, arrays[name[1:]].copy())
        return loaded

    def _rows(self, vectors: FloatArray, labels: int) -> ScoreArray:
        x = _finite(vectors)
        if not labels:
            raise TrainingError("there are no examples", fix="give at least one")
        if len(x) != labels or x.shape[1] != len(self.centre):
            raise TrainingError(
                f"{labels} labels and features of shape {x.shape} do not fit a width of {len(self.centre)}",
                fix="give one label an example, encoded like the photos that were started from",
            )
        return x - self.centre

    def _classes(self, labels: Sequence[str]) -> IntArray:
        """(n,) positions of labels; new ones are appended."""
        place = {label: at for at, label in enumerate(self._labels)}
        for label in labels:
            place.setdefault(label, len(place))
        new = len(place) - len(self._labels)
        self._labels = list(place)
        self._count, self._trust = (np.append(old, np.zeros(new)) for old in (self._count, self._trust))
        self._total, self._prototype = (
            np.vstack([old, np.zeros((new, len(self.centre)))]) for old in (self._total, self._prototype)
        )
        return np.array([place[label] for label in labels], np.int64)

    def _add_one(self, x: ScoreArray, at: int) -> None:
        n = self._count[at]
        if n:
            # the scatter within the class grows by one outer product, so the inverse changes by one as well
            change = np.sqrt(n / (n + 1)) * (x - self._total[at] / n)
            inverse = self._precision()
            seen = inverse @ change
            self._inverse = np.asarray(inverse - np.outer(seen, seen / (1 + change @ seen)), np.float64)
            self._pending = (*self._pending, change)
            if len(self._pending) >= MANY:
                self._settle()
        self._count[at] += 1
        self._total[at] += x

    def _absorb(self, x: ScoreArray, weights: ScoreArray) -> None:
        scatter = (x * weights.sum(1, keepdims=True)).T @ x + _between(self._count, self._total)
        self._count = self._count + weights.sum(0)
        self._total = self._total + weights.T @ x
        scatter -= _between(self._count, self._total)
        self._grow(scatter)
        self._settle()
        self._inverse = None

    def _settle(self) -> None:
        if self._pending:
            changes = np.stack(self._pending)
            self._pending = ()
            self._grow(changes.T @ changes)

    def _grow(self, scatter: ScoreArray) -> None:
        self._scatter = scatter if self._scatter is None else self._scatter + scatter

    def _precision(self) -> ScoreArray:
        """(d, d) inverse of the scatter within classes and the sphere."""
        if self._inverse is not None:
            return self._inverse
        self._settle()
        one = np.eye(len(self.centre))
        inverse = one / self._sphere if self._scatter is None else np.linalg.inv(self._scatter + self._sphere * one)
        self._inverse = np.asarray(inverse, np.float64)
        return self._inverse


def calibrated(head: LinearHead, photos: FloatArray, labels: Sequence[str]) -> LinearHead:
    """The head at the temperature that gives (n, d) photos it was not learned on the least log loss.

    Raises
    ------
    TrainingError
        No photos, or none of a class of the head.

    Notes
    -----
    Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", ICML 2017.
    """
    place = {label: at for at, label in enumerate(head.labels)}
    rows = [row for row, label in enumerate(labels) if label in place]
    if not rows or len(photos) != len(labels):
        raise TrainingError("there are no photos of these classes", fix="give photos that the head was not learned on")
    scores = head.scores(photos[rows])
    right = np.array([place[labels[row]] for row in rows])
    loss = {
        temperature: -float(np.log(softmax(scores / temperature)[np.arange(len(rows)), right] + 1e-12).mean())
        for temperature in TEMPERATURES
    }
    return head.at(min(loss, key=lambda temperature: loss[temperature]))


def _between(count: ScoreArray, total: ScoreArray) -> ScoreArray:
    """(d, d) sum of the outer products of class means, each as often as the class has examples."""
    known = count > 1e-9
    return np.asarray((total[known] / count[known, None]).T @ total[known], np.float64)


def _finite(vectors: FloatArray) -> ScoreArray:
    x = np.asarray(vectors, np.float64)
    if x.ndim != 2 or not np.isfinite(x).all():
        raise TrainingError("the features are no finite rows", fix="leave out what could not be encoded")
    return x
