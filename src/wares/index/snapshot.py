"""Files of an index: arrays that are mapped into memory, and a manifest with the checksum of every file in the folder.

The checksum is XXH3-128 (https://github.com/Cyan4973/xxHash): it finds damage as surely as a cryptographic hash, at the
speed of memory, so that every file is checked whenever a generation is opened.

An array file has the safetensors layout: eight bytes with the length of a JSON header, the header with type, shape and
place of each array, then the numbers (https://github.com/huggingface/safetensors#format).
"""

import math
import mmap
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import xxhash
from numpy.typing import NDArray

from wares.errors import CorruptIndex

MANIFEST = "manifest.json"
TYPES = {"F32": "<f4", "F64": "<f8", "I16": "<i2", "I32": "<i4", "I64": "<i8", "U8": "|u1"}
NAMES = {np.dtype(code): name for name, code in TYPES.items()}
ALIGN = 64
CHUNK = 1 << 20  # bytes hashed at a time: they stay in the processor's cache
DIGEST = "xxh3_128"
FIX = "`wares rebuild` makes it anew from the store"

Arrays = Mapping[str, NDArray[Any]]


def write(folder: Path, files: Mapping[str, Arrays], facts: Mapping[str, Any]) -> None:
    """Write the array files and the manifest into a folder, and wait until they are on the disk."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = {name: _write_file(folder / name, _chunks(arrays)) for name, arrays in files.items()}
    _write_manifest(folder, {"facts": dict(facts), "arrays": list(listed), "files": listed})


def seal(folder: Path) -> None:
    """Put everything else that lies in the folder, at any depth, under the manifest; without one, make it."""
    manifest = _manifest(folder) if (folder / MANIFEST).exists() else {"facts": {}, "arrays": [], "files": {}}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != MANIFEST and name not in manifest["files"]:
            manifest["files"][name] = {"bytes": path.stat().st_size, DIGEST: _digest(path)}
    _write_manifest(folder, manifest)


def read(folder: Path) -> tuple[dict[str, Any], dict[str, dict[str, NDArray[Any]]]]:
    """Check every file against the manifest; return the facts and the arrays by file, mapped and read-only.

    Raises
    ------
    CorruptIndex
        A file is missing, cut off, too long or changed by a single bit.
    """
    manifest = verify(folder)
    return manifest["facts"], {name: _map(folder / name) for name in manifest["arrays"]}


def verify(folder: Path) -> dict[str, Any]:
    """The manifest of a folder whose files are all as they were written, else CorruptIndex."""
    try:
        manifest = _manifest(folder)
        for name, listed in manifest["files"].items():
            _check_file(folder / name, listed)
    except OSError as error:
        raise CorruptIndex(f"{folder} cannot be read: {error}", fix=FIX) from error
    return manifest


def signed(body: bytes) -> bytes:
    """A small file with the checksum of its content as first line."""
    return f"{DIGEST}:{xxhash.xxh3_128_hexdigest(body)}\n".encode() + body


def unsigned(content: bytes, path: Path) -> bytes:
    """The content of a small file that ``signed`` made, else CorruptIndex."""
    checksum, _, body = content.partition(b"\n")
    if checksum != signed(body).partition(b"\n")[0]:
        raise CorruptIndex(f"{path} was changed, or an older wares wrote it", fix=FIX)
    return body


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    manifest: dict[str, Any] = orjson.loads(unsigned(path.read_bytes(), path))
    return manifest


def _write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    _write_file(folder / MANIFEST, [signed(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))])
    sync(folder)


def _check_file(path: Path, listed: Mapping[str, Any]) -> None:
    if path.stat().st_size != listed["bytes"] or _digest(path) != listed[DIGEST]:
        raise CorruptIndex(f"{path} is not what was written", fix=FIX)


def _digest(path: Path) -> str:
    """The checksum of a file, read piece by piece through one buffer: no larger file takes more memory."""
    digest, buffer = xxhash.xxh3_128(), memoryview(bytearray(CHUNK))
    with open(path, "rb", buffering=0) as file:
        while size := file.readinto(buffer):
            digest.update(buffer[:size])
    return digest.hexdigest()


def sync(path: Path) -> None:
    """Wait until a file or the entries of a folder are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def pack(strings: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Strings → arrays."""
    encoded = [string.encode("utf-8", "surrogatepass") for string in strings]
    lengths = np.array([len(each) for each in encoded], np.int32)
    return {"bytes": np.frombuffer(b"".join(encoded), np.uint8), "lengths": lengths}


def unpack(arrays: Arrays, prefix: str) -> tuple[str, ...]:
    """Arrays named ``prefix/bytes`` and ``prefix/lengths`` → strings."""
    data = arrays[f"{prefix}/bytes"].tobytes()
    ends = np.cumsum(arrays[f"{prefix}/lengths"], dtype=np.int64).tolist()
    return (
        tuple(
            data[start:end].decode("utf-8", "surrogatepass") for start, end in zip([0, *ends[:-1]], ends, strict=True)
        )
        if ends
        else ()
    )


def _chunks(arrays: Arrays) -> list[bytes | memoryview]:
    header: dict[str, Any] = {}
    data: list[bytes | memoryview] = []
    place = 0
    for name, array in arrays.items():
        array = np.ascontiguousarray(array)
        header[name] = {
            "dtype": NAMES[array.dtype.newbyteorder("<") if array.dtype.itemsize > 1 else array.dtype],
            "shape": list(array.shape),
            "data_offsets": [place, place + array.nbytes],
        }
        gap = -array.nbytes % ALIGN
        data += [array.reshape(-1).view(np.uint8).data, bytes(gap)]
        place += array.nbytes + gap
    text = orjson.dumps(header)
    text += b" " * (-(len(text) + 8) % ALIGN)
    return [len(text).to_bytes(8, "little"), text, *data]


def _map(path: Path) -> dict[str, NDArray[Any]]:
    with open(path, "rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    start = 8 + int.from_bytes(data[:8], "little")
    header: dict[str, Any] = orjson.loads(data[8:start])

    def array(dtype: str, shape: list[int], data_offsets: list[int]) -> NDArray[Any]:
        return np.frombuffer(data, TYPES[dtype], math.prod(shape), start + data_offsets[0]).reshape(shape)

    return {name: array(**one) for name, one in header.items()}


def _write_file(path: Path, chunks: list[bytes | memoryview]) -> dict[str, Any]:
    digest = xxhash.xxh3_128()
    with open(path, "wb") as file:
        for chunk in chunks:
            file.write(chunk)
            digest.update(chunk)
        file.flush()
        os.fsync(file.fileno())
        return {"bytes": file.tell(), DIGEST: digest.hexdigest()}
