"""What is known of one request when it has been answered; nothing in it is a shopper's or a merchant's own words."""

from collections.abc import Callable
from dataclasses import dataclass

from wares.stages import Timed

DEGRADED = "X-Wares-Degraded"
"""The header of an answer that did without a part: which, with commas between."""


@dataclass(slots=True)
class Answered:
    """``route`` is the pattern that matched, such as ``/p/{id:path}``, never the path; ``none`` where nothing did.

    ``trace`` and ``span`` are lower-case hex (W3C trace context), ``parent`` the caller's span or empty; ``asked`` is
    when it came, in Unix nanoseconds.
    """

    method: str
    route: str
    status: int
    seconds: float
    timed: Timed
    asked: int
    request_id: str
    trace: str
    span: str
    parent: str = ""
    sampled: bool = False
    error: str = ""
    raised: str = ""


Listener = Callable[[Answered], None]
"""Told of every answer, in the event loop: quick, and never waiting for anything."""
