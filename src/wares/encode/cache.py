"""Vectors by content hash and encoder fingerprint: nothing is encoded twice.

One SQLite file in write-ahead mode: a transaction is there or not, readers never wait, and a second process may read
and write. Every row carries a checksum; a row that fails it is encoded again, and a file that is no database any more
is thrown away, for all of it can be made again. A full disk, or one that cannot be written, costs the keeping only.
"""

import os
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import numpy as np

from wares.errors import DiskFull, EncoderFailed, NewerState, StoreError, disk_error
from wares.logs import Logger
from wares.protocols import Encoded, Encoder
from wares.types import BoolArray, FloatArray

T = TypeVar("T")

_FILE = "vectors.sqlite"
_FORMAT = 1
_ASK = 512  # keys in one SELECT
_BATCH = 64  # items encoded, then committed, at once

log = Logger(__name__)


def content_key(content: str | bytes) -> str:
    """The name of a content in the cache."""
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return blake2b(data, digest_size=16).hexdigest()


class VectorCache:
    """Rows of encoders kept in a folder; safe to delete at any time.

    Parameters
    ----------
    folder
        Made if missing; one file ``vectors.sqlite`` and SQLite's journal beside it. Where it cannot be written it is
        only read.

    Raises
    ------
    NewerState
        A newer wares wrote the file.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / _FILE
        self._keeps = os.access(folder, os.W_OK)
        self._lock = Lock()
        with self._lock:
            self._connection = self._repaired(self._connect)

    def encode(
        self,
        encoder: Encoder[Any],
        keys: Sequence[str],
        load: Callable[[int], Any],
        progress: Callable[[int], None] | None = None,
    ) -> Encoded:
        """Vectors of the contents named by ``keys``; what is not known yet is loaded, encoded and kept.

        Parameters
        ----------
        keys : (n,)
            Content hashes (:func:`content_key`, or the sha256 of a photo); the same key is encoded once.
        load
            Position → item, called for the first position of every unknown key only.
        progress
            Called with the number of items encoded, after each batch.

        Returns
        -------
        Encoded
            (n, d) rows in the order of the keys.

        Raises
        ------
        EncoderFailed
            The encoder gave what is no vector: nothing of that batch is kept.
        """
        known = self.read(encoder.fingerprint, keys, encoder.dim)
        first: dict[str, int] = {}
        for position, key in enumerate(keys):
            if key not in known:
                first.setdefault(key, position)
        todo = list(first.items())
        for start in range(0, len(todo), _BATCH):
            batch = todo[start : start + _BATCH]
            encoded = _sound(encoder.encode([load(position) for _, position in batch]), encoder.fingerprint)
            rows = {key: encoded.vectors[i] if encoded.present[i] else None for i, (key, _) in enumerate(batch)}
            self.write(encoder.fingerprint, rows)
            known.update(rows)
            if progress:
                progress(len(batch))
        return _together([known[key] for key in keys], encoder.dim)

    def read(self, fingerprint: str, keys: Iterable[str], dim: int) -> dict[str, FloatArray | None]:
        """The rows that are known, None for a content known to be absent; damaged rows are not known."""
        asked = list(dict.fromkeys(keys))
        found: dict[str, FloatArray | None] = {}
        with self._lock:
            for start in range(0, len(asked), _ASK):
                some = asked[start : start + _ASK]
                for key, blob, checksum in self._repaired(partial(self._select, fingerprint, some)):
                    if zlib.crc32(blob) == checksum and len(blob) in (0, 4 * dim):
                        found[key] = np.frombuffer(blob, dtype="<f4") if blob else None
        return found

    def write(self, fingerprint: str, rows: Mapping[str, FloatArray | None]) -> None:
        """Keep rows (d,), None for absent, all or none of them; none where there is no space for them."""
        if not self._keeps:
            return
        blobs = {key: b"" if row is None else np.asarray(row, "<f4").tobytes() for key, row in rows.items()}
        lines = [(fingerprint, key, blob, zlib.crc32(blob)) for key, blob in blobs.items()]
        try:
            with self._lock:
                self._repaired(lambda: self._insert(lines))
        except DiskFull as full:
            log.warning("vectors not kept", code=full.code, rows=len(lines))

    def count(self, fingerprint: str) -> int:
        """How many contents are known of one encoder."""
        with self._lock:
            query = "SELECT count(*) FROM vectors WHERE fingerprint = ?"
            return int(self._connection.execute(query, (fingerprint,)).fetchone()[0])

    def keep_only(self, fingerprints: Iterable[str]) -> int:
        """Forget the rows of all other encoders; how many there were."""
        named = list(fingerprints)
        with self._lock, self._connection:
            marks = ",".join("?" * len(named))
            return self._connection.execute(f"DELETE FROM vectors WHERE fingerprint NOT IN ({marks})", named).rowcount

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _select(self, fingerprint: str, keys: Sequence[str]) -> list[tuple[str, bytes, int]]:
        marks = ",".join("?" * len(keys))
        query = f"SELECT key, vector, checksum FROM vectors WHERE fingerprint = ? AND key IN ({marks})"
        return self._connection.execute(query, (fingerprint, *keys)).fetchall()

    def _insert(self, rows: Sequence[tuple[str, str, bytes, int]]) -> None:
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)", rows)

    def _repaired(self, action: Callable[[], T]) -> T:
        """Do it; where the file turns out to be broken, do it again with a new one."""
        try:
            return action()
        except sqlite3.OperationalError as failed:
            if isinstance(found := disk_error(failed), DiskFull):
                raise found from failed
            fix = f"make {self._path.parent} writable and see that there is space on its disk"
            raise StoreError(f"the vector cache cannot be used: {failed}", fix=fix) from failed
        except sqlite3.DatabaseError:
            if hasattr(self, "_connection"):
                self._connection.close()
            for suffix in ("", "-wal", "-shm"):
                self._path.with_name(_FILE + suffix).unlink(missing_ok=True)
            self._connection = self._connect()
            return action()

    def _connect(self) -> sqlite3.Connection:
        return _connect(self._path) if self._keeps else _frozen(self._path)


def _frozen(path: Path) -> sqlite3.Connection:
    """To read what is in the file, which nobody can write; where there is none, an empty one in memory."""
    if not path.exists():
        return _connect(Path(":memory:"))
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30, check_same_thread=False)
    connection.execute("PRAGMA page_size = 16384")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")  # a power cut may lose the last rows, never break the file
    connection.execute("PRAGMA cache_size = -16384")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > _FORMAT:
        connection.close()
        raise NewerState(f"a newer wares wrote {path} (format {version})", fix="update wares, or delete the file")
    if version not in (0, _FORMAT):
        connection.close()
        raise sqlite3.DatabaseError("another format")
    with connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS vectors (fingerprint TEXT, key TEXT, vector BLOB NOT NULL, "
            "checksum INTEGER NOT NULL, PRIMARY KEY (fingerprint, key))"
        )
        if version != _FORMAT:
            connection.execute(f"PRAGMA user_version = {_FORMAT}")
    return connection


def _sound(encoded: Encoded, name: str) -> Encoded:
    """The same, if every row that is present is finite and not all zeros."""
    rows = encoded.vectors[encoded.present]
    squares = np.einsum("ij,ij->i", rows, rows)
    if not np.all((squares > 0) & np.isfinite(squares)):
        raise EncoderFailed(f"{name} gave what is no vector", fix="check its weights, then run `wares rebuild`")
    return encoded


def _together(rows: Sequence[FloatArray | None], dim: int) -> Encoded:
    present: BoolArray = np.array([row is not None for row in rows], dtype=np.bool_)
    vectors = np.zeros((len(rows), dim), dtype=np.float32)
    for position, row in enumerate(rows):
        if row is not None:
            vectors[position] = row
    return Encoded(vectors, present)
