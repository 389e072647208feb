"""Files of an index: arrays that are mapped into memory, and a manifest with the checksum of every file in the folder.

The checksum works at the speed of memory, so that every file is checked whenever a generation is opened.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import xxhash
from numpy.typing import NDArray

from wares.arrayfiles import DIGEST, Arrays, chunks, digest, mapped
from wares.errors import CorruptIndex

MANIFEST = "manifest.json"
FIX = "`wares rebuild` makes it anew from the store"


def write(folder: Path, files: Mapping[str, Arrays], facts: Mapping[str, Any]) -> None:
    """Write the array files and the manifest into a folder, and wait until they are on the disk."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = {name: _write_file(folder / name, chunks(arrays)) for name, arrays in files.items()}
    _write_manifest(folder, {"facts": dict(facts), "arrays": list(listed), "files": listed})


def seal(folder: Path) -> None:
    """Put everything else that lies in the folder, at any depth, under the manifest; without one, make it."""
    manifest = _manifest(folder) if (folder / MANIFEST).exists() else {"facts": {}, "arrays": [], "files": {}}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != MANIFEST and name not in manifest["files"]:
            manifest["files"][name] = {"bytes": path.stat().st_size, DIGEST: digest(path)}
    _write_manifest(folder, manifest)


def read(folder: Path) -> tuple[dict[str, Any], dict[str, dict[str, NDArray[Any]]]]:
    """Check every file against the manifest; return the facts and the arrays by file, mapped and read-only.

    Raises
    ------
    CorruptIndex
        A file is missing, cut off, too long or changed by a single bit.
    """
    manifest = verify(folder)
    return manifest["facts"], {name: mapped(folder / name)[0] for name in manifest["arrays"]}


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
    if path.stat().st_size != listed["bytes"] or digest(path) != listed[DIGEST]:
        raise CorruptIndex(f"{path} is not what was written", fix=FIX)


def sync(path: Path) -> None:
    """Wait until a file or the entries of a folder are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_file(path: Path, chunks: list[bytes | memoryview]) -> dict[str, Any]:
    hashed = xxhash.xxh3_128()
    with open(path, "wb") as file:
        for chunk in chunks:
            file.write(chunk)
            hashed.update(chunk)
        file.flush()
        os.fsync(file.fileno())
        return {"bytes": file.tell(), DIGEST: hashed.hexdigest()}
