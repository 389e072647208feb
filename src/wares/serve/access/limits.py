"""How many requests one client may send, in the words of the library ``limits``: ``50/second; 1500/minute``."""

from functools import lru_cache

from limits import parse_many

from wares.serve.access.meter import Refused
from wares.serve.access.tally import Tally


class Requests:
    """Requests of each client: of all that a rate says, each in a window that begins with the first of them."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def take(self, rate: str, *client: str) -> None:
        """Count one; Refused where it is one too many, which is not counted."""
        allowed = _allowed(rate)
        if not allowed:
            return
        with self._tally.of(*client) as windows:
            counted = [(what, most, *windows.get(what, seconds)) for what, most, seconds in allowed]
            for _, most, count, end in counted:
                if count >= most:
                    raise Refused("too many requests", end - windows.now)
            for what, _, count, end in counted:
                windows.put(what, count + 1, end)


@lru_cache(1024)
def _allowed(rate: str) -> tuple[tuple[str, int, int], ...]:
    """What, how many, in how many seconds."""
    return tuple((str(item), item.amount, item.get_expiry()) for item in parse_many(rate)) if rate else ()
