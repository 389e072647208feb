"""Smaller models: what is left, and what they still say."""

import numpy as np
import pytest

from learned_spaces import random_arrays, random_parts, telling, write_random
from wares.encode.learned import ARRAYS, CARD, LearnedSpace, quantized, restored, write_model
from wares.errors import TrainingError, WeightsError
from wares.learn.compress import Compression, compress


@pytest.fixture
def space(tmp_path):
    return LearnedSpace.read(write_random(tmp_path / "joint-0001"))


def made(space, tmp_path, **how):
    compress(space, Compression(**how), tmp_path / "small-0001")
    return LearnedSpace.read(tmp_path / "small-0001")


def near(space, other):
    parts = random_parts(50)
    rows = [each.project(parts)[0] for each in (space, other)]
    known = np.linalg.norm(rows[0], axis=1) > 0
    return float((rows[0] * rows[1]).sum(1)[known].mean())


def test_whole_numbers_say_nearly_the_same_in_a_third_of_the_bytes(space, tmp_path):
    small = made(space, tmp_path, int8=True)
    assert near(space, small) > 0.999
    sizes = [(tmp_path / name / ARRAYS).stat().st_size for name in ("joint-0001", "small-0001")]
    assert sizes[1] < 0.75 * sizes[0]


def test_a_shorter_vector_is_the_beginning_of_the_longer_one(space, tmp_path):
    small = made(space, tmp_path, dim=5)
    parts = random_parts(20)
    whole, cut = space.project(parts)[0], small.project(parts)[0]
    assert cut.shape == (20, 5)
    beginning = whole[:, :5] / np.maximum(np.linalg.norm(whole[:, :5], axis=1, keepdims=True), 1e-12)
    np.testing.assert_allclose(cut, beginning, atol=1e-5)


def test_signs_are_one_bit_a_dimension(space, tmp_path):
    rows = made(space, tmp_path, binary=True).project(random_parts(20))[0]
    known = rows[np.linalg.norm(rows, axis=1) > 0]
    np.testing.assert_allclose(np.abs(known), 1 / np.sqrt(space.dim), atol=1e-6)


def test_pruning_leaves_the_largest_weights(space, tmp_path):
    small = made(space, tmp_path, pruned=0.5)
    before, after = (each.arrays["text.skip.weight"] for each in (space, small))
    assert (after == 0).mean() == pytest.approx(0.5, abs=0.01)
    assert np.abs(after[after != 0]).min() >= np.abs(before[after == 0]).max()
    assert 0.5 < near(space, small) < 0.999


def test_the_card_says_what_it_was_made_from(space, tmp_path):
    card = compress(space, Compression(dim=4, int8=True), tmp_path / "small-0001")
    assert (card["from"], card["name"], card["dim"]) == ("joint-0001", "small-0001", 4)
    assert card["compression"] == {
        "dim": 4, "int8": True, "pruned": 0.0, "binary": False, "onnx": False
    }  # fmt: skip
    assert card["bytes"] == (tmp_path / "small-0001" / ARRAYS).stat().st_size


def test_rounding_by_hand():
    """The largest of a row is 127 steps; half of it is 63.5, which rounds to the even 64."""
    kept = quantized({"w.weight": np.array([[2.0, -1.0, 0.0]], np.float32)})
    assert kept["w.weight.int8"].tolist() == [[127, -64, 0]]
    np.testing.assert_allclose(restored(kept)["w.weight"], [[2.0, -64 * 2 / 127, 0.0]], rtol=1e-6)


@pytest.mark.parametrize("how", [{"pruned": 1.0}, {"dim": -1}, {"dim": 13}])
def test_what_cannot_be_is_refused(space, tmp_path, how):
    with pytest.raises(TrainingError):
        made(space, tmp_path, **how)


@pytest.mark.parametrize("how", [{}, {"dim": 5}, {"binary": True}, {"pruned": 0.5}, {"dim": 5, "binary": True}])
def test_a_graph_says_what_the_arrays_said(space, tmp_path, how):
    arrays = made(space, tmp_path, **how)
    compress(space, Compression(**how, onnx=True), tmp_path / "small-0002")
    graph = LearnedSpace.read(tmp_path / "small-0002")
    parts = random_parts(50)
    for one, other in zip(arrays.project(parts), graph.project(parts), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_a_graph_keeps_only_what_it_does_not_run(space, tmp_path):
    card = compress(space, Compression(int8=True, onnx=True), tmp_path / "small-0001", random_parts(50))
    small = LearnedSpace.read(tmp_path / "small-0001")
    assert {name.partition(".")[0] for name in small.arrays} == {"terms", "image", "colour"}
    assert not any(name.endswith((".weight", ".gate")) for name in small.arrays)
    assert small.files == (ARRAYS, "model.onnx", CARD)
    assert card["bytes"] == sum((tmp_path / "small-0001" / name).stat().st_size for name in (ARRAYS, "model.onnx"))
    assert card["compression"]["onnx"]
    assert small.inputs() == space.inputs()


def test_labels_are_still_told(tmp_path):
    write_model(tmp_path / "whole", *telling(*random_arrays()))
    space = LearnedSpace.read(tmp_path / "whole")
    compress(space, Compression(onnx=True), tmp_path / "small-0001")
    expected, found = (
        each.labels(random_parts(20))["colour"] for each in (space, LearnedSpace.read(tmp_path / "small-0001"))
    )
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_nothing_is_made_of_a_graph(space, tmp_path):
    compress(space, Compression(onnx=True), tmp_path / "small-0001")
    graph = LearnedSpace.read(tmp_path / "small-0001")
    for how in (Compression(dim=4), Compression(onnx=True)):
        with pytest.raises(WeightsError, match="small-0001 is a graph") as error:
            compress(graph, how, tmp_path / "small-0002")
        assert error.value.fix == "take joint-0001"
    assert not (tmp_path / "small-0002").exists()


def test_scales_need_rows(space, tmp_path):
    with pytest.raises(TrainingError, match="nothing to measure scales on"):
        compress(space, Compression(int8=True, onnx=True), tmp_path / "small-0001")
