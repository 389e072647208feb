import csv
import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from wares.bench import fewlabels, grocery
from wares.bench.grocery import Photos, blocks, draw, gda, nearest, probe
from wares.bench.harness import BenchOptions, run
from wares.encode.conse import ConSE
from wares.protocols import Encoded


def _photos(n, products=4, noise=0.05, seed=0):
    """Photos of products that differ in a few strong features."""
    generator = np.random.default_rng(seed)
    product = np.arange(n) % products
    image = np.abs(np.eye(12)[product * 2] + noise * generator.normal(size=(n, 12)))
    image /= np.linalg.norm(image, axis=1, keepdims=True)
    return Photos(image.astype(np.float32), np.zeros((n, 3), np.float32), product)


@pytest.mark.parametrize("classify", [nearest, probe, gda])
def test_classifiers_tell_clear_products_apart(classify):
    train, test = _photos(40), _photos(20, seed=1)
    for answer in classify(train, test, 0.5, (0.1, 1.0)):
        np.testing.assert_array_equal(answer, test.product)


def test_gda_is_the_definition():
    """Mahalanobis distance to the class means under the shrunk covariance, written out."""
    train, test = _photos(60, noise=0.4), _photos(30, noise=0.4, seed=1)
    x, asked = train.vectors(0.5), test.vectors(0.5)
    means = np.stack([x[train.product == product].mean(0) for product in range(4)])
    within = np.mean([np.outer(row, row) for row in x - means[train.product]], axis=0)
    inverse = np.linalg.inv(within + 0.3 * np.trace(within) / len(within) * np.eye(len(within)))
    distance = [[(row - mean) @ inverse @ (row - mean) for mean in means] for row in asked]
    np.testing.assert_array_equal(gda(train, test, 0.5, (0.3,))[0], np.argmin(distance, axis=1))


def test_blocks_hold_out_the_last_photos_of_every_product():
    photos = _photos(40)
    kept, held = blocks(photos)
    assert (len(kept.product), len(held.product)) == (32, 8)
    np.testing.assert_array_equal(held.image, photos.image[-8:])


def test_draws_have_five_photos_of_each_product():
    photos = _photos(60)
    rows = draw(photos.product, np.random.default_rng(0))
    assert np.bincount(photos.product[rows]).tolist() == [5, 5, 5, 5]
    assert len(np.unique(rows)) == 20


def test_few_labels_on_products_that_are_clear():
    """What any method must get right, and that a name which the classifier knows is found by it alone."""

    def seen(photos):
        return fewlabels.Seen(photos.vectors(0.0).astype(np.float32), photos.image, photos.product)

    catalogue, train, test = seen(_photos(4)), seen(_photos(80, seed=1)), seen(_photos(20, seed=2))
    conse = ConSE(30 * np.eye(12, dtype=np.float32), np.zeros(12, np.float32), np.eye(12, dtype=np.float32))
    named = fewlabels.Named(*[np.eye(12, dtype=np.float32)[:8:2]] * 3, conse)
    draws = [draw(train.product, np.random.default_rng(0))]
    values = fewlabels.measure(catalogue, train, test, named, draws)
    assert set(values) == set(fewlabels.NAMES)
    assert {figure: rows.mean() for figure, rows in values.items()} == dict.fromkeys(fewlabels.NAMES, 1.0)
    assert fewlabels.learn_ms(train, draws[0]) < 100
    assert 0 <= fewlabels.miscalibration(train, test) < 0.7


@pytest.mark.parametrize("crossed", [True, False])
def test_runs_from_folders_to_a_result(tmp_path, monkeypatch, crossed):
    generator = np.random.default_rng(0)
    names = ["Tomato", "Blueberry", "Lime"]
    colours = [(200, 30, 30), (30, 60, 200), (30, 150, 60)]

    def photo(path, product):
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.clip(np.array(colours[product]) + generator.integers(-20, 20, (16, 16, 3)), 0, 255)
        Image.fromarray(pixels.astype(np.uint8)).save(path)

    products = []
    for product in range(3):
        photo(tmp_path / f"common/images/{product}.png", product)
        products.append(
            {
                "product_id": f"G{product}",
                "name": names[product],
                "description": ["red", "blue", "green"][product],
                "coarse_id": product // 2,
                "coarse_name": ["Bright", "Green"][product // 2],
                "iconic_image": f"images/{product}.png",
            }
        )
    (tmp_path / "common/products.jsonl").write_text("\n".join(map(json.dumps, products)), "utf-8")
    for split in ("open", "other"):
        rows = [("train" if row < 30 else "val", f"images/{row}.png", f"G{row % 3}") for row in range(45)]
        for row, (_, path, _) in enumerate(rows):
            photo(tmp_path / split / path, row % 3)
        with (tmp_path / split / "images.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("split", "image", "product_id"), *rows])

    class Seeing:
        """Mean colour of a photo."""

        modality, space, dim = "image", "seeing", 3

        def __init__(self, name):
            self.fingerprint = name

        def classifier(self):
            return np.zeros((1000, 3), np.float32), np.zeros(1000, np.float32)

        def encode(self, items):
            rows = np.stack([np.asarray(Image.open(BytesIO(item)), np.float32).mean((0, 1)) for item in items])
            return Encoded(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.ones(len(rows), bool))

    monkeypatch.setattr(grocery.vectors, "image_encoder", lambda _, name: Seeing(name))
    result = run("grocery", BenchOptions(tmp_path, test="open" if crossed else "other", cache=tmp_path / "cache"))
    assert set(result.figures) == {*grocery.NAMES, "fine_ece", "learn_ms"}
    assert set(result.intervals) == set(grocery.NAMES)
    assert result.figures["fine_gda"] == result.figures["coarse"] == result.figures["fine_zero"] == 1
    assert set(result.peers) == {"efficientnet-lite2-int8.v1"}
