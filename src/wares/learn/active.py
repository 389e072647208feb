"""Which judgements would teach most: pairs that the shop is unsure of, and that are unlike each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wares.errors import TrainingError
from wares.types import FloatArray, IntArray, ScoreArray

LEAST = 1e-3  # uncertainty of a pair that is sure: never quite 0, so that diversity can still choose it


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """What could be asked.

    Attributes
    ----------
    queries, products
        (n,) words, and ids.
    relevance : (n,)
        P(relevant) as it is thought now.
    vectors : (n, d)
        Where each pair lies: the query's vector beside the product's.
    """

    queries: Sequence[str]
    products: Sequence[str]
    relevance: ScoreArray
    vectors: FloatArray


def chosen(pairs: Pairs, k: int, known: FloatArray | None = None) -> IntArray:
    """The k pairs to be judged next, the most telling first.

    Each next pair is the one whose uncertainty times its distance to everything that was chosen or judged before is
    largest: uncertainty is the entropy of P(relevant) (Lewis and Gale, A sequential algorithm for training text
    classifiers, SIGIR 1994), distance that of farthest-first traversal (Gonzalez, Clustering to minimize the maximum
    intercluster distance, 1985; Sener and Savarese, Active learning for convolutional neural networks, ICLR 2018).

    Parameters
    ----------
    known : (j, d)
        Where pairs lie that were judged already.

    Raises
    ------
    TrainingError
        There is nothing to ask, or P(relevant) is not between 0 and 1.
    """
    p = np.asarray(pairs.relevance, np.float64)
    n = len(pairs.queries)
    if not n:
        raise TrainingError("there is nothing to ask about", fix="let shoppers search first, or name queries")
    if p.shape != (n,) or not ((p >= 0) & (p <= 1)).all():
        raise TrainingError("P(relevant) is not between 0 and 1", fix="give one probability for each pair")
    uncertain = entropy(p) + LEAST
    far = np.full(n, np.inf)
    for row in pairs.vectors[:0] if known is None else known:
        far = np.minimum(far, _distances(pairs.vectors, row))
    found: list[int] = []
    for _ in range(min(k, n)):
        worth = uncertain * np.where(np.isfinite(far), far, 1.0)
        worth[found] = -np.inf
        best = int(worth.argmax())
        found.append(best)
        far = np.minimum(far, _distances(pairs.vectors, pairs.vectors[best]))
    return np.array(found, np.int64)


def entropy(p: ScoreArray) -> ScoreArray:
    """Bits that an answer would tell; 0 where it is sure."""
    q = np.clip(p, 1e-12, 1 - 1e-12)
    return np.asarray(-(q * np.log2(q) + (1 - q) * np.log2(1 - q)))


def _distances(vectors: FloatArray, row: FloatArray) -> ScoreArray:
    return np.asarray(np.linalg.norm(vectors - row, axis=1), np.float64)
