"""Cursors: where the next page of a search begins, signed, bound to what was asked and by whom, and soon too old."""

import base64
import hmac
import os
import secrets
import struct
import time
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

import structlog

from wares.errors import CursorExpired, QueryError

NAME = "cursor.key"
AGE = 3_600  # seconds that a cursor is good for
_FACTS = struct.Struct(">BII8s8s8s")  # version, expires, page, query, caller, generation
_VERSION, _SEAL, _KEY = 1, 16, 32
AGAIN = "ask for the first page again"


class Cursors:
    """Writes and reads cursors; the secret is made when it is first needed, for its owner's eyes only.

    Every process of a shop signs with the same secret. Where the folder cannot be written and holds none, this process
    signs with one of its own.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder, self._clock = folder, clock
        self._secret = b""

    def write(self, page: int, query: str, caller: str, generation: str) -> str:
        """A cursor of a page, counted from 0, of a query."""
        expires = int(self._clock()) + AGE
        facts = _FACTS.pack(_VERSION, expires, page, *map(_digest, (query, caller, generation)))
        return _text(facts + self._seal(facts))

    def read(self, cursor: str, query: str, caller: str, generation: str) -> int:
        """The page that a cursor stands for.

        Raises
        ------
        QueryError
            It was not written here, or for another query or caller.
        CursorExpired
            It is too old, or the index was made anew since.
        """
        try:
            sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except ValueError:
            sealed = b""
        facts, seal = sealed[: _FACTS.size], sealed[_FACTS.size :]
        if _text(sealed) != cursor or len(facts) < _FACTS.size or not hmac.compare_digest(seal, self._seal(facts)):
            raise QueryError("cursor: this is none of ours", fix=f"send next_cursor as it was answered, or {AGAIN}")
        _, expires, page, *bound = _FACTS.unpack(facts)
        if bound[0] != _digest(query) or bound[1] != _digest(caller):
            raise QueryError("cursor: it belongs to another query", fix=f"repeat the query as it was, or {AGAIN}")
        if expires < self._clock():
            raise CursorExpired("cursor: it is too old", fix=AGAIN)
        if bound[2] != _digest(generation):
            raise CursorExpired("cursor: the index was made anew since", fix=AGAIN)
        return int(page)

    def _seal(self, facts: bytes) -> bytes:
        if not self._secret:
            self._secret = _secret(self._folder)
        return hmac.digest(self._secret, facts, "sha256")[:_SEAL]


def _text(sealed: bytes) -> str:
    """The only way in which it is written: of several that read the same, the others are none of ours."""
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _secret(folder: Path) -> bytes:
    """The folder's secret, made now unless it is there; whoever makes it first wins."""
    path = folder / NAME
    try:
        if not path.exists():
            beside = folder / f"{NAME}.{secrets.token_hex(8)}"
            with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_bytes(_KEY))
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(beside, path)
            except FileExistsError:
                pass
            finally:
                beside.unlink()
        if len(found := path.read_bytes()) == _KEY:
            return found
        reason = "it is damaged; delete it"
    except OSError as error:
        reason = str(error.strerror)
    structlog.get_logger().warning("cursors are good for this process alone", file=NAME, reason=reason)
    return secrets.token_bytes(_KEY)
