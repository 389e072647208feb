"""How many different products one client is shown in an hour, and who keeps count while a request is answered.

Products are counted where they are found, whichever page or protocol shows them: whoever reads the whole catalogue page
by page, by cursor, price range or id comes to the same end. Each process counts for itself.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Lock

from wares.errors import TooMany

HOUR = 3600.0
MOST_CLIENTS = 20_000  # are remembered


class Refused(TooMany):
    """``retry_after`` is in whole seconds."""

    def __init__(self, message: str, retry_after: float) -> None:
        self.retry_after = max(1, math.ceil(retry_after))
        super().__init__(message, fix=f"ask again in {self.retry_after} seconds")


@dataclass(slots=True)
class _Window:
    since: float
    seen: set[int] = field(default_factory=set)


class Products:
    """Different products of each client in an hour; clients that were not heard of longest are forgotten first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._windows: OrderedDict[tuple[str, ...], _Window] = OrderedDict()
        self._lock = Lock()

    def see(self, most: int, client: tuple[str, ...], ids: Iterable[str]) -> None:
        """Count products; Refused where they would be more than ``most``."""
        now = self._clock()
        with self._lock:
            window = self._windows.get(client)
            if window is None or now - window.since >= HOUR:
                window = self._windows[client] = _Window(now)
            self._windows.move_to_end(client)
            while len(self._windows) > MOST_CLIENTS:
                self._windows.popitem(last=False)
            new = {hash(id) for id in ids} - window.seen
            if new and len(window.seen) + len(new) > most:
                raise Refused("too many different products in an hour", window.since + HOUR - now)
            window.seen |= new


@dataclass(frozen=True, slots=True)
class Meter:
    """Where the products of one client are counted."""

    products: Products
    most: int
    client: tuple[str, ...]

    def see(self, ids: Iterable[str]) -> None:
        """Count them; Refused where they are too many."""
        self.products.see(self.most, self.client, ids)


METER: ContextVar[Meter | None] = ContextVar("meter", default=None)
"""The meter of the request that is being answered; None: nobody counts."""
