"""Idempotency keys (draft-ietf-httpapi-idempotency-key-header): a write that is sent again is answered, not repeated.

The key, the request's fingerprint and the answer are kept in SQLite for a day. Requests with one key that come at the
same time wait for the first. A crash between a write and the keeping of its answer lets the write happen again, which
leaves the same catalogue: every write says what is to be, none what is to be added.
"""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from wares.errors import KeyReused, QueryError, WaresError, disk_errors
from wares.serve.access.caller import caller_of
from wares.serve.problems import problem

NAME = "requests.sqlite"
AGE = 86_400  # seconds that an answer is kept
MAX_KEY, MAX_KEPT = 255, 100_000
_TABLE = """CREATE TABLE IF NOT EXISTS answers (
    caller TEXT, key TEXT, fingerprint BLOB NOT NULL, status INTEGER NOT NULL, media TEXT NOT NULL, body BLOB NOT NULL,
    expires REAL NOT NULL, PRIMARY KEY (caller, key)) WITHOUT ROWID"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a write was answered."""

    status: int
    body: bytes
    media: str = "application/json"
    replayed: bool = False

    def response(self, **headers: str) -> Response:
        """As it is sent."""
        told = {"Idempotent-Replayed": "true"} if self.replayed else {}
        return Response(self.body, self.status, {**headers, **told}, self.media)


Work = Callable[[], Awaitable[Answer]]


class Idempotency:
    """Answers each key once."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._path, self._clock = folder / NAME, clock
        self._running: dict[tuple[str, str], tuple[bytes, asyncio.Task[Answer]]] = {}
        self._connection: sqlite3.Connection | None = None
        self._lock = Lock()

    async def of(self, request: Request, body: bytes, work: Work) -> Answer:
        """The answer to a request, which was made before where it came with the same Idempotency-Key."""
        key = key_of(request.headers.get("idempotency-key", ""))
        if not key:
            return await work()
        url, print = request.scope, blake2b(digest_size=16)
        for part in (url["method"].encode(), url["path"].encode(), url["query_string"], body):
            print.update(b"%d " % len(part) + part)
        return await self.once(caller_of(request).name, key, print.digest(), work)

    async def once(self, caller: str, key: str, fingerprint: bytes, work: Work) -> Answer:
        """The answer to the first request with the key; ``work`` makes it.

        Raises
        ------
        KeyReused
            The key came with another request before.
        """
        named = caller, key
        if (running := self._running.get(named)) is not None:
            known, task = running
            _same(known, fingerprint)
            return _again(await asyncio.shield(task))
        task = asyncio.create_task(self._first(named, fingerprint, work))
        self._running[named] = fingerprint, task
        task.add_done_callback(lambda _: self._running.pop(named, None))
        return await asyncio.shield(task)  # whoever hangs up does not undo what others wait for

    async def _first(self, named: tuple[str, str], fingerprint: bytes, work: Work) -> Answer:
        if (kept := await run_in_threadpool(self._kept, named, fingerprint)) is not None:
            return kept
        answer = await work()
        if answer.status < 500:
            await run_in_threadpool(self._keep, named, fingerprint, answer)
        return answer

    def _kept(self, named: tuple[str, str], fingerprint: bytes) -> Answer | None:
        wanted = "SELECT fingerprint, status, body, media FROM answers WHERE caller = ? AND key = ? AND expires > ?"
        with self._lock, disk_errors():
            row = self._open().execute(wanted, (*named, self._clock())).fetchone()
        if row is None:
            return None
        _same(row[0], fingerprint)
        return _again(Answer(*row[1:]))

    def _keep(self, named: tuple[str, str], fingerprint: bytes, answer: Answer) -> None:
        now = self._clock()
        with self._lock, disk_errors():
            connection = self._open()
            connection.execute("DELETE FROM answers WHERE expires <= ?", (now,))
            row = (*named, fingerprint, answer.status, answer.media, answer.body, now + AGE)
            connection.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            oldest = "SELECT expires FROM answers ORDER BY expires DESC LIMIT 1 OFFSET ?"
            connection.execute(f"DELETE FROM answers WHERE expires <= ({oldest})", (MAX_KEPT,))

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None, timeout=5)
            self._path.chmod(0o600)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(_TABLE)
            connection.execute("CREATE INDEX IF NOT EXISTS ix_answers_expires ON answers (expires)")
            self._connection = connection
        return self._connection


def refusal(error: WaresError, more: dict[str, Any] | None = None) -> Answer:
    """A refusal is an answer too, and is given again to whoever sends the same again."""
    return Answer(error.status, orjson.dumps(problem(error, error.status, more or {})), "application/problem+json")


def key_of(header: str) -> str:
    """The key of an ``Idempotency-Key``, quoted as a structured field or bare; empty where there is none."""
    key = header.strip()
    if len(key) > 1 and key.startswith('"') and key.endswith('"'):
        key = key[1:-1]
    if len(key) > MAX_KEY or not (key.isascii() and key.isprintable()):
        raise QueryError("Idempotency-Key: it cannot be read", fix=f"send a UUID: at most {MAX_KEY} ASCII characters")
    return key


def _same(known: bytes, fingerprint: bytes) -> None:
    if known != fingerprint:
        raise KeyReused("Idempotency-Key: it came with another request before", fix="make a new key for each request")


def _again(answer: Answer) -> Answer:
    return Answer(answer.status, answer.body, answer.media, replayed=True)
