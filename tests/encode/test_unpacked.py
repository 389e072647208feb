"""A model's arrays are made once, mapped, checked, and made again when the file is not what was written."""

import json

import numpy as np
import pytest
from structlog.testing import capture_logs

from wares.encode import unpacked
from wares.encode.unpacked import kept

ARRAYS = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([7], np.uint8)}


@pytest.fixture
def opened(tmp_path):
    """Opens a model and tells how often it was made by now."""
    made = []

    def make():
        made.append(1)
        return ARRAYS

    def open_again(recipe="1", folder=tmp_path / "weights"):
        arrays = kept(folder, "model", recipe, make)
        assert all(np.array_equal(arrays[name], ARRAYS[name]) for name in ARRAYS)
        return arrays, len(made)

    return open_again


def test_made_once_and_mapped(opened, tmp_path):
    with capture_logs() as logs:
        arrays, made = opened()
        assert made == 1
        assert opened()[1] == 1
    assert not arrays["a"].flags.owndata
    assert not arrays["a"].flags.writeable
    assert sorted(path.name for path in (tmp_path / "weights").iterdir()) == ["model.json", "model.safetensors"]
    assert logs == []


def test_made_again_by_another_recipe_without_a_word(opened):
    with capture_logs() as logs:
        assert [opened(recipe)[1] for recipe in ("1", "2", "2")] == [1, 2, 2]
    assert logs == []


@pytest.mark.parametrize("name", ["model.safetensors", "model.json"])
@pytest.mark.parametrize("damage", ["changed", "cut off", "empty", "gone"])
def test_a_damaged_file_is_made_again(opened, tmp_path, name, damage):
    opened()
    path = tmp_path / "weights" / name
    data = path.read_bytes()
    middle = len(data) // 2
    flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    path.write_bytes({"changed": flipped, "cut off": data[:-1], "empty": b"", "gone": b""}[damage])
    if damage == "gone":
        path.unlink()
    with capture_logs() as logs:
        assert [opened()[1], opened()[1]] == [2, 2]
    assert [each["event"] for each in logs] == ([] if damage == "gone" else ["model made again"])


@pytest.mark.parametrize("record", ["[]", "{}", '{"recipe": "1"}', "nonsense"])
def test_a_record_that_says_nothing_is_written_anew(opened, tmp_path, record):
    opened()
    (tmp_path / "weights" / "model.json").write_text(record)
    assert opened()[1] == 2
    assert json.loads((tmp_path / "weights" / "model.json").read_text())["recipe"] == "1"


def test_from_memory_where_the_folder_cannot_be_written(opened, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with capture_logs() as logs:
        _, made = opened(folder=tmp_path / "file")
    assert made == 1
    assert [each["event"] for each in logs] == ["model kept in memory"]


def test_nothing_is_left_of_a_write_that_failed(opened, tmp_path, monkeypatch):
    def full(path, pieces):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(unpacked, "write", full)
    with capture_logs() as logs:
        opened()
    assert "No space left" in logs[0]["reason"]
    assert list((tmp_path / "weights").iterdir()) == []
