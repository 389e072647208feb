"""The routes of the shop, and what is answered when something is wrong."""

import re

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from wares.errors import WaresError
from wares.serve.api import Api, problem_json
from wares.serve.front import Front, Storefront
from wares.serve.pages import Pages
from wares.serve.photos import QueryPhotos
from wares.serve.rendering import STATIC
from wares.serve.security import HEADERS, SecurityHeaders

_MEDIA = re.compile(r"([0-9a-f]{64})(\.jpg|\.mp4|\.poster\.jpg)")
_TYPES = {".jpg": "image/jpeg", ".mp4": "video/mp4"}
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}


def create_app(shop: Storefront, *, photos: QueryPhotos | None = None) -> Starlette:
    """The ASGI application of one shop; names, currency and limits are those of its configuration."""
    front = Front(shop, photos or QueryPhotos())
    pages, api = Pages(front), Api(front)

    def media(request: Request) -> Response:
        named = _MEDIA.fullmatch(request.path_params["name"])
        if named is None:
            raise HTTPException(404)
        sha256, suffix = named.groups()
        path = shop.media.poster(sha256) if suffix == ".poster.jpg" else shop.media.path(sha256)
        if not path.name.endswith(suffix):
            raise HTTPException(404)
        return FileResponse(path, media_type=_TYPES[path.suffix], headers=_FOREVER)

    def failed(request: Request, error: Exception) -> Response:
        status = error.status if isinstance(error, WaresError) else getattr(error, "status_code", 500)
        if status >= 500:
            structlog.get_logger().error(
                "request failed", path=request.url.path, status=status, error=type(error).__name__
            )
        if request.url.path.startswith(("/v1/", "/api/")):
            return problem_json(error, status)
        return pages.problem(request, status)

    def crashed(request: Request, error: Exception) -> Response:
        answer = failed(request, error)
        answer.headers.update(HEADERS)  # this answer passes no middleware
        return answer

    return Starlette(
        routes=[
            Route("/", pages.search),
            Route("/explain", pages.explain),
            Route("/photo", pages.photo, methods=["POST"]),
            Route("/photo/{name}", pages.query_photo),
            Route("/p/{id:path}", pages.product),
            Route("/media/{name}", media),
            Route("/v1/search", api.search, methods=["GET"]),
            Route("/v1/search", api.search_posted, methods=["POST"]),
            Route("/v1/explain", api.explain),
            Route("/api/suggest", api.suggest),
            Route("/healthz", healthz),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={HTTPException: failed, WaresError: failed, Exception: crashed},
    )


async def healthz(_: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"})
