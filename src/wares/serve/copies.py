"""``/media/*``: our copies of photos and clips, and photos as small as a page shows them."""

import re
from collections.abc import Sequence

import anyio.to_thread
import structlog
from anyio import CapacityLimiter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from wares.catalog.media import WIDTHS
from wares.serve.front import Storefront

_WHOLE = re.compile(r"([0-9a-f]{64})(\.jpg|\.mp4|\.poster\.jpg)")
_SMALL = re.compile(rf"([0-9a-f]{{64}})\.({'|'.join(map(str, WIDTHS))})\.webp")
_TYPES = {".jpg": "image/jpeg", ".mp4": "video/mp4", ".webp": "image/webp"}
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_FOR_NOW = {"Cache-Control": "public, max-age=60"}
log = structlog.get_logger(__name__)


class Copies:
    """Answers with copies, which never change under their names.

    A small photo is made when it is first asked for. One thread makes them, one after the other, so that neither a new
    shop's first pages nor a crawler takes the threads that searches need.
    """

    def __init__(self, shop: Storefront) -> None:
        self._media = shop.media
        self._one = CapacityLimiter(1)
        self._told = False

    def routes(self) -> Sequence[BaseRoute]:
        """The one route."""
        return (Route("/media/{name}", self.answer),)

    async def answer(self, request: Request) -> Response:
        """A copy, by its name."""
        name = request.path_params["name"]
        if named := _SMALL.fullmatch(name):
            return await self._small(named[1], int(named[2]))
        if named := _WHOLE.fullmatch(name):
            return await run_in_threadpool(self._whole, *named.groups())
        raise HTTPException(404)

    def _whole(self, sha256: str, suffix: str) -> Response:
        path = self._media.poster(sha256) if suffix == ".poster.jpg" else self._media.path(sha256)
        if not path.name.endswith(suffix):
            raise HTTPException(404)
        return FileResponse(path, media_type=_TYPES[path.suffix], headers=_FOREVER)

    async def _small(self, sha256: str, width: int) -> Response:
        path = await run_in_threadpool(self._media.small, sha256, width)
        try:
            if path is None:
                path = await anyio.to_thread.run_sync(self._media.shrink, sha256, width, limiter=self._one)
        except OSError as error:  # the disk is full or read-only: shoppers see the photo all the same
            if not self._told:
                log.warning("photo not shrunk", reason=str(error))
            self._told = True
            path = await run_in_threadpool(self._media.path, sha256)
            return FileResponse(path, media_type=_TYPES[path.suffix], headers=_FOR_NOW)
        return FileResponse(path, media_type=_TYPES[path.suffix], headers=_FOREVER)
