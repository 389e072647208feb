import numpy as np
import pytest

from wares.errors import CorruptIndex
from wares.search.suggest import packed

ARRAYS = {
    "a": np.arange(5, dtype=np.uint32),
    "nothing": np.zeros((0, 16), np.uint32),
    "b/c": np.array([[1.5], [2.5]], np.float32),
    "bytes": np.frombuffer(b"words", np.uint8),
}


def test_arrays_come_back(tmp_path):
    packed.write(tmp_path / "x", ARRAYS, "test.v1")
    read = packed.read(tmp_path / "x", "test.v1")
    assert read.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert read[name].dtype == array.dtype
        assert read[name].shape == array.shape
        assert (read[name] == array).all()


def test_another_kind_and_a_missing_file_are_refused(tmp_path):
    packed.write(tmp_path / "x", ARRAYS, "test.v1")
    with pytest.raises(CorruptIndex, match=r"test\.v1"):
        packed.read(tmp_path / "x", "test.v2")
    with pytest.raises(CorruptIndex):
        packed.read(tmp_path / "y", "test.v1")


def test_every_changed_byte_and_every_cut_is_noticed(tmp_path):
    path = tmp_path / "x"
    packed.write(path, {"a": np.arange(3, dtype=np.uint32)}, "test.v1")
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(CorruptIndex):
            packed.read(path, "test.v1")
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        with pytest.raises(CorruptIndex):
            packed.read(path, "test.v1")
