import numpy as np
import pytest

from wares.errors import TrainingError
from wares.learn.boosting import Growth, Trees

SMALL = Growth(trees=60, depth=3, rows=0.8, features=1.0, penalty=1.0)


def rows(n=800, seed=0):
    """Either of two numbers is above one half, but not both: no single number tells."""
    x = np.random.default_rng(seed).random((n, 3)).astype(np.float32)
    return x, (x[:, 0] > 0.5) ^ (x[:, 1] > 0.5)


def test_it_learns_what_no_single_number_tells():
    trees = Trees.grow(*rows(), SMALL)
    x, match = rows(400, seed=1)
    assert ((trees.odds(x) > 0) == match).mean() > 0.95


def test_the_unknown_is_a_value_of_its_own():
    x = np.full((200, 2), np.nan, np.float32)
    match = np.arange(200) % 2 == 0
    x[match, 0] = np.random.default_rng(0).normal(size=100)
    assert ((Trees.grow(x, match, SMALL).odds(x) > 0) == match).all()


def test_a_tree_by_hand():
    trees = Trees(np.array([[0, 1]]), np.float32([[0.5, 2.0]]), np.float32([[1, 2, 3, 4]]), start=10.0)
    x = np.float32([[0, 0], [0, 3], [1, 0], [1, 3], [np.nan, 3]])
    assert trees.odds(x).tolist() == [11, 12, 13, 14, 12]


def test_the_same_seed_grows_the_same_trees():
    one, other = (Trees.grow(*rows(), SMALL, seed=3) for _ in range(2))
    np.testing.assert_array_equal(one.answers, other.answers)


@pytest.mark.parametrize(
    ("x", "match", "message"),
    [
        (np.zeros((0, 2)), np.zeros(0, bool), "teach nothing"),
        (np.zeros((3, 2)), np.zeros(2, bool), "teach nothing"),
        (np.zeros((2, 2)), np.ones(2, bool), "the same"),
        (np.full((2, 2), np.inf), np.array([True, False]), "Inf"),
    ],
)
def test_what_teaches_nothing_is_refused(x, match, message):
    with pytest.raises(TrainingError, match=message):
        Trees.grow(x, match)
