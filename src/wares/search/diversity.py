"""A page is not ten times the same thing: near-duplicates move down within fixed blocks of the order.

Near-duplicates are products whose texts' vectors nearly coincide. In each block of the order the next product is the
one with the highest score after its penalty, which grows with the near-duplicates that stand above it (maximal marginal
relevance, Carbonell and Goldstein 1998). The penalty takes away a share of what the score is above the best of the next
block: what is penalised never leaves its block, so that pages still partition the result set whatever their size, and
the penalised scores fall from hit to hit.
"""

import numpy as np

from wares.types import BoolArray, FloatArray, IntArray, ScoreArray

BLOCK, DEPTH = 24, 96
THRESHOLD = 0.98
KEPT = 0.1  # of what a score is above the next block, for each near-duplicate above
MOST = 6  # near-duplicates above count


def penalties(
    scores: ScoreArray,
    vectors: FloatArray,
    *,
    threshold: float = THRESHOLD,
    block: int = BLOCK,
    depth: int = DEPTH,
) -> ScoreArray:
    """What near-duplicates lose; the order is then that of ``scores + penalties``, equal ones as they stood.

    Parameters
    ----------
    scores : (k,)
        Descending, from the first position of the whole order on. Give one more than ``depth`` where there are more.
    vectors : (k, d)
        Unit rows in one space; a row of zeros is like nothing.
    threshold
        The least cosine.

    Returns
    -------
    (k,)
        ≤ 0, and 0 from ``depth`` on.
    """
    out = np.zeros(len(scores))
    for start in range(0, min(depth, len(scores)), block):
        end = min(start + block, depth, len(scores))
        floor = float(scores[min(end, len(scores) - 1)])
        near = alike(vectors[start:end], threshold)
        out[start:end] = _greedy(scores[start:end], near, floor)[1]
    return out


def alike(vectors: FloatArray, threshold: float = THRESHOLD) -> BoolArray:
    """(k, k) which products are near-duplicates of each other; none is of itself."""
    near = vectors @ vectors.T >= threshold
    np.fill_diagonal(near, False)
    return np.asarray(near, np.bool_)


def _greedy(scores: ScoreArray, near: BoolArray, floor: float) -> tuple[IntArray, ScoreArray]:
    """The order of a block and its penalties.

    The values only fall while products are chosen, so each one that is chosen is at most the one before it.
    """
    above = np.zeros(len(scores), np.int64)
    lost = np.zeros(len(scores))
    left = np.ones(len(scores), np.bool_)
    order = np.zeros(len(scores), np.int64)
    for place in range(len(scores)):
        lost[left] = (np.minimum(floor - scores, 0.0) * (1 - KEPT ** np.minimum(above, MOST)))[left]
        chosen = int(np.argmax(np.where(left, scores + lost, -np.inf)))
        order[place] = chosen
        left[chosen] = False
        above += near[chosen]
    return order, lost
