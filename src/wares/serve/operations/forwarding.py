"""What only the writer can do, handed on to it whole: the request as it came in, the answer as it comes back."""

from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from wares.errors import Busy
from wares.serve.native.api import is_write
from wares.serve.problems import problem_json

if TYPE_CHECKING:
    import httpx

PATIENCE = 600.0  # seconds for an answer: a feed may be long
# Of one connection only (RFC 9110, section 7.6.1), and the date, which each server gives.
_HOP = frozenset(
    (b"connection", b"keep-alive", b"proxy-authorization", b"te", b"trailer", b"transfer-encoding", b"upgrade", b"date")
)


class Forwarding:
    """ASGI middleware of a process that only reads: what writes goes to the writer's socket.

    Parameters
    ----------
    socket
        Path of the Unix socket the writer answers on.
    """

    def __init__(self, app: ASGIApp, socket: Path) -> None:
        self.app = app
        self._socket = socket
        self._client: httpx.AsyncClient | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_write(scope["method"], scope["path"]):
            await self.app(scope, receive, send)
            return
        answer = await self._handed_on(Request(scope, receive))
        await answer(scope, receive, send)

    async def _handed_on(self, request: Request) -> Response:
        import httpx

        if self._client is None:
            transport = httpx.AsyncHTTPTransport(uds=str(self._socket))
            timeout = httpx.Timeout(PATIENCE, connect=5.0)
            self._client = httpx.AsyncClient(transport=transport, base_url="http://writer", timeout=timeout)
        headers = _kept(request.scope["headers"])
        if request.client is not None:
            headers.append((b"x-forwarded-for", request.client.host.encode()))
        path = request.scope["raw_path"] + (b"?" + query if (query := request.scope["query_string"]) else b"")
        asked = self._client.build_request(
            request.method, path.decode("ascii", "replace"), headers=headers, content=request.stream()
        )
        try:
            found = await self._client.send(asked, stream=True)
        except httpx.TransportError:
            error = Busy("nobody writes at this moment", fix="ask again in a few seconds; searching goes on meanwhile")
            answer = problem_json(error, error.status)
            answer.headers["Retry-After"] = "2"
            return answer
        streamed = StreamingResponse(_body(found), found.status_code)
        streamed.raw_headers = _kept(found.headers.raw)
        return streamed


def _kept(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if name.lower() not in _HOP]


async def _body(found: "httpx.Response") -> AsyncIterator[bytes]:
    try:
        async for piece in found.aiter_raw():
            yield piece
    finally:
        await found.aclose()
