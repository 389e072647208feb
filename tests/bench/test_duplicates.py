import gzip
import json

import numpy as np
import pytest

from wares.bench.duplicates import _best, _figures
from wares.bench.harness import BenchOptions, run
from wares.errors import ConfigError


@pytest.fixture
def pairs(tmp_path):
    rng = np.random.default_rng(0)
    words = [f"word{chr(97 + a)}{chr(97 + b)}" for a in range(12) for b in range(12)]
    rows = []
    for number in range(120):
        title = [*rng.choice(words, 4, replace=False), f"x{number}"]
        other = [*rng.choice(words, 4, replace=False), f"x{number + 500}"]
        match = number % 3 == 0
        right = list(rng.permutation(title if match else [*title[:2], *other[2:]]))
        name = "title" if number % 2 else "name"
        sides = {"left": {name: " ".join(title)}, "right": {name: " ".join(right)}}
        rows.append({"source": f"s{number % 2}", "match": int(match), **sides})
    for folder in ("open", "later"):
        (tmp_path / folder).mkdir()
        with gzip.open(tmp_path / folder / "pairs.jsonl.gz", "wt") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    return tmp_path


@pytest.mark.parametrize("test", ["open", "later"])
def test_pairs_that_words_tell_apart_are_told_apart(pairs, test):
    result = run("duplicates", BenchOptions(pairs, test=test))
    assert result.figures["f1"] == result.figures["strict_recall"] == 1.0
    assert set(result.peers) == {"tf-idf", "rapidfuzz"}
    low, high = result.intervals["f1"]
    assert low <= 1.0 <= high


def test_figures_by_hand():
    said, match = np.array([True, True, False, False, True]), np.array([True, False, True, False, True])
    assert _figures(said, match) == pytest.approx({"f1": 2 / 3, "precision": 2 / 3, "recall": 2 / 3})
    assert 0.4 < _best(np.array([0.1, 0.4, 0.6, 0.9]), np.array([False, False, True, True])) <= 0.6


def test_a_folder_without_pairs_is_named(tmp_path):
    (tmp_path / "open").mkdir()
    with pytest.raises(ConfigError, match="pairs"):
        run("duplicates", BenchOptions(tmp_path))
