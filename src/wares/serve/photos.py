"""Photos that shoppers search with: content-addressed, few, and soon forgotten."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock


class QueryPhotos:
    """Sanitised query photos in memory, so that every page and filter of a photo search has an address.

    The oldest go when there are more than ``max_count``, when they are more than ``max_bytes``, or after ``max_age``
    seconds.
    """

    def __init__(
        self,
        max_count: int = 512,
        max_bytes: int = 64_000_000,
        max_age: float = 3600.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_count, self._max_bytes, self._max_age, self._clock = max_count, max_bytes, max_age, clock
        self._photos: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def keep(self, photo: bytes) -> str:
        """Keep a photo and say under which sha256."""
        name = hashlib.sha256(photo).hexdigest()
        with self._lock:
            self._drop(name)
            self._photos[name] = (self._clock(), photo)
            self._bytes += len(photo)
            self._forget()
        return name

    def get(self, name: str) -> bytes | None:
        """The photo, or None when it was never here or is forgotten."""
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
