"""``/v1/search``, ``/v1/explain`` and ``/api/suggest``: JSON, with problem+json errors (RFC 9457)."""

from collections.abc import Sequence

import orjson
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from wares.errors import NotFound, QueryError
from wares.serve.front import Explains, Front, Suggests
from wares.serve.native.answers import answer, hit_json, rank, suggestion_json
from wares.serve.native.schemas import SearchRequest
from wares.serve.security import limited
from wares.serve.storefront.address import Address, clean, region_of
from wares.serve.storefront.messages import negotiate
from wares.types import Query, Region

MAX_BODY = 64_000
MAX_TYPED = 100
SUGGESTIONS = 8


def routes(front: Front) -> Sequence[BaseRoute]:
    """The routes of the API."""
    api = Api(front)
    return (
        Route("/v1/search", api.search, methods=["GET"]),
        Route("/v1/search", api.search_posted, methods=["POST"]),
        Route("/v1/explain", api.explain),
        Route("/api/suggest", api.suggest),
    )


class Api:
    """Handlers of the JSON routes."""

    def __init__(self, front: Front) -> None:
        self._front = front

    def search(self, request: Request) -> Response:
        """``GET /v1/search``: the parameters of the search page."""
        front = self._front.of(request)
        address = Address.parse(request.query_params.multi_items(), front.currency)
        language = negotiate(address.language, request.headers.get("accept-language", ""))
        return _answer(front, front.query(address, language))

    async def search_posted(self, request: Request) -> Response:
        """``POST /v1/search`` with a :class:`SearchRequest`."""
        body = await Request(request.scope, limited(request.receive, MAX_BODY)).body()
        try:
            asked = SearchRequest.model_validate(orjson.loads(body))
        except orjson.JSONDecodeError as error:
            raise QueryError("the body is no JSON", fix=str(error)) from error
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"])) or "body"
            raise QueryError(f"{where}: {first['msg']}", fix="see SearchRequest in wares.serve.native.api") from error
        return await run_in_threadpool(self._posted, self._front.of(request), asked)

    def _posted(self, front: Front, asked: SearchRequest) -> Response:
        photo = front.photos.get(asked.photo) if asked.photo else None
        if asked.photo and photo is None:
            raise NotFound("this photo is no longer kept", fix="post it to /photo again")
        query = Query(
            text=clean(asked.text),
            photo=photo,
            filters=front.filters(asked.filters),
            facets=asked.facets or front.shop.config.search.facets,
            sort=asked.sort,
            page=asked.page - 1,
            page_size=asked.page_size,
            language=asked.language,
            explain=True,
            like=asked.like,
            region=self._region(asked),
            dropped=asked.dropped,
            literal=asked.literal,
        )
        return _answer(front, query)

    def explain(self, request: Request) -> Response:
        """``GET /v1/explain``: the parameters of the search page, and ``id``."""
        front, asked = self._front.of(request), request.query_params
        shop = front.shop
        if not isinstance(shop, Explains):
            raise NotFound("this shop does not explain single products", fix="read the ledger of a hit of /v1/search")
        address = Address.parse(asked.multi_items(), front.currency)
        query = front.query(address, negotiate(address.language, request.headers.get("accept-language", "")))
        product = shop.product(asked.get("id", ""))
        found = shop.explain(query, product.id)
        told = {
            "hit": hit_json(found.hit, product, query.language),
            "position": rank(found.position),
            "counterfactuals": [
                {"change": each.change, "now": rank(each.now), "then": rank(each.then)}
                for each in found.counterfactuals
            ],
        }
        return Response(orjson.dumps(told), media_type="application/json")

    def suggest(self, request: Request) -> Response:
        """``GET /api/suggest?q=``: what a shopper who has begun to type may mean; a list, empty for nothing typed."""
        front, asked = self._front.of(request), request.query_params
        shop = front.shop
        typed = clean(asked.get("q", "")[:MAX_TYPED])
        chosen = asked.get("lang", "")[:8]
        language = negotiate(chosen, request.headers.get("accept-language", ""))
        found = shop.suggest(typed, language, SUGGESTIONS) if typed and isinstance(shop, Suggests) else ()
        told = [suggestion_json(each, chosen) for each in found]
        return Response(
            orjson.dumps(told), media_type="application/json", headers={"Cache-Control": "private, max-age=60"}
        )

    @staticmethod
    def _region(asked: SearchRequest) -> Region | None:
        region = region_of(asked.region)
        if asked.region and region is None and asked.region != "0,0,1,1":
            raise QueryError(
                f"region: {asked.region!r} is no part of a photo", fix="write left,top,right,bottom: 0.1,0,0.9,1"
            )
        return region


def _answer(front: Front, query: Query) -> Response:
    found = answer(front.shop, query, front.shop.search(query))
    return Response(orjson.dumps(found), media_type="application/json")
