"""What is known of each job: a table in the shop's folder that any process may write, and that the queue follows.

Arguments that name a person never lie there as they are written. They are sealed with a key of their own (a one-time
pad, so that the bytes of a name are in no page, log or backup of the database), and when the job is done or cancelled
key and seal are overwritten. One that failed keeps them, to be tried again, until it is pruned.
"""

import json
import secrets
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any, Literal, get_args

from wares.errors import Conflict, NewerState, NotFound, StoreError, TooMany, WaresError, disk_error
from wares.jobs.work import JobKind

NAME = "jobs.sqlite"
KEPT = 500  # jobs that ended
MOST_WAITING = 100
PATIENCE = 5.0  # seconds for another process that writes
State = Literal["waiting", "running", "done", "failed", "cancelled"]
STATES: tuple[State, ...] = get_args(State)
_FORMAT = 1
_TABLE = """CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, arguments TEXT NOT NULL, actor TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting', attempts INTEGER NOT NULL DEFAULT 0, cancelling INTEGER NOT NULL DEFAULT 0,
    stage TEXT NOT NULL DEFAULT '', done INTEGER NOT NULL DEFAULT 0, total INTEGER NOT NULL DEFAULT 0,
    created REAL NOT NULL, started REAL, ended REAL,
    code TEXT NOT NULL DEFAULT '', message TEXT NOT NULL DEFAULT '', fix TEXT NOT NULL DEFAULT '', result TEXT,
    pad BLOB, sealed BLOB)"""
_IDENTICAL = "SELECT id, arguments, pad, sealed FROM jobs WHERE kind = ? AND state = 'waiting' ORDER BY id"
_PRUNE = """DELETE FROM jobs WHERE ended IS NOT NULL AND id <= (
    SELECT id FROM jobs WHERE ended IS NOT NULL ORDER BY id DESC LIMIT 1 OFFSET ?)"""


@dataclass(frozen=True, slots=True)
class Job:
    """One job; times are seconds since 1970, ``total`` is 0 where nobody knows how much there is to do.

    ``code``, ``message`` and ``fix`` are of its last attempt that failed.
    """

    id: int
    kind: str
    arguments: Mapping[str, Any]
    actor: str
    state: State
    attempts: int
    cancelling: bool
    stage: str
    done: int
    total: int
    created: float
    started: float | None
    ended: float | None
    code: str
    message: str
    fix: str
    result: Mapping[str, Any] | None

    @property
    def over(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return self.ended is not None

    def facts(self) -> dict[str, Any]:
        """As JSON; times as ISO 8601 in UTC."""
        told = {name: getattr(self, name) for name in ("id", "kind", "state", "attempts", "cancelling", "actor")}
        told |= {name: _time(getattr(self, name)) for name in ("created", "started", "ended")}
        progress = {"stage": self.stage, "done": self.done, "total": self.total}
        error = {"code": self.code, "message": self.message, "fix": self.fix}
        return {
            **told,
            "arguments": dict(self.arguments),
            "progress": progress if self.stage and self.state != "done" else None,
            "error": error if self.code else None,
            "result": None if self.result is None else dict(self.result),
        }


_COLUMNS = ", ".join(each.name for each in fields(Job))


class JobRecords:
    """The table of one shop; made when the first job is asked for."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None

    def add(self, job: JobKind, kind: str, actor: str) -> tuple[int, bool]:
        """Keep a new job, or find the one that is identical and waits; its id, and whether it is new.

        Raises
        ------
        TooMany
            So many wait already.
        """
        arguments = json.dumps(job.model_dump(), sort_keys=True)
        with self._writing() as connection:
            if (known := _identical(connection, kind, arguments)) is not None:
                return known, False
            waiting = connection.execute("SELECT count(*) FROM jobs WHERE state = 'waiting'").fetchone()[0]
            if waiting >= MOST_WAITING:
                raise TooMany(f"{waiting} jobs wait already", fix="wait until some are done, or cancel them")
            connection.execute(_PRUNE, (KEPT,))
            pad, sealed = _sealed(arguments) if job.personal else (None, None)
            row = kind, json.dumps(job.shown(), sort_keys=True), actor, time.time(), pad, sealed
            names = "kind, arguments, actor, created, pad, sealed"
            added = connection.execute(f"INSERT INTO jobs ({names}) VALUES (?, ?, ?, ?, ?, ?)", row)
            return int(added.lastrowid or 0), True

    def get(self, id: int) -> Job:
        """One job; NotFound if there is none of that number."""
        for job in self._jobs("WHERE id = ?", id):
            return job
        raise NotFound(f"there is no job {id}", fix="those that ended long ago are forgotten; list the jobs")

    def newest(self, state: str = "", limit: int = KEPT + MOST_WAITING) -> list[Job]:
        """Jobs, the newest first."""
        return self._jobs("WHERE ? IN ('', state) ORDER BY id DESC LIMIT ?", state, limit)

    def waiting(self) -> list[int]:
        """Those that wait, in their order."""
        return [job.id for job in reversed(self.newest("waiting"))]

    def arguments(self, id: int) -> dict[str, Any]:
        """What a job was asked to do it with."""
        with self._reading() as connection:
            row = connection.execute("SELECT arguments, pad, sealed FROM jobs WHERE id = ?", (id,)).fetchone()
        found: dict[str, Any] = json.loads(_opened(*row))
        return found

    def claim(self, id: int) -> Job | None:
        """Take a job that waits to do it now; None where it does not wait: it was cancelled, or queued twice."""
        change = "state = 'running', attempts = attempts + 1, started = ?, stage = '', done = 0, total = 0"
        with self._writing() as connection:
            taken = connection.execute(
                f"UPDATE jobs SET {change} WHERE id = ? AND state = 'waiting'", (time.time(), id)
            )
            if taken.rowcount == 0:
                return None
        return self.get(id)

    def tell(self, id: int, stage: str, done: int, total: int) -> bool:
        """Keep how far a job is; whether it shall be cancelled."""
        with self._writing() as connection:
            connection.execute("UPDATE jobs SET stage = ?, done = ?, total = ? WHERE id = ?", (stage, done, total, id))
            return bool(connection.execute("SELECT cancelling FROM jobs WHERE id = ?", (id,)).fetchone()[0])

    def give_back(self, id: int, error: WaresError | None = None) -> None:
        """Let a job wait again: after an error, or because its process ends, which is no attempt of its own."""
        told = (error.code, error.message, error.fix) if error else ("", "", "")
        change = "state = 'waiting', attempts = attempts - ?, code = ?, message = ?, fix = ?"
        with self._writing() as connection:
            connection.execute(f"UPDATE jobs SET {change} WHERE id = ?", (error is None, *told, id))

    def end(
        self, id: int, state: State, *, result: Mapping[str, Any] | None = None, error: WaresError | None = None
    ) -> None:
        """A job is ``done``, ``failed`` or ``cancelled``; what named a person in it goes, unless it failed."""
        told = (error.code, error.message, error.fix) if error else ("", "", "")
        with self._writing() as connection:
            _end(connection, id, state, told, None if result is None else json.dumps(result))
        self._forget(state)

    def cancel(self, id: int) -> None:
        """End a job that waits, and tell one that runs to end.

        Raises
        ------
        Conflict
            It has ended.
        """
        with self._writing() as connection:
            state = _state(connection, id)
            if state == "waiting":
                _end(connection, id, "cancelled", ("", "", ""), None)
            elif state == "running":
                connection.execute("UPDATE jobs SET cancelling = 1 WHERE id = ?", (id,))
            else:
                raise Conflict(f"job {id} is {state} already", fix="only jobs that wait or run can be cancelled")
        self._forget("cancelled")

    def retry(self, id: int) -> None:
        """Let a job that failed wait again, with all its attempts.

        Raises
        ------
        Conflict
            It did not fail, or an identical one waits.
        """
        with self._writing() as connection:
            if (state := _state(connection, id)) != "failed":
                raise Conflict(f"job {id} is {state}", fix="only jobs that failed can be tried again; start a new one")
            kind, *kept = connection.execute(
                "SELECT kind, arguments, pad, sealed FROM jobs WHERE id = ?", (id,)
            ).fetchone()
            if (other := _identical(connection, kind, _opened(*kept))) is not None:
                raise Conflict(f"job {other} is identical and waits", fix=f"follow job {other}")
            change = "state = 'waiting', attempts = 0, ended = NULL, code = '', message = '', fix = ''"
            connection.execute(f"UPDATE jobs SET {change} WHERE id = ?", (id,))

    def found_again(self, most: int, error: WaresError) -> list[Job]:
        """Let jobs that were running when their process ended wait again; those that were tried often fail, and which.

        To be called by whoever alone does jobs, while it does none.
        """
        failed = []
        for job in self.newest("running"):
            if job.cancelling:
                self.end(job.id, "cancelled")
            elif job.attempts >= most:
                self.end(job.id, "failed", error=error)
                failed.append(job)
            else:
                with self._writing() as connection:
                    connection.execute("UPDATE jobs SET state = 'waiting' WHERE id = ?", (job.id,))
        return failed

    def unfinished(self) -> int:
        """How many wait or run."""
        with self._reading() as connection:
            return int(connection.execute("SELECT count(*) FROM jobs WHERE ended IS NULL").fetchone()[0])

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _jobs(self, which: str, *values: Any) -> list[Job]:
        if not self.path.exists():  # a look makes no file
            return []
        with self._reading() as connection:
            rows = connection.execute(f"SELECT {_COLUMNS} FROM jobs {which}", values).fetchall()
        return [_job(row) for row in rows]

    def _forget(self, state: State) -> None:
        """Empty the log of the database, in which what was overwritten may still stand."""
        if state in ("done", "cancelled"):
            with self._reading() as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, job_errors(self.path):
            if self._connection is None:
                self._connection = _prepared(self.path)
            yield self._connection


@contextmanager
def job_errors(path: Path) -> Iterator[None]:
    """What SQLite says of the table or the queue, as a StoreError."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        fix = f"make {path} writable; if it is broken, stop the shop and delete it: the jobs in it are lost"
        raise disk_error(error) or StoreError(f"the jobs cannot be used: {error}", fix=fix) from error


def unfinished(folder: Path) -> int:
    """How many jobs wait or run; none where none was ever asked for."""
    if not (folder / NAME).exists():
        return 0
    records = JobRecords(folder)
    try:
        return records.unfinished()
    finally:
        records.close()


def _prepared(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(0o600)
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > _FORMAT:
            raise NewerState(f"a newer wares wrote {path}", fix="update wares")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute(_TABLE)
        connection.execute("CREATE INDEX IF NOT EXISTS ix_jobs_state ON jobs (state)")
        connection.execute(f"PRAGMA user_version = {_FORMAT}")
    except BaseException:
        connection.close()
        raise
    return connection


def _identical(connection: sqlite3.Connection, kind: str, arguments: str) -> int | None:
    """The job of a kind that waits with the same arguments."""
    rows = connection.execute(_IDENTICAL, (kind,))
    return next((int(id) for id, *kept in rows if _opened(*kept) == arguments), None)


def _end(connection: sqlite3.Connection, id: int, state: State, told: tuple[str, str, str], result: str | None) -> None:
    kept = "" if state == "failed" else ", pad = NULL, sealed = NULL"
    change = f"state = ?, ended = ?, cancelling = 0, code = ?, message = ?, fix = ?, result = ?{kept}"
    connection.execute(f"UPDATE jobs SET {change} WHERE id = ?", (state, time.time(), *told, result, id))


def _state(connection: sqlite3.Connection, id: int) -> State:
    row = connection.execute("SELECT state FROM jobs WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise NotFound(f"there is no job {id}", fix="those that ended long ago are forgotten; list the jobs")
    state: State = row[0]
    return state


def _sealed(text: str) -> tuple[bytes, bytes]:
    """A pad, and the text under it."""
    content = text.encode()
    pad = secrets.token_bytes(len(content))
    return pad, _under(content, pad)


def _opened(arguments: str, pad: bytes | None, sealed: bytes | None) -> str:
    return arguments if pad is None or sealed is None else _under(sealed, pad).decode()


def _under(content: bytes, pad: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(content, pad, strict=True))


def _job(row: tuple[Any, ...]) -> Job:
    told = dict(zip((each.name for each in fields(Job)), row, strict=True))
    result = told["result"]
    told |= {"arguments": json.loads(told["arguments"]), "cancelling": bool(told["cancelling"])}
    return Job(**told | {"result": None if result is None else json.loads(result)})


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
