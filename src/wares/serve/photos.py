"""Photos that shoppers search with: content-addressed, few, and soon forgotten."""

import errno
import fcntl
import hashlib
import os
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, Timer

from wares.logs import Logger

_NAME = re.compile("[0-9a-f]{64}")
_PART = ".part"

log = Logger(__name__)


class QueryPhotos:
    """Sanitised query photos, so that every page and filter of a photo search has an address.

    The oldest go when there are more than ``max_count``, when they are more than ``max_bytes``, or after ``max_age``
    seconds.

    Parameters
    ----------
    folder
        Where processes keep them together, one file each, under bounds that hold for all. What cannot be written there
        is kept by this process alone, as everything is with None.
    clock
        Seconds, the same in all processes, whatever time of day it is.
    """

    def __init__(
        self,
        folder: Path | None = None,
        max_count: int = 512,
        max_bytes: int = 64_000_000,
        max_age: float = 3600.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._own = _Memory(max_count, max_bytes, max_age, clock)
        self._files = _Files(folder, max_count, max_bytes, max_age, clock) if folder is not None else None

    def keep(self, photo: bytes) -> str:
        """Keep a photo and say under which sha256."""
        name = hashlib.sha256(photo).hexdigest()
        if self._files is not None:
            try:
                self._files.keep(name, photo)
                return name
            except OSError as error:
                _unless_files_ran_out(error)
                log.warning("photo is kept by this process alone", reason=error.strerror)
        self._own.keep(name, photo)
        return name

    def get(self, name: str) -> bytes | None:
        """The photo, or None when it was never here or is forgotten."""
        found = self._files.get(name) if self._files is not None and _NAME.fullmatch(name) else None
        return self._own.get(name) if found is None else found


class _Files:
    """One file a photo, written beside its place and moved there; when it was kept stands as the file's time."""

    def __init__(
        self, folder: Path, max_count: int, max_bytes: int, max_age: float, clock: Callable[[], float]
    ) -> None:
        self._folder, self._clock = folder, clock
        self._max_count, self._max_bytes, self._max_age = max_count, max_bytes, max_age
        self._timer: Timer | None = None
        self._tidy()  # what another process kept that is gone now

    def keep(self, name: str, photo: bytes) -> None:
        path = self._folder / name
        with self._held():
            now = self._now()
            if self.get(name) is not None:
                os.utime(path, ns=(now, now))
            elif len(photo) <= self._max_bytes:
                path.unlink(missing_ok=True)
                self._forget(1, len(photo))
                part = self._folder / (name + _PART)
                try:
                    with open(os.open(part, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
                        file.write(photo)
                    os.utime(part, ns=(now, now))
                    part.replace(path)
                finally:
                    part.unlink(missing_ok=True)
        self._later(self._max_age)

    def get(self, name: str) -> bytes | None:
        """The photo; a file that is too old, broken or cannot be read is none."""
        try:
            with (self._folder / name).open("rb") as file:
                if self._now() - os.fstat(file.fileno()).st_mtime_ns > self._max_age * 1e9:
                    return None
                photo = file.read()
        except OSError as error:
            _unless_files_ran_out(error)
            return None
        return photo if hashlib.sha256(photo).hexdigest() == name else None

    def _now(self) -> int:
        return int(self._clock() * 1e9)

    @contextmanager
    def _held(self) -> Iterator[None]:
        """One process changes the folder at a time; the system takes the lock from one that is killed."""
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def _forget(self, count: int = 0, size: int = 0) -> float | None:
        """Make room for so many more with so many bytes; seconds until the oldest of those that stay is too old.

        Nobody else writes, so that a file that is half written was left by someone who was killed.
        """
        now, kept = self._now(), []
        for entry in os.scandir(self._folder):
            found = entry.stat()
            if entry.name.endswith(_PART) or now - found.st_mtime_ns > self._max_age * 1e9:
                os.unlink(entry)
            else:
                kept.append((found.st_mtime_ns, found.st_size, entry.path))
                count, size = count + 1, size + found.st_size
        kept.sort(reverse=True)
        while kept and (count > self._max_count or size > self._max_bytes):
            _, freed, path = kept.pop()
            os.unlink(path)
            count, size = count - 1, size - freed
        return self._max_age - (now - kept[-1][0]) / 1e9 if kept else None

    def _tidy(self) -> None:
        self._timer = None
        try:
            with self._held():
                rest = self._forget()
        except OSError as error:
            log.warning("photos cannot be tidied up", reason=error.strerror)
            return
        if rest is not None:
            self._later(rest)

    def _later(self, seconds: float) -> None:
        """Nobody may ask for it again, and it is to go all the same."""
        if self._timer is None:
            self._timer = timer = Timer(seconds + 0.01, self._tidy)
            timer.daemon = True
            timer.start()


class _Memory:
    def __init__(self, max_count: int, max_bytes: int, max_age: float, clock: Callable[[], float]) -> None:
        self._max_count, self._max_bytes, self._max_age, self._clock = max_count, max_bytes, max_age, clock
        self._photos: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def keep(self, name: str, photo: bytes) -> None:
        with self._lock:
            self._drop(name)
            self._photos[name] = (self._clock(), photo)
            self._bytes += len(photo)
            self._forget()

    def get(self, name: str) -> bytes | None:
        with self._lock:
            self._forget()
            found = self._photos.get(name)
        return found[1] if found else None

    def _forget(self) -> None:
        oldest_allowed = self._clock() - self._max_age
        while self._photos:
            name, (kept, _) = next(iter(self._photos.items()))
            if len(self._photos) <= self._max_count and self._bytes <= self._max_bytes and kept >= oldest_allowed:
                return
            self._drop(name)

    def _drop(self, name: str) -> None:
        _, photo = self._photos.pop(name, (0.0, b""))
        self._bytes -= len(photo)


def _unless_files_ran_out(error: OSError) -> None:
    """That is told as what it is: whoever asks again finds files."""
    if error.errno in (errno.EMFILE, errno.ENFILE):
        raise error
