"""``/v1/search``, ``/v1/explain`` and ``/api/suggest``: JSON, with problem+json errors (RFC 9457)."""

import math
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from wares.errors import NotFound, QueryError, WaresError
from wares.serve.address import MAX_DROPPED, MAX_NAME, MAX_TEXT, MAX_VALUE, SORTS, Address, clean, region_of
from wares.serve.front import Explains, Front, Storefront, Suggests
from wares.serve.messages import negotiate
from wares.serve.security import limited
from wares.serve.view import chosen_variant, cover, media_href, product_href, told
from wares.types import (
    AllOf,
    AnyOf,
    Between,
    Filter,
    Hit,
    Hits,
    Near,
    Not,
    OneOf,
    Product,
    Query,
    Region,
    Says,
    Suggestion,
    Understood,
)

MAX_BODY = 64_000
MAX_TYPED = 100
SUGGESTIONS = 8


class SearchRequest(BaseModel):
    """The body of ``POST /v1/search``; ``page`` starts at 1, ``photo`` is a sha256 that ``POST /photo`` gave.

    ``region`` is ``left,top,right,bottom`` as shares of the photo; ``dropped`` are keys of ``understood.chips``.
    """

    model_config = ConfigDict(extra="forbid")

    text: str = Field("", max_length=MAX_TEXT)
    photo: str = Field("", pattern="^([0-9a-f]{64})?$")
    filters: str = Field("", max_length=MAX_TEXT)
    facets: tuple[Annotated[str, Field(max_length=MAX_NAME)], ...] = Field((), max_length=20)
    sort: str = Field("relevance", pattern=f"^({'|'.join(SORTS)})$")
    page: int = Field(1, ge=1, le=10_000)
    page_size: int = Field(24, ge=1, le=200)
    language: str = Field("", max_length=8)
    like: str = Field("", max_length=MAX_VALUE)
    region: str = Field("", max_length=60)
    dropped: tuple[str, ...] = Field((), max_length=MAX_DROPPED)
    literal: bool = False


class Api:
    """Handlers of the JSON routes."""

    def __init__(self, front: Front) -> None:
        self._front = front

    def search(self, request: Request) -> Response:
        """``GET /v1/search``: the parameters of the search page."""
        address = Address.parse(request.query_params.multi_items(), self._front.currency)
        language = negotiate(address.language, request.headers.get("accept-language", ""))
        return self._answer(self._front.query(address, language))

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
            raise QueryError(f"{where}: {first['msg']}", fix="see SearchRequest in wares.serve.api") from error
        return await run_in_threadpool(self._posted, asked)

    def _posted(self, asked: SearchRequest) -> Response:
        photo = self._front.photos.get(asked.photo) if asked.photo else None
        if asked.photo and photo is None:
            raise NotFound("this photo is no longer kept", fix="post it to /photo again")
        query = Query(
            text=clean(asked.text),
            photo=photo,
            filters=self._front.filters(asked.filters),
            facets=asked.facets or self._front.shop.config.search.facets,
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
        return self._answer(query)

    def explain(self, request: Request) -> Response:
        """``GET /v1/explain``: the parameters of the search page, and ``id``."""
        shop, asked = self._front.shop, request.query_params
        if not isinstance(shop, Explains):
            raise NotFound("this shop does not explain single products", fix="read the ledger of a hit of /v1/search")
        address = Address.parse(asked.multi_items(), self._front.currency)
        query = self._front.query(address, negotiate(address.language, request.headers.get("accept-language", "")))
        product = shop.product(asked.get("id", ""))
        found = shop.explain(query, product.id)
        told = {
            "hit": _hit(found.hit, product, query.language),
            "position": _rank(found.position),
            "counterfactuals": [
                {"change": each.change, "now": _rank(each.now), "then": _rank(each.then)}
                for each in found.counterfactuals
            ],
        }
        return Response(orjson.dumps(told), media_type="application/json")

    def suggest(self, request: Request) -> Response:
        """``GET /api/suggest?q=``: what a shopper who has begun to type may mean; a list, empty for nothing typed."""
        shop, asked = self._front.shop, request.query_params
        typed = clean(asked.get("q", "")[:MAX_TYPED])
        chosen = asked.get("lang", "")[:8]
        language = negotiate(chosen, request.headers.get("accept-language", ""))
        found = shop.suggest(typed, language, SUGGESTIONS) if typed and isinstance(shop, Suggests) else ()
        told = [_suggestion(each, chosen) for each in found]
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

    def _answer(self, query: Query) -> Response:
        shop = self._front.shop
        return Response(orjson.dumps(answer(shop, query, shop.search(query))), media_type="application/json")


def answer(shop: Storefront, query: Query, hits: Hits) -> dict[str, Any]:
    """A page of hits as JSON; ranks start at 1."""
    found = []
    for hit in hits:
        try:
            found.append(_hit(hit, shop.product(hit.id), query.language))
        except NotFound:  # deleted since the search
            continue
    return _page(hits, query, found)


def problem_json(error: Exception, status: int) -> Response:
    """An error for programs; an unexpected one says nothing of what is inside."""
    known = isinstance(error, WaresError | HTTPException)
    problem = {
        "type": "about:blank",
        "status": status,
        "code": getattr(error, "code", "http" if isinstance(error, HTTPException) else "error"),
        "title": error.detail if isinstance(error, HTTPException) else getattr(error, "message", "internal error"),
        "fix": getattr(error, "fix", "") if known else "try again in a moment",
    }
    return Response(orjson.dumps(problem), status, media_type="application/problem+json")


def _page(hits: Hits, query: Query, found: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "query_id": hits.query_id,
        "generation": hits.generation,
        "total": hits.total,
        "page": query.page + 1,
        "pages": -(-hits.total // query.page_size),
        "hits": found,
        "facets": {
            name: {
                "values": [{"value": value.value, "count": value.count} for value in facet.values],
                "low": _known(facet.low),
                "high": _known(facet.high),
                "buckets": [{"low": one.low, "high": one.high, "count": one.count} for one in facet.buckets],
            }
            for name, facet in hits.facets.items()
        },
        "understood": _understood(hits.understood),
        "notices": [{"code": notice.code, "text": notice.text} for notice in hits.notices],
        "degraded": list(hits.degraded),
    }


def _hit(hit: Hit, product: Product, language: str) -> dict[str, Any]:
    variant = chosen_variant(product, hit.variant)
    photo = cover(product, variant)
    entries = hit.ledger.entries if hit.ledger else ()
    return {
        "id": hit.id,
        "variant": variant.id,
        "title": told(product, language or product.language).title,
        "brand": product.brand,
        "price": {"amount": variant.price.amount, "currency": variant.price.currency} if variant.price else None,
        "availability": variant.availability,
        "image": media_href(photo) if photo else None,
        "url": product_href(product, variant.id),
        "score": hit.score,
        "relevance": _known(hit.relevance),
        "ledger": [{"name": entry.name, "value": entry.value, "detail": entry.detail} for entry in entries],
    }


def _understood(read: Understood) -> dict[str, Any]:
    correction = read.correction
    return {
        "text": read.text,
        "language": read.language,
        "chips": [
            {"key": chip.key, "kind": chip.kind, "words": chip.words, "filter": filter_json(chip.filter)}
            for chip in read.chips
        ],
        "correction": (
            {"text": correction.text, "original": correction.original, "applied": correction.applied}
            if correction
            else None
        ),
    }


def filter_json(part: Filter) -> dict[str, Any]:
    """A filter as a tree; prices in minor units, an open end is null."""
    match part:
        case OneOf(field, values):
            return {"field": field, "one_of": list(values)}
        case Between(field, low, high):
            return {"field": field, "low": low, "high": high}
        case Near(field, latitude, longitude, km):
            return {"field": field, "latitude": latitude, "longitude": longitude, "km": km}
        case Says(terms):
            return {"says": list(terms)}
        case Not(inner):
            return {"not": filter_json(inner)}
        case AllOf(parts):
            return {"all_of": [filter_json(each) for each in parts]}
        case AnyOf(parts):
            return {"any_of": [filter_json(each) for each in parts]}


def _suggestion(found: Suggestion, language: str) -> dict[str, str]:
    """``url`` is where it leads: a search, a category, or a product's page."""
    if found.kind == "product":
        page, pairs = f"/p/{quote(found.target, safe='')}", []
    else:
        page, pairs = "/", [("q", found.text) if found.kind == "query" else ("f.category", found.target)]
    query = urlencode([*pairs, *([("lang", language)] if language else [])])
    return {"kind": found.kind, "text": found.text, "target": found.target, "url": f"{page}?{query}" if query else page}


def _rank(position: int | None) -> int | None:
    return None if position is None else position + 1


def _known(number: float) -> float | None:
    return None if math.isnan(number) else number
