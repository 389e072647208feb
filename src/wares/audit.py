"""Who did what: an append-only log in which every line holds the hash of the one before it.

``audit.jsonl`` holds a JSON object a line: ``seq`` from 1, ``time`` in UTC, ``actor``, ``action``, ``target``,
``facts``, ``previous`` (the hash of the line before) and ``hash`` (of this one). ``audit.head`` holds how many lines
there are and the hash of the last, so that a tail that was cut off is missed. An edited, deleted or reordered line
breaks the chain. Whoever may write the folder can write a whole new chain: keep a head that ``wares audit verify``
printed elsewhere, and hand it back with ``--head``.
"""

import fcntl
import hashlib
import os
import pwd
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from wares.errors import disk_errors

NAME, HEAD, LOCK = "audit.jsonl", "audit.head", "audit.lock"
FIRST = "0" * 64  # what the first line has for the hash of the line before it

_ACTOR: ContextVar[str] = ContextVar("actor", default="")


@contextmanager
def acting(actor: str) -> Iterator[None]:
    """Everything written within was done by this actor, such as ``key:0a1b…`` or ``account:ann``."""
    token = _ACTOR.set(actor)
    try:
        yield
    finally:
        _ACTOR.reset(token)


def actor() -> str:
    """Who acts now: who sent the request, else the user of the system."""
    return _ACTOR.get() or f"system:{_user()}"


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a log: how many lines, the hash of the last, and the bytes of the file."""

    count: int = 0
    hash: str = FIRST
    size: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at the whole log found; ``line`` is the first bad one (0: none) and ``reason`` what is wrong."""

    count: int
    hash: str
    line: int = 0
    reason: str = ""

    @property
    def whole(self) -> bool:
        return self.line == 0


class AuditLog:
    """The log of one data folder; any process may write, one at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / NAME

    def write(self, action: str, target: str = "", **facts: Any) -> int:
        """Append a line and have it on the disk before this returns; its number.

        Raises
        ------
        StoreError
            The disk did not take it.
        """
        with disk_errors(), self._locked():
            head = self._mended(self._head())
            seq, moment = head.count + 1, datetime.now(UTC).isoformat(timespec="milliseconds")
            fields = {
                "seq": seq,
                "time": moment,
                "actor": actor(),
                "action": action,
                "target": target,
                "facts": facts,
                "previous": head.hash,
            }
            own = _hash(fields)
            line = orjson.dumps({**fields, "hash": own}) + b"\n"
            with open(self._file, "ab") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
                self._set_head(Head(seq, own, file.tell()))
        return seq

    def lines(self) -> Iterator[dict[str, Any]]:
        """Every line that can be read, oldest first."""
        for raw in self._raw():
            fields = _fields(raw)
            if fields is not None:
                yield fields

    def verify(self, expected: str = "") -> Verdict:
        """Follow the chain from the first line to the head.

        Parameters
        ----------
        expected
            A head that was printed before, ``count:hash``: the log must still have this line.
        """
        kept_count, _, kept = expected.partition(":")
        previous, number, head = FIRST, 0, self._head()
        for number, raw in enumerate(self._raw(), 1):
            fields = _fields(raw)
            reason = _wrong(fields, number, previous)
            if fields is None or reason:
                return Verdict(number, previous, number, reason)
            previous = fields["hash"]
            if number == head.count and previous != head.hash:
                return Verdict(number, previous, number, "it is not the line that was written")
            if str(number) == kept_count and previous != kept:
                return Verdict(number, previous, number, "it is not the line of the head that was kept")
        least = max(head.count, int(kept_count) if kept_count.isdigit() else 0)
        if number < least:
            return Verdict(number, previous, number + 1, f"lines {number + 1} to {least} are missing")
        if head.count == 0 and number:
            return Verdict(number, previous, 1, f"{HEAD} is missing or cannot be read")
        return Verdict(number, previous)

    def _raw(self) -> Iterator[bytes]:
        if self._file.exists():
            with open(self._file, "rb") as file:
                yield from file

    def _head(self) -> Head:
        try:
            found = orjson.loads((self._folder / HEAD).read_bytes())
            return Head(int(found["count"]), str(found["hash"]), int(found["size"]))
        except (OSError, ValueError, KeyError, TypeError):
            return Head()

    def _set_head(self, head: Head) -> None:
        beside = self._folder / f"{HEAD}.new"
        with open(beside, "wb") as file:
            file.write(orjson.dumps({"count": head.count, "hash": head.hash, "size": head.size}))
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, self._folder / HEAD)

    def _mended(self, head: Head) -> Head:
        """Take up lines that were written right before a crash, and cut off one that was not written to its end."""
        size = self._file.stat().st_size if self._file.exists() else 0
        if size <= head.size:
            return head
        with open(self._file, "r+b") as file:
            file.seek(head.size)
            while raw := file.readline():
                fields = _fields(raw)
                if fields is None or _wrong(fields, head.count + 1, head.hash):
                    break
                head = Head(head.count + 1, fields["hash"], file.tell())
            if raw and not raw.endswith(b"\n"):
                file.truncate(head.size)
        return head

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with open(self._folder / LOCK, "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _fields(raw: bytes) -> dict[str, Any] | None:
    try:
        found = orjson.loads(raw)
    except ValueError:
        return None
    return found if isinstance(found, dict) and raw.endswith(b"\n") else None


def _wrong(fields: Mapping[str, Any] | None, number: int, previous: str) -> str:
    """What is wrong with a line, in words; empty: nothing."""
    if fields is None:
        return "it cannot be read"
    if fields.get("hash") != _hash({name: value for name, value in fields.items() if name != "hash"}):
        return "it was changed"
    if fields.get("seq") != number:
        return f"here stands number {fields.get('seq')}: lines were deleted or moved"
    if fields.get("previous") != previous:
        return "it does not follow the line before it"
    return ""


def _hash(fields: Mapping[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
