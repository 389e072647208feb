import numpy as np
import pytest

from wares.errors import TrainingError
from wares.learn.blocks import blocks, cells, components


def graph(seed=0, offers=120, many=300):
    generator = np.random.default_rng(seed)
    pairs = generator.integers(0, offers, (many, 2))
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    match = pairs[:, 0] // 3 == pairs[:, 1] // 3
    return pairs, match, np.arange(offers) // 60


def test_components_by_hand():
    assert components(np.array([[0, 1], [1, 2], [4, 3]]), 6).tolist() == [0, 0, 0, 1, 1, 2]


@pytest.mark.parametrize("k", [3, 5, 8])
def test_no_offer_and_no_product_is_on_both_sides_and_each_pair_is_told_once(k):
    pairs, match, strata = graph()
    block = blocks(pairs, match, strata, k)
    product = components(pairs[match], len(strata))
    told = []
    for train, test in cells(block[pairs]):
        assert not {*product[pairs[train]].ravel()} & {*product[pairs[test]].ravel()}
        told += test.tolist()
    assert sorted(told) == list(range(len(pairs)))


def test_each_stratum_is_in_all_blocks():
    pairs, match, strata = graph()
    block = blocks(pairs, match, strata, 4)
    assert {(one, other) for one, other in zip(strata, block, strict=True)} == {
        (s, b) for s in (0, 1) for b in range(4)
    }


def test_pairs_that_form_a_chain_are_cut_but_where_blocks_meet():
    order = np.random.default_rng(0).permutation(100)
    pairs = np.stack([order[:-1], order[1:]], axis=1)
    block = blocks(pairs, np.zeros(99, bool), np.zeros(100, int), 5)
    assert (block[pairs[:, 0]] != block[pairs[:, 1]]).sum() == 4


@pytest.mark.parametrize("k", [2, 200])
def test_blocks_that_cannot_be_are_refused(k):
    with pytest.raises(TrainingError, match="blocks"):
        blocks(*graph(), k)
