"""A page is not ten times the same thing: near-duplicates move down within fixed blocks of the order.

Near-duplicates are products whose vectors nearly coincide and that share a brand or nearly the same title. In each
block of the order the next product is the one with the highest score after its penalty, which grows with the
near-duplicates that stand above it (maximal marginal relevance, Carbonell and Goldstein 1998). The penalty takes away
a share of what the score is above the best of the next block: what is penalised never leaves its block, so that pages
still partition the result set whatever their size, and the penalised scores fall from hit to hit.
"""

from collections.abc import Collection, Sequence

import numpy as np

from wares.protocols import IndexEntry
from wares.types import BoolArray, FloatArray, IntArray, ScoreArray

BLOCK, DEPTH = 24, 96
THRESHOLD = 0.98
KEPT = 0.1  # of what a score is above the next block, for each near-duplicate above
MOST = 6  # near-duplicates above count
TITLE_TERMS = 16


def penalties(
    scores: ScoreArray,
    vectors: FloatArray,
    groups: Sequence[Collection[str]],
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
    groups : (k,)
        Names of what each product belongs to, such as :func:`groups_of`; only products with a name in common are
        near-duplicates.
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
        near = alike(vectors[start:end], groups[start:end], threshold)
        out[start:end] = _greedy(scores[start:end], near, floor)[1]
    return out


def alike(vectors: FloatArray, groups: Sequence[Collection[str]], threshold: float = THRESHOLD) -> BoolArray:
    """(k, k) which products are near-duplicates of each other; none is of itself."""
    near = vectors @ vectors.T >= threshold
    np.fill_diagonal(near, False)
    for one, other in np.argwhere(np.triu(near)):
        if set(groups[one]).isdisjoint(groups[other]):
            near[one, other] = near[other, one] = False
    return np.asarray(near, np.bool_)


def groups_of(brand: str, title: Sequence[str]) -> frozenset[str]:
    """Names that two products share if they have a brand in common or titles that differ in one term at most."""
    terms = sorted(set(title))[:TITLE_TERMS]
    fewer = (" ".join([*terms[:place], *terms[place + 1 :]]) for place in range(len(terms)))
    names = {f"title {each}" for each in (" ".join(terms), *fewer) if each}
    return frozenset({*names, f"brand {brand}"} if brand else names)


def looks(entries: Sequence[IndexEntry | None], space: str) -> tuple[FloatArray, list[frozenset[str]]]:
    """(k, d) the mean direction of each product in a space and (k,) its groups, from what an index keeps of it."""
    known = [None if entry is None else entry.vectors.get(space) for entry in entries]
    dim = next((rows.shape[1] for rows in known if rows is not None), 1)
    vectors = np.zeros((len(entries), dim), np.float32)
    groups = []
    for place, (entry, rows) in enumerate(zip(entries, known, strict=True)):
        if rows is not None and len(rows):
            mean = rows.mean(axis=0)
            length = float(np.linalg.norm(mean))
            vectors[place] = mean / length if length else 0.0
        brand = "" if entry is None else str(entry.columns.get("brand", ""))
        groups.append(groups_of(brand, () if entry is None else entry.terms.get("title", ())))
    return vectors, groups


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
