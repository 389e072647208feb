"""Arrays in one file, mapped into memory when it is read.

The layout is that of safetensors: eight bytes with the length of a JSON header, the header with type, shape and place
of each array, then the numbers (https://github.com/huggingface/safetensors#format). A CRC-32 of all that ends the file.
"""

import math
import mmap
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import orjson
from numpy.typing import NDArray

from wares.errors import CorruptIndex

TYPES = {"U8": "|u1", "U32": "<u4", "F32": "<f4"}
NAMES = {np.dtype(code): name for name, code in TYPES.items()}
ALIGN, CHECKSUM = 64, 4
FIX = "`wares rebuild` makes it anew from the store"


def write(path: Path, arrays: Mapping[str, NDArray[Any]], kind: str) -> None:
    """Write the arrays and wait until they are on the disk; ``kind`` says what they are and in which version."""
    header: dict[str, Any] = {"__metadata__": {"kind": kind}}
    place = 0
    parts: list[bytes] = []
    for name, array in arrays.items():
        data = np.ascontiguousarray(array).tobytes()
        header[name] = {"dtype": NAMES[array.dtype], "shape": array.shape, "data_offsets": [place, place + len(data)]}
        parts.append(data + bytes(-len(data) % ALIGN))
        place += len(parts[-1])
    text = orjson.dumps(header)
    text += b" " * (-(len(text) + 8) % ALIGN)
    checksum = 0
    with open(path, "wb") as file:
        for part in (len(text).to_bytes(8, "little"), text, *parts):
            file.write(part)
            checksum = zlib.crc32(part, checksum)
        file.write(checksum.to_bytes(CHECKSUM, "little"))
        file.flush()
        os.fsync(file.fileno())


def read(path: Path, kind: str) -> dict[str, NDArray[Any]]:
    """The arrays, mapped and read-only.

    Raises
    ------
    CorruptIndex
        The file is missing, of another kind or version, cut off, or changed by a single bit.
    """
    try:
        with open(path, "rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            if _checksum(file, len(data) - CHECKSUM) != int.from_bytes(data[-CHECKSUM:], "little"):
                raise CorruptIndex(f"{path} is not what was written", fix=FIX)
    except (OSError, ValueError) as error:
        raise CorruptIndex(f"{path} cannot be read: {error}", fix=FIX) from error
    start = 8 + int.from_bytes(data[:8], "little")
    header = orjson.loads(data[8:start])
    found = header.pop("__metadata__")["kind"]
    if found != kind:
        raise CorruptIndex(f"{path} is {found}, not {kind}", fix=FIX)
    return {name: _array(data, start, **one) for name, one in header.items()}


def _checksum(file: BinaryIO, size: int) -> int:
    """Of the first ``size`` bytes, read piece by piece so that they do not count as memory of the process."""
    checksum = 0
    while size > 0 and (piece := file.read(min(size, 1 << 20))):
        checksum = zlib.crc32(piece, checksum)
        size -= len(piece)
    return checksum


def _array(data: mmap.mmap, start: int, dtype: str, shape: list[int], data_offsets: list[int]) -> NDArray[Any]:
    size = math.prod(shape)
    if not size:
        return np.zeros(shape, TYPES[dtype])
    return np.frombuffer(data, TYPES[dtype], size, start + data_offsets[0]).reshape(shape)
