"""What readers made of media, by the hash of our copy and the reader's name: nothing is read twice.

One SQLite file in write-ahead mode. Every text is a transaction of its own, so a run that is killed goes on where it
was; a shop that is serving reads beside it.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from wares.errors import StoreError

_ASK = 512  # keys in one SELECT


class Transcripts:
    """Texts kept in a folder; safe to delete when no process uses it.

    Parameters
    ----------
    folder
        Made if missing; one file ``texts.sqlite`` and SQLite's journal beside it.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock = Lock()
        self._connection = sqlite3.connect(folder / "texts.sqlite", timeout=30, check_same_thread=False)
        with self._transaction() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")  # a power cut may lose the last texts, never the file
            connection.execute(
                "CREATE TABLE IF NOT EXISTS texts (id INTEGER PRIMARY KEY AUTOINCREMENT, sha256 TEXT NOT NULL, "
                "reader TEXT NOT NULL, text TEXT NOT NULL, UNIQUE (sha256, reader))"
            )

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
            fix = f"make {self._folder} writable and see to space on its disk; if it is broken, delete it"
            raise StoreError(f"the transcripts cannot be used: {failed}", fix=fix) from failed
