"""What is found, as JSON; ranks start at 1, prices are in minor units, what is unknown is null."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from starlette.responses import Response

from wares.search.filtertree import to_tree
from wares.serve.front import Storefront
from wares.serve.native.hits import Parts, Shown, hit_json
from wares.serve.native.schemas import MAX_VALUES
from wares.stages import staged
from wares.types import Facet, Hit, Hits, Query, Suggestion, Understood


@staged("serialise")
def json_response(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer to a program."""
    return Response(orjson.dumps(content), status, headers, "application/json")


@staged("serialise")
def answer(
    shop: Storefront, query: Query, hits: Hits, shown: Shown, *, facet_values: int = MAX_VALUES, parts: Parts
) -> dict[str, Any]:
    """A page of hits as JSON."""
    marked = hits.understood.text or query.text
    return {
        "query_id": hits.query_id,
        "generation": hits.generation,
        "total": hits.total,
        "page": query.page + 1,
        "pages": -(-hits.total // query.page_size),
        "next_cursor": None,
        "hits": hits_json(shop, hits, replace(shown, marked=marked) if shown.marked is not None else shown, parts),
        "facets": {name: _facet(facet, facet_values) for name, facet in hits.facets.items()},
        "understood": _understood(hits.understood),
        "notices": [{"code": notice.code, "text": notice.text} for notice in hits.notices],
        "degraded": list(hits.degraded),
    }


def hits_json(shop: Storefront, hits: Hits | Sequence[Hit], shown: Shown, parts: Parts) -> list[dict[str, Any]]:
    """Hits with their products, all read at once; one that was deleted since the search is left out."""
    if isinstance(hits, Hits) and not shown.ledger:
        hits = replace(hits, contributions=None)  # else each hit makes its ledger
    every = list(hits)
    if not shown.of_product:
        return [hit_json(hit, None, shown, parts) for hit in every]
    products = {product.id: product for product in shop.products([hit.id for hit in every])}
    return [hit_json(hit, products[hit.id], shown, parts) for hit in every if hit.id in products]


def _facet(facet: Facet, most: int) -> dict[str, Any]:
    return {
        "values": [{"value": value.value, "count": value.count} for value in facet.values[:most]],
        "low": _end(facet.low),
        "high": _end(facet.high),
        "buckets": [{"low": one.low, "high": one.high, "count": one.count} for one in facet.buckets],
    }


def _end(number: float) -> float | None:
    return None if math.isnan(number) else number


def _understood(read: Understood) -> dict[str, Any]:
    correction = read.correction
    return {
        "text": read.text,
        "language": read.language,
        "chips": [
            {"key": chip.key, "kind": chip.kind, "words": chip.words, "filter": to_tree(chip.filter)}
            for chip in read.chips
        ],
        "correction": (
            {"text": correction.text, "original": correction.original, "applied": correction.applied}
            if correction
            else None
        ),
    }


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
