"""What was searched for and not found: words and how often, by day, with nobody's name; bounded in number and age.

One SQLite file of its own, readable by its owner, so that no feed is waited for. Counts stand in memory for up to a
minute and are then written by a thread beside the answers; a process that is killed loses them.
"""

import os
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Lock, Timer
from typing import Literal

from wares.catalog.shoppers import names_in
from wares.errors import NewerState, StoreError, WaresError, disk_error, disk_errors
from wares.logs import Logger

NAME = "unfound.sqlite"
VERSION = 1
AGE = 90  # days that a count is kept
MOST, MOST_WAITING = 10_000, 1_000  # counts that are kept, and that wait to be written
LONGEST = 200  # signs of a query
PAUSE = 60.0  # seconds between two writes
DAY = 86_400
TABLE = """
CREATE TABLE IF NOT EXISTS unfound (
    text TEXT NOT NULL, reason TEXT NOT NULL, day INTEGER NOT NULL, times INTEGER NOT NULL,
    PRIMARY KEY (text, reason, day)
)
"""

Reason = Literal["not_carried", "filters"]
log = Logger(__name__)


@dataclass(frozen=True, slots=True)
class Unfound:
    """Words that found nothing: because no product is like that, or because no product passed the ``filters``."""

    text: str
    reason: Reason
    times: int
    last: date


class UnfoundQueries:
    """The counts of one shop; any number of processes may add to them.

    Parameters
    ----------
    folder
        The data folder; the file is made with the first count.
    """

    def __init__(self, folder: Path, pause: float = PAUSE, clock: Callable[[], float] = time.time) -> None:
        self._path = folder / NAME
        self._pause, self._clock = pause, clock
        self._waiting: Counter[tuple[str, Reason, int]] = Counter()
        self._timer: Timer | None = None
        self._lock = Lock()

    def add(self, text: str, reason: Reason) -> None:
        """Count a query; what is personal in it must be masked before."""
        key = (_folded(text), reason, self._today())
        with self._lock:
            if not key[0] or (len(self._waiting) >= MOST_WAITING and key not in self._waiting):
                return
            self._waiting[key] += 1
            if self._timer is None:
                self._timer = Timer(self._pause, self.flush)
                self._timer.daemon = True
                self._timer.start()

    def top(self, most: int = 100, days: int = AGE) -> list[Unfound]:
        """What was asked most in the last days, today included, by however many processes."""
        self.flush()
        if not self._path.exists():
            return []
        statement = (
            "SELECT text, reason, sum(times), max(day) FROM unfound WHERE day > ? "
            "GROUP BY text, reason ORDER BY sum(times) DESC, text, reason LIMIT ?"
        )
        with self._opened() as connection:
            rows = connection.execute(statement, (self._today() - days, most)).fetchall()
        return [Unfound(text, reason, times, date.fromordinal(_EPOCH + day)) for text, reason, times, day in rows]

    def flush(self) -> None:
        """Write what waits; where that cannot be done it is dropped, and said."""
        with self._lock:
            waiting, self._waiting = self._waiting, Counter()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        if not waiting:
            return
        try:
            with self._opened() as connection:
                connection.executemany(
                    "INSERT INTO unfound VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET times = times + excluded.times",
                    [(*key, times) for key, times in waiting.items()],
                )
                connection.execute("DELETE FROM unfound WHERE day <= ?", (self._today() - AGE,))
                connection.execute(
                    "DELETE FROM unfound WHERE rowid IN "
                    "(SELECT rowid FROM unfound ORDER BY times DESC, day DESC LIMIT -1 OFFSET ?)",
                    (MOST,),
                )
        except (WaresError, OSError) as error:
            log.warning("queries without a result were not counted", reason=str(error))

    def forget(self, texts: Iterable[str], names: Iterable[str]) -> None:
        """Take out what somebody asked, and whatever names them."""
        asked, named = {_folded(text) for text in texts}, {name.casefold() for name in names}
        if not self._path.exists():
            return
        with self._opened() as connection:
            kept = [text for (text,) in connection.execute("SELECT DISTINCT text FROM unfound")]
            gone = [(text,) for text in kept if text in asked or names_in(text) & named]
            connection.executemany("DELETE FROM unfound WHERE text = ?", gone)

    def close(self) -> None:
        """Write what waits."""
        self.flush()

    def _today(self) -> int:
        """Days since 1970, UTC."""
        return int(self._clock() // DAY)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """One transaction; the file is closed after it."""
        with disk_errors():
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        try:
            with closing(sqlite3.connect(self._path, timeout=5)) as connection, connection:
                self._prepare(connection)
                yield connection
        except sqlite3.Error as error:
            fix = "delete it; the counts begin anew"
            raise disk_error(error) or StoreError(f"{self._path} cannot be used: {error}", fix=fix) from error

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA secure_delete=ON")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise NewerState(f"a newer wares wrote {self._path}", fix="update wares")
        if version < VERSION:
            connection.execute(TABLE)
            connection.execute(f"PRAGMA user_version={VERSION}")


_EPOCH = date(1970, 1, 1).toordinal()


def _folded(text: str) -> str:
    """In small letters, and without halves of signs, which no file takes."""
    return " ".join(text.casefold().encode("utf-8", "replace").decode().split())[:LONGEST]
