"""What clients have had, counted by all processes of one run together, in a table of a fixed size that they map.

::

    seen       65,536 sets of 16 fingerprints of what a client saw; the oldest of a set is forgotten first
    windows     4,096 sets of 16 counts, each of them until its end; the one that ends first is forgotten first

The counts of a client lie in one set, and whoever changes them holds a lock, which the system takes from a process that
is killed. Clients go by a keyed hash whose key lies in no file.
"""

import fcntl
import mmap
import os
import secrets
import struct
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import IO

from xxhash import xxh3_64_digest

from wares.logs import Logger

LOCKS = 16
WAYS = 16
PAIR = 8  # bytes of a fingerprint
NAME = 16
SEEN_SETS, WINDOW_SETS = 65_536, 4_096
_COUNT = struct.Struct("=Qd")  # how much, until when
_SLOT = NAME + _COUNT.size
_SEEN_SET, _WINDOW_SET = WAYS * PAIR, WAYS * _SLOT
SEEN, WINDOWS = SEEN_SETS * _SEEN_SET, WINDOW_SETS * _WINDOW_SET
TABLE = "table"

log = Logger(__name__)


def start(folder: Path) -> None:
    """Make an empty table; for the process that starts the others, before it does."""
    folder.mkdir(mode=0o700)
    table = folder / TABLE
    try:
        for number in range(LOCKS):
            _lock_of(folder, number).touch(0o600)
        with open(os.open(table, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(bytes(SEEN + WINDOWS))  # space that was missing later would end whoever maps it
    except OSError:
        table.unlink(missing_ok=True)  # whoever opens it says what that means


class Tally:
    """The table, as one process uses it.

    Parameters
    ----------
    folder
        Where :func:`start` made it; None, or where it cannot be opened: this process counts for itself.
    secret
        What the processes of this run know and nobody else.
    clock
        Seconds, the same in all of them.
    """

    def __init__(
        self, folder: Path | None = None, secret: bytes = b"", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._secret, self._clock = secret or secrets.token_bytes(32), clock
        self._memory, files = _opened(folder)
        self._locks = [(Lock(), file) for file in files]

    @contextmanager
    def of(self, *client: str) -> Iterator["Windows"]:
        """The counts of a client, which nobody else changes meanwhile."""
        name = blake2b(repr(client).encode(), key=self._secret, digest_size=NAME).digest()
        lock, file = self._locks[_set_of(name) % LOCKS]
        with lock:
            if file is not None:
                fcntl.flock(file, fcntl.LOCK_EX)
            try:
                yield Windows(self._memory, name, self._clock())
            finally:
                if file is not None:
                    fcntl.flock(file, fcntl.LOCK_UN)


class Windows:
    """The counts of one client at one moment: each in a window of time that begins with what is counted first.

    Attributes
    ----------
    now
        Seconds.
    """

    def __init__(self, memory: mmap.mmap, client: bytes, now: float) -> None:
        self.now = now
        self._memory, self._client = memory, client
        self._begin = SEEN + _set_of(client) * _WINDOW_SET

    def get(self, what: str, seconds: float) -> tuple[int, float]:
        """How much was counted, and until when it counts; nothing yet, where a window of so many seconds begins."""
        place = self._place(self._name(what))
        if place is not None:
            count, end = _COUNT.unpack_from(self._memory, place + NAME)
            if self.now < end <= self.now + seconds:  # no later, whatever a process that was killed left
                return count, end
        return 0, self.now + seconds

    def put(self, what: str, count: int, end: float) -> None:
        """Count so much until then."""
        name = self._name(what)
        place = self._place(name)
        if place is None:
            ends = [_COUNT.unpack_from(self._memory, self._begin + n * _SLOT + NAME)[1] for n in range(WAYS)]
            place = self._begin + ends.index(min(ends)) * _SLOT
            self._memory[place : place + NAME] = bytes(NAME)  # whoever is killed here leaves nobody another's count
        _COUNT.pack_into(self._memory, place + NAME, count, end)
        self._memory[place : place + NAME] = name

    def unseen(self, ids: Iterable[str], end: float) -> dict[bytes, int]:
        """Fingerprints of what the client did not see yet in the window that ends then, each with its place."""
        begin, find, new = self._client + struct.pack("=d", end), self._memory.find, {}
        for id in ids:
            pair = xxh3_64_digest(begin + id.encode("utf-8", "surrogatepass"))
            place = int.from_bytes(pair[:4]) % SEEN_SETS * _SEEN_SET
            if find(pair, place, place + _SEEN_SET) < 0:
                new[pair] = place
        return new

    def see(self, new: Mapping[bytes, int]) -> None:
        """Remember fingerprints; sets are shared without a lock, and what gets lost between two is counted again."""
        for pair, place in new.items():
            self._memory[place : place + _SEEN_SET] = pair + self._memory[place : place + _SEEN_SET - PAIR]

    def _name(self, what: str) -> bytes:
        return blake2b(what.encode(), key=self._client, digest_size=NAME).digest()

    def _place(self, name: bytes) -> int | None:
        found = self._memory.find(name, self._begin, self._begin + _WINDOW_SET)
        return None if found < 0 else found


def _set_of(client: bytes) -> int:
    return int.from_bytes(client[:4]) % WINDOW_SETS


def _opened(folder: Path | None) -> tuple[mmap.mmap, list[IO[bytes] | None]]:
    if folder is not None:
        try:
            with (folder / TABLE).open("r+b") as file:
                memory = mmap.mmap(file.fileno(), SEEN + WINDOWS)
            return memory, [_lock_of(folder, number).open("rb") for number in range(LOCKS)]
        except (OSError, ValueError) as error:  # ValueError: the table is too short
            log.warning("limits are counted by each process for itself", reason=str(error))
    return mmap.mmap(-1, SEEN + WINDOWS), [None] * LOCKS


def _lock_of(folder: Path, number: int) -> Path:
    return folder / f"{number}.lock"
