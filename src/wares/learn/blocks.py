"""Pairs kept apart by what they are pairs of: no offer stands in both training and test, and no product either.

Pairs of offers chain nearly all offers together, so that folds by connected component would be folds by shop. Instead
the offers are dealt to blocks, and a pair is told by what was learned from pairs without an offer in either of its two
blocks: each pair is told once, and training loses the pairs between the blocks and the others.
"""

from itertools import combinations

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, reverse_cuthill_mckee

from wares.errors import TrainingError
from wares.types import BoolArray, IntArray


def components(pairs: IntArray, n: int) -> IntArray:
    """(n,) which offers (p, 2) pairs connect, from 0."""
    ones = np.ones(len(pairs), np.int8)
    found = connected_components(csr_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(n, n)), directed=False)
    return np.asarray(found[1], np.int64)


def blocks(pairs: IntArray, match: BoolArray, strata: IntArray, k: int) -> IntArray:
    """(n,) the block of each offer: offers that match stay together, and few pairs lie between two blocks.

    Products are laid in an order in which those that are compared stand close by (Cuthill and McKee, "Reducing the
    bandwidth of sparse symmetric matrices", 1969; reversed: George, 1971), and the order is cut into k pieces with
    about as many pairs, in each stratum by itself.

    Parameters
    ----------
    pairs : (p, 2)
        Positions of offers.
    match : (p,)
        Which are of one product.
    strata : (n,)
        Such as the source of each offer: all blocks have a part of each.

    Raises
    ------
    TrainingError
        Fewer than three blocks, or fewer products than blocks.
    """
    product = components(pairs[match], len(strata))
    count = int(product.max(initial=-1)) + 1
    if not 3 <= k <= count:
        raise TrainingError(f"{count} products cannot be dealt to {k} blocks", fix="from 3 blocks to one a product")
    ends = product[pairs]
    both = np.concatenate([ends, ends[:, ::-1]])
    near = csr_array((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(count, count))
    stratum = np.zeros(count, np.int64)
    stratum[product] = strata
    found = np.zeros(count, np.int64)
    for one in np.unique(stratum):
        members = np.flatnonzero(stratum == one)
        inside = near[members][:, members].tocsr()
        inside.sum_duplicates()
        order = reverse_cuthill_mckee(inside, symmetric_mode=True)
        sizes = np.asarray(inside.sum(axis=1)).ravel()[order] + 1e-6  # products without pairs are dealt, too
        middle = np.cumsum(sizes) - sizes / 2
        found[members[order]] = np.minimum(k - 1, (k * middle / sizes.sum()).astype(np.int64))
    return found[product]


def cells(block: IntArray) -> list[tuple[IntArray, IntArray]]:
    """Rows to learn from and rows to tell, the latter covering each pair once, from (p, 2) blocks of pairs.

    One cell for each two blocks; the pairs inside a block are told in one of its cells. Cells without a pair are left
    out.
    """
    k = int(block.max(initial=-1)) + 1
    low, high = block.min(1), block.max(1)
    inside_with = {one: tuple(sorted((one, (one + 1) % k))) for one in range(k)}
    found = []
    for one, other in combinations(range(k), 2):
        told = (low == one) & (high == other)
        for block_inside in (one, other):
            if inside_with[block_inside] == (one, other):
                told |= (low == block_inside) & (high == block_inside)
        if told.any():
            apart = ~np.isin(block, (one, other)).any(1)
            found.append((np.flatnonzero(apart).astype(np.int64), np.flatnonzero(told).astype(np.int64)))
    return found
