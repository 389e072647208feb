"""Every request is listened to: its route, status, time, stages and notes go to metrics, logs and traces."""

import time
from collections.abc import Iterable, Sequence

import structlog
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wares.serve.operations.answered import DEGRADED, Answered, Listener
from wares.serve.operations.draining import Drain
from wares.serve.operations.metrics import Metrics
from wares.serve.operations.tracecontext import request_id, trace_context
from wares.stages import Timed, listening

NOWHERE = "none"
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class Observe:
    """ASGI middleware around all others.

    Parameters
    ----------
    listeners
        Told of each answer; what one raises is logged and harms no answer.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics, drain: Drain, listeners: Sequence[Listener] = ()) -> None:
        self.app = app
        self._metrics, self._drain = metrics, drain
        self._listeners = (metrics.answered, *listeners)
        self._patterns: dict[int, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        context = trace_context(headers.get(b"traceparent", b""))
        own_id = request_id(headers.get(b"x-request-id", b""))
        ours = [(b"x-request-id", own_id.encode("ascii")), (b"traceparent", context.header)]
        status = 500  # what is answered when something is raised that nothing below has turned into an answer

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                leaving = [(b"connection", b"close")] if self._drain.stopping else []
                message = {**message, "headers": [*message["headers"], *ours, *_without(timed), *leaving]}
            await send(message)

        asked, raised = time.time_ns(), ""
        with listening() as timed, structlog.contextvars.bound_contextvars(request_id=own_id):
            self._metrics.in_flight.inc()
            try:
                await self.app(scope, receive, observed)
            except BaseException as error:
                raised = type(error).__name__
                raise
            finally:
                self._metrics.in_flight.dec()
                seconds = (time.perf_counter_ns() - timed.began) / 1e9
                answer = Answered(
                    method=scope["method"] if scope["method"] in METHODS else "other",
                    route=self._pattern(scope),
                    status=status,
                    seconds=seconds,
                    timed=timed,
                    asked=asked,
                    request_id=own_id,
                    trace=context.trace,
                    span=context.span,
                    parent=context.parent,
                    sampled=context.sampled,
                    error=_told(timed, "error") or ("error" if raised else ""),
                    raised=raised or _told(timed, "raised"),
                )
                self._tell(answer)

    def _tell(self, answer: Answered) -> None:
        for listener in self._listeners:
            try:
                listener(answer)
            except Exception as error:
                structlog.get_logger().warning("an answer was not counted", error=type(error).__name__)

    def _pattern(self, scope: Scope) -> str:
        """The pattern of the route, with those of the mounts around it."""
        route = scope.get("route")
        if route is None:
            return NOWHERE
        if id(route) not in self._patterns:
            self._patterns = dict(_patterns(scope["app"].routes))
        return self._patterns.get(id(route), NOWHERE)


def _patterns(routes: Iterable[BaseRoute], before: str = "") -> Iterable[tuple[int, str]]:
    for route in routes:
        pattern = before + str(getattr(route, "path", ""))
        yield id(route), pattern
        if isinstance(route, Mount):
            yield from _patterns(route.routes, pattern)


def _without(timed: Timed) -> list[tuple[bytes, bytes]]:
    """The header that says what an answer does without, whichever page or protocol it is of."""
    parts = dict.fromkeys(str(part) for part in timed.noted("degraded"))
    return [(DEGRADED.lower().encode("ascii"), ", ".join(parts).encode("ascii"))] if parts else []


def _told(timed: Timed, name: str) -> str:
    found = timed.noted(name)
    return str(found[-1]) if found else ""
