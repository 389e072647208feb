import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

from wares.bench.chinesetitles import Pairs, auc, interval, peers, read


def test_auc_by_hand():
    assert auc(np.array([0.0, 1.0, 2.0]), np.array([0, 1, 2])) == 1.0
    assert auc(np.array([2.0, 1.0, 0.0]), np.array([0, 1, 2])) == 0.0
    assert auc(np.zeros(3), np.array([0, 1, 2])) == 0.5
    # 1 and more against 0: 1 of 2 pairs right; 2 against less: 1 of 2
    assert auc(np.array([1.0, 0.0, 2.0]), np.array([0, 1, 2])) == pytest.approx((1 / 2 + 1) / 2)


def test_the_interval_is_around_the_figure():
    rng = np.random.default_rng(0)
    grades = rng.integers(0, 3, 200)
    scores = grades + rng.normal(0, 2, 200)
    pairs = Pairs([f"q{n // 2}" for n in range(200)], ["t"] * 200, grades)
    low, high = interval(scores, pairs, 0)
    assert low < auc(scores, grades) < high


def test_peers_prefer_the_title_that_repeats_the_query():
    pairs = Pairs(["红色连衣裙"] * 2, ["红色连衣裙女", "蓝牙耳机"], np.array([2, 0]))
    for score in peers(pairs).values():
        assert score[0] > score[1] == 0


def test_pairs_are_read(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv.gz"
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["id", "query", "title", "label"])
        lines.writerows([n, f"q{n}", f"t{n}", n % 3] for n in range(9))
    pairs = read(path, 4, seed=1)
    assert len(pairs.titles) == 4
    assert all(int(query[1:]) % 3 == grade for query, grade in zip(pairs.queries, pairs.grades, strict=True))
