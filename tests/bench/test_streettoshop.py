import csv
from dataclasses import replace

import numpy as np
import pytest

import drawn_clothes
from wares.bench import streettoshop
from wares.bench.harness import documented, run
from wares.bench.streettoshop import measure

KINDS = {
    "Red": ("Shirts", "shirt"),
    "Blue": ("Jeans", "pants"),
    "Green": ("Caps", "hat"),
    "Black": ("Shorts", "shorts"),
}


def test_figures_by_hand():
    """Two relevant products of four; the second of them ties with a wrong one, which stands before it."""
    found = measure(np.array([[0.9, 0.5, 0.5, 0.1]], np.float32), np.array([[True, False, True, False]]))
    ideal = 1 + 1 / np.log2(3)
    assert found["ndcg10"].tolist() == pytest.approx([(1 + 1 / np.log2(4)) / ideal])
    assert found["p10"].tolist() == pytest.approx([0.2])
    assert found["r_precision"].tolist() == pytest.approx([0.5])


def test_a_class_that_the_shop_has_not_counts_nothing():
    found = measure(np.array([[0.9, 0.5]], np.float32), np.array([[False, False]]))
    assert {name: each.tolist() for name, each in found.items()} == {name: [0.0] for name in streettoshop.NAMES}


def test_each_class_has_types_of_its_own():
    types = [each for some in streettoshop.KINDS.values() for each in some]
    assert len(types) == len(set(types))


@pytest.mark.torch
def test_photos_taken_at_home_find_their_kind(tmp_path, monkeypatch):
    """Each kind has a colour of its own, so whoever sees colours finds the kind."""
    pytest.importorskip("torch")
    drawn_clothes.write(tmp_path / streettoshop.SHOP, tuple(kind for kind, _ in KINDS.values()), ("open",))
    folder = tmp_path / streettoshop.STREET / "open"
    folder.mkdir(parents=True)
    generator = np.random.default_rng(1)
    with (folder / "images.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["image_id", "split", "label", "image"])
        for number, (colour, (_, label)) in enumerate([*KINDS.items()] * 3):
            drawn_clothes.draw(folder / f"{number}.png", colour, generator, ground=180)
            rows.writerow([number, "train", label, f"{number}.png"])
        rows.writerow(["other", "train", "not sure", "missing.png"])  # a class that is not in the table
    options = replace(drawn_clothes.options(tmp_path, monkeypatch), quick=True)
    result = run("streettoshop", options)
    assert set(result.figures) == set(documented(streettoshop.streettoshop))
    assert set(result.peers) == set(streettoshop.METHODS[1:])
    assert result.figures["ndcg10"] > 0.7
    assert result.notes[0] == "1 split(s), 12 photos"
