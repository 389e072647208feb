import io
import os
import pickle
import sys
from collections import OrderedDict
from types import ModuleType

import numpy as np
import pytest

from wares.encode.legacytorch import MAGIC, read_state_dict
from wares.errors import WeightsError


class _Storage:
    def __init__(self, key, numbers):
        self.key, self.numbers = key, np.asarray(numbers, "<f4")


class _Tensor:
    def __init__(self, storage, offset, shape, strides):
        self.parts = (storage, offset, shape, strides, False, OrderedDict())

    def __reduce__(self):
        return sys.modules["torch._utils"]._rebuild_tensor_v2, self.parts


@pytest.fixture
def torch_names(monkeypatch):
    """Modules with the names torch's pickles ask for, only while the file is written."""
    torch, utils = ModuleType("torch"), ModuleType("torch._utils")

    def _rebuild_tensor_v2(*parts):
        return parts

    class FloatStorage:
        pass

    _rebuild_tensor_v2.__module__, FloatStorage.__module__ = "torch._utils", "torch"
    FloatStorage.__qualname__, _rebuild_tensor_v2.__qualname__ = "FloatStorage", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2, torch.FloatStorage = _rebuild_tensor_v2, FloatStorage
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)
    return torch


def _save(path, state, storages, torch):
    """Write the legacy layout as torch.save(…, _use_new_zipfile_serialization=False) does."""

    class Pickler(pickle.Pickler):
        def persistent_id(self, item):
            if isinstance(item, _Storage):
                return ("storage", torch.FloatStorage, item.key, "cpu", len(item.numbers), None)
            return None

    with path.open("wb") as file:
        for head in (MAGIC, 1001, {"protocol_version": 1001, "little_endian": True}):
            pickle.dump(head, file, protocol=2)
        Pickler(file, protocol=2).dump(state)
        pickle.dump([storage.key for storage in storages], file, protocol=2)
        for storage in storages:
            file.write(len(storage.numbers).to_bytes(8, "little") + storage.numbers.tobytes())


def test_reads_tensors_with_their_strides_and_offsets(tmp_path, torch_names):
    first, second = _Storage("1", range(12)), _Storage("2", [7, 8, 9])
    state = OrderedDict(a=_Tensor(first, 0, (3, 4), (1, 3)), b=_Tensor(second, 1, (2,), (1,)))
    _save(tmp_path / "m.pth", state, [first, second], torch_names)
    read = read_state_dict(tmp_path / "m.pth")
    assert list(read) == ["a", "b"]
    np.testing.assert_array_equal(read["a"], np.arange(12).reshape(4, 3).T)
    np.testing.assert_array_equal(read["b"], [8, 9])


def test_a_view_outside_its_storage_is_refused(tmp_path, torch_names):
    storage = _Storage("1", range(4))
    _save(tmp_path / "m.pth", OrderedDict(a=_Tensor(storage, 2, (3,), (1,))), [storage], torch_names)
    with pytest.raises(WeightsError, match="outside its storage"):
        read_state_dict(tmp_path / "m.pth")


def test_a_file_cut_short_is_refused(tmp_path, torch_names):
    storage = _Storage("1", range(100))
    _save(tmp_path / "m.pth", OrderedDict(a=_Tensor(storage, 0, (100,), (1,))), [storage], torch_names)
    data = (tmp_path / "m.pth").read_bytes()
    for size in range(0, len(data), 37):
        (tmp_path / "cut.pth").write_bytes(data[:size])
        with pytest.raises(WeightsError):
            read_state_dict(tmp_path / "cut.pth")


def test_a_pickle_that_runs_a_command_is_refused_and_not_run(tmp_path):
    class Attack:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'owned'}",)

    stream = io.BytesIO()
    pickle.dump(Attack(), stream, protocol=2)
    (tmp_path / "m.pth").write_bytes(stream.getvalue())
    with pytest.raises(WeightsError, match="no tensor"):
        read_state_dict(tmp_path / "m.pth")
    assert not (tmp_path / "owned").exists()
