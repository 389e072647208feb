"""The routes of the shop, and what is answered when something is wrong."""

import errno
import re
from functools import partial

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from wares.errors import Busy, WaresError
from wares.serve.front import Front, Storefront
from wares.serve.native import api
from wares.serve.photos import QueryPhotos
from wares.serve.problems import problem_json
from wares.serve.security import HEADERS, SecurityHeaders, SpareFiles
from wares.serve.storefront.pages import Pages

_MEDIA = re.compile(r"([0-9a-f]{64})(\.jpg|\.mp4|\.poster\.jpg)")
_TYPES = {".jpg": "image/jpeg", ".mp4": "video/mp4"}
_AGAIN = {"Retry-After": "1"}
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}


def create_app(shop: Storefront, *, photos: QueryPhotos | None = None) -> Starlette:
    """The ASGI application of one shop; names, currency and limits are those of its configuration."""
    front = Front(shop, photos or QueryPhotos())
    pages = Pages(front)

    def failed(request: Request, error: Exception) -> Response:
        if isinstance(error, MemoryError) or getattr(error, "errno", None) in (errno.EMFILE, errno.ENFILE):
            error = Busy("memory or files ran out", fix="ask again in a moment")
        status = error.status if isinstance(error, WaresError) else getattr(error, "status_code", 500)
        if status >= 500:
            structlog.get_logger().error(
                "request failed", path=request.url.path, status=status, error=type(error).__name__
            )
        programs = request.url.path.startswith(("/v1/", "/api/", "/speech"))
        answer = problem_json(error, status) if programs else pages.problem(request, status)
        answer.headers.update(_AGAIN if status == 503 else {})
        return answer

    def crashed(request: Request, error: Exception) -> Response:
        answer = failed(request, error)
        answer.headers.update(HEADERS)  # this answer passes no middleware
        return answer

    async def ready(_: Request) -> Response:
        """The shop answers; what it cannot do now is named."""
        degraded = shop.degraded
        return JSONResponse({"status": "degraded" if degraded else "ok", "degraded": list(degraded)})

    return Starlette(
        routes=[
            *pages.routes(),
            *api.routes(front),
            Route("/media/{name}", partial(media, shop)),
            Route("/healthz", healthz),
            Route("/ready", ready),
        ],
        middleware=[Middleware(SecurityHeaders), Middleware(SpareFiles, refused=crowded)],
        exception_handlers={
            HTTPException: failed,
            WaresError: failed,
            MemoryError: failed,
            OSError: failed,
            Exception: crashed,
        },
    )


def media(shop: Storefront, request: Request) -> Response:
    """Our own copy of a photo or a clip, which never changes under its name."""
    named = _MEDIA.fullmatch(request.path_params["name"])
    if named is None:
        raise HTTPException(404)
    sha256, suffix = named.groups()
    path = shop.media.poster(sha256) if suffix == ".poster.jpg" else shop.media.path(sha256)
    if not path.name.endswith(suffix):
        raise HTTPException(404)
    return FileResponse(path, media_type=_TYPES[path.suffix], headers=_FOREVER)


async def crowded(scope: Scope, receive: Receive, send: Send) -> None:
    """503 for one more than there are files for; the connection is closed, which gives one back."""
    error = Busy("too many open files", fix="ask again in a moment; allow the process more (ulimit -n)")
    structlog.get_logger().error("request refused", code=error.code, status=error.status)
    answer = problem_json(error, error.status)
    answer.headers.update({**_AGAIN, "Connection": "close"})
    await answer(scope, receive, send)


async def healthz(_: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"})
