"""What an application is run with: its numbers, its way out, who listens, and the routes of an operator."""

import ipaddress
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from wares.config import Config
from wares.errors import WaresError
from wares.jobs.records import unfinished
from wares.serve.access.caller import caller_of
from wares.serve.front import Storefront
from wares.serve.operations import health
from wares.serve.operations.answered import Listener
from wares.serve.operations.draining import Drain
from wares.serve.operations.metrics import CONTENT_TYPE, Metrics
from wares.serve.operations.observing import Observe
from wares.serve.operations.requestlog import RequestLog
from wares.serve.operations.tracing import Tracing

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


class Operated:
    """Made once for an application, before it.

    Parameters
    ----------
    metrics
        Those of this process; a worker gives the one that shares its numbers.
    listeners
        Told of every answer beside metrics, log and traces.

    Raises
    ------
    ConfigError
        ``serve.otlp_endpoint`` is set and the extra is missing.
    """

    def __init__(self, config: Config, metrics: Metrics | None = None, *listeners: Listener) -> None:
        settings = config.serve
        self.metrics = metrics or Metrics()
        self.drain = Drain()
        self._config = config
        endpoint = settings.otlp_endpoint
        self.tracing = Tracing(endpoint, share=settings.trace_share) if endpoint else None
        self._listeners: tuple[Listener, ...] = (
            RequestLog(slow=settings.log_slow, share=settings.log_share),
            *((self.tracing,) if self.tracing else ()),
            *listeners,
        )

    def middleware(self) -> Middleware:
        """What stands around all else."""
        return Middleware(Observe, metrics=self.metrics, drain=self.drain, listeners=self._listeners)

    def routes(self, shop: Storefront) -> list[BaseRoute]:
        """``/healthz``, ``/readyz`` and ``/metrics``."""
        measured: Callable[[Request], Response] = partial(self._measured, shop)
        return [
            Route("/healthz", healthz),
            Route("/readyz", partial(self._ready, shop)),
            Route("/metrics", measured),
        ]

    def close(self) -> None:
        """Send the last traces."""
        if self.tracing is not None:
            self.tracing.close()

    async def _ready(self, shop: Storefront, request: Request) -> Response:
        """Whether requests may be sent here, and what the shop does without."""
        find = partial(health.conditions, shop, reserve=self._config.serve.disk_reserve, stopping=self.drain.stopping)
        status, body = health.report(await run_in_threadpool(find), whole=trusted(request, self._config))
        return JSONResponse(body, status, {"Cache-Control": "no-store"})

    def _measured(self, shop: Storefront, request: Request) -> Response:
        """The numbers, for whoever may see them."""
        if not trusted(request, self._config):
            caller_of(request).needs("admin")
        settings = self._config
        try:
            found = health.conditions(shop, reserve=settings.serve.disk_reserve, stopping=False)
            self.metrics.look_at_shop(shop, settings.shop.folder, [each.part for each in found])
        except WaresError:  # a store that cannot be read is no reason to be blind
            self.metrics.look_at_shop(None, settings.shop.folder, ("generation",))
        with suppress(WaresError):
            self.metrics.waiting(unfinished(settings.shop.folder))
        return Response(self.metrics.text(), media_type=CONTENT_TYPE)


async def healthz(_: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"})


def trusted(request: Request, config: Config) -> bool:
    """Whether a request comes from this machine itself and through no proxy, or everyone may know."""
    if config.serve.metrics == "open":
        return True
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
