"""``/1/*``: what InstantSearch and its clients ask; JSON in and out, whatever type it is sent as."""

import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, runtime_checkable

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from wares.errors import NotFound, QueryError
from wares.serve.access.caller import Scope, caller_of
from wares.serve.algolia.answers import result
from wares.serve.algolia.family import answer_all, wants_hits
from wares.serve.algolia.insights import events_of
from wares.serve.algolia.names import INDEX, LEVELS, ORDERS, order_of
from wares.serve.algolia.parameters import MAX_NAME, Asked, read
from wares.serve.algolia.recommending import recommended
from wares.serve.algolia.records import chosen, record
from wares.serve.front import Front
from wares.serve.security import limited
from wares.serve.storefront.formats import digits
from wares.stages import note
from wares.types import Event, Query

MAX_BODY = 256_000
MAX_REQUESTS, MAX_HITS, MAX_OBJECTS = 50, 2_000, 1_000  # of one batch
BROWSED = 100


@runtime_checkable
class TakesEvents(Protocol):
    """A shop that keeps what shoppers did."""

    def feedback(self, events: Iterable[Event]) -> int: ...


def routes(front: Front) -> Sequence[BaseRoute]:
    """The routes of the protocol."""
    api = Api(front)
    posted = ["POST"]
    return (
        Route("/1/indexes", api.indexes),
        Route("/1/indexes/*/queries", api.queries, methods=posted),
        Route("/1/indexes/*/objects", api.objects, methods=posted),
        Route("/1/indexes/*/recommendations", api.recommendations, methods=posted),
        Route("/1/indexes/{index}/query", api.query, methods=posted),
        Route("/1/indexes/{index}/browse", api.browse, methods=["GET", "POST"]),
        Route("/1/indexes/{index}/settings", api.settings),
        Route("/1/indexes/{index}/facets/{facet:path}/query", api.facet, methods=posted),
        Route("/1/indexes/{index}/{id:path}", api.object),
        Route("/1/events", api.events, methods=posted),
    )


class Api:
    """Handlers of the protocol's routes."""

    def __init__(self, front: Front) -> None:
        self._front = front

    async def queries(self, request: Request) -> Response:
        """Several searches at once."""
        front, body = self._for(request, "search"), await _json(request)
        sent = _requests(body, MAX_REQUESTS)

        def answer() -> Any:
            asked = [read(each, digits(front.currency)) for each in sent]
            return {"results": _results(front, asked, _address(request))}

        return _answer(await run_in_threadpool(answer))

    async def query(self, request: Request) -> Response:
        """One search."""
        return await self._one(request)

    async def facet(self, request: Request) -> Response:
        """The values of one facet in which something was typed."""
        return await self._one(request, request.path_params["facet"][:MAX_NAME])

    async def recommendations(self, request: Request) -> Response:
        """Products like others."""
        front, body = self._for(request, "search"), await _json(request)
        sent, address = _requests(body, MAX_REQUESTS), _address(request)

        def answer() -> Any:
            started, places = time.perf_counter(), digits(front.currency)
            found = [recommended(front, each, places, address) for each in sent]
            took = round(1000 * (time.perf_counter() - started))
            return {"results": [{**each, "processingTimeMS": took} for each in found]}

        return _answer(await run_in_threadpool(answer))

    async def events(self, request: Request) -> Response:
        """What shoppers did."""
        front, body = self._for(request, "events"), await _json(request)
        shop, found = front.shop, events_of(body, datetime.now(UTC))
        if not isinstance(shop, TakesEvents):
            raise NotFound("this shop keeps no events", fix="send none")
        note("events", (await run_in_threadpool(shop.feedback, found), 0))
        return _answer({"status": 200, "message": "OK"})

    async def objects(self, request: Request) -> Response:
        """Several records at once, null for each that is not there."""
        front, body = self._for(request, "search"), await _json(request)
        sent, address = _requests(body, MAX_OBJECTS), _address(request)

        def one(asked: Any) -> Any:
            if not isinstance(asked, dict) or not isinstance(id := asked.get("objectID"), str):
                raise QueryError("a request names no objectID", fix='{"indexName": "products", "objectID": "mug"}')
            attributes = {"attributesToRetrieve": asked.get("attributesToRetrieve")}
            try:
                return _record(front, id, read({"indexName": asked.get("indexName"), **attributes}, 0), address)
            except NotFound:
                order_of(str(asked.get("indexName")))
                return None

        return _answer({"results": await run_in_threadpool(lambda: [one(each) for each in sent])})

    def object(self, request: Request) -> Response:
        """One record."""
        front = self._for(request, "search")
        attributes = request.query_params.get("attributesToRetrieve")
        asked = read({"attributesToRetrieve": attributes}, 0, index=request.path_params["index"])
        return _answer(_record(front, request.path_params["id"], asked, _address(request)))

    async def browse(self, request: Request) -> Response:
        """Everything that a search finds, page after page by a cursor."""
        front = self._for(request, "admin")
        body = await _json(request) if request.method == "POST" else dict(request.query_params)
        if not isinstance(body, dict):
            raise QueryError("the body is no object", fix='{"cursor": "…"}')
        if cursor := body.get("cursor"):
            body = _opened(cursor)
        asked = read({"hitsPerPage": BROWSED, **body}, digits(front.currency), index=request.path_params["index"])
        if not wants_hits(asked):
            raise QueryError("hitsPerPage: nothing can be browsed by 0", fix=f'"hitsPerPage": {BROWSED}')
        [told] = await run_in_threadpool(_results, front, [asked], _address(request))
        if asked.page + 1 < told.get("nbPages", 0):
            told["cursor"] = urlsafe_b64encode(orjson.dumps({**body, "page": asked.page + 1})).decode()
        return _answer(told)

    def indexes(self, request: Request) -> Response:
        """The indexes there are: one, and a replica for each further order."""
        front = self._for(request, "admin")
        entries = front.shop.search(Query(page_size=1)).total
        replicas = [name for name in ORDERS if name != INDEX]
        items = [
            {"name": name, "entries": entries, **({"replicas": replicas} if name == INDEX else {"primary": INDEX})}
            for name in ORDERS
        ]
        return _answer({"items": items, "nbPages": 1})

    def settings(self, request: Request) -> Response:
        """What a page may want to know of an index; it is changed in wares.toml, not here."""
        self._for(request, "admin")
        index = request.path_params["index"]
        order = order_of(index)
        replicas = [name for name in ORDERS if name != INDEX]
        return _answer(
            {
                "searchableAttributes": ["name", "brand", "categories", "tags", "description"],
                "attributesForFaceting": [f"{LEVELS}.lvl0", "brand", "price", "rating", "in_stock"],
                "customRanking": [] if order == "relevance" else [order],
                "hitsPerPage": 20,
                "maxValuesPerFacet": 100,
                **({"replicas": replicas} if index == INDEX else {"primary": INDEX}),
            }
        )

    async def _one(self, request: Request, facet: str = "") -> Response:
        front, body = self._for(request, "search"), await _json(request)
        asked = read(body, digits(front.currency), index=request.path_params["index"], facet=facet)
        [told] = await run_in_threadpool(_results, front, [asked], _address(request))
        return _answer(told)

    def _for(self, request: Request, scope: Scope) -> Front:
        """The front of whoever asks, once they may."""
        caller_of(request).needs(scope)
        return self._front.of(request)


def _results(front: Front, asked: Sequence[Asked], address: str) -> list[dict[str, Any]]:
    if sum(each.size for each in asked if wants_hits(each)) > MAX_HITS:
        raise QueryError(f"hitsPerPage: more than {MAX_HITS} in one batch", fix="ask for fewer, or in several batches")
    started = time.perf_counter()
    found = answer_all(front.shop.search, asked)
    took = 1000 * (time.perf_counter() - started)
    return [result(front, one, each, address, took) for one, each in zip(asked, found, strict=True)]


def _record(front: Front, id: str, asked: Asked, address: str) -> dict[str, Any]:
    try:
        product = front.shop.product(id)
    except NotFound as error:
        raise NotFound("ObjectID does not exist", fix="take one that a search returned") from error
    return chosen(record(product, "", asked.language, address), asked.retrieve)


def _address(request: Request) -> str:
    return str(request.base_url).rstrip("/")


async def _json(request: Request) -> Any:
    body = await Request(request.scope, limited(request.receive, MAX_BODY)).body()
    try:
        return orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as error:
        raise QueryError("the body is no JSON", fix=str(error)) from error


def _requests(body: Any, most: int) -> list[Any]:
    sent = body.get("requests") if isinstance(body, dict) else None
    if not isinstance(sent, list) or len(sent) > most:
        raise QueryError(f"requests is no list of at most {most}", fix='{"requests": [{"indexName": "products"}]}')
    return sent


def _opened(cursor: Any) -> dict[str, Any]:
    """The request for the page that a cursor stands for; it says nothing that its holder could not ask."""
    try:
        body = orjson.loads(urlsafe_b64decode(cursor))
    except (TypeError, ValueError, Base64Error) as error:
        raise QueryError("cursor: not one that was given", fix="begin anew without it") from error
    if not isinstance(body, dict):
        raise QueryError("cursor: not one that was given", fix="begin anew without it")
    return body


def _answer(told: Any) -> Response:
    return Response(orjson.dumps(told), media_type="application/json")
