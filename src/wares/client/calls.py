"""Every request that a client can make, and how its answer is read; nothing here sends anything."""

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any, Generic, TypeVar
from urllib.parse import quote
from uuid import uuid4

import orjson

from wares.catalog.native import document
from wares.client import answers
from wares.client.answers import EventsReport, Found, Health, Page, Report
from wares.errors import QueryError, WaresError
from wares.search.filtertree import to_tree
from wares.types import Event, Explanation, Filter, Product, Query, Suggestion

Answer = TypeVar("Answer")
Other = TypeVar("Other")
LINES = "application/jsonl"


@dataclass(frozen=True, slots=True)
class Call(Generic[Answer]):
    """A request. Its Idempotency-Key, where it writes, is the same in every attempt."""

    method: str
    path: str
    read: Callable[[Any], Answer]
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def _posted(path: str, body: Any, read: Callable[[Any], Other]) -> Call[Other]:
    return Call("POST", path, read, orjson.dumps(body), {"Content-Type": "application/json"})


def _written(method: str, path: str, content: bytes = b"", media: str = "application/json") -> Call[Report]:
    headers = {"Content-Type": media, "Idempotency-Key": str(uuid4())}
    return Call(method, path, answers.report, content, headers)


def search(query: Query | str, fields: Sequence[str] = (), *, highlight: bool = False, cursor: str = "") -> Call[Page]:
    """A search."""
    return _posted("/v1/search", _body(query, fields, highlight, cursor), answers.page)


def batch(queries: Iterable[Query | str], fields: Sequence[str] = ()) -> Call[tuple[Page | WaresError, ...]]:
    """Several searches at once."""
    bodies = [_body(query, fields) for query in queries]
    return _posted("/v1/search/batch", {"queries": bodies}, answers.batch)


def similar(product_id: str, k: int, fields: Sequence[str], language: str) -> Call[tuple[Found, ...]]:
    """Products like one."""
    body = {"id": product_id, "k": k, "fields": _with_id(fields), "language": language}
    return _posted("/v1/similar", body, answers.hits)


def recommend(
    ids: Sequence[str], kind: str, k: int, filters: Sequence[Filter], fields: Sequence[str], language: str
) -> Call[tuple[Found, ...]]:
    """What to show beside products."""
    body: dict[str, Any] = {"kind": kind, "ids": list(ids), "k": k, "fields": _with_id(fields), "language": language}
    if filters:
        body["filters"] = {"all_of": [to_tree(part) for part in filters]}
    return _posted("/v1/recommend", body, answers.hits)


def suggest(prefix: str, language: str, limit: int) -> Call[tuple[Suggestion, ...]]:
    """What someone who has begun to type may mean."""
    return _posted("/v1/suggest", {"text": prefix, "language": language, "k": limit}, answers.suggestions)


def explain(query: Query | str, product_id: str) -> Call[Explanation]:
    """Why a product stands where it stands."""
    return _posted("/v1/explain", {**_body(query), "id": product_id}, answers.explanation)


def product(product_id: str, language: str) -> Call[dict[str, Any]]:
    """The public document of a product."""
    return Call("GET", f"{_of(product_id)}?lang={quote(language, safe='')}", dict)


def upsert(products: Iterable[Product | Mapping[str, Any]]) -> Call[Report]:
    """Products to be there, beside those that are."""
    return _written("POST", "/v1/products", _lines(products), LINES)


def whole(products: Iterable[Product | Mapping[str, Any]], force: bool) -> Call[Report]:
    """Products to be there, and no others."""
    return _written("PUT", f"/v1/products{'?force=1' if force else ''}", _lines(products), LINES)


def patch(product_id: str, changes: Mapping[str, Any]) -> Call[Report]:
    """Changes to one product."""
    return _written("PATCH", _of(product_id), orjson.dumps(dict(changes)), "application/merge-patch+json")


def delete(ids: str | Iterable[str]) -> Call[Report]:
    """Products to be gone; of several, those that are not there do not matter."""
    if isinstance(ids, str):
        return _written("DELETE", _of(ids))
    return _written("POST", "/v1/products/delete", orjson.dumps({"ids": list(ids)}))


def feedback(events: Iterable[Event | Mapping[str, Any]]) -> Call[EventsReport]:
    """What shoppers saw and did; each has an id, so that sending it again is harmless."""
    told = [_event(each) if isinstance(each, Event) else {"event_id": uuid4().hex, **each} for each in events]
    return _posted("/v1/events", {"events": told}, answers.events_report)


def health() -> Call[Health]:
    """What the shop can do now."""
    return Call("GET", "/v1/health", answers.health)


def _body(query: Query | str, fields: Sequence[str] = (), highlight: bool = False, cursor: str = "") -> dict[str, Any]:
    """What is not as it is by itself is left out."""
    asked = Query(query) if isinstance(query, str) else query
    if asked.clip is not None:
        raise QueryError("clips are not searched with over HTTP", fix="send a photo, or a frame of the clip")
    region = asked.region
    every: dict[str, Any] = {
        "text": asked.text,
        "photo_base64": base64.b64encode(asked.photo).decode() if asked.photo else "",
        "region": f"{region.left:g},{region.top:g},{region.right:g},{region.bottom:g}" if region else "",
        "like": asked.like,
        "filters": [to_tree(part) for part in asked.filters],
        "facets": list(asked.facets),
        "sort": asked.sort,
        "page": 1 if cursor else asked.page + 1,
        "page_size": asked.page_size,
        "cursor": cursor,
        "fields": _with_id(fields),
        "highlight": highlight,
        "ledger": asked.explain,
        "language": asked.language,
        "dropped": list(asked.dropped),
        "literal": asked.literal,
    }
    return {name: value for name, value in every.items() if value}


def _with_id(fields: Sequence[str]) -> list[str]:
    """Fields that say at least whose they are; none for the usual ones."""
    return list(dict.fromkeys(("id", *fields))) if fields else []


def _of(product_id: str) -> str:
    return f"/v1/products/{quote(product_id, safe='')}"


def _lines(products: Iterable[Product | Mapping[str, Any]]) -> bytes:
    documents = (document(each) if isinstance(each, Product) else dict(each) for each in products)
    return b"".join(orjson.dumps(each) + b"\n" for each in documents)


def _event(event: Event) -> dict[str, Any]:
    attributes = dict(event.attributes)
    told = {
        "object": {**attributes.pop("object", {}), "object_id": event.product},
        "position": None if event.position is None else {"ordinal": event.position + 1},
        "propensity": event.propensity,
    }
    top: dict[str, Any] = {
        name: attributes.pop(name) for name in ("consent", "client_id", "user_query") if name in attributes
    }
    return {
        "event_id": event.id,
        "action_name": event.action,
        "timestamp": event.time.astimezone(UTC).isoformat(),
        "query_id": event.query_id,
        "session_id": event.session,
        "user_id": event.shopper,
        **top,
        "event_attributes": {**attributes, **{name: value for name, value in told.items() if value is not None}},
    }
