"""Requests to a server on this machine, bounded in number and in time: as fast as it answers, or at a given rate.

At a given rate a request is due at its moment whether or not earlier ones are answered, and waits from that moment on;
a generator that waits for the server before it asks again never sees the worst of it ("coordinated omission").
"""

import asyncio
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import httptools
import numpy as np
from numpy.typing import NDArray

from wares.types import IntArray

Seconds = NDArray[np.float64]

HOST = "127.0.0.1"
PATIENCE = 30.0  # seconds for an answer
AT_ONCE = 256  # connections that hold what is due and not answered
_LOST = 0  # status of what was never answered


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What became of n requests.

    Attributes
    ----------
    due
        (n,) seconds after the start at which each was due.
    waited
        (n,) seconds from then to the whole answer.
    served
        (n,) seconds from when it was sent to the whole answer.
    status
        (n,) of HTTP; 0: the connection was lost, or nothing came in time.
    seconds
        Of the whole.
    """

    due: Seconds
    waited: Seconds
    served: Seconds
    status: IntArray
    seconds: float

    @property
    def good(self) -> NDArray[np.bool_]:
        """(n,) bool: answered with 200."""
        return np.equal(self.status, 200)

    @property
    def shed(self) -> NDArray[np.bool_]:
        """(n,) bool: refused at once, to come again later."""
        return np.equal(self.status, 429)

    @property
    def failed(self) -> int:
        """Neither answered nor refused in order."""
        return int((~self.good & ~self.shed).sum())

    def percentile(self, share: float) -> float:
        """Milliseconds that a share of the good answers came within, from when they were due; NaN where none is."""
        waited = self.waited[self.good]
        return 1000 * float(np.percentile(waited, share)) if len(waited) else math.nan


def get(path: str, **parameters: str) -> bytes:
    """A request as it goes over the wire."""
    query = f"?{urlencode(parameters)}" if parameters else ""
    return f"GET {path}{query} HTTP/1.1\r\nHost: {HOST}\r\nAccept: application/json\r\n\r\n".encode()


def closed(port: int, requests: Sequence[bytes], at_once: int) -> Answers:
    """All requests, so many at a time: the next is due when one is answered."""
    return asyncio.run(_driven(port, requests, None, at_once))


def paced(port: int, requests: Sequence[bytes], rate: float) -> Answers:
    """All requests, ``rate`` a second at even distances."""
    return asyncio.run(_driven(port, requests, rate, AT_ONCE))


async def _driven(port: int, requests: Sequence[bytes], rate: float | None, at_once: int) -> Answers:
    due, waited, served = (np.zeros(len(requests)) for _ in range(3))
    status = np.zeros(len(requests), np.int64)
    upcoming = iter(range(len(requests)))
    start = time.perf_counter()

    async def work(numbers: Iterator[int]) -> None:
        async with _Connection(port) as connection:
            for number in numbers:  # shared: whoever is free takes the next
                if rate is not None:
                    due[number] = number / rate
                    if (ahead := start + due[number] - time.perf_counter()) > 0:
                        await asyncio.sleep(ahead)
                else:
                    due[number] = time.perf_counter() - start
                sent = time.perf_counter()
                status[number] = await connection.ask(requests[number])
                end = time.perf_counter()
                waited[number], served[number] = end - start - due[number], end - sent

    await asyncio.gather(*(work(upcoming) for _ in range(min(at_once, len(requests)))))
    return Answers(due, waited, served, status, time.perf_counter() - start)


class _Connection(asyncio.Protocol):
    """One connection that is kept, and made anew where the server closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None
        self._parser = httptools.HttpResponseParser(self)

    async def __aenter__(self) -> "_Connection":
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._transport is not None:
            self._transport.close()

    async def ask(self, request: bytes) -> int:
        """The status of the answer, when the whole of it is there."""
        loop = asyncio.get_running_loop()
        try:
            if self._transport is None or self._transport.is_closing():
                self._parser = httptools.HttpResponseParser(self)
                self._transport, _ = await loop.create_connection(lambda: self, HOST, self._port)
            self._answer = loop.create_future()
            late = loop.call_later(PATIENCE, self._transport.abort)
            self._transport.write(request)
            try:
                return await self._answer
            finally:
                late.cancel()
        except OSError:
            return _LOST

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(self._parser.get_status_code())
        if not self._parser.should_keep_alive() and self._transport is not None:
            self._transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(_LOST)
