import csv
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from wares.bench import fashion, modalities
from wares.bench.fashion import Shelf, measure, ranks
from wares.bench.harness import BenchOptions, documented, run
from wares.protocols import Encoded


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
    """Drawn clothes, and an encoder that sees a little."""
    generator = np.random.default_rng(0)
    colours = {"Red": (200, 30, 30), "Blue": (30, 60, 200), "Green": (30, 150, 60), "Black": (20, 20, 20)}
    for split in ("open", "other"):
        (tmp_path / split / "images").mkdir(parents=True)
        with (tmp_path / split / "products.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["product_id", "title", "gender", "article_type", "base_colour", "image"])
            for row in range(48):
                name = list(colours)[row % 4]
                pixels = np.full((20, 20, 3), 250, np.uint8)
                pixels[4:16, 4:16] = np.clip(np.array(colours[name]) + generator.integers(-9, 9, 3), 0, 255)
                Image.fromarray(pixels).save(tmp_path / split / "images" / f"{row}.png")
                writer.writerow([row, f"{name} shirt {row // 8}", "Men", "Shirt", name, f"images/{row}.png"])

    class Seeing:
        """Mean colours of a 4 × 4 grid; no classes."""

        modality, space, dim, fingerprint = "image", "seeing", 48, "seeing"

        def encode(self, items):
            rows = [np.asarray(Image.open(BytesIO(item)).resize((4, 4)), np.float32).ravel() + 1 for item in items]
            return Encoded(
                np.stack([row / np.linalg.norm(row) for row in rows]).astype(np.float32), np.ones(len(rows), bool)
            )

        def classifier(self):
            return np.random.default_rng(0).normal(size=(1000, 48)).astype(np.float32), np.zeros(1000, np.float32)

    monkeypatch.setattr(fashion.vectors, "image_encoder", lambda *_: Seeing())
    test = "open" if crossed else "other"
    return BenchOptions(tmp_path, test=test, folds=3, cache=tmp_path / "cache", only=only)


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
