"""Our own copies of photos and clips: a stranger's file comes in, a re-encoded one named by its content stays.

Nothing a merchant or shopper sent is ever served. Copies are named by the SHA-256 of their bytes
(``ab/abcdef….jpg``, a clip has a ``.poster.jpg`` beside it). What was seen already is remembered, so that an unchanged
file or address is neither fetched nor encoded again; that memory may be deleted at any time.
"""

import hashlib
import os
import re
import sqlite3
import stat
import tempfile
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from wares.catalog.media import clips, photos
from wares.catalog.media.fetch import Fetcher, Gate, check_bytes
from wares.errors import BlockedAddress, MediaRejected, NotFound
from wares.types import Media, MediaKind

RECIPE = "1"  # raise it when the same bytes would become another copy
SMALL = "small"  # the folder of small photos, which may be deleted at any time
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
SHA256 = re.compile(r"[0-9a-f]{64}")


class MediaStore:
    """Takes in photos and clips and keeps our copies; any number of threads may call it.

    Parameters
    ----------
    folder
        Where the copies are kept.
    max_bytes, max_pixels, max_seconds
        What a file may have at most, before it is decoded.
    max_side
        Longest side of our copy of a photo, in pixels.
    timeout
        Seconds for one download in all.
    allow_hosts, allow_private
        Internal hosts that media may come from; every address (closed networks only).
    """

    def __init__(
        self,
        folder: Path,
        *,
        max_bytes: int = 20_000_000,
        max_pixels: int = 50_000_000,
        max_side: int = 1200,
        max_seconds: float = 120.0,
        timeout: float = 20.0,
        allow_hosts: Iterable[str] = (),
        allow_private: bool = False,
    ) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._max_pixels = max_pixels
        self._max_side = max_side
        self._clip_limits = clips.ClipLimits(max_seconds=max_seconds)
        self._fetcher = Fetcher(
            Gate(allow_private=allow_private, allow_hosts=allow_hosts), max_bytes=max_bytes, timeout=timeout
        )
        self._seen = _Seen(folder / "seen.sqlite", f"{RECIPE}/{max_side}")

    def take(self, media: Media, base: Path | None = None) -> Media:
        """The same media with the ``sha256`` of our copy, made now unless it is there already.

        Parameters
        ----------
        media
            Its ``url`` is an http(s) address or a path below ``base``.
        base
            The feed's folder; None: no local files.

        Raises
        ------
        MediaRejected
            It cannot be read, fetched or decoded, or must not be.
        """
        copy = self._take_address(media) if SCHEME.match(media.url) else self._take_file(media, base)
        return replace(media, sha256=copy)

    def path(self, sha256: str) -> Path:
        """Our copy, ``.jpg`` or ``.mp4``; NotFound where there is none."""
        for suffix in (".jpg", ".mp4"):
            if SHA256.fullmatch(sha256) and (found := self._place(sha256, suffix)).exists():
                return found
        raise NotFound(f"there is no media {sha256[:64]!r}", fix="ingest its product again")

    def poster(self, sha256: str) -> Path:
        """A JPEG of a frame of the clip; NotFound where there is none."""
        place = self.path(sha256).with_suffix(".poster.jpg")
        if not place.exists():
            raise NotFound(f"media {sha256} has no poster", fix="only clips have one")
        return place

    def small(self, sha256: str, width: int) -> Path | None:
        """The photo as a WebP of at most ``width`` pixels across; None where it is yet to be made by :meth:`shrink`.

        Raises
        ------
        NotFound
            There is no such photo, or ``width`` is none of ``WIDTHS``.
        """
        place = self._small(sha256, width)
        return place if place.exists() else None

    def shrink(self, sha256: str, width: int) -> Path:
        """What :meth:`small` says, made now unless it is there; also OSError where the disk will not have it."""
        place = self._small(sha256, width)
        if not place.exists():
            write_whole(place, photos.scaled(self.path(sha256).read_bytes(), width))
        return place

    def sanitize_photo(self, data: bytes) -> bytes:
        """A stranger's photo as our own JPEG, kept nowhere; MediaRejected if it is none."""
        check_bytes(len(data), self._max_bytes)
        return photos.reencode(data, max_pixels=self._max_pixels, max_side=self._max_side)

    def sanitize_clip(self, clip: bytes | Path) -> Path:
        """A stranger's clip as our own MP4, a temporary file that the caller deletes; MediaRejected if it is none."""
        data = clip if isinstance(clip, bytes) else read_local(clip, self._max_bytes)
        check_bytes(len(data), self._max_bytes)
        with tempfile.NamedTemporaryFile(suffix=".mp4", delete=False) as file:
            target = Path(file.name)
        try:
            clips.reencode(data, target, self._clip_limits)
        except BaseException:
            target.unlink()
            raise
        return target

    def close(self) -> None:
        self._fetcher.close()
        self._seen.close()

    def _take_address(self, media: Media) -> str:
        source = f"{media.kind} {media.url}"
        known, stamp = self._known(source)
        etag, _, modified = stamp.partition("\n")
        fetched = self._fetcher.get(media.url, etag=etag, modified=modified)
        if fetched.data is not None:
            known = self._copy(fetched.data, media.kind)
            self._seen.put(source, known, f"{fetched.etag}\n{fetched.modified}")
        if not known:
            raise MediaRejected("the server says nothing changed, unasked", fix="check what the address answers")
        return known

    def _take_file(self, media: Media, base: Path | None) -> str:
        path = local_path(media.url, base)
        source, found = f"{media.kind} {path}", path.stat()
        known, stamp = self._known(source)
        if not known or stamp != f"{found.st_mtime_ns} {found.st_size}":
            known = self._copy(read_local(path, self._max_bytes), media.kind)
            self._seen.put(source, known, f"{found.st_mtime_ns} {found.st_size}")
        return known

    def _known(self, source: str) -> tuple[str, str]:
        """Copy and stamp of a source; empty where it is new or the copy is gone."""
        copy, stamp = self._seen.get(source)
        there = copy and any(self._place(copy, suffix).exists() for suffix in (".jpg", ".mp4"))
        return (copy, stamp) if there else ("", "")

    def _copy(self, data: bytes, kind: MediaKind) -> str:
        """The name of our copy of these bytes, which another address may have brought already."""
        source = f"{kind} sha256:{hashlib.sha256(data).hexdigest()}"
        known, _ = self._known(source)
        if not known:
            known = self._keep_photo(data) if kind == "image" else self._keep_clip(data)
            self._seen.put(source, known, "")
        return known

    def _keep_photo(self, data: bytes) -> str:
        copy = self.sanitize_photo(data)
        name = hashlib.sha256(copy).hexdigest()
        write_whole(self._place(name, ".jpg"), copy)
        return name

    def _keep_clip(self, data: bytes) -> str:
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "clip.mp4"
            poster = clips.reencode(data, target, self._clip_limits)
            copy = target.read_bytes()
        name = hashlib.sha256(copy).hexdigest()
        write_whole(self._place(name, ".poster.jpg"), poster)
        write_whole(self._place(name, ".mp4"), copy)
        return name

    def _small(self, sha256: str, width: int) -> Path:
        if self.path(sha256).suffix != ".jpg" or width not in photos.WIDTHS:
            raise NotFound(f"there is no photo {sha256} of {width} pixels", fix=f"ask for one of {photos.WIDTHS}")
        return self._folder / SMALL / sha256[:2] / f"{sha256}.{width}.webp"

    def _place(self, sha256: str, suffix: str) -> Path:
        return self._folder / sha256[:2] / f"{sha256}{suffix}"


def local_path(name: str, base: Path | None) -> Path:
    """The file a feed names, links followed, if it lies below the feed's folder; else BlockedAddress."""
    if base is None:
        raise BlockedAddress(f"{name[:200]!r} is a local path", fix="use an http or https address")
    try:
        path = (base / name).resolve(strict=True)
    except (OSError, ValueError) as error:
        raise MediaRejected(f"there is no file {name[:200]!r} beside the feed", fix="check the path") from error
    if not path.is_relative_to(base.resolve()):
        raise BlockedAddress(f"{name[:200]!r} leaves the feed's folder", fix="put the file below the feed's folder")
    return path


def read_local(path: Path, max_bytes: int) -> bytes:
    """A regular file's bytes, within the cap; pipes and devices are never waited for."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise MediaRejected(f"{path.name} is no file", fix="name a picture or clip")
            check_bytes(os.fstat(handle).st_size, max_bytes)
            with open(handle, "rb", closefd=False) as file:
                data = file.read(max_bytes + 1)
        finally:
            os.close(handle)
    except OSError as error:
        raise MediaRejected(f"{path.name} cannot be read: {error.strerror}", fix="check its permissions") from error
    check_bytes(len(data), max_bytes)
    return data


def write_whole(path: Path, data: bytes) -> None:
    """Write all or nothing: a temporary file, on disk before it gets its name."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class _Seen:
    """Which source became which copy, with what tells whether the source changed; made at its first use."""

    def __init__(self, path: Path, recipe: str) -> None:
        self._path = path
        self._recipe = recipe
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def get(self, source: str) -> tuple[str, str]:
        """Copy and stamp; empty where the source is new."""
        with self._lock:
            query = "SELECT copy, stamp FROM seen WHERE recipe = ? AND source = ?"
            return self._open().execute(query, (self._recipe, source)).fetchone() or ("", "")

    def put(self, source: str, copy: str, stamp: str) -> None:
        with self._lock, self._open() as connection:
            connection.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?)", (self._recipe, source, copy, stamp))

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=30, check_same_thread=False)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")  # losing it costs time, never a copy
            columns = "recipe TEXT, source TEXT, copy TEXT, stamp TEXT, PRIMARY KEY (recipe, source)"
            connection.execute(f"CREATE TABLE IF NOT EXISTS seen ({columns}) WITHOUT ROWID")
            self._connection = connection
        return self._connection
