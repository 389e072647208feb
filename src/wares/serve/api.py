"""``/v1/search``: the search as JSON, with problem+json errors (RFC 9457)."""

import math
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from wares.errors import NotFound, QueryError, WaresError
from wares.serve.address import MAX_NAME, MAX_TEXT, SORTS, Address, clean
from wares.serve.front import Front, Storefront
from wares.serve.messages import negotiate
from wares.serve.security import limited
from wares.serve.view import chosen_variant, cover, media_href, product_href, told
from wares.types import Hit, Hits, Product, Query

MAX_BODY = 64_000


class SearchRequest(BaseModel):
    """The body of ``POST /v1/search``; ``page`` starts at 1, ``photo`` is a sha256 that ``POST /photo`` gave."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field("", max_length=MAX_TEXT)
    photo: str = Field("", pattern="^([0-9a-f]{64})?$")
    filters: str = Field("", max_length=MAX_TEXT)
    facets: tuple[Annotated[str, Field(max_length=MAX_NAME)], ...] = Field((), max_length=20)
    sort: str = Field("relevance", pattern=f"^({'|'.join(SORTS)})$")
    page: int = Field(1, ge=1, le=10_000)
    page_size: int = Field(24, ge=1, le=200)
    language: str = Field("", max_length=8)


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
        )
        return self._answer(query)

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
            }
            for name, facet in hits.facets.items()
        },
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


def _known(number: float) -> float | None:
    return None if math.isnan(number) else number
