"""Pages of other origins may ask ``/1/*`` and show photos of products; nobody's cookies come along."""

from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wares.serve.algolia.problems import PREFIX
from wares.serve.operations.answered import DEGRADED

SHOWN = "/media/"
ALLOWED = {"Access-Control-Allow-Origin": "*"}


class OtherOrigins:
    """ASGI middleware that answers preflights of ``/1/*`` and lets every page read what is answered there.

    Photos, and the answers to events, which browsers send off without reading them, are let through where other origins
    are kept from all else (Cross-Origin-Resource-Policy).
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._shared = CORSMiddleware(
            app,
            allow_origins=["*"],
            allow_methods=["GET", "POST"],
            allow_headers=["*"],
            expose_headers=[DEGRADED],
            max_age=86_400,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else ""

        async def opened(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Cross-Origin-Resource-Policy"] = "cross-origin"
            await send(message)

        if path.startswith(PREFIX):
            await self._shared(scope, receive, opened)
        else:
            await self.app(scope, receive, opened if path.startswith(SHOWN) else send)
