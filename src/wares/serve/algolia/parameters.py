"""One request of a batch, read: parameters as JSON, as an object ``params``, or as the text of an address.

What is not known is ignored, and named in the answer; what is known and cannot be meant is an error that names it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson

from wares.errors import QueryError
from wares.serve.algolia.filtertext import facet_filters, numeric_filters, parse
from wares.serve.algolia.names import order_of
from wares.serve.storefront.address import MAX_TEXT, clean
from wares.types import Filter

MAX_HITS, MAX_FACETS, MAX_VALUES, MAX_FACET_HITS = 1000, 100, 1000, 100
MAX_NAMES, MAX_NAME = 200, 200

_LISTS = frozenset(
    (
        "facets",
        "facetFilters",
        "numericFilters",
        "tagFilters",
        "attributesToRetrieve",
        "attributesToHighlight",
        "attributesToSnippet",
        "responseFields",
        "queryLanguages",
        "naturalLanguages",
    )
)
_KNOWN = _LISTS | {
    "indexName",
    "params",
    "type",
    "query",
    "page",
    "hitsPerPage",
    "filters",
    "maxValuesPerFacet",
    "sortFacetValuesBy",
    "highlightPreTag",
    "highlightPostTag",
    "snippetEllipsisText",
    "clickAnalytics",
    "getRankingInfo",
    "facet",
    "facetQuery",
    "maxFacetHits",
    # These say nothing that an answer depends on.
    "analytics",
    "analyticsTags",
    "enablePersonalization",
    "percentileComputation",
    "sumOrFiltersScores",
    "synonyms",
    "userToken",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. ``facets`` are attributes; ``facet`` is set where only its values are searched; pages start at 0."""

    index: str
    order: str
    text: str = ""
    filters: tuple[Filter, ...] = ()
    page: int = 0
    size: int = 20
    facets: tuple[str, ...] = ()
    values: int = 100
    by_count: bool = True
    retrieve: tuple[str, ...] = ("*",)
    highlight: tuple[str, ...] = ("*",)
    snippet: tuple[str, ...] = ()
    pre: str = "<em>"
    post: str = "</em>"
    ellipsis: str = "…"
    clicks: bool = False
    ranking: bool = False
    fields: tuple[str, ...] = ("*",)
    language: str = ""
    facet: str = ""
    facet_query: str = ""
    facet_hits: int = 10
    echo: str = ""
    ignored: tuple[str, ...] = ()


def read(request: Any, digits: int, *, index: str = "", facet: str = "") -> Asked:
    """Read a request.

    Parameters
    ----------
    digits
        Decimal places of the shop's currency.
    index, facet
        What the address names, for requests that do not.

    Raises
    ------
    QueryError
        A parameter that cannot be meant; NotFound for an index that is not there.
    """
    if not isinstance(request, dict):
        raise QueryError("a request is no object", fix='{"indexName": "products", "query": "mug"}')
    given = _Given(_merged(request))
    name = index or given.text("indexName")
    asked = Asked(
        index=name,
        order=order_of(name),
        text=clean(given.text("query")[:MAX_TEXT]),
        filters=_filters(given, digits),
        page=given.number("page", 0, 0, 10**9),
        size=given.number("hitsPerPage", 20, 0, MAX_HITS),
        facets=given.names("facets", ()),
        values=given.number("maxValuesPerFacet", 100, 0, MAX_VALUES),
        by_count=given.text("sortFacetValuesBy") != "alpha",
        retrieve=given.names("attributesToRetrieve", ("*",)),
        highlight=given.names("attributesToHighlight", ("*",)),
        snippet=given.names("attributesToSnippet", ()),
        pre=given.text("highlightPreTag", "<em>")[:MAX_NAME],
        post=given.text("highlightPostTag", "</em>")[:MAX_NAME],
        ellipsis=given.text("snippetEllipsisText", "…")[:MAX_NAME],
        clicks=given.truth("clickAnalytics"),
        ranking=given.truth("getRankingInfo"),
        fields=given.names("responseFields", ("*",)),
        language=next(iter(given.names("queryLanguages", given.names("naturalLanguages", ()))), "")[:8],
        facet=_facet(given, facet),
        facet_query=clean(given.text("facetQuery")[:MAX_TEXT]),
        facet_hits=given.number("maxFacetHits", 10, 1, MAX_FACET_HITS),
        echo=_echo(given.values),
        ignored=tuple(sorted(str(each)[:MAX_NAME] for each in given.values.keys() - _KNOWN))[:MAX_NAMES],
    )
    if len(asked.facets) > MAX_FACETS:
        raise QueryError(f"facets: {len(asked.facets)} of them", fix=f"at most {MAX_FACETS}")
    return asked


def _facet(given: "_Given", facet: str) -> str:
    if not facet and given.text("type") != "facet":
        return ""
    if not (named := facet or given.text("facet")):
        raise QueryError("facet: a request of the type facet names none", fix='"facet": "brand"')
    return named[:MAX_NAME]


def _filters(given: "_Given", digits: int) -> tuple[Filter, ...]:
    """Everything that must hold, each condition once."""
    found = (
        *parse(given.text("filters"), digits),
        *facet_filters(given.many("facetFilters"), digits),
        *numeric_filters(given.many("numericFilters"), digits),
        *facet_filters(given.many("tagFilters"), digits, name="tagFilters", prefix="_tags:"),
    )
    return tuple(dict.fromkeys(found))


def _merged(request: Mapping[str, Any]) -> dict[str, Any]:
    params = request.get("params")
    if isinstance(params, str):
        try:
            params = dict(parse_qsl(params, keep_blank_values=True, max_num_fields=MAX_NAMES))
        except ValueError as error:
            raise QueryError(f"params: more than {MAX_NAMES} parameters", fix="send fewer") from error
    elif params is None:
        params = {}
    elif not isinstance(params, dict):
        raise QueryError("params is neither a text nor an object", fix="query=mug&hitsPerPage=20")
    return {**request, **params}


def _echo(values: Mapping[str, Any]) -> str:
    """The parameters as the text of an address."""
    told = {}
    for name, value in values.items():
        if name not in ("indexName", "params", "type") and value is not None:
            try:
                told[name] = value if isinstance(value, str) else orjson.dumps(value).decode()
            except TypeError as error:  # nested deeper than JSON can be written
                raise QueryError(f"{name[:MAX_NAME]} is nested too deep", fix="send what a page would send") from error
    return urlencode(told)


class _Given:
    """Parameters by name; a text holds a number, a truth value or a list where one is wanted."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise QueryError(f"{name} is no text", fix=f'"{name}": "…"')
        return value

    def truth(self, name: str) -> bool:
        value = self.values.get(name)
        if value in (None, False, "false", "0", ""):
            return False
        if value in (True, "true", "1"):
            return True
        raise QueryError(f"{name} is neither true nor false", fix=f'"{name}": true')

    def number(self, name: str, default: int, low: int, high: int) -> int:
        value = self.values.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, str) and value.lstrip("-").isdecimal() and len(value) < 20:
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise QueryError(f"{name} is no whole number from {low} to {high}", fix=f'"{name}": {default}')
        return value

    def many(self, name: str) -> Any:
        """A list as it is; a text that is JSON, or names parted by commas, becomes one."""
        value = self.values.get(name)
        if value is None or value == "":
            return []
        if isinstance(value, str) and value[:1] == "[":
            try:
                return orjson.loads(value)
            except orjson.JSONDecodeError as error:
                raise QueryError(f"{name} is no JSON list", fix=str(error)) from error
        return value.split(",") if isinstance(value, str) else value

    def names(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        if self.values.get(name) is None:
            return default
        found = self.many(name)
        if not isinstance(found, list) or len(found) > MAX_NAMES or not all(isinstance(each, str) for each in found):
            raise QueryError(f"{name} is no list of at most {MAX_NAMES} names", fix=f'"{name}": ["brand"]')
        return tuple(dict.fromkeys(each.strip()[:MAX_NAME] for each in found))
