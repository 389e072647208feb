import json

import numpy as np
import pytest

from wares.arrayfiles import DIGEST, digest
from wares.encode.bridge import ENOUGH_PAIRS, Bridge
from wares.errors import EncodeError, WeightsError
from wares.protocols import Encoded
from wares.registry import create
from wares.testing import check_fusion

TEXT, IMAGE, COLOUR = 16, 24, 8


def _unit(rows):
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


class Part:
    """An encoder of random vectors; names of classes are found by their place."""

    def __init__(self, modality, dim, space=""):
        self.modality, self.dim, self.space, self.fingerprint = modality, dim, space or modality, modality

    def encode(self, names):
        return Encoded(_unit(np.random.default_rng(5).normal(size=(len(names), self.dim))), np.ones(len(names), bool))


class Classifying(Part):
    def classifier(self):
        return np.random.default_rng(6).normal(size=(1000, self.dim)).astype(np.float32), np.zeros(1000, np.float32)


def bridge(image=None, **settings):
    image = image or Classifying("image", IMAGE)
    return create(
        "fusion", "bridge.v1", text=Part("text", TEXT), image=image, colour=Part("colour", COLOUR), **settings
    )


def catalogue(n, seed=0, noise=0.3):
    """Words, photos and colours that show the same six hidden numbers of each product."""
    generator, maps = np.random.default_rng(seed), np.random.default_rng(99)
    hidden = generator.normal(size=(n, 6))
    views = [
        hidden @ maps.normal(size=(6, size)) + noise * generator.normal(size=(n, size))
        for size in (TEXT, IMAGE, COLOUR)
    ]
    names = ("text", "image", "colour")
    return {name: Encoded(_unit(view), np.ones(n, bool)) for name, view in zip(names, views, strict=True)}


def only(parts, *names):
    return {name: parts[name] for name in names}


def found(fitted, parts):
    """How often a product's words find its photo first."""
    words, photos = (fitted.fuse(only(parts, *names))[0] for names in (("text",), ("image", "colour")))
    return float(np.mean((words @ photos.T).argmax(1) == np.arange(len(words))))


@pytest.mark.parametrize("n", [8, ENOUGH_PAIRS + 30])
@pytest.mark.parametrize("image", [Classifying("image", IMAGE), Part("image", IMAGE)])
def test_contract(tmp_path, n, image):
    parts = catalogue(n)
    generator = np.random.default_rng(1)
    for name, part in parts.items():
        present = generator.random(n) < 0.85
        parts[name] = Encoded(part.vectors * present[:, None], present)
    check_fusion(bridge(image), parts, [str(row) for row in range(n)], tmp_path)


def test_words_find_photos_that_were_not_in_the_catalogue():
    fitted = bridge().fit(catalogue(600, noise=0.1), [str(row) for row in range(600)])
    new = catalogue(100, seed=1, noise=0.1)
    assert found(fitted, new) > 0.8
    assert found(bridge(), new) < 0.1, "the maps are learned, not given"


def test_photos_of_both_kinds_are_better_than_either():
    fitted = bridge().fit(catalogue(600, noise=1.0), [str(row) for row in range(600)])
    new = catalogue(200, seed=1, noise=1.0)
    words = fitted.fuse(only(new, "text"))[0]
    ranks = {}
    for names in (("image", "colour"), ("image",), ("colour",)):
        scores = words @ fitted.fuse(only(new, *names))[0].T
        ranks[names] = np.mean((scores >= scores.diagonal()[:, None]).sum(1))
    assert ranks[("image", "colour")] < min(ranks[("image",)], ranks[("colour",)])


def test_without_pairs_words_are_as_they_are_and_a_photo_is_what_its_classes_are_called():
    unfitted = bridge()
    new = catalogue(5)
    fused, weights = unfitted.fuse(only(new, "text"))
    np.testing.assert_allclose(fused[:, :TEXT], new["text"].vectors, atol=1e-6)
    assert not fused[:, TEXT:].any()
    np.testing.assert_allclose(weights, [[1, 0, 0]] * 5)
    photo = unfitted.query({"image": new["image"].vectors[0]})
    np.testing.assert_allclose(photo[:TEXT], unfitted._zero_shot().predict(new["image"].vectors[:1])[0], atol=1e-6)


def test_what_cannot_be_bridged_yet_is_absent_and_not_guessed():
    new = catalogue(3)
    unfitted = bridge(Part("image", IMAGE))
    fused, weights = unfitted.fuse(only(new, "image", "colour"))
    assert not fused.any()
    assert not weights.any()
    with pytest.raises(EncodeError, match="no vector yet"):
        unfitted.query({"image": new["image"].vectors[0]})


def test_few_pairs_leave_the_second_half_empty():
    few = bridge().fit(catalogue(ENOUGH_PAIRS - 1), [str(row) for row in range(ENOUGH_PAIRS - 1)])
    assert not few.query({"text": catalogue(1)["text"].vectors[0]})[TEXT:].any()


def test_look_alikes_count_once():
    n = 3 * ENOUGH_PAIRS
    alike = bridge().fit(catalogue(n), [str(row % 20) for row in range(n)])
    assert not alike.query({"text": catalogue(1)["text"].vectors[0]})[TEXT:].any()


def test_the_order_of_the_products_does_not_matter():
    parts, order = catalogue(200), np.random.default_rng(0).permutation(200)
    turned = {name: Encoded(part.vectors[order], part.present[order]) for name, part in parts.items()}
    groups = [str(row) for row in range(200)]
    one = bridge().fit(parts, groups).fuse(parts)[0]
    other = bridge().fit(turned, [groups[row] for row in order]).fuse(parts)[0]
    assert (one * other).sum(1).min() > 0.999


def test_fitting_gives_a_copy_and_another_fingerprint():
    before = bridge()
    name = before.fingerprint
    after = before.fit(catalogue(60), [str(row) for row in range(60)])
    assert before.fingerprint == name != after.fingerprint
    assert before.dim == after.dim


def test_one_space_needs_no_map():
    shared = bridge(Part("image", TEXT, space="text"))
    assert shared.dim == TEXT
    photo = _unit(np.random.default_rng(0).normal(size=TEXT))
    np.testing.assert_allclose(shared.query({"image": photo}), photo, atol=1e-6)
    fitted = shared.fit({**catalogue(60), "image": catalogue(60)["text"]}, [str(row) for row in range(60)])
    np.testing.assert_allclose(fitted.query({"image": photo}), photo, atol=1e-6)


def test_a_changed_file_is_refused(tmp_path):
    bridge().fit(catalogue(60), [str(row) for row in range(60)]).save(tmp_path)
    data = bytearray((tmp_path / "bridge.safetensors").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "bridge.safetensors").write_bytes(data)
    with pytest.raises(WeightsError, match="rebuild"):
        Bridge.load(tmp_path)


def test_pickles_are_not_opened(tmp_path):
    bridge().fit(catalogue(60), [str(row) for row in range(60)]).save(tmp_path)
    with open(tmp_path / "bridge.safetensors", "wb") as file:
        np.savez(file, x_mean=np.array([{"not": "numbers"}], dtype=object))
    record = json.loads((tmp_path / "bridge.json").read_text())
    record[DIGEST] = digest(tmp_path / "bridge.safetensors")
    (tmp_path / "bridge.json").write_text(json.dumps(record))
    with pytest.raises(WeightsError):
        Bridge.load(tmp_path)
