"""Arrays in one file that says what they are and ends with a CRC-32 of all of it."""

import os
import zlib
from pathlib import Path
from typing import Any, BinaryIO

from numpy.typing import NDArray

from wares.arrayfiles import Arrays, chunks, mapped
from wares.errors import CorruptIndex

CHECKSUM = 4
FIX = "`wares rebuild` makes it anew from the store"


def write(path: Path, arrays: Arrays, kind: str) -> None:
    """Write the arrays and wait until they are on the disk; ``kind`` says what they are and in which version."""
    checksum = 0
    with open(path, "wb") as file:
        for part in chunks(arrays, {"kind": kind}):
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
            checksum = _checksum(file, path.stat().st_size - CHECKSUM)
            if checksum != int.from_bytes(file.read(CHECKSUM), "little"):
                raise CorruptIndex(f"{path} is not what was written", fix=FIX)
    except OSError as error:
        raise CorruptIndex(f"{path} cannot be read: {error}", fix=FIX) from error
    arrays, about = mapped(path)
    if about["kind"] != kind:
        raise CorruptIndex(f"{path} is {about['kind']}, not {kind}", fix=FIX)
    return arrays


def _checksum(file: BinaryIO, size: int) -> int | None:
    """Of the first ``size`` bytes, read piece by piece so that they do not count as memory; None: there are none."""
    checksum = 0
    left = size
    while left > 0 and (piece := file.read(min(left, 1 << 20))):
        checksum = zlib.crc32(piece, checksum)
        left -= len(piece)
    return checksum if size > 0 else None
