"""The routes of the shop, and what is answered when something is wrong."""

import errno
from collections.abc import Callable

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from wares.errors import AccessError, Busy, TooMany, WaresError
from wares.serve.access import signing
from wares.serve.access.gate import Access, Gate, programs
from wares.serve.access.signing import refusal_page
from wares.serve.access.tally import Tally
from wares.serve.algolia import api as protocol
from wares.serve.algolia.origins import ALLOWED, OtherOrigins
from wares.serve.algolia.problems import PREFIX, protocol_json
from wares.serve.cached import cached
from wares.serve.copies import Copies
from wares.serve.front import Front, Storefront
from wares.serve.native import api
from wares.serve.operations.admission import Admission
from wares.serve.operations.operated import Operated
from wares.serve.photos import QueryPhotos
from wares.serve.playground.pages import Playground
from wares.serve.problems import code_of, problem_json
from wares.serve.security import HEADERS, SecurityHeaders, SpareFiles
from wares.serve.storefront.pages import Pages
from wares.serve.unfound import counting_unfound
from wares.stages import note

_AGAIN = {"Retry-After": "1"}


def create_app(
    shop: Storefront,
    *,
    photos: QueryPhotos | None = None,
    tally: Tally | None = None,
    operated: Operated | None = None,
) -> Starlette:
    """The ASGI application of one shop; names, currency and limits are those of its configuration.

    Parameters
    ----------
    photos, tally
        Where query photos are kept and limits are counted, by all processes together; None: by this one alone.
    operated
        What counts, logs and traces its requests; None: one of its own.
    """
    operated = operated or Operated(shop.config)
    front = Front(counting_unfound(cached(shop)), photos or QueryPhotos())
    access = Access(shop.config, tally)
    pages = Pages(front)
    settings = shop.config.serve

    failed, crashed = answers_to_errors(pages)
    app = Starlette(
        routes=[
            *pages.routes(),
            *Playground(front).routes(),
            *api.routes(front),
            *signing.routes(),
            *protocol.routes(front),
            *Copies(shop).routes(),
            *operated.routes(shop),
        ],
        middleware=[
            operated.middleware(),
            Middleware(OtherOrigins),
            Middleware(SecurityHeaders),
            Middleware(SpareFiles, refused=crowded),
            Middleware(Gate, access=access, refuse=failed),
            Middleware(Admission, slots=settings.slots, max_wait=settings.max_wait),
        ],
        exception_handlers={
            HTTPException: failed,
            WaresError: failed,
            MemoryError: failed,
            OSError: failed,
            Exception: crashed,
        },
    )
    app.state.access = access
    return app


Answer = Callable[[Request, Exception], Response]


def answers_to_errors(pages: Pages) -> tuple[Answer, Answer]:
    """What is answered when something is wrong, in the shape that whoever asked can read: a page, a problem.

    The second of the two sets its headers itself: the answer to what nobody expected passes no middleware.
    """

    def failed(request: Request, error: Exception) -> Response:
        if isinstance(error, MemoryError) or getattr(error, "errno", None) in (errno.EMFILE, errno.ENFILE):
            error = Busy("memory or files ran out", fix="ask again in a moment")
        status = error.status if isinstance(error, WaresError) else getattr(error, "status_code", 500)
        note("error", code_of(error))
        if status >= 500:
            note("raised", type(error).__name__)
        if isinstance(error, TooMany):  # more than a key or an address may; Admission speaks for itself
            note("shed", "rate")
        path = request.url.path
        if path.startswith(PREFIX):
            answer = protocol_json(error, status)
        elif programs(path):
            answer = problem_json(error, status)
        elif isinstance(error, AccessError | TooMany):
            answer = refusal_page(request, error)
        else:
            answer = pages.problem(request, status)
        if status in (429, 503):
            answer.headers["Retry-After"] = str(getattr(error, "retry_after", 1))
        return answer

    def crashed(request: Request, error: Exception) -> Response:
        answer = failed(request, error)
        shared = request.url.path.startswith(PREFIX)
        answer.headers.update(HEADERS | (ALLOWED if shared else {}))
        return answer

    return failed, crashed


async def crowded(scope: Scope, receive: Receive, send: Send) -> None:
    """503 for one more than there are files for; the connection is closed, which gives one back."""
    error = Busy("too many open files", fix="ask again in a moment; allow the process more (ulimit -n)")
    structlog.get_logger().error("request refused", code=error.code, status=error.status)
    note("error", error.code)
    note("shed", "files")
    answer = problem_json(error, error.status)
    answer.headers.update({**_AGAIN, "Connection": "close"})
    await answer(scope, receive, send)
