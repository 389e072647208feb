"""Read a legacy (non-zip) PyTorch state dict without torch and without trusting the pickles in it."""

import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from wares.errors import WeightsError

MAGIC = 0x1950A86A20F9469CFC6C
STORAGES = {"FloatStorage": "<f4", "DoubleStorage": "<f8", "LongStorage": "<i8", "IntStorage": "<i4"}

# A tensor as the pickle describes it: storage key, its type, offset, shape, strides (in elements).
_View = tuple[str, str, int, tuple[int, ...], tuple[int, ...]]


class _StateDictUnpickler(pickle.Unpickler):
    """Knows an ordered dict, tensor views and storage names; every other global is refused."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _view
        if module == "torch" and name in STORAGES:
            return name
        raise WeightsError(
            f"the state dict asks for {module}.{name}, which is no tensor",
            fix="use a model in safetensors or ONNX with its sha256",
        )

    def persistent_load(self, pid: Any) -> tuple[str, str]:
        _, storage, key, _, _, _ = pid
        return str(key), str(storage)


def _view(storage: tuple[str, str], offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object) -> _View:
    return (*storage, offset, shape, strides)


def read_state_dict(path: Path) -> dict[str, NDArray[Any]]:
    """Tensors by name, in the file's order.

    Source: the legacy layout of ``torch.save``: five pickles (magic number, protocol, system, state dict, storage
    keys), then for each key an int64 count and the raw little-endian numbers.

    Raises
    ------
    WeightsError
        The file is of another layout, is cut short, or its pickle names anything but tensors.
    """
    with path.open("rb") as file:
        try:
            magic, _, system, views, keys = (_StateDictUnpickler(file).load() for _ in range(5))
            if magic != MAGIC or not system["little_endian"]:
                raise ValueError("not a legacy torch file")
            types = {view[0]: STORAGES[view[1]] for view in views.values()}
            storages = {key: _read_storage(file, types[key]) for key in keys}
            return {name: _tensor(storages[view[0]], view) for name, view in views.items()}
        except (pickle.UnpicklingError, EOFError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise WeightsError(
                f"{path.name} is no state dict: {error}", fix="reinstall the package it is in"
            ) from error


def _read_storage(file: BinaryIO, dtype: str) -> NDArray[Any]:
    count = int.from_bytes(file.read(8), "little", signed=True)
    size = count * np.dtype(dtype).itemsize
    data = file.read(size) if count >= 0 else b""
    if len(data) != size or count < 0:
        raise EOFError("it is cut short")
    return np.frombuffer(data, dtype)


def _tensor(storage: NDArray[Any], view: _View) -> NDArray[Any]:
    _, _, offset, shape, strides = view
    last = offset + sum((size - 1) * step for size, step in zip(shape, strides, strict=True))
    if offset < 0 or any(step < 0 for step in strides) or last >= len(storage):
        raise ValueError("a tensor reaches outside its storage")
    steps = tuple(step * storage.itemsize for step in strides)
    return np.ascontiguousarray(np.lib.stride_tricks.as_strided(storage[offset:], shape, steps))
