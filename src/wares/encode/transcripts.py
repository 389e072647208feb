"""What readers made of media, by the hash of our copy and the reader's name: nothing is read twice.

One SQLite file in write-ahead mode. Every text is a transaction of its own, so a run that is killed goes on where it
was; a shop that is serving reads beside it. A file that is no database any more is put aside, for a shop can do
without: reading the media again makes it anew.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from wares.errors import NewerState, StoreError, disk_error
from wares.logs import Logger

_FORMAT = 1
_ASK = 512  # keys in one SELECT

log = Logger(__name__)


class Transcripts:
    """Texts kept in a folder; safe to delete when no process uses it.

    Parameters
    ----------
    folder
        Made if missing; one file ``texts.sqlite`` and SQLite's journal beside it. Where it cannot be written it is only
        read.

    Raises
    ------
    NewerState
        A newer wares wrote the file.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._path = folder / "texts.sqlite"
        self._lock = Lock()
        try:
            self._connection = self._connect()
        except sqlite3.OperationalError as failed:
            raise self._failed(failed) from failed
        except sqlite3.DatabaseError as broken:
            log.error("transcripts put aside", reason=str(broken), path=str(self._path))
            for suffix in ("-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            self._path.rename(self._path.with_suffix(".broken"))
            self._connection = self._connect()

    def _connect(self) -> sqlite3.Connection:
        if not os.access(self._folder, os.W_OK):
            if not self._path.exists():
                return _prepared(sqlite3.connect(":memory:", check_same_thread=False))
            address = f"{self._path.absolute().as_uri()}?mode=ro&immutable=1"
            return sqlite3.connect(address, uri=True, check_same_thread=False)
        connection = sqlite3.connect(self._path, timeout=30, check_same_thread=False)
        try:
            return _prepared(connection)
        except BaseException:
            connection.close()
            raise

    @property
    def fingerprint(self) -> str:
        """Changes with the texts; empty while there is none, for a medium without words changes nothing."""
        with self._transaction() as connection:
            count, last = connection.execute("SELECT count(*), max(id) FROM texts WHERE text != ''").fetchone()
        return f"{count}:{last}" if count else ""

    def get(self, sha256s: Iterable[str]) -> dict[str, str]:
        """The texts of those media that have words, by hash; of several readers, what the last one made of it."""
        rows = self._select("SELECT sha256, text FROM texts WHERE sha256 IN ({}) ORDER BY id", sha256s)
        return {sha256: text for sha256, text in dict(rows).items() if text}

    def unread(self, sha256s: Iterable[str], reader: str) -> list[str]:
        """Those that the reader has not read, each once, in their order."""
        asked = list(dict.fromkeys(sha256s))
        read = dict(self._select("SELECT sha256, text FROM texts WHERE sha256 IN ({}) AND reader = ?", asked, reader))
        return [sha256 for sha256 in asked if sha256 not in read]

    def put(self, sha256: str, reader: str, text: str) -> None:
        """Keep a text, empty for a medium without words; committed when this returns."""
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO texts (sha256, reader, text) VALUES (?, ?, ?)", (sha256, reader, text)
            )

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _select(self, query: str, sha256s: Iterable[str], *more: str) -> list[tuple[str, str]]:
        asked = list(sha256s)
        rows: list[tuple[str, str]] = []
        with self._transaction() as connection:
            for start in range(0, len(asked), _ASK):
                some = asked[start : start + _ASK]
                rows += connection.execute(query.format(",".join("?" * len(some))), (*some, *more))
        return rows

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._lock, self._connection:
                yield self._connection
        except sqlite3.Error as failed:
            raise self._failed(failed) from failed

    def _failed(self, failed: sqlite3.Error) -> StoreError:
        fix = f"make {self._folder} writable and see to space on its disk; if it is broken, delete it"
        return disk_error(failed) or StoreError(f"the transcripts cannot be used: {failed}", fix=fix)


def _prepared(connection: sqlite3.Connection) -> sqlite3.Connection:
    """With its table, if it is whole and not newer than this code."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")  # a power cut may lose the last texts, never the file
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > _FORMAT:
        raise NewerState(f"a newer wares wrote these transcripts (format {version})", fix="update wares")
    if (found := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
        raise sqlite3.DatabaseError(found)
    with connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS texts (id INTEGER PRIMARY KEY AUTOINCREMENT, sha256 TEXT NOT NULL, "
            "reader TEXT NOT NULL, text TEXT NOT NULL, UNIQUE (sha256, reader))"
        )
        if version != _FORMAT:
            connection.execute(f"PRAGMA user_version = {_FORMAT}")
    return connection
