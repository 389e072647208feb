"""What is found, as JSON; ranks start at 1, prices are in minor units, what is unknown is null."""

import math
from typing import Any
from urllib.parse import quote, urlencode

from wares.errors import NotFound
from wares.serve.front import Storefront
from wares.serve.storefront.view import chosen_variant, cover, media_href, product_href, told
from wares.types import (
    AllOf,
    Always,
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
    Says,
    Suggestion,
    Understood,
)


def answer(shop: Storefront, query: Query, hits: Hits) -> dict[str, Any]:
    """A page of hits as JSON; ranks start at 1."""
    found = []
    for hit in hits:
        try:
            found.append(hit_json(hit, shop.product(hit.id), query.language))
        except NotFound:  # deleted since the search
            continue
    return _page(hits, query, found)


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


def hit_json(hit: Hit, product: Product, language: str) -> dict[str, Any]:
    """One position of a page; its ledger sums to its score."""
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
        case Always(inner):
            return filter_json(inner)
        case Not(inner):
            return {"not": filter_json(inner)}
        case AllOf(parts):
            return {"all_of": [filter_json(each) for each in parts]}
        case AnyOf(parts):
            return {"any_of": [filter_json(each) for each in parts]}


def suggestion_json(found: Suggestion, language: str) -> dict[str, str]:
    """``url`` is where it leads: a search, a category, or a product's page."""
    if found.kind == "product":
        page, pairs = f"/p/{quote(found.target, safe='')}", []
    else:
        page, pairs = "/", [("q", found.text) if found.kind == "query" else ("f.category", found.target)]
    query = urlencode([*pairs, *([("lang", language)] if language else [])])
    return {"kind": found.kind, "text": found.text, "target": found.target, "url": f"{page}?{query}" if query else page}


def rank(position: int | None) -> int | None:
    """A position from 1."""
    return None if position is None else position + 1


def _known(number: float) -> float | None:
    return None if math.isnan(number) else number
