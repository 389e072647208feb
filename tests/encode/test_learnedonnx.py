"""A learned space that runs as a graph: what is refused, and that nothing else is needed."""

import json
import subprocess
import sys

import numpy as np
import onnx
import pytest

from learned_spaces import SIZES, WORDS, Apart, random_parts, write_graph, write_random
from small_shops import environment
from wares.encode.joint import MODEL, JointFusion
from wares.encode.learned import ARRAYS, CARD, LearnedSpace, sha256_of, write_model
from wares.encode.learnedonnx import FILE, ROWS, Graph
from wares.errors import WeightsError
from wares.protocols import Encoded
from wares.testing import check_fusion

N = 40


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return write_graph(tmp_path_factory.mktemp("models") / "small-0001")


@pytest.fixture
def folder(tmp_path, sound):
    copy = tmp_path / "small-0001"
    copy.mkdir()
    for path in sound.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    return copy


def parts_of(space, n=N, seed=0, share=0.7):
    generator = np.random.default_rng(seed)
    texts = [list(generator.choice(WORDS, generator.integers(0, 3))) for _ in range(n)]
    return random_parts(n, SIZES, seed=seed, share=share) | {"terms": space.own["terms"].encode(texts)}


def test_rows_have_length_1_and_weights_sum_to_1_over_what_is_there(sound):
    space = LearnedSpace.read(sound)
    parts = parts_of(space, share=0.3)
    rows, weights = space.project(parts)
    present = np.stack([parts[name].present for name in space.modalities], axis=1)
    known = present.any(1)
    assert 0 < known.sum() < N
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), known, atol=1e-5)
    np.testing.assert_allclose(weights.sum(1), known, atol=1e-5)
    assert (weights[~present] == 0).all()


@pytest.mark.parametrize("dropped", [*SIZES, "terms"])
def test_a_modality_that_is_not_given_is_one_that_is_absent_whatever_stood_there(sound, dropped):
    space = LearnedSpace.read(sound)
    parts = parts_of(space)
    nonsense = np.full_like(parts[dropped].vectors, np.nan)
    absent = {**parts, dropped: Encoded(nonsense, np.zeros(N, np.bool_))}
    without = {name: part for name, part in parts.items() if name != dropped}
    for one, other in zip(space.project(absent), space.project(without), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_product_does_not_depend_on_those_around_it(sound, monkeypatch):
    space = LearnedSpace.read(sound)
    parts = parts_of(space)
    rows, _ = space.project(parts)
    monkeypatch.setattr("wares.encode.learnedonnx.ROWS", 7)
    np.testing.assert_allclose(space.project(parts)[0], rows, atol=1e-5)
    alone = {name: Encoded(part.vectors[[3]], part.present[[3]]) for name, part in parts.items()}
    np.testing.assert_allclose(space.project(alone)[0][0], rows[3], atol=1e-5)
    assert ROWS > N


def test_no_products_are_no_rows(sound):
    space = LearnedSpace.read(sound)
    rows, weights = space.project(random_parts(0))
    assert rows.shape == (0, space.dim)
    assert weights.shape == (0, len(space.modalities))


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_beside_day_0_it_is_a_fusion_as_any_other(tmp_path, share):
    model = write_graph(tmp_path / "small-0001", share)
    fusion = JointFusion(Apart({"text": 16, "image": 24}), model, "apart.v1")
    check_fusion(fusion, parts_of(fusion, share=0.8), [str(row) for row in range(N)], tmp_path / "saved")
    for name in (ARRAYS, FILE, CARD):
        assert (tmp_path / "saved" / MODEL / name).read_bytes() == (model / name).read_bytes()


def test_another_graph_is_another_fingerprint(tmp_path, folder):
    before = LearnedSpace.read(folder)
    replaced(folder, write_graph(tmp_path / "other" / "small-0001", int8=False), name_it=True)
    after = LearnedSpace.read(folder)
    assert before.card["sha256"] == after.card["sha256"] == sha256_of(folder / ARRAYS)
    assert before.sha256 != after.sha256
    assert before.own["terms"].fingerprint != after.own["terms"].fingerprint


def carded(folder, **fields):
    card = json.loads((folder / CARD).read_text("utf-8"))
    (folder / CARD).write_text(json.dumps({k: v for k, v in {**card, **fields}.items() if v != "gone"}), "utf-8")


def named(folder):
    """The card names the file that is there."""
    carded(folder, onnx=sha256_of(folder / FILE))


def replaced(folder, other, *, name_it=False):
    (folder / FILE).write_bytes((other / FILE).read_bytes())
    if name_it:
        named(folder)


def changed(folder, change):
    """Another graph, and a card that names it."""
    proto = onnx.ModelProto.FromString((folder / FILE).read_bytes())
    change(proto)
    (folder / FILE).write_bytes(proto.SerializeToString())
    named(folder)


def outside(proto):
    """Weights of a layer in another file, as large as they are."""
    tensor = next(each for each in proto.graph.initializer if len(each.raw_data) > 40)
    size = len(tensor.raw_data)
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in (("location", "../../secret"), ("offset", "0"), ("length", str(size))):
        tensor.external_data.add(key=key, value=value)


def outside_in_a_node(proto):
    outside(proto)
    tensor = next(each for each in proto.graph.initializer if each.external_data)
    node = onnx.helper.make_node("Constant", [], [tensor.name], value=tensor)
    proto.graph.initializer.remove(tensor)
    proto.graph.node.insert(0, node)


def written(folder, data, *, name_it=True):
    (folder / FILE).write_bytes(data)
    if name_it:
        named(folder)


DAMAGE = {
    "gone": lambda folder: (folder / FILE).unlink(),
    "another": lambda folder: replaced(folder, write_graph(folder.parent / "x" / "small-0002", seed=5)),
    "cut": lambda folder: written(folder, (folder / FILE).read_bytes()[:-9], name_it=False),
    "empty with its card": lambda folder: written(folder, b""),
    "no graph": lambda folder: written(folder, b"\x08\x09" + b"x" * 200),
    "a pickle": lambda folder: written(folder, b"\x80\x04\x95" + b"x" * 50),
    "data in another file": lambda folder: changed(folder, outside),
    "data in another file, by a node": lambda folder: changed(folder, outside_in_a_node),
    "an operator of others": lambda folder: changed(
        folder, lambda proto: setattr(proto.graph.node[3], "op_type", "Exec")
    ),
    "an input more": lambda folder: changed(
        folder,
        lambda proto: proto.graph.input.append(onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])),
    ),
    "an output less": lambda folder: changed(folder, lambda proto: proto.graph.output.pop()),
    "without its card's word": lambda folder: carded(folder, onnx="gone"),
    "the card says null": lambda folder: carded(folder, onnx=None),
    "of other modalities": lambda folder: carded(folder, modalities=["text"]),
    "of more dimensions": lambda folder: carded(folder, dim=4096),
    "of other words": lambda folder: write_model(
        folder,
        {**LearnedSpace.read(folder).arrays, "terms.rows": np.ones((len(WORDS), 5), np.float32)},
        LearnedSpace.read(folder).card,
        (folder / FILE).read_bytes(),
    ),
    "numbers that are none": lambda folder: changed(
        folder,
        lambda proto: next(each for each in proto.graph.initializer if each.name == "t0.direction").CopyFrom(
            onnx.numpy_helper.from_array(np.full((12, 1), np.nan, np.float32), "t0.direction")
        ),
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_graph_that_is_not_what_its_card_says_is_refused_with_the_way_out(folder, damage):
    (folder.parent / "secret").write_bytes(b"\0" * 100_000)
    LearnedSpace.read(folder)
    DAMAGE[damage](folder)
    with pytest.raises(WeightsError) as error:
        LearnedSpace.read(folder)
    assert "wares learn joint" in error.value.fix
    assert str(folder) in error.value.message


def test_data_in_other_files_is_refused_before_anything_is_opened(folder):
    changed(folder, outside)
    with pytest.raises(WeightsError, match="refers to data in other files"):
        LearnedSpace.read(folder)
    with pytest.raises(ValueError, match="refers to data in other files"):
        Graph((folder / FILE).read_bytes(), LearnedSpace.read(write_random(folder.parent / "whole-0001")).modalities)


def test_any_byte_that_changed_is_noticed(folder):
    whole = (folder / FILE).read_bytes()
    for place in range(0, len(whole), 997):
        (folder / FILE).write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        with pytest.raises(WeightsError):
            LearnedSpace.read(folder)


def test_a_graph_that_no_card_names_is_not_looked_at(tmp_path):
    whole = write_random(tmp_path / "joint-0001")
    (whole / FILE).write_bytes(b"anything")
    assert LearnedSpace.read(whole).graph is None
    assert LearnedSpace.read(whole).files == (ARRAYS, CARD)


def test_it_runs_without_torch_and_without_onnx(sound):
    code = f"""
import sys
sys.modules["torch"] = sys.modules["onnx"] = None
from pathlib import Path
import numpy as np
from wares.encode.learned import LearnedSpace
from wares.protocols import Encoded

space = LearnedSpace.read(Path({str(sound)!r}))
rows, _ = space.project({{"terms": space.own["terms"].encode([["red", "lamp"]])}})
print(np.linalg.norm(rows).round(4))
"""
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "1.0"), done.stderr
