"""C16: a model that can run code when it is opened, or that reaches for files outside itself, is refused unopened."""

import hashlib
import io
import json
import os
import pickle
import zipfile
import zlib

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from wares.encode import weights
from wares.errors import WeightsError


def _sha256(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def attack(tmp_path):
    """Bytes by kind, each of which touches ``owned`` when it is opened by its own library."""
    owned = tmp_path / "owned"

    class Attack:
        def __reduce__(self):
            return os.system, (f"touch {owned}",)

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("archive/data.pkl", pickle.dumps(Attack()))
    array = io.BytesIO()
    np.save(array, np.array([Attack()], dtype=object), allow_pickle=True)
    return owned, {
        "pickle": pickle.dumps(Attack()),
        "old pickle": pickle.dumps(Attack(), protocol=0),
        "torch": archive.getvalue(),
        "joblib": zlib.compress(pickle.dumps(Attack())),
        "numpy": array.getvalue(),
    }


def _onnx(tensor, inside="initializer"):
    """A model that uses one tensor, as a weight, as a constant, or in a branch of an If."""
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])
    constant = helper.make_node("Constant", [], ["y"], value=tensor)
    if inside == "initializer":
        nodes, initializers = [helper.make_node("Identity", [tensor.name], ["y"])], [tensor]
    elif inside == "constant":
        nodes, initializers = [constant], []
    else:
        branch = helper.make_graph([constant], "branch", [], [output])
        true = numpy_helper.from_array(np.array(True), "true")
        nodes = [helper.make_node("If", ["true"], ["y"], then_branch=branch, else_branch=branch)]
        initializers = [true]
    return helper.make_model(helper.make_graph(nodes, "g", [], [output], initializers))


def _external(location):
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[2], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value=location)
    return tensor


def _refused(path, data, sha256=None):
    path.write_bytes(data)
    try:
        weights.read_model(path, _sha256(data) if sha256 is None else sha256)
    except WeightsError as error:
        return bool(error.fix)  # a refusal says what to do
    return False


@pytest.mark.parametrize("kind", ["pickle", "old pickle", "torch", "joblib", "numpy"])
@pytest.mark.parametrize("suffix", [".pt", ".pth", ".pkl", ".joblib", ".bin", ".npy", ".onnx", ".safetensors", ""])
def test_a_model_that_runs_code_is_refused_under_any_name(tmp_path, attack, kind, suffix):
    owned, data = attack
    assert _refused(tmp_path / f"model{suffix}", data[kind])
    assert not owned.exists()


@pytest.mark.parametrize("location", ["../../../etc/passwd", "/etc/passwd", "beside.bin", "a/../../b", "..\\..\\x"])
@pytest.mark.parametrize("inside", ["initializer", "constant", "branch"])
def test_onnx_must_carry_its_weights(tmp_path, location, inside):
    assert _refused(tmp_path / "model.onnx", _onnx(_external(location), inside).SerializeToString())


@pytest.mark.parametrize("sha256", ["", "0" * 64])
def test_a_model_needs_its_own_sha256(tmp_path, sha256):
    data = _onnx(numpy_helper.from_array(np.zeros(2, np.float32), "w")).SerializeToString()
    assert _refused(tmp_path / "model.onnx", data, sha256)


def test_sound_models_are_read(tmp_path):
    """The control: the same checks let ONNX with its weights inside and safetensors through."""
    model = _onnx(numpy_helper.from_array(np.zeros(2, np.float32), "w")).SerializeToString()
    assert not _refused(tmp_path / "model.onnx", model)
    for extra in range(140):  # lengths whose first byte is that of a pickle or of zlib among them
        header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}, "n": "x" * extra}).encode()
        assert not _refused(tmp_path / "model.safetensors", len(header).to_bytes(8, "little") + header + bytes(4))


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "tokenizer.pkl", "modeling.py", "deep/x.joblib"])
def test_a_folder_of_a_model_holds_nothing_that_runs(tmp_path, name):
    header = b"{}"
    (tmp_path / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    (tmp_path / "config.json").write_text("{}")
    weights.check_folder(tmp_path)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"anything")
    with pytest.raises(WeightsError, match="run code"):
        weights.check_folder(tmp_path)


@pytest.mark.parametrize(
    ("guard", "name", "content"),
    [
        ("check_format", "model.pt", "torch"),
        ("_check_onnx", "model.onnx", "external"),
        ("_verify", "model.onnx", "sound"),
    ],
)
def test_each_guard_is_what_refuses(tmp_path, monkeypatch, attack, guard, name, content):
    """With the guard switched off the case goes through, so it is the guard that holds it."""
    sound = numpy_helper.from_array(np.zeros(2, np.float32), "w")
    data = {
        "torch": attack[1]["torch"],
        "external": _onnx(_external("../x")).SerializeToString(),
        "sound": _onnx(sound).SerializeToString(),
    }[content]
    sha256 = "0" * 64 if guard == "_verify" else None
    assert _refused(tmp_path / name, data, sha256)
    monkeypatch.setattr(weights, guard, lambda *_: None)
    assert not _refused(tmp_path / name, data, sha256)


def test_the_folder_guard_is_what_refuses(tmp_path, monkeypatch):
    (tmp_path / "pytorch_model.bin").write_bytes(b"anything")
    with pytest.raises(WeightsError):
        weights.check_folder(tmp_path)
    monkeypatch.setattr(weights, "REFUSED", ())
    weights.check_folder(tmp_path)
