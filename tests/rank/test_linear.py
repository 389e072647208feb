import numpy as np
import pytest

from wares.rank.linear import LinearRanker
from wares.registry import create, names
from wares.testing import check_ranker


@pytest.mark.parametrize("name", names("ranker"))
def test_a_ranker_keeps_its_contract(name):
    check_ranker(create("ranker", name), ("words", "text", "rating", "unheard of"))


def test_contributions_are_weights_times_features():
    ranker = LinearRanker({"words": 2.0})
    features = np.array([[0.5, np.nan, 1.0], [1.0, 0.25, 7.0]])
    found = ranker.contributions(features, ("words", "text", "unheard of"))
    expected = {"words": [1.0, 2.0], "text": [0.0, 0.25]}
    for name, column in zip(ranker.contribution_names, found.T, strict=True):
        assert column.tolist() == expected.get(name, [0.0, 0.0])


def test_stock_and_ratings_decide_between_equals_only():
    """A product in stock with the best rating does not pass one whose words fit much better."""
    names_ = ("words", "in_stock", "rating", "reviews")
    fits, liked = LinearRanker().contributions(np.array([[0.6, 0, -1.0, 0], [0.3, 1, 1.2, 4]]), names_).sum(axis=1)
    assert fits > liked
