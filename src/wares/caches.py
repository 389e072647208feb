"""What is worth keeping in memory, the least recently used going first, bounded by bytes and counted."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

from wares.stages import CacheStats

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

OVERHEAD = 200  # bytes that an entry takes beside its value: the key, two references, its place in the order


class BoundedCache(Generic[K, V]):
    """Values by key, of at most ``max_bytes`` together; safe to use from several threads.

    Parameters
    ----------
    name
        What its numbers are shown under.
    max_bytes
        0: nothing is kept.
    """

    def __init__(self, name: str, max_bytes: int) -> None:
        self.stats = CacheStats(name)
        self._max_bytes = max_bytes
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        """The value, or None; it is the last to go from now on."""
        with self._lock:
            found = self._entries.get(key)
            if found is None:
                self.stats.misses += 1
                return None
            self._entries.move_to_end(key)
            self.stats.hits += 1
            return found[0]

    def put(self, key: K, value: V, size: int) -> None:
        """Keep a value of ``size`` bytes; one that is larger than an eighth of the cache is not kept."""
        size += OVERHEAD
        with self._lock:
            if size > self._max_bytes // 8:
                return
            if (old := self._entries.pop(key, None)) is not None:
                self.stats.bytes -= old[1]
            self._entries[key] = (value, size)
            self.stats.bytes += size
            while self.stats.bytes > self._max_bytes:
                _, (_, freed) = self._entries.popitem(last=False)
                self.stats.bytes -= freed
                self.stats.evictions += 1
            self.stats.entries = len(self._entries)
