import gzip
import json

import numpy as np
import pytest

from wares.bench import matching, offerpairs
from wares.bench.harness import BenchOptions, run
from wares.errors import ConfigError
from wares.protocols import Encoded


class Letters:
    """How often each letter is in a text."""

    modality, space, dim, fingerprint = "text", "letters", 26, "letters"

    def encode(self, items):
        counts = np.array([[item.lower().count(chr(97 + at)) for at in range(26)] for item in items], np.float32)
        return Encoded(counts / np.linalg.norm(counts, axis=1, keepdims=True), np.ones(len(items), bool))


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setattr(offerpairs, "create", lambda *_: Letters())
    monkeypatch.setattr(matching, "POOL", 70)
    monkeypatch.setattr(matching, "SIZES", (50, 200))
    monkeypatch.setattr(matching, "SEEDS", 2)
    kinds = ["drill", "saw", "lamp", "fan", "heater", "bench", "mixer"]
    for folder in ("open", "later"):
        rows = []
        for source in ("wdc-shoes", "abt-buy"):
            for number in range(90):
                title = f"{kinds[number % 7]} {folder}{source[0]}{number}"
                other = (number + 7) % 90
                names = [f"buy {title} now", f"buy {kinds[other % 7]} {folder}{source[0]}{other} now"]
                for match in (1, 0):
                    left, right = {"title": title, "price": "9.5"}, {"name": names[1 - match], "price": "n/a"}
                    rows.append({"source": source, "match": match, "left": left, "right": right})
        (tmp_path / folder).mkdir()
        with gzip.open(tmp_path / folder / "pairs.jsonl.gz", "wt") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    return tmp_path


@pytest.mark.parametrize("test", ["open", "later"])
def test_offers_that_share_a_number_are_told(data, test):
    result = run("matching", BenchOptions(data, test=test, cache=data / "cache", folds=3))
    assert result.figures["f1"] > 0.9
    assert set(result.peers) == {"words", "tf_idf", "encoder"}
    low, high = result.intervals["f1"]
    assert low <= result.figures["f1"] <= high
    assert result.figures["f1_abt-buy"] > 0.9
    assert ("new" in result.figures) == (test == "open")
    assert {"suspicious", "planted_recall", "random_50"} <= {*result.figures}


def test_a_product_that_is_drawn_twice_counts_twice_with_itself_and_with_others():
    pairs = offerpairs.OfferPairs(
        np.zeros((3, 1), np.float32),
        np.array([[0, 1], [0, 2], [2, 3]]),
        np.array([True, False, False]),
        np.zeros(3, np.int64),
        ("a",),
        4,
    )
    weights = pairs.weights(np.arange(3), seed=0)
    one = weights[:, 0]  # of the product that offers 0 and 1 are of
    assert set(one) <= {0, 1, 2, 3}
    assert ((weights[:, 1] == 0) | (one > 0)).all()
    assert weights.mean(0)[0] == pytest.approx(1, abs=0.1)


def test_a_folder_without_pairs_is_named(tmp_path):
    (tmp_path / "open").mkdir()
    with pytest.raises(ConfigError, match="pairs"):
        run("matching", BenchOptions(tmp_path))
