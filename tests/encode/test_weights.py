import hashlib
import json

import pytest

from wares.encode import weights
from wares.errors import WeightsError


def test_prepare_writes_every_model_with_its_hash_and_tells_how_far_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "RECIPES", {"a": weights.Recipe("1", lambda _: b"\x08\x08")})
    told = []
    weights.prepare(tmp_path, lambda *step: told.append(step), names=("a",))
    assert told == [("prepare weights", 0, 1), ("prepare weights", 1, 1)]
    assert json.loads((tmp_path / "a.json").read_text())["sha256"] == hashlib.sha256(b"\x08\x08").hexdigest()
    assert weights.load("a", tmp_path) == (b"\x08\x08", hashlib.sha256(b"\x08\x08").hexdigest())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "a.onnx"]


def test_a_model_is_made_once_and_again_when_its_recipe_changes(tmp_path, monkeypatch):
    made = []

    def recipe(version):
        return {"a": weights.Recipe(version, lambda _: made.append(version) or b"\x08\x08")}

    monkeypatch.setattr(weights, "RECIPES", recipe("1"))
    for _ in range(3):
        weights.load("a", tmp_path)
    assert made == ["1"]
    monkeypatch.setattr(weights, "RECIPES", recipe("2"))
    weights.load("a", tmp_path)
    assert made == ["1", "2"]


def test_a_changed_byte_is_found_at_load(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "RECIPES", {"a": weights.Recipe("1", lambda _: b"\x08\x08")})
    weights.prepare(tmp_path, names=("a",))
    (tmp_path / "a.onnx").write_bytes(b"\x08\x07")
    with pytest.raises(WeightsError, match="sha256"):
        weights.load("a", tmp_path)


def test_the_source_must_be_the_pinned_one(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "EFFICIENTNET_SHA256", "0" * 64)
    with pytest.raises(WeightsError, match="reinstall"):
        weights.prepare(tmp_path, names=("efficientnet-lite2",))


def test_conversion_gives_the_same_bytes_every_time(weights_folder, tmp_path):
    weights.prepare(tmp_path)
    for name in weights.RECIPES:
        assert weights.sha256_of(name, tmp_path) == weights.sha256_of(name, weights_folder)
