import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.errors import TrainingError
from wares.learn.offers import FEATURES, Offer, Offers

SHOP = [
    Offer("Acme Drill BX-80 500 W red", "Acme", "BX80", price=100.0),
    Offer("drill acme bx80 0.5 kW red", price=50.0),
    Offer("Acme Drill BX-90 700 W blue", "Acme", "BX90"),
    Offer("Garden chair"),
    Offer("!!"),
]


def feature(name, a, b, offers=SHOP, vectors=None):
    return Offers(offers, vectors).features([(a, b)])[0, FEATURES.index(name)]


@pytest.mark.parametrize(
    ("name", "pair", "value"),
    [
        ("codes_shared", (0, 1), 1),
        ("codes_shared", (0, 2), 0),
        ("codes_only_max", (0, 2), 1),
        ("codes_found_min", (0, 1), 1),
        ("codes_found_max", (3, 4), -1),
        ("codes_alike", (0, 2), 0.75),
        ("amounts_agree", (0, 1), 1),
        ("amounts_differ", (0, 2), 1),
        ("colours_agree", (0, 1), 1),
        ("colours_differ", (0, 2), 1),
        ("colours_differ", (0, 3), 0),
        ("brand_alike", (0, 1), 1),
        ("brand_alike", (0, 3), 0),
        ("model_found", (0, 1), 1),
        ("model_found", (0, 2), 0),
        ("price_ratio", (0, 1), math.log(2)),
        ("first_word", (0, 2), 1),
        ("words_min", (0, 3), 2),
        ("number_cosine", (0, 2), 0),
    ],
)
def test_features_by_hand(name, pair, value):
    assert feature(name, *pair) == pytest.approx(value, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "pair"),
    [
        ("price_ratio", (0, 2)),
        ("brand_alike", (1, 3)),
        ("model_found", (1, 3)),
        ("word_cosine", (0, 4)),
        ("codes_alike", (0, 1)),
        ("encoder_cosine", (0, 1)),
    ],
)
def test_the_unknown_is_nan(name, pair):
    assert math.isnan(feature(name, *pair))


def test_a_pair_is_nearer_than_any_third_offer():
    vectors = np.float32([[1, 0], [0.8, 0.6], [0, 1]])
    assert feature("encoder_margin_min", 0, 1, SHOP[:3], vectors) == pytest.approx(0.8 - 0.6)
    assert feature("encoder_margin_max", 0, 1, SHOP[:3], vectors) == pytest.approx(0.8 - 0.0)


texts = st.text('abc 019-.é"', max_size=20).map(lambda text: f"x{text}")


@given(st.lists(st.tuples(texts, texts, texts), min_size=2, max_size=6), st.integers(0, 99))
def test_it_is_the_same_whichever_offer_comes_first(made, seed):
    vectors = np.random.default_rng(seed).normal(size=(len(made), 3)).astype(np.float32)
    offers = Offers([Offer(title, brand, model, price=float(seed)) for title, brand, model in made], vectors)
    found = offers.features([(0, 1), (1, 0)])
    assert found.shape == (2, len(FEATURES))
    np.testing.assert_allclose(found[0], found[1], atol=3e-5)
    assert not np.isinf(found).any()


def test_no_pairs_have_no_features():
    assert Offers(SHOP).features([]).shape == (0, len(FEATURES))


def test_bad_offers_and_pairs_are_refused():
    with pytest.raises(TrainingError, match="title"):
        Offers([Offer(" ")])
    with pytest.raises(TrainingError, match="price"):
        Offers([Offer("a", price=-1.0)])
    with pytest.raises(TrainingError, match="vectors"):
        Offers(SHOP, np.zeros((2, 3), np.float32))
    with pytest.raises(TrainingError, match="pair"):
        Offers(SHOP).features([(0, 9)])
