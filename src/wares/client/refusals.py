"""Problems that a shop answered → the errors that it raised, and whether to ask again, and when."""

import random
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import orjson

from wares import errors
from wares.errors import Busy, Unreachable, WaresError

FINAL = frozenset(("store_locked", "disk_failed", "read_only", "newer_state"))
"""Codes of 503 that another attempt does not change."""
AGAIN = frozenset((429, 502, 503, 504))
FIRST, LONGEST = 0.2, 10.0  # seconds between attempts; the wait doubles from attempt to attempt
PATIENCE = 60.0  # the longest Retry-After that is waited for


def error_of(status: int, problem: Mapping[str, Any]) -> WaresError:
    """The error that a problem tells of, of the class that has its code."""
    kinds = {kind.code: kind for kind in _below(WaresError)}
    fallback = Busy if status in AGAIN else errors.QueryError if 400 <= status < 500 else WaresError
    kind = kinds.get(problem.get("code", ""), fallback)
    error = kind(str(problem.get("title") or f"HTTP {status}"), fix=str(problem.get("fix", "")))
    known = ("type", "status", "code", "title", "fix")
    error.more = {name: value for name, value in problem.items() if name not in known}
    return error


def refusal_of(response: httpx.Response) -> WaresError:
    """The error that an answer tells of; one that does not come from a shop tells little."""
    problem: Any = None
    if response.headers.get("content-type", "").startswith("application/problem+json"):
        try:
            problem = orjson.loads(response.content)
        except orjson.JSONDecodeError:
            problem = None
    if isinstance(problem, dict):
        return error_of(response.status_code, problem)
    return Unreachable(
        f"{response.request.url.host} answers {response.status_code}, not as a shop does", fix="check the address"
    )


def content_of(response: httpx.Response) -> Any:
    """The JSON of an answer that is none of these problems."""
    try:
        return orjson.loads(response.content)
    except orjson.JSONDecodeError:
        raise Unreachable(f"{response.request.url.host} answers no JSON", fix="check the address") from None


class Attempts:
    """The attempts of one request: how long to wait before the next one, or the error that ends them.

    The wait doubles and is drawn evenly below that (full jitter), so that clients that were refused together do not
    come back together; where the server says when, it is no shorter.
    """

    def __init__(self, retries: int, draw: Callable[[], float] = random.random) -> None:
        self._left, self._draw = retries, draw
        self._longest = FIRST

    def refused(self, response: httpx.Response) -> float:
        """Seconds to wait after an answer that is no success; its error where there is nothing to wait for."""
        error = refusal_of(response)
        asked = _seconds(response.headers.get("retry-after", ""))
        if response.status_code not in AGAIN or error.code in FINAL or asked > PATIENCE:
            raise error
        return max(asked, self._wait(error))

    def failed(self, error: httpx.TransportError) -> float:
        """Seconds to wait after no answer at all."""
        host = error.request.url.host if getattr(error, "_request", None) else "the shop"
        known = Unreachable(f"{host} does not answer: {type(error).__name__}", fix="check that it runs, or wait longer")
        return self._wait(known)

    def _wait(self, error: WaresError) -> float:
        if self._left <= 0:
            raise error
        self._left -= 1
        wait = self._longest * self._draw()
        self._longest = min(2 * self._longest, LONGEST)
        return wait


def _seconds(header: str) -> float:
    """``Retry-After`` in seconds; a date, or nothing, is no wait."""
    return float(header) if header.isascii() and header.isdigit() else 0.0


def _below(kind: type[WaresError]) -> list[type[WaresError]]:
    """A kind of error and all below it, but for what a room of the server made for itself."""
    below = [each for each in kind.__subclasses__() if each.__module__ == kind.__module__]
    return [kind, *(each for one in below for each in _below(one))]
