"""Recommendations in the shapes of this protocol: products like one, and an honest nothing where there is no model."""

from typing import Any

from wares.errors import NotFound, QueryError
from wares.serve.algolia.answers import hit
from wares.serve.algolia.marks import Marker, Tags
from wares.serve.algolia.parameters import Asked, read
from wares.serve.front import Front
from wares.types import Hits, Query

LIKE = ("related-products", "looking-similar")
UNTRAINED = ("bought-together", "trending-items", "trending-facets", "recommended-for-you")
MAX_RECOMMENDATIONS = 30


def recommended(front: Front, request: Any, digits: int, address: str) -> dict[str, Any]:
    """The answer to one request for recommendations.

    Raises
    ------
    QueryError
        It cannot be meant, or names a model that nobody has; NotFound for a product that is not there.
    """
    if not isinstance(request, dict):
        raise QueryError("a request is no object", fix='{"indexName": "products", "model": "related-products"}')
    model, id, threshold = request.get("model"), request.get("objectID", ""), request.get("threshold") or 0
    most = request.get("maxRecommendations") or MAX_RECOMMENDATIONS
    if model not in (*LIKE, *UNTRAINED):
        raise QueryError(f"model: {str(model)[:100]!r} is none", fix=f"one of {', '.join((*LIKE, *UNTRAINED))}")
    if isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= 1000:
        raise QueryError("maxRecommendations is no whole number from 1 to 1000", fix='"maxRecommendations": 12')
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 0 <= threshold <= 100:
        raise QueryError("threshold is no number from 0 to 100", fix='"threshold": 0')
    parameters = request.get("queryParameters") or {}
    if not isinstance(parameters, dict):
        raise QueryError("queryParameters is no object", fix='{"filters": "in_stock:true"}')
    index = request.get("indexName")
    asked = read({**parameters, "indexName": index if isinstance(index, str) else ""}, digits)
    if model in UNTRAINED:
        notice = {"code": "no_model", "text": f"This shop has not learned {model}."}
        return _answer([], [notice], asked)
    if not isinstance(id, str) or not id:
        raise QueryError(f"objectID: {model} needs one", fix='"objectID": "an id that a search returned"')
    hits = _alike(front, asked, id, min(most, MAX_RECOMMENDATIONS))
    marker, found = Marker("", Tags(asked.pre, asked.post)), []
    for each in hits:
        share = 100 * each.relevance
        if share < threshold:
            continue
        try:
            told = hit(front, asked, each, marker, address)
        except NotFound:  # deleted since the search
            continue
        found.append(told | {"_score": round(share, 2)} if share == share else told)
    return _answer(found, [], asked)


def _alike(front: Front, asked: Asked, id: str, most: int) -> Hits:
    """The products most like one, those that pass the filters where there are some."""
    front.shop.product(id)
    if not asked.filters:
        return front.shop.similar(id, most)
    return front.shop.search(Query(like=id, filters=asked.filters, page_size=most, language=asked.language))


def _answer(hits: list[Any], notices: list[dict[str, str]], asked: Asked) -> dict[str, Any]:
    return {
        "hits": hits,
        "nbHits": len(hits),
        "page": 0,
        "nbPages": 1 if hits else 0,
        "hitsPerPage": len(hits),
        "exhaustiveNbHits": True,
        "query": "",
        "params": asked.echo,
        "index": asked.index,
        "_wares": {"notices": notices, "ignored": list(asked.ignored)},
    }
