import numpy as np
import pytest

import drawn_clothes
from wares.bench import fashion, modalities
from wares.bench.fashion import Shelf, measure, ranks
from wares.bench.harness import documented, run


def test_ranks_are_pessimistic():
    scores = np.array([[0.9, 0.5, 0.5], [0.1, 0.2, 0.3], [0.4, 0.4, 0.4]], np.float32)
    relevant = np.array([[0, 1, 0], [0, 1, 1], [0, 0, 1]], bool)
    assert ranks(scores, relevant).tolist() == [3, 1, 3]


def _shelf(titles, asked, words, photos, queries=None):
    words, photos = np.asarray(words, np.float32), np.asarray(photos, np.float32)
    colour = np.zeros((len(titles), 0), np.float32)
    queries = words if queries is None else queries
    return Shelf(tuple(titles), tuple(asked), tuple(asked), {}, words, queries, queries, photos, colour)


def test_figures_by_hand():
    """Four photos, three titles: "b" is on two photos, and the photo of "c" looks like "a"."""
    axes = np.eye(3, dtype=np.float32)
    shelf = _shelf("abbc", "xxyy", axes[[0, 1, 1, 2]], axes[[0, 1, 1, 0]], queries=axes[[0, 0, 1, 1]])
    values = measure(shelf, lambda words, _: words, shelf.image)
    assert values["t2i_r1"].tolist() == [0, 1, 0]
    assert values["t2i_mrr"].tolist() == [1 / 2, 1, 1 / 4]
    assert values["i2t_r1"].tolist() == [1, 1, 1, 0]
    assert values["i2t_r10"].tolist() == [1, 1, 1, 1]
    # both queries find [wrong, right, wrong, right], as each right photo ties with a wrong one
    expected = (1 / np.log2(3) + 1 / np.log2(5)) / (1 + 1 / np.log2(3))
    np.testing.assert_allclose(values["attr_ndcg10"], [expected, expected])


def drawn(tmp_path, monkeypatch, crossed, only):
    drawn_clothes.write(tmp_path)
    return drawn_clothes.options(tmp_path, monkeypatch, crossed=crossed, only=only)


@pytest.mark.parametrize("crossed", [True, False])
def test_runs_from_a_folder_to_a_result(tmp_path, monkeypatch, crossed):
    """Drawn clothes, small encoders: all figures, intervals, peers and ratios are there, and ours learned something."""
    result = run("fashion", drawn(tmp_path, monkeypatch, crossed, ("day-0",)))
    assert set(result.figures) == set(fashion.NAMES) == set(result.intervals)
    assert set(result.peers) == {"ridge", "ridge_colour", "conse"}
    assert all(0 <= value <= 1 for value in result.figures.values())
    assert all(low <= result.figures[name] <= high for name, (low, high) in result.intervals.items())
    assert result.figures["attr_ndcg10"] > 0.5


@pytest.mark.torch
def test_what_is_learned_stands_beside_it(tmp_path, monkeypatch):
    pytest.importorskip("torch")
    result = run("fashion", drawn(tmp_path, monkeypatch, True, ()))
    assert set(result.figures) == set(documented(fashion.fashion))
    assert result.figures["learned_attr_ndcg10"] > 0.5
    assert result.figures["learned_accuracy"] > 0.9


@pytest.mark.torch
def test_what_is_missing_or_damaged_is_measured(tmp_path, monkeypatch):
    pytest.importorskip("torch")
    result = run("modalities", drawn(tmp_path, monkeypatch, True, ()))
    assert set(result.figures) == set(documented(modalities.modalities))
    assert set(result.peers["day 0"]) == set(result.figures) - {"wrong_labels"}
    assert result.figures["whole"] > 0.5
