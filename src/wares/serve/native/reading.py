"""What can be asked beside a search: a product, what is like it or goes with it, and what someone begins to type."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from wares import __version__
from wares.catalog.native import document, encode
from wares.catalog.staging import fingerprint
from wares.errors import QueryError
from wares.serve.front import Front, Storefront, Suggests, Writes
from wares.serve.native import bodies
from wares.serve.native.answers import hits_json, json_response, suggestion_json
from wares.serve.native.hits import Parts, Shown, chosen, known
from wares.serve.native.schemas import (
    ProductParameters,
    RecommendRequest,
    SimilarParameters,
    SimilarRequest,
    SuggestParameters,
    SuggestRequest,
    named,
)
from wares.serve.native.searching import filters_of
from wares.serve.native.tags import REVALIDATE, Tags, unchanged
from wares.serve.native.tags import known as known_already
from wares.serve.storefront.address import clean
from wares.serve.storefront.messages import negotiate
from wares.serve.storefront.view import media_href, product_href, told
from wares.types import Between, Filter, Hit, Product, Query

MAX_BODY = 64_000
MAX_TYPED = 100
SHORTLY = {"Cache-Control": "private, max-age=60"}
PRIOR, MIDDLE, MANY, LOOKED_AT = 5, 3.0, 10, 200
LINKS = ("goes_with", "related", "upsell")


class Reading:
    """Handlers that read."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._parts = Parts()
        self._tags = Tags(front.shop.config)

    def product(self, request: Request) -> Response:
        """One product as the public may see it, with a summary of its reviews."""
        shop = self._front.of(request).shop
        language = bodies.valid(ProductParameters, named(request.query_params)).lang
        told = product_json(shop.product(request.path_params["id"]), language)
        tag = self._tags.of(request, fingerprint(encode(told)))
        return (
            unchanged(tag) if known_already(request, tag) else json_response(told, headers={"ETag": tag, **REVALIDATE})
        )

    def similar(self, request: Request) -> Response:
        """Products like one."""
        asked = bodies.valid(SimilarParameters, named(request.query_params))
        return self._similar(self._front.of(request), asked.id, asked.k, Shown(asked.lang, chosen(asked.fields)))

    async def similar_posted(self, request: Request) -> Response:
        """Products like one, asked as JSON."""
        asked = bodies.valid(SimilarRequest, bodies.parsed(await bodies.read(request, MAX_BODY)))
        shown = Shown(asked.language, chosen(asked.fields))
        return await run_in_threadpool(self._similar, self._front.of(request), asked.id, asked.k, shown)

    async def recommend(self, request: Request) -> Response:
        """What to show beside products, each with the reason."""
        asked = bodies.valid(RecommendRequest, bodies.parsed(await bodies.read(request, MAX_BODY)))
        return await run_in_threadpool(self._recommended, self._front.of(request), asked)

    def suggest(self, request: Request) -> Response:
        """What someone who has begun to type may mean; nothing for nothing typed."""
        asked = bodies.valid(SuggestParameters, named(request.query_params))
        language = negotiate(asked.lang, request.headers.get("accept-language", ""))
        return _suggested(self._front.of(request), asked.q, language, asked.lang, asked.k)

    async def suggest_posted(self, request: Request) -> Response:
        """What someone who has begun to type may mean, asked as JSON."""
        asked = bodies.valid(SuggestRequest, bodies.parsed(await bodies.read(request, MAX_BODY)))
        language = negotiate(asked.language, request.headers.get("accept-language", ""))
        front = self._front.of(request)
        return await run_in_threadpool(_suggested, front, asked.text, language, asked.language, asked.k)

    def _similar(self, front: Front, id: str, k: int, shown: Shown) -> Response:
        hits = front.shop.similar(id, k)
        found = {
            "query_id": hits.query_id,
            "generation": hits.generation,
            "hits": hits_json(front.shop, hits, shown, self._parts),
        }
        return json_response(found)

    def _recommended(self, front: Front, asked: RecommendRequest) -> Response:
        shop = front.shop
        if asked.kind == "popular":
            if asked.ids:
                raise QueryError("ids: popular products are for nobody in particular", fix="leave ids out")
            found: Iterable[Reasoned] = _popular(shop, filters_of(front, asked.filters))
        elif not asked.ids:
            raise QueryError("ids: there are none", fix="name the products that the recommendations are for")
        elif asked.filters:
            raise QueryError("filters: only popular products are filtered", fix="leave filters out")
        else:
            found = _linked(shop, asked) if asked.kind in LINKS else _alike(shop, asked.ids, asked.k)
        reasons = dict(list({hit.id: (hit, reason) for hit, reason in found}.items())[: asked.k])
        shown = Shown(asked.language, chosen(asked.fields))
        wanted = replace(shown, fields=tuple(dict.fromkeys(("id", *shown.fields))))
        every = hits_json(shop, [hit for hit, _ in reasons.values()], wanted, self._parts)
        return json_response({"kind": asked.kind, "hits": [{**hit, "reason": reasons[hit["id"]][1]} for hit in every]})

    async def health(self, _: Request) -> Response:
        """Whether the shop answers, and what it cannot do now."""
        shop = self._front.shop
        told = {
            "status": "degraded" if shop.degraded else "ok",
            "degraded": list(shop.degraded),
            "version": __version__,
            "writable": isinstance(shop, Writes) and shop.writable,
        }
        return json_response(told, headers={"Cache-Control": "no-store"})


def product_json(product: Product, language: str = "") -> dict[str, Any]:
    """The public document: no vectors, and no metadata, which is the merchant's own; photos are our copies."""
    texts = told(product, language or product.language)
    fields = document(product)
    for private in ("metadata", "reviews", "translations"):
        fields.pop(private, None)
    fields |= {"title": texts.title, "language": texts.language, "url": product_href(product)}
    if texts.description:
        fields["description"] = texts.description
    shown = [product.media, *(variant.media for variant in product.variants)]
    for owner, media in zip((fields, *fields["variants"]), shown, strict=True):
        owner["media"] = [
            {"type": each.kind, "url": media_href(each), "alt_text": each.alt, "options": dict(each.options)}
            for each in media
            if each.sha256
        ]
    rated = [review.rating for review in product.reviews if review.rating is not None]
    fields["reviews"] = {
        "count": len(product.reviews),
        "mean": known(sum(rated) / len(rated)) if rated else None,
        "languages": sorted({review.language for review in product.reviews if review.language}),
    }
    return fields


def _suggested(front: Front, typed: str, language: str, chosen: str, k: int) -> Response:
    text, shop = clean(typed[:MAX_TYPED]), front.shop
    found = shop.suggest(text, language, k) if text and isinstance(shop, Suggests) else ()
    return json_response({"suggestions": [suggestion_json(each, chosen) for each in found]}, headers=SHORTLY)


# --- recommendations -------------------------------------------------------------------------------------------------

Reasoned = tuple[Hit, dict[str, str]]


def _linked(shop: Storefront, asked: RecommendRequest) -> list[Reasoned]:
    """What the merchant linked to the products, in the order of the links."""
    sources = shop.products(asked.ids)
    links = [(link.target, source.id) for source in sources for link in source.links if link.kind == asked.kind]
    wanted = {target: source for target, source in reversed(links) if target not in asked.ids}
    order = list(dict.fromkeys(target for target, _ in links if target in wanted))
    there = {product.id for product in shop.products(order)}
    return [
        (Hit(target, "", math.nan), {"code": asked.kind, "product": wanted[target]})
        for target in order
        if target in there
    ]


def _alike(shop: Storefront, ids: Sequence[str], k: int) -> list[Reasoned]:
    """The best of what is like any of the products, each beside the one that it is most like."""
    best: dict[str, tuple[Hit, str]] = {}
    for source in dict.fromkeys(ids):
        for hit in shop.similar(source, k + len(ids)):
            if hit.id not in ids and (hit.id not in best or hit.score > best[hit.id][0].score):
                best[hit.id] = hit, source
    ordered = sorted(best.values(), key=lambda one: (-one[0].score, one[0].id))
    return [(hit, {"code": "similar_to", "product": source}) for hit, source in ordered]


def _popular(shop: Storefront, filters: tuple[Filter, ...]) -> list[Reasoned]:
    """What is rated best, where each product has ``PRIOR`` ratings more that are in the middle of the scale.

    The Bayesian mean, (n·mean + PRIOR·MIDDLE) / (n + PRIOR): one five-star review does not win over a hundred of 4.8.
    Looked at are the best by their mean, of all and of those with many ratings.
    """
    query = Query(filters=filters, sort="rating", page_size=LOOKED_AT)
    hits = {hit.id: hit for hit in shop.search(query)}
    rated = _rated(shop, hits)
    if rated:
        often = replace(query, filters=(*filters, Between("reviews", MANY, None)))
        hits |= {hit.id: hit for hit in shop.search(often)}
        rated = _rated(shop, hits)
    worth = {id: (count * mean + PRIOR * MIDDLE) / (count + PRIOR) for id, (mean, count) in rated.items()}
    best = sorted(worth, key=lambda id: (-worth[id], id))
    return [(hits[id], {"code": "well_rated"}) for id in best]


def _rated(shop: Storefront, ids: Iterable[str]) -> dict[str, tuple[float, int]]:
    """Mean of five, and number, of the ratings of those that have some."""
    products = shop.products(list(ids))
    known = {product.id: product.rating for product in products if product.rating and product.rating.count > 0}
    return {id: (5 * rating.value / rating.scale_max, rating.count) for id, rating in known.items()}
