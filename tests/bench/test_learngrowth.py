from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import drawn_clothes
from wares.bench import learngrowth
from wares.bench.fashion import Shelf
from wares.bench.harness import documented, run
from wares.bench.learngrowth import _grown, _kept, _phrase, keep
from wares.bench.memory import Measured, Memory


def _shelf(n):
    rows = np.abs(np.random.default_rng(0).normal(size=(n, 8))).astype(np.float32)
    titles = tuple(f"title {row}" for row in range(n))
    said = {"colour": tuple("ab"[row % 2] for row in range(n))}
    return Shelf(titles, titles, titles, said, rows - 0.5, rows, rows, rows, rows)


def test_a_shelf_grows_by_products_that_are_near_the_real_ones():
    real = _shelf(5)
    made = _grown(real, 12, 0)
    assert len(set(made.titles)) == 12
    assert made.said["colour"][:6] == ("a", "b", "a", "b", "a", "a")
    cosine = (made.words[7] @ real.words[2]) / np.linalg.norm(made.words[7]) / np.linalg.norm(real.words[2])
    assert 0.8 < cosine < 1
    assert (made.image >= 0).all()
    assert (made.words < 0).any()


def test_what_is_kept_is_read_as_it_was(tmp_path):
    real = _shelf(5)
    keep(real, tmp_path, {"red": real.words[0]})
    read, spoken = _kept(tmp_path)
    assert (read.titles, dict(read.said)) == (real.titles, dict(real.said))
    assert np.array_equal(read.image, real.image)
    assert np.array_equal(spoken["red"], real.words[0])


def test_a_phrase_is_the_mean_of_what_it_is_made_of():
    axes = np.eye(4, dtype=np.float32)
    known = {"navy blue": axes[0], "blue": axes[1], "shirts": axes[2], "黑色": axes[3]}
    assert _phrase("shirts navy blue", known, 2).tolist() == pytest.approx([0.5**0.5, 0, 0.5**0.5, 0])
    assert _phrase("黑色女", known, 2).tolist() == [0, 0, 0, 1]


@pytest.mark.torch
def test_each_size_is_learned_and_measured(tmp_path, monkeypatch):
    """In this process: what a fresh one would see is not drawn."""
    pytest.importorskip("torch")
    drawn_clothes.write(tmp_path, ("Shirts", "Jeans"), ("open",))
    options = drawn_clothes.options(tmp_path, monkeypatch, only=("real", "10k"))
    monkeypatch.setattr(learngrowth, "QUICK", (3, 3))
    monkeypatch.setattr(learngrowth, "SIZES", (0, 10_000))
    small = partial(_grown, n=200)
    monkeypatch.setattr(learngrowth, "_grown", lambda shelf, n, seed: small(shelf, seed=seed))
    monkeypatch.setattr(learngrowth, "apart", lambda task, *given: Measured(task(*given), Memory(0, 0)))
    result = run("learngrowth", replace(options, quick=True))
    expected = {name for name in documented(learngrowth.learngrowth) if name.startswith(("real", "10k"))}
    assert set(result.figures) == expected
    assert result.figures["10k_peak_mb"] >= result.figures["10k_features_mb"] > 0
    assert 0 <= result.figures["real_phrase_photo"] <= 1
