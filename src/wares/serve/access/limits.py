"""How many requests one client may send: a moving window of the library ``limits``; each process counts for itself."""

import time
from functools import lru_cache

from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from wares.serve.access.meter import Refused

SWEEP = 10.0  # seconds between looks for what has expired


class _Memory(MemoryStorage):
    """The library looks through all clients up to a hundred times a second for what has expired; this, every ten."""

    _swept = 0.0

    def _MemoryStorage__schedule_expiry(self) -> None:  # noqa: N802 - its own name in the library
        if (now := time.monotonic()) - self._swept > SWEEP:
            self._swept = now
            super()._MemoryStorage__schedule_expiry()  # type: ignore[misc]


class Requests:
    """Requests of each client in a moving window."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(_Memory())

    def take(self, rate: str, *client: str) -> None:
        """Count one; Refused where it is one too many."""
        for item in _items(rate):
            if not self._limiter.hit(item, *client):
                until = self._limiter.get_window_stats(item, *client).reset_time
                raise Refused("too many requests", until - time.time())


@lru_cache(1024)
def _items(rate: str) -> tuple[RateLimitItem, ...]:
    return tuple(parse_many(rate)) if rate else ()
