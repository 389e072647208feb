"""Where keys, accounts and sessions are kept: one SQLite file of its own in the data folder, readable by its owner.

Every process of a shop opens it; what one commits, the others see with their next look (``changed``).
"""

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from wares.errors import NewerState, disk_errors

NAME = "access.sqlite"
VERSION = 1
TABLES = """
CREATE TABLE keys (
    id TEXT PRIMARY KEY, digest BLOB NOT NULL, label TEXT NOT NULL, scopes TEXT NOT NULL, filters TEXT NOT NULL,
    referrers TEXT NOT NULL, rate TEXT NOT NULL, products INTEGER, created REAL NOT NULL, expires REAL, revoked REAL
);
CREATE TABLE accounts (
    name TEXT PRIMARY KEY, password TEXT NOT NULL, role TEXT NOT NULL, created REAL NOT NULL
);
CREATE TABLE sessions (
    digest BLOB PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    created REAL NOT NULL, seen REAL NOT NULL
);
CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL);
"""


class Vault:
    """Opens the file when it is first needed; a shop without keys and accounts has none.

    Attributes
    ----------
    path
        The file.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._lock = RLock()
        self._connection: sqlite3.Connection | None = None
        self._owner = 0
        self._seen: tuple[int, int] = (0, 0)

    def rows(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        """What a SELECT finds; nothing where there is no file yet."""
        with self._lock, disk_errors():
            connection = self._opened(create=False)
            return connection.execute(statement, values).fetchall() if connection else []

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, committed at the end."""
        with self._lock, disk_errors():
            connection = self._opened(create=True)
            assert connection is not None
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
            self._seen = (self._seen[0] + 1, self._seen[1])

    def changed(self) -> tuple[int, int]:
        """Other than before as soon as any process committed something."""
        with self._lock, disk_errors():
            connection = self._opened(create=False)
            version = connection.execute("PRAGMA data_version").fetchone()[0] if connection else 0
            self._seen = (self._seen[0], version)
            return self._seen

    def secret(self, name: str) -> bytes:
        """32 random bytes that stay the same, made when they are first asked for."""
        found = self.rows("SELECT value FROM secrets WHERE name = ?", name)
        if not found:
            with self.writing() as connection:
                made = secrets.token_bytes(32)
                connection.execute("INSERT OR IGNORE INTO secrets VALUES (?, ?)", (name, made))
            found = self.rows("SELECT value FROM secrets WHERE name = ?", name)
        return bytes(found[0]["value"])

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._connection is not None and self._owner == os.getpid():
                self._connection.close()
            self._connection = None

    def _opened(self, *, create: bool) -> sqlite3.Connection | None:
        """This process's connection; one that came through a fork is not touched."""
        if self._connection is not None and self._owner == os.getpid():
            return self._connection
        if not create and not self.path.exists():
            return None
        if create:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        frozen = not os.access(self.path.parent, os.W_OK)
        if create and not frozen:
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        address = self.path.absolute().as_uri() + ("?mode=ro&immutable=1" if frozen else "")
        connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False, timeout=5)
        connection.row_factory = sqlite3.Row
        if not frozen:
            for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
                connection.execute(f"PRAGMA {setting}")
        self._migrate(connection)
        self._connection, self._owner = connection, os.getpid()
        self._seen = (self._seen[0] + 1, 0)
        return connection

    def _migrate(self, connection: sqlite3.Connection) -> None:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            connection.close()
            raise NewerState(f"a newer wares wrote {self.path}", fix="update wares")
        if version == 0:
            connection.executescript(f"BEGIN IMMEDIATE;{_if_not_there(TABLES)}PRAGMA user_version = {VERSION};COMMIT;")


def _if_not_there(statements: str) -> str:
    """Two processes may make the file at the same time."""
    return statements.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS")
