"""Rows that belong together though they lie apart, brought together on disk: memory stays bounded."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import orjson

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Spooled:
    """A row as it was read: from which source, at which line."""

    source: str
    number: int
    fields: Fields


class Spool:
    """A private database of SQLite's own temporary kind: it spills to disk by itself and is gone when closed."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("", check_same_thread=False)
        self._rows.executescript(
            "PRAGMA journal_mode = OFF;"
            "CREATE TABLE keys (id INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL, taken INTEGER DEFAULT 0);"
            "CREATE TABLE rows (key INTEGER, source TEXT, number INTEGER, fields BLOB);"
        )
        self._indexed = False

    def add(self, key: str, row: Spooled) -> None:
        """Keep a row under the key of what it belongs to."""
        self._rows.execute("INSERT OR IGNORE INTO keys (key) VALUES (?)", (key,))
        self._rows.execute(
            "INSERT INTO rows SELECT id, ?, ?, ? FROM keys WHERE key = ?",
            (row.source, row.number, orjson.dumps(row.fields, default=str), key),
        )

    def groups(self) -> Iterator[tuple[str, list[Spooled]]]:
        """Every key with its rows, in the order of first appearance."""
        self._index()
        lines = self._rows.execute(
            "SELECT keys.key, source, number, fields FROM keys JOIN rows ON rows.key = keys.id"
            " ORDER BY keys.id, rows.rowid"
        )
        for key, group in groupby(lines, lambda line: line[0]):
            yield key, [_spooled(line[1:]) for line in group]

    def take(self, key: str) -> list[Spooled]:
        """The rows of one key, in order."""
        self._index()
        lines = self._rows.execute(
            "SELECT source, number, fields FROM rows WHERE key = (SELECT id FROM keys WHERE key = ?) ORDER BY rowid",
            (key,),
        ).fetchall()
        if lines:
            self._rows.execute("UPDATE keys SET taken = 1 WHERE key = ?", (key,))
        return [_spooled(line) for line in lines]

    def left(self) -> Iterator[tuple[str, str, int]]:
        """(key, source, line) of the rows that nothing took."""
        self._index()
        yield from self._rows.execute(
            "SELECT keys.key, source, number FROM keys JOIN rows ON rows.key = keys.id"
            " WHERE NOT taken ORDER BY rows.rowid"
        )

    def close(self) -> None:
        self._rows.close()

    def _index(self) -> None:
        if not self._indexed:
            self._rows.execute("CREATE INDEX by_key ON rows (key)")
            self._indexed = True


def _spooled(line: tuple[str, int, bytes]) -> Spooled:
    return Spooled(line[0], line[1], orjson.loads(line[2]))
