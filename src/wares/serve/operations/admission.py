"""Who is let in: as many as can be answered in time; whoever else is told at once when to come back.

A request waits for one of a few slots. How long it would wait is known before it does (Little's law: those who wait,
times what one takes, over the slots), and where that is too long it is refused in microseconds instead of late. What
is refused costs next to nothing, so that under any load the slots go on answering.
"""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wares.errors import SlowBody, TooMany
from wares.serve.problems import problem_json
from wares.serve.security import in_time
from wares.stages import note

CHEAP = ("/healthz", "/readyz", "/metrics", "/static/", "/media/")
SMALL = 64_000  # bytes of a body that is read before its request waits for a slot
WEIGHT = 0.1  # of the newest duration in their moving average
BEGIN = 0.01  # seconds that a request is thought to take before any was seen


@dataclass(slots=True)
class AdmissionStats:
    """What became of requests since the process started; ``inside`` and ``waiting`` are now, ``seconds`` a mean."""

    admitted: int = 0
    refused: int = 0
    gone: int = 0
    inside: int = 0
    waiting: int = 0
    uploads: int = 0
    seconds: float = BEGIN


class Admission:
    """ASGI middleware that bounds how many requests are worked on, and how long one waits.

    Parameters
    ----------
    slots
        Requests that are worked on at a time.
    max_wait
        Seconds that a request may have to wait for its slot.
    uploads
        Requests with large bodies, which take as long as their senders do, that are taken in at a time.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        slots: int = 2,
        max_wait: float = 0.5,
        uploads: int = 8,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app = app
        self.stats = AdmissionStats()
        self._slots, self._max_wait, self._uploads, self._clock = slots, max_wait, uploads, clock
        self._free = asyncio.Semaphore(slots)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(CHEAP):
            await self.app(scope, receive, send)
        elif _is_large(scope):
            await self._upload(scope, receive, send)
        elif (wait := self.expected_wait()) > self._max_wait:
            await self._refuse(wait, send)
        else:
            await self._queue(scope, receive, send)

    def expected_wait(self) -> float:
        """Seconds that one more request would wait."""
        ahead = self.stats.waiting + self.stats.inside - self._slots + 1
        return max(ahead, 0) * self.stats.seconds / self._slots

    async def _queue(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.stats.waiting += 1
        came = self._clock()
        try:
            begun = await _body(in_time(receive))
            if begun is None:
                self.stats.gone += 1
                return
            await self._free.acquire()
        except SlowBody as error:
            await problem_json(error, error.status)(scope, receive, send)
            return
        finally:
            self.stats.waiting -= 1
        self.stats.inside += 1
        note("queued", self._clock() - came)
        client = _Client(receive, begun)
        try:
            if await client.has_left():
                self.stats.gone += 1
                return
            await self._work(scope, client.receive, send)
        finally:
            self.stats.inside -= 1
            self._free.release()
            client.close()

    async def _work(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = self._clock()
        self.stats.admitted += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.stats.seconds += WEIGHT * (self._clock() - started - self.stats.seconds)

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.stats.uploads >= self._uploads:
            await self._refuse(1.0, send)
            return
        self.stats.uploads += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.stats.uploads -= 1

    async def _refuse(self, wait: float, send: Send) -> None:
        self.stats.refused += 1
        note("shed", "queue")
        note("error", TooMany.code)
        await send({"type": "http.response.start", "status": TooMany.status, "headers": _headers(wait)})
        await send({"type": "http.response.body", "body": _REFUSAL})


class _Client:
    """The sender of a request whose body was read: hands it on, and knows whether anybody still waits for an answer."""

    def __init__(self, receive: Receive, body: Message) -> None:
        self._receive = receive
        self._body: Message | None = body
        self._next: asyncio.Task[Message] | None = None

    async def has_left(self) -> bool:
        self._next = asyncio.ensure_future(self._following())
        await asyncio.sleep(0)
        return self._next.done() and self._next.result()["type"] == "http.disconnect"

    async def receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return body
        waiting, self._next = self._next, None
        return await (waiting if waiting is not None else self._receive())

    def close(self) -> None:
        if self._next is not None:
            self._next.cancel()

    async def _following(self) -> Message:
        return await self._receive()


async def _body(receive: Receive) -> Message | None:
    """The whole of a small body as one message; None where its sender has left."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return {"type": "http.request", "body": b"".join(parts), "more_body": False}


def _is_large(scope: Scope) -> bool:
    """Whether a body may take its time: large, or of a length that is not told."""
    headers = dict(scope["headers"])
    if b"transfer-encoding" in headers:
        return True
    length = headers.get(b"content-length", b"0")
    return not length.isdigit() or len(length) > 12 or int(length) > SMALL


def _headers(wait: float) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(_REFUSAL)).encode()),
        (b"retry-after", str(max(math.ceil(wait), 1)).encode()),
        (b"cache-control", b"no-store"),
    ]


_REFUSAL = bytes(
    problem_json(
        TooMany("more is asked than can be answered in time", fix="ask again after the seconds of Retry-After"),
        TooMany.status,
    ).body
)
