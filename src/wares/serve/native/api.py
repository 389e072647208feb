"""The one table of ``/v1/*``: every route, who may take it, what it takes, answers and refuses."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from wares import errors
from wares.errors import WaresError
from wares.serve.access.caller import Scope, caller_of
from wares.serve.front import Front
from wares.serve.native import documents, schemas, shapes
from wares.serve.native.answers import json_response
from wares.serve.native.eventing import Eventing
from wares.serve.native.jobs import Jobs
from wares.serve.native.reading import Reading
from wares.serve.native.searching import Searching
from wares.serve.native.unfound import Unfound
from wares.serve.native.writing import LINES, Writing

_ASKED = (errors.QueryError, errors.FilterError, errors.EncodeError, errors.NotFound)
_WRITTEN = (errors.CatalogError, errors.FeedHeld, errors.KeyReused, errors.StoreLocked, errors.DiskFull)
_JOBS = (errors.Conflict, errors.DiskFull, errors.NewerState)
_FEEDS = ("application/json", *LINES[:2])
_CURSOR = (errors.CursorExpired,)
_PHOTO = (errors.MediaRejected,)


@dataclass(frozen=True, slots=True)
class Operation:
    """One route. ``room`` is the class whose ``handler`` answers; ``media`` are the types of its body."""

    method: str
    path: str
    room: type[Any]
    handler: Callable[..., Any]
    answer: type[BaseModel]
    scope: Scope | None = "search"
    body: type[BaseModel] | None = None
    parameters: type[BaseModel] | None = None
    refusals: tuple[type[WaresError], ...] = (errors.QueryError,)
    status: int = 200
    media: tuple[str, ...] = ("application/json",)
    many: bool = False

    @property
    def summary(self) -> str:
        """What it does, as its handler says."""
        return (self.handler.__doc__ or "").split("\n")[0]

    @property
    def name(self) -> str:
        """Its name among operations."""
        return f"{self.room.__name__.lower()}_{self.handler.__name__}"


OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/v1/search", Searching, Searching.got, shapes.SearchAnswer,
              parameters=schemas.SearchParameters, refusals=(*_ASKED, *_CURSOR)),
    Operation("POST", "/v1/search", Searching, Searching.posted, shapes.SearchAnswer,
              body=schemas.SearchRequest, refusals=(*_ASKED, *_CURSOR, *_PHOTO)),
    Operation("POST", "/v1/search/batch", Searching, Searching.batch, shapes.BatchAnswer, body=schemas.BatchRequest),
    Operation("POST", "/v1/photos", Searching, Searching.photo, shapes.PhotoAnswer, status=201,
              media=("image/jpeg", "image/png", "image/webp", "application/octet-stream"),
              refusals=(errors.QueryError, *_PHOTO, errors.EncodeError)),
    Operation("GET", "/v1/explain", Searching, Searching.explained, shapes.ExplainAnswer,
              parameters=schemas.ExplainParameters, refusals=_ASKED),
    Operation("POST", "/v1/explain", Searching, Searching.explained_posted, shapes.ExplainAnswer,
              body=schemas.ExplainRequest, refusals=_ASKED),
    Operation("GET", "/v1/similar", Reading, Reading.similar, shapes.SimilarAnswer,
              parameters=schemas.SimilarParameters, refusals=_ASKED),
    Operation("POST", "/v1/similar", Reading, Reading.similar_posted, shapes.SimilarAnswer,
              body=schemas.SimilarRequest, refusals=_ASKED),
    Operation("POST", "/v1/recommend", Reading, Reading.recommend, shapes.RecommendAnswer,
              body=schemas.RecommendRequest, refusals=_ASKED),
    Operation("GET", "/v1/suggest", Reading, Reading.suggest, shapes.SuggestAnswer,
              parameters=schemas.SuggestParameters),
    Operation("POST", "/v1/suggest", Reading, Reading.suggest_posted, shapes.SuggestAnswer,
              body=schemas.SuggestRequest),
    Operation("GET", "/v1/queries/unfound", Unfound, Unfound.listed, shapes.UnfoundAnswer, scope="admin",
              parameters=schemas.UnfoundParameters, refusals=(errors.QueryError, errors.NotFound, errors.StoreError)),
    Operation("POST", "/v1/products", Writing, Writing.upsert, shapes.Report, scope="admin", many=True,
              body=documents.ProductDocument, refusals=(errors.QueryError, *_WRITTEN), media=_FEEDS),
    Operation("PUT", "/v1/products", Writing, Writing.replace, shapes.Report, scope="admin", many=True,
              body=documents.ProductDocument, parameters=schemas.ReplaceParameters,
              refusals=(errors.QueryError, *_WRITTEN), media=_FEEDS),
    Operation("POST", "/v1/products/delete", Writing, Writing.delete_many, shapes.Report, scope="admin",
              body=schemas.DeleteRequest, refusals=(errors.QueryError, *_WRITTEN)),
    Operation("GET", "/v1/products/{id}", Reading, Reading.product, shapes.ProductAnswer,
              parameters=schemas.ProductParameters, refusals=_ASKED),
    Operation("PATCH", "/v1/products/{id}", Writing, Writing.patch, shapes.Report, scope="admin",
              body=documents.ProductChanges, refusals=(errors.QueryError, errors.NotFound, *_WRITTEN),
              media=("application/json", "application/merge-patch+json")),
    Operation("DELETE", "/v1/products/{id}", Writing, Writing.delete, shapes.Report, scope="admin",
              refusals=(errors.QueryError, errors.NotFound, *_WRITTEN)),
    Operation("POST", "/v1/events", Eventing, Eventing.events, shapes.EventsAnswer, scope="events",
              body=documents.EventsRequest, refusals=(errors.QueryError, errors.NotFound, errors.StoreError)),
    Operation("POST", "/v1/jobs", Jobs, Jobs.start, shapes.JobAnswer, scope="admin", status=202,
              body=schemas.JobRequest, refusals=(errors.QueryError, *_JOBS)),
    Operation("GET", "/v1/jobs", Jobs, Jobs.newest, shapes.JobsAnswer, scope="admin",
              parameters=schemas.JobsParameters),
    Operation("GET", "/v1/jobs/{id}", Jobs, Jobs.one, shapes.JobAnswer, scope="admin", refusals=(errors.NotFound,)),
    Operation("POST", "/v1/jobs/{id}/cancel", Jobs, Jobs.cancel, shapes.JobAnswer, scope="admin",
              refusals=(errors.QueryError, errors.NotFound, *_JOBS)),
    Operation("POST", "/v1/jobs/{id}/retry", Jobs, Jobs.retry, shapes.JobAnswer, scope="admin",
              refusals=(errors.QueryError, errors.NotFound, *_JOBS)),
    Operation("GET", "/v1/health", Reading, Reading.health, shapes.HealthAnswer, scope=None, refusals=()),
)  # fmt: skip
_WRITES = [
    (each.method, re.compile(re.escape(each.path).replace(re.escape("{id}"), ".+")))
    for each in OPERATIONS
    if each.room is Writing
]


def routes(front: Front) -> Sequence[BaseRoute]:
    """The routes of the API."""
    rooms = {room: room(front) for room in dict.fromkeys(each.room for each in OPERATIONS)}
    served = [
        Route(
            each.path.replace("{id}", "{id:path}"),
            _guarded(each, getattr(rooms[each.room], each.handler.__name__)),
            methods=[each.method],
        )
        for each in OPERATIONS
    ]
    return (*served, Route("/v1/openapi.json", described), Route("/v1/docs", told))


def is_write(method: str, path: str) -> bool:
    """Whether a request is one that changes the catalogue, which only the process that writes can do."""
    return any(method == each and pattern.fullmatch(path) for each, pattern in _WRITES)


def described(_: Request) -> Response:
    """This API as an OpenAPI 3.1 document."""
    from wares.serve.native.openapi import document

    return json_response(document(OPERATIONS), headers={"Cache-Control": "public, max-age=300"})


def told(request: Request) -> Response:
    """This API as a page to read."""
    from wares.serve.native.reference import page

    return page(OPERATIONS, request)


def _guarded(operation: Operation, handler: Callable[[Request], Any]) -> Callable[[Request], Any]:
    """The handler, for callers whose key allows it; Starlette sees whether it is asynchronous."""
    scope = operation.scope
    if scope is None:
        return handler
    return partial(_asynchronous if _awaits(handler) else _plain, scope, handler)


def _awaits(handler: Callable[[Request], Any]) -> bool:
    from inspect import iscoroutinefunction

    return iscoroutinefunction(handler)


async def _asynchronous(scope: Scope, handler: Callable[[Request], Any], request: Request) -> Response:
    caller_of(request).needs(scope)
    answer: Response = await handler(request)
    return answer


def _plain(scope: Scope, handler: Callable[[Request], Any], request: Request) -> Response:
    caller_of(request).needs(scope)
    answer: Response = handler(request)
    return answer
