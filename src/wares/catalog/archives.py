"""Open compressed feeds without being flooded, and unpack archives without leaving the folder."""

import gzip
import io
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from wares.errors import FeedError

MAX_RATIO = 100
MAX_BYTES = 16_000_000_000
MAX_MEMBERS = 500_000
GRACE = 10_000_000  # small files may be packed as tightly as they like
CHUNK = 1 << 20

ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")
PACKED = (*ARCHIVES, ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar")


def is_archive(path: Path) -> bool:
    """Whether the name is that of an archive of several files."""
    return path.name.lower().endswith(ARCHIVES)


def open_stream(path: Path, *, max_bytes: int = MAX_BYTES, max_ratio: float = MAX_RATIO) -> BinaryIO:
    """The bytes of a file, inflated when it is gzip.

    Raises
    ------
    FeedError
        At opening when the file cannot be read; while reading when it inflates to more than ``max_bytes``, or to more
        than ``max_ratio`` times its size, or ends in the middle.
    """
    try:
        raw = path.open("rb")
    except OSError as error:
        raise FeedError(f"{path} cannot be read: {error.strerror}", fix="check the path and its permissions") from None
    magic = raw.read(2)
    raw.seek(0)
    if magic != b"\x1f\x8b":
        return raw
    return io.BufferedReader(_Inflated(raw, path.name, max_bytes, max_ratio), CHUNK)


class _Inflated(io.RawIOBase):
    def __init__(self, raw: BinaryIO, name: str, max_bytes: int, max_ratio: float) -> None:
        self._raw, self._name = raw, name
        self._gzip = gzip.GzipFile(fileobj=raw, mode="rb")
        self._limit = _Limit(name, max_bytes, max_ratio)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._gzip.read1(len(buffer))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise FeedError(f"{self._name} ends in the middle or is damaged: {error}", fix="pack it again") from None
        self._limit.add(len(data), self._raw.tell())
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._gzip.close()
        self._raw.close()
        super().close()


class _Limit:
    """Counts what comes out of what went in."""

    def __init__(self, name: str, max_bytes: int, max_ratio: float) -> None:
        self._name, self._max_bytes, self._max_ratio = name, max_bytes, max_ratio
        self._out = 0

    def add(self, out: int, packed: int) -> None:
        self._out += out
        if self._out > self._max_bytes:
            raise FeedError(f"{self._name} inflates to more than {self._max_bytes:,} bytes", fix="split it")
        if self._out > max(GRACE, self._max_ratio * packed):
            raise FeedError(f"{self._name} inflates more than {self._max_ratio:g} times", fix="send it unpacked")


def unpack(path: Path, folder: Path, *, max_bytes: int = MAX_BYTES, max_ratio: float = MAX_RATIO) -> list[Path]:
    """Unpack a zip or tar into a folder that is ours, and return the files.

    Raises
    ------
    FeedError
        A member that would leave the folder, is a link or a device, overlaps another, is an archive itself, or
        inflates too far; nothing outside of the folder was touched.
    """
    try:
        if zipfile.is_zipfile(path):
            return _unpack_zip(path, folder, _Limit(path.name, max_bytes, max_ratio))
        return _unpack_tar(path, folder, _Limit(path.name, max_bytes, max_ratio))
    except (
        zipfile.BadZipFile,
        tarfile.TarError,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise FeedError(f"{path.name} cannot be unpacked: {error}", fix="pack it again as zip or tar.gz") from None


def _unpack_zip(path: Path, folder: Path, limit: _Limit) -> list[Path]:
    files = []
    with zipfile.ZipFile(path) as archive:
        members = sorted(archive.infolist(), key=lambda member: member.header_offset)
        _check_count(path, len(members))
        end = 0
        for member in members:
            if member.header_offset < end:
                raise FeedError(f"{path.name}: members overlap", fix="pack it again")
            end = member.header_offset + member.compress_size
        for member in members:
            if member.is_dir():
                continue
            if stat.S_ISLNK(member.external_attr >> 16):
                raise FeedError(f"{path.name}: {member.filename!r} is a link", fix="pack the file itself")
            target = _inside(path, folder, member.orig_filename)
            with archive.open(member) as source:
                _write(target, _chunks(source), _packed_at(member), limit)
            files.append(target)
    return files


def _packed_at(member: zipfile.ZipInfo) -> Callable[[], int]:
    return lambda: member.header_offset + member.compress_size


def _unpack_tar(path: Path, folder: Path, limit: _Limit) -> list[Path]:
    files = []
    with path.open("rb") as raw, tarfile.open(fileobj=raw) as archive:
        for number, member in enumerate(archive):
            _check_count(path, number + 1)
            if member.isdir():
                continue
            source = archive.extractfile(member) if member.isfile() else None
            if source is None:
                raise FeedError(f"{path.name}: {member.name!r} is a link or a device", fix="pack the file itself")
            target = _inside(path, folder, member.name)
            _write(target, _chunks(source), raw.tell, limit)
            files.append(target)
    return files


def _check_count(path: Path, members: int) -> None:
    if members > MAX_MEMBERS:
        raise FeedError(f"{path.name} holds more than {MAX_MEMBERS:,} files", fix="split it")


def _inside(path: Path, folder: Path, name: str) -> Path:
    parts = PurePosixPath(name).parts
    bad = not parts or name.startswith("/") or ".." in parts or any(mark in name for mark in "\0\\:")
    target = folder / name
    if bad or not target.resolve().is_relative_to(folder.resolve()):
        raise FeedError(f"{path.name}: {name!r} would leave the folder", fix="pack it with plain relative names")
    if name.lower().endswith(PACKED):
        raise FeedError(f"{path.name}: {name!r} is an archive in an archive", fix="pack the files themselves")
    return target


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(CHUNK):
        yield chunk


def _write(target: Path, chunks: Iterator[bytes], packed: Callable[[], int], limit: _Limit) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        for chunk in chunks:
            limit.add(len(chunk), packed())
            file.write(chunk)
