import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.errors import TrainingError
from wares.learn.active import Pairs, chosen, entropy


def pairs(relevance, vectors):
    names = [str(row) for row in range(len(relevance))]
    return Pairs(names, names, np.array(relevance, float), np.array(vectors, np.float32))


def test_the_unsure_one_is_asked_first():
    assert chosen(pairs([0.99, 0.5, 0.02], np.eye(3)), 1).tolist() == [1]


def test_the_second_is_unlike_the_first():
    """Two unsure pairs lie on one point; a surer one lies elsewhere."""
    assert chosen(pairs([0.5, 0.5, 0.2], [[0, 0], [0, 0], [1, 0]]), 2).tolist() == [0, 2]


def test_what_was_judged_is_not_asked_again():
    both = pairs([0.5, 0.5], [[0, 0], [3, 4]])
    assert chosen(both, 1, known=np.zeros((1, 2), np.float32)).tolist() == [1]


def test_entropy_by_hand():
    np.testing.assert_allclose(entropy(np.array([0.5, 0.25, 0.0])), [1.0, 0.8112781, 0.0], atol=1e-6)


@given(st.integers(1, 12), st.integers(1, 20), st.integers(0, 99))
def test_all_are_different_and_there_are_as_many_as_wanted(n, k, seed):
    generator = np.random.default_rng(seed)
    found = chosen(pairs(generator.random(n), generator.normal(size=(n, 3))), k)
    assert len(set(found.tolist())) == len(found) == min(n, k)


@pytest.mark.parametrize("relevance", [[], [float("nan")], [1.5]])
def test_what_cannot_be_asked_is_refused(relevance):
    with pytest.raises(TrainingError):
        chosen(pairs(relevance, np.zeros((len(relevance), 2))), 3)
