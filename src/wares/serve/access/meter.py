"""How many different products one client is shown in an hour, and who keeps count while a request is answered.

Products are counted where they are found, whichever page or protocol shows them: whoever reads the whole catalogue page
by page, by cursor, price range or id comes to the same end.
"""

import math
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass

from wares.errors import TooMany
from wares.serve.access.tally import Tally

HOUR = 3600.0


class Refused(TooMany):
    """``retry_after`` is in whole seconds."""

    def __init__(self, message: str, retry_after: float) -> None:
        self.retry_after = max(1, math.ceil(retry_after))
        super().__init__(message, fix=f"ask again in {self.retry_after} seconds")


class Products:
    """Different products of each client, in an hour that begins with the first of them."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def see(self, most: int, client: tuple[str, ...], ids: Iterable[str]) -> None:
        """Count products; Refused where they would be more than ``most``."""
        with self._tally.of("products", *client) as windows:
            count, end = windows.get("products", HOUR)
            new = windows.unseen(ids, end)
            if not new:
                return
            if count + len(new) > most:
                raise Refused("too many different products in an hour", end - windows.now)
            windows.see(new)
            windows.put("products", count + len(new), end)


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
