import json

import numpy as np
import pytest

from wares.errors import TrainingError, WeightsError
from wares.learn.boosting import Growth
from wares.learn.matching import Matcher, hard_negatives, learn, suspicious, threshold
from wares.learn.offers import FEATURES, Offer, Offers

QUICK = Growth(trees=30, depth=3, rows=0.8, penalty=1.0)
MAKERS = ["Acme", "Bolt", "Corex", "Dyna"]
KINDS = ["drill", "saw", "lamp", "fan", "heater"]


def shop(n=150, seed=0):
    """Two offers of each product: the next one of the same maker and kind has another number."""
    generator = np.random.default_rng(seed)
    offers, pairs, match = [], [], []
    for number in range(n):
        maker, kind = MAKERS[number % 4], KINDS[number % 5]
        code = f"{maker[0]}{100 + number}"
        offers += [Offer(f"{maker} {kind} {code}"), Offer(f"{kind} {code} by {maker} cheap {generator.integers(9)}")]
        pairs += [(2 * number, 2 * number + 1), (2 * number, (2 * number + 41) % (2 * n))]
        match += [True, False]
    return Offers(offers), np.array(pairs), np.array(match)


@pytest.fixture(scope="module")
def learned():
    offers, pairs, match = shop()
    return learn(offers.features(pairs), match, pairs, growth=QUICK)


def test_other_offers_are_told(learned):
    offers, pairs, match = shop(seed=1)
    said = learned.matcher.score(offers, pairs)
    assert ((said >= learned.matcher.threshold) == match).mean() > 0.97
    assert said[match].mean() > 0.9
    assert said[~match].mean() < 0.1


def test_what_is_saved_says_the_same(learned, tmp_path):
    offers, pairs, _ = shop(seed=2)
    learned.matcher.save(tmp_path)
    loaded = Matcher.load(tmp_path)
    np.testing.assert_array_equal(loaded.score(offers, pairs), learned.matcher.score(offers, pairs))
    assert loaded.threshold == learned.matcher.threshold
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".safetensors"}


def test_a_changed_file_and_other_features_are_refused(learned, tmp_path):
    learned.matcher.save(tmp_path)
    record = json.loads((tmp_path / "matcher.json").read_text())
    (tmp_path / "matcher.json").write_text(json.dumps(record | {"features": ["price"]}))
    with pytest.raises(WeightsError, match="other features"):
        Matcher.load(tmp_path)
    (tmp_path / "matcher.safetensors").write_bytes(b"12345678")
    with pytest.raises(WeightsError, match="learn and save"):
        Matcher.load(tmp_path)


def test_labels_turned_round_are_suspicious():
    offers, pairs, match = shop()
    turned = np.random.default_rng(0).random(len(match)) < 0.05
    found = suspicious(match ^ turned, learn(offers.features(pairs), match ^ turned, pairs, growth=QUICK).held_out)
    assert turned[found].mean() > 0.8
    assert turned[found].sum() > 0.8 * turned.sum()


def test_suspicious_by_hand():
    match = np.array([True, True, True, False, False, False])
    assert suspicious(match, np.array([0.9, 0.8, 0.1, 0.0, 0.1, 0.95])).tolist() == [5, 2]
    assert suspicious(match, np.array([0.9, 0.8, 0.7, 0.0, 0.1, 0.2])).tolist() == []


def test_hard_negatives_are_alike_and_of_other_products():
    offers, pairs, match = shop(20)
    found = hard_negatives(offers, pairs[match], each=2)
    assert len(found) > 20
    assert (found[:, 0] < found[:, 1]).all()
    assert (found[:, 0] // 2 != found[:, 1] // 2).all()
    chance = np.random.default_rng(0).integers(0, 40, (200, 2))
    cosine = FEATURES.index("word_cosine")
    assert (
        offers.features(found)[:, cosine].mean()
        > offers.features(chance[chance[:, 0] != chance[:, 1]])[:, cosine].mean()
    )


def test_threshold_by_hand():
    assert threshold(np.array([0.9, 0.6, 0.4, 0.1]), np.array([True, True, False, False])) == 0.6
    assert threshold(np.array([0.5, 0.5, 0.1]), np.array([False, True, False])) == 0.5


@pytest.mark.parametrize(
    ("features", "match", "message"),
    [
        (np.zeros((0, len(FEATURES))), [], "teach nothing"),
        (np.zeros((4, len(FEATURES))), [True] * 4, "the same"),
        (np.zeros((2, 3)), [True, False], "do not fit"),
        (np.full((2, len(FEATURES)), np.nan), [True, False], "NaN"),
        (np.full((2, len(FEATURES)), np.inf), [True, False], "Inf"),
    ],
)
def test_what_teaches_nothing_is_refused(features, match, message):
    pairs = np.arange(2 * len(match)).reshape(-1, 2)
    with pytest.raises(TrainingError, match=message):
        learn(features, np.array(match, bool), pairs)


def test_what_cannot_be_suspected_is_refused(learned):
    match = np.array([True, False])
    with pytest.raises(TrainingError, match="probabilities"):
        suspicious(match, np.array([0.1, np.nan]))
    with pytest.raises(TrainingError, match="same"):
        suspicious(match[:1], np.array([0.1]))
    with pytest.raises(TrainingError, match="pairs"):
        hard_negatives(shop(4)[0], np.empty((0, 2), np.int64))
    with pytest.raises(TrainingError, match="matcher of"):
        learned.matcher.probabilities(np.zeros((1, 2), np.float32))
