"""Pages of other origins may ask ``/1/*``, and nothing else of the shop; nobody's cookies come along."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from wares.serve.algolia.problems import PREFIX

ALLOWED = {"Access-Control-Allow-Origin": "*"}


class OtherOrigins:
    """ASGI middleware that answers preflights of ``/1/*`` and lets every page read what is answered there."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._shared = CORSMiddleware(
            app, allow_origins=["*"], allow_methods=["GET", "POST"], allow_headers=["*"], max_age=86_400
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        shared = scope["type"] == "http" and scope["path"].startswith(PREFIX)
        await (self._shared if shared else self.app)(scope, receive, send)
