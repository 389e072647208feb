"""Arrays in one file that is mapped into memory when it is read.

The layout is that of safetensors: eight bytes with the length of a JSON header, the header with type, shape and place
of each array, then the numbers (https://github.com/huggingface/safetensors#format).
"""

import math
import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import xxhash
from numpy.typing import NDArray

TYPES = {
    "F32": "<f4",
    "F64": "<f8",
    "I8": "|i1",
    "I16": "<i2",
    "I32": "<i4",
    "I64": "<i8",
    "U8": "|u1",
    "U32": "<u4",
    "U64": "<u8",
}
NAMES = {np.dtype(code): name for name, code in TYPES.items()}
ALIGN = 64
DIGEST = "xxh3_128"
CHUNK = 1 << 20  # bytes hashed at a time: they stay in the processor's cache

Arrays = Mapping[str, NDArray[Any]]


def chunks(arrays: Arrays, about: Mapping[str, str] | None = None) -> list[bytes | memoryview]:
    """What to write, piece by piece; ``about`` is kept with the arrays."""
    header: dict[str, Any] = {"__metadata__": dict(about)} if about else {}
    data: list[bytes | memoryview] = []
    place = 0
    for name, array in arrays.items():
        shape = list(array.shape)  # before it is made contiguous, which makes one dimension of none
        array = np.ascontiguousarray(array)
        header[name] = {
            "dtype": NAMES[array.dtype.newbyteorder("<") if array.dtype.itemsize > 1 else array.dtype],
            "shape": shape,
            "data_offsets": [place, place + array.nbytes],
        }
        gap = -array.nbytes % ALIGN
        data += [array.reshape(-1).view(np.uint8).data, bytes(gap)]
        place += array.nbytes + gap
    text = orjson.dumps(header)
    text += b" " * (-(len(text) + 8) % ALIGN)
    return [len(text).to_bytes(8, "little"), text, *data]


def mapped(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """The arrays of a file, read-only, and what was kept with them; who reads has checked that the file is whole."""
    with open(path, "rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    start = 8 + int.from_bytes(data[:8], "little")
    header: dict[str, Any] = orjson.loads(data[8:start])
    about: dict[str, str] = header.pop("__metadata__", {})

    def array(dtype: str, shape: list[int], data_offsets: list[int]) -> NDArray[Any]:
        if not (size := math.prod(shape)):
            return np.zeros(shape, TYPES[dtype])
        return np.frombuffer(data, TYPES[dtype], size, start + data_offsets[0]).reshape(shape)

    return {name: array(**one) for name, one in header.items()}, about


def digest(path: Path) -> str:
    """The checksum of a file, read piece by piece through one buffer: no larger file takes more memory.

    XXH3-128 (https://github.com/Cyan4973/xxHash) finds damage as surely as a cryptographic hash does, at the speed of
    memory.
    """
    found, buffer = xxhash.xxh3_128(), memoryview(bytearray(CHUNK))
    with open(path, "rb", buffering=0) as file:
        while size := file.readinto(buffer):
            found.update(buffer[:size])
    return found.hexdigest()
