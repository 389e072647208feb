"""Photos without labels teach too: they are labelled by the head, balanced, and learned from, round after round."""

from dataclasses import dataclass

import numpy as np

from wares.encode.heads import LinearHead, softmax
from wares.errors import TrainingError
from wares.learn.fewshot import TEMPERATURE, FewShot
from wares.types import FloatArray, ScoreArray

ROUNDS = 8
BALANCE = 0.5
SWEEPS = 3
# Where all labels are guesses, many are wrong, and they blur what sets classes apart: for each photo the covariance
# stays by that many examples nearer a sphere.
CAUTION = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """A head that learned from photos without labels, and (n, k) what it holds each of them for, rows sum to 1."""

    head: LinearHead
    labelled: ScoreArray


def teach(
    examples: FewShot,
    photos: FloatArray,
    start: ScoreArray | None = None,
    *,
    rounds: int = ROUNDS,
    balance: float = BALANCE,
    least: float = 0.0,
) -> Taught:
    """Learn from photos that nobody labelled, beside the examples and prototypes there are.

    Parameters
    ----------
    examples
        What is known of the classes; it is left as it is.
    photos : (n, d)
        Photos of these classes, some of each.
    start : (n, k)
        Log odds that the first labels are from; None: those of the examples' own head.
    rounds
        How often the photos are labelled anew.
    balance
        0: a class may have any number of the photos; 1: each has as many.
    least
        Probability from which a label is learned from.

    Raises
    ------
    TrainingError
        No photos, fewer than two classes, or a start of another shape.

    Notes
    -----
    Expectation maximisation with labels and without: Nigam, McCallum, Thrun and Mitchell, "Text classification from
    labeled and unlabeled documents using EM", Machine Learning 2000. Balance by optimal transport, relaxed: Asano,
    Rupprecht and Vedaldi, "Self-labelling via simultaneous clustering and representation learning", ICLR 2020.
    """
    if not len(photos):
        raise TrainingError("there are no photos to learn from", fix="give photos, or use the examples' own head")
    learned = examples.head().scores(photos) if start is None else start
    if learned.shape != (len(photos), len(examples.labels)):
        raise TrainingError("the first scores do not fit", fix="give one for each photo and class")
    labelled, prior = balanced(learned, balance)
    head = examples.head()
    cautious = 0.0 if examples.counts.any() else CAUTION * len(photos)
    for _ in range(rounds):
        learner = examples.copy(stronger=cautious)
        learner.add_soft(photos, labelled * (labelled.max(1, keepdims=True) >= least))
        head = learner.head()
        labelled, prior = balanced(head.scores(photos), balance)
    bias = np.asarray(head.bias + prior, np.float32)
    return Taught(LinearHead(head.labels, head.matrix, bias, TEMPERATURE), labelled)


def balanced(scores: ScoreArray, strength: float = BALANCE, sweeps: int = SWEEPS) -> tuple[ScoreArray, ScoreArray]:
    """(n, k) probabilities of (n, k) log odds in which the classes are more alike in size, and (k,) what that took.

    Each sweep adds to the log odds of a class ``strength`` times what it lacks, in logs, of an even share.

    Notes
    -----
    Sinkhorn and Knopp (1967); the relaxed exponent: Chizat et al., "Scaling algorithms for unbalanced optimal transport
    problems", Mathematics of Computation 2018.
    """
    n, k = scores.shape
    added = np.zeros(k)
    for _ in range(sweeps):
        size = softmax(scores + added).sum(0)
        added = added + strength * (np.log(n / k) - np.log(np.maximum(size, 1e-12)))
    return softmax(scores + added), added
