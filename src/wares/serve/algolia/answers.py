"""What is found, in the shapes of this protocol; pages start at 0, prices are in major units."""

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

from wares.errors import NotFound
from wares.search.filters import MONEY
from wares.serve.algolia.family import EVERY, Found, wants_hits
from wares.serve.algolia.marks import Marker, Tags, facet_marked
from wares.serve.algolia.names import CATEGORIES, CATEGORY, RATING, SEPARATOR, attributes_of, field_of, level_of
from wares.serve.algolia.parameters import Asked
from wares.serve.algolia.records import chosen, record, texts_of
from wares.serve.front import Front
from wares.serve.storefront.formats import major
from wares.serve.storefront.vocabulary import reads
from wares.types import Facet, FacetValue, Hit, Hits, Understood

SNIPPET = 10  # words
EXACT = {"facetsCount": True, "facetValues": True, "nbHits": True, "rulesMatch": True, "typo": True}


def result(front: Front, asked: Asked, found: Found, address: str, took: float) -> dict[str, Any]:
    """The answer to one request.

    Parameters
    ----------
    address
        Of the shop.
    took
        Milliseconds.
    """
    if asked.facet:
        return {
            "facetHits": facet_hits(front, asked, found),
            "exhaustiveFacetsCount": True,
            "exhaustive": {"facetsCount": True},
            "processingTimeMS": round(took),
        }
    total = found.counted.total
    facets, stats = facets_of(front, asked, found)
    shown = list(_hits(front, asked, found.hits, address)) if wants_hits(asked) else []
    # Where the shop does not carry what was asked, the nearest are no hits, and must not look like some.
    hits, nearest = (shown, []) if total else ([], shown)
    told: dict[str, Any] = {
        "hits": hits,
        "nbHits": total,
        "page": asked.page,
        "nbPages": -(-total // asked.size) if asked.size else 0,
        "hitsPerPage": asked.size,
        "exhaustiveNbHits": True,
        "exhaustiveFacetsCount": True,
        "exhaustiveTypo": True,
        "exhaustive": EXACT,
        "query": asked.text,
        "params": asked.echo,
        "index": asked.index,
        "processingTimeMS": round(took),
        "_wares": {
            "degraded": list(found.hits.degraded),
            "notices": [{"code": notice.code, "text": notice.text} for notice in found.hits.notices],
            "understood": _understood(found.hits.understood),
            "ignored": list(asked.ignored),
            "nearest": nearest,
        },
    }
    if asked.facets:
        told |= {"facets": facets, "facets_stats": stats}
    if EVERY in asked.facets:
        told["renderingContent"] = {"facetOrdering": {"facets": {"order": [each for each in facets if _is_list(each)]}}}
    if asked.clicks:
        told["queryID"] = found.hits.query_id
    return told if "*" in asked.fields else {name: told[name] for name in asked.fields if name in told}


def hit(front: Front, asked: Asked, found: Hit, marker: Marker, address: str) -> dict[str, Any]:
    """One hit; NotFound where the product was deleted since the search."""
    whole = record(front.shop.product(found.id), found.variant, asked.language, address)
    texts = texts_of(whole)
    told = chosen(whole, asked.retrieve)
    marked = texts if "*" in asked.highlight else {name: texts[name] for name in asked.highlight if name in texts}
    if marked:
        told["_highlightResult"] = marker.highlight(marked)
    if asked.snippet:
        told["_snippetResult"] = {
            name: marker.snippet(texts[name], words) for name, words in _snippets(asked, texts) if name in texts
        }
    if asked.ranking and found.ledger is not None:
        entries = [{"name": each.name, "value": each.value, "detail": each.detail} for each in found.ledger.entries]
        relevance = None if math.isnan(found.relevance) else found.relevance
        told["_rankingInfo"] = {"score": found.score, "relevance": relevance, "ledger": entries}
    return told


def facets_of(front: Front, asked: Asked, found: Found) -> tuple[dict[str, Any], dict[str, Any]]:
    """Counts by attribute and value, and the ends of numbers by attribute."""
    counts: dict[str, Any] = {}
    stats: dict[str, Any] = {}
    every = found.counted.facets
    attributes = [
        each
        for name in asked.facets
        for each in ([a for field in every for a in attributes_of(field)] if name == EVERY else [name])
    ]
    for attribute in dict.fromkeys(attributes):
        facet = every.get(field_of(attribute))
        if facet is None:
            continue
        values = _values(front, attribute, facet, asked.language)
        if values or attribute in asked.facets or not math.isnan(facet.low):
            values = values or _stars(facet)
            ordered = values if asked.by_count else sorted(values, key=lambda each: each.value)
            counts[attribute] = {each.value: each.count for each in ordered[: asked.values]}
        if not math.isnan(facet.low):
            stats[attribute] = {
                "min": _number(front, facet.field, facet.low),
                "max": _number(front, facet.field, facet.high),
            }
    return counts, stats


def facet_hits(front: Front, asked: Asked, found: Found) -> list[dict[str, Any]]:
    """The values of a facet in which what was typed begins a word."""
    facet = found.counted.facets.get(field_of(asked.facet))
    tags = Tags(asked.pre, asked.post)
    told = []
    for each in _values(front, asked.facet, facet, asked.language) if facet else ():
        marked = facet_marked(each.value, asked.facet_query, tags)
        if marked is not None:
            told.append({"value": each.value, "highlighted": marked, "count": each.count})
    if not asked.by_count:
        told.sort(key=lambda each: str(each["value"]))
    return told[: asked.facet_hits]


def _hits(front: Front, asked: Asked, hits: Hits, address: str) -> Iterator[dict[str, Any]]:
    tags = Tags(asked.pre, asked.post, asked.ellipsis)
    marker = Marker(f"{asked.text} {hits.understood.text}", tags)
    for each in hits:
        try:
            yield hit(front, asked, each, marker, address)
        except NotFound:  # deleted since the search
            continue


def _values(front: Front, attribute: str, facet: Facet, language: str) -> list[FacetValue]:
    """A facet's values; of categories those of one level, in the language of the answer where there are any."""
    if facet.field != CATEGORY:
        return list(facet.values)
    level = level_of(attribute)
    of_level = [each for each in facet.values if level is None or each.value.count(SEPARATOR) == level]
    wanted = (language or front.shop.config.shop.language).split("-")[0]
    return [each for each in of_level if reads(each.value, wanted)] or of_level


def _stars(facet: Facet) -> list[FacetValue]:
    """Ratings by whole stars, rounded down, so that those from n stars up sum to what ``rating >= n`` finds.

    Whole stars are edges of the histogram wherever ratings lie; its own edges would change from filter to filter, and
    clients lay the values of several answers over each other.
    """
    counts: Counter[int] = Counter()
    for bucket in facet.buckets if facet.field == RATING else ():
        counts[math.floor(bucket.low)] += bucket.count
    return [FacetValue(str(stars), count) for stars, count in counts.most_common() if count]


def _is_list(attribute: str) -> bool:
    """Whether an attribute is a list to choose from by itself: of a tree its top is, which leads to all below."""
    return attribute != CATEGORIES and not level_of(attribute)


def _understood(read: Understood) -> dict[str, Any]:
    """What was read out of the words; ``chips`` have the keys of ``docs/http.md``."""
    other = read.correction
    return {
        "text": read.text,
        "language": read.language,
        "chips": [{"key": chip.key, "kind": chip.kind, "words": chip.words} for chip in read.chips],
        "correction": {"text": other.text, "original": other.original, "applied": other.applied} if other else None,
    }


def _number(front: Front, field: str, value: float) -> float:
    return float(major(value, front.currency)) if field in MONEY else value


def _snippets(asked: Asked, texts: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """``name:words`` by name; the number is 10 where none is given."""
    for each in asked.snippet:
        name, _, number = each.partition(":")
        words = int(number) if number.isdecimal() and 0 < len(number) < 6 and int(number) else SNIPPET
        yield from ((other, words) for other in (texts if name == "*" else (name,)))
