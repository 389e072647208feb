"""What every answer carries so that nothing a merchant or a shopper wrote can run, and what it takes to give one.

Scripts of ours may run, named by their hashes, and ask this server; no other, from wherever, and none in a page.
"""

import asyncio
import os
import resource
from contextlib import suppress

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wares.errors import SlowBody
from wares.serve.storefront.rendering import integrity, scripts

_OURS = " ".join(f"'{integrity(name)}'" for name in scripts())
SECONDS, SPEED = 20.0, 10_000  # that a body may take, and bytes a second from which on it may take longer
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; "
        f"script-src {_OURS}; "
        "connect-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=()",
}


class SecurityHeaders:
    """ASGI middleware that sets :data:`HEADERS` on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self.app(scope, receive, guarded if scope["type"] == "http" else send)


class SpareFiles:
    """ASGI middleware that lets nobody in when the process runs out of open files.

    A new file gets the lowest free number, so one number near the limit says that almost all are taken; asking costs a
    microsecond.

    Parameters
    ----------
    refused
        Answers instead.
    spare
        Files that an answer may need: the store's, a photo's.
    """

    def __init__(self, app: ASGIApp, refused: ASGIApp, spare: int = 16) -> None:
        self.app = app
        self._refused = refused
        self._spare = spare

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.app if scope["type"] != "http" or self._enough() else self._refused
        await app(scope, receive, send)

    def _enough(self) -> bool:
        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        with suppress(OSError):
            number = os.dup(0)
            os.close(number)
            return limit == resource.RLIM_INFINITY or number < limit - self._spare
        return False


def limited(receive: Receive, max_bytes: int) -> Receive:
    """A receive that answers 413 once a body is larger, whatever its Content-Length says."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > max_bytes:
            raise HTTPException(413, f"the body is larger than {max_bytes} bytes; send less")
        return message

    return counted


def in_time(receive: Receive) -> Receive:
    """A receive that raises SlowBody once a body trickles: that holds memory and a connection."""
    came = 0
    until = 0.0

    async def timed() -> Message:
        nonlocal came, until
        until = until or asyncio.get_running_loop().time() + SECONDS
        try:
            async with asyncio.timeout_at(until + came / SPEED):
                message = await receive()
        except TimeoutError:
            raise SlowBody("the body did not come in time", fix="send it again over a faster line") from None
        came += len(message.get("body", b""))
        return message

    return timed
