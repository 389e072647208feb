"""What a shop answered, typed: pages count from 0 as in a query, and what is null is None, NaN or empty."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wares.errors import WaresError
from wares.search.filtertree import from_tree
from wares.types import (
    Bucket,
    Chip,
    Correction,
    Counterfactual,
    Entry,
    Explanation,
    Facet,
    FacetValue,
    Hit,
    Ledger,
    Money,
    Notice,
    Suggestion,
    Understood,
)

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """One hit. ``fields`` is all that was answered of it; what was not asked for is empty, None or NaN."""

    id: str
    variant: str = ""
    title: str = ""
    brand: str = ""
    price: Money | None = None
    list_price: Money | None = None
    availability: str = ""
    image: str = ""
    url: str = ""
    score: float = math.nan
    relevance: float = math.nan
    highlight: str = ""
    ledger: Ledger | None = None
    reason: str = ""
    reason_product: str = ""
    fields: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of hits with what is known of the whole result set."""

    query_id: str
    generation: str
    total: int
    page: int
    pages: int
    hits: tuple[Found, ...]
    facets: Mapping[str, Facet]
    understood: Understood
    notices: tuple[Notice, ...]
    degraded: tuple[str, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a row, counted from 1, or with an event, counted from 0."""

    row: int
    field: str
    reason: str
    fix: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a write did, in products; the problems are the first of ``bad_rows`` and ``warned``."""

    mode: str
    accepted: int
    changed: int
    unchanged: int
    deleted: int
    bad_rows: int
    warned: int
    seq: int
    rejected: tuple[RowProblem, ...]
    warnings: tuple[RowProblem, ...]


@dataclass(frozen=True, slots=True)
class EventsReport:
    """How many events were new, were there already, and cannot be events."""

    accepted: int
    repeated: int
    rejected: tuple[RowProblem, ...]


@dataclass(frozen=True, slots=True)
class Health:
    """What the shop can do now."""

    status: str
    degraded: tuple[str, ...]
    version: str
    writable: bool


def page(answer: Fields) -> Page:
    """The answer to a search."""
    return Page(
        query_id=answer["query_id"],
        generation=answer["generation"],
        total=answer["total"],
        page=answer["page"] - 1,
        pages=answer["pages"],
        hits=hits(answer),
        facets={name: _facet(name, each) for name, each in answer["facets"].items()},
        understood=_understood(answer["understood"]),
        notices=tuple(Notice(each["code"], each["text"]) for each in answer["notices"]),
        degraded=tuple(answer["degraded"]),
        next_cursor=answer["next_cursor"] or "",
    )


def batch(answer: Fields) -> tuple[Page | WaresError, ...]:
    """A page for each query, or what was wrong with it."""
    from wares.client.refusals import error_of

    return tuple(page(each) if "hits" in each else error_of(each["status"], each) for each in answer["results"])


def hits(answer: Fields) -> tuple[Found, ...]:
    """The hits of any answer that has some."""
    return tuple(_found(each) for each in answer["hits"])


def suggestions(answer: Fields) -> tuple[Suggestion, ...]:
    """What someone who has begun to type may mean."""
    return tuple(Suggestion(each["kind"], each["text"], each["target"]) for each in answer["suggestions"])


def explanation(answer: Fields) -> Explanation:
    """Why a product stands where it stands."""
    hit = _found(answer["hit"])
    return Explanation(
        Hit(hit.id, hit.variant, hit.score, hit.relevance, hit.ledger),
        _place(answer["position"]),
        tuple(
            Counterfactual(each["change"], _place(each["now"]), _place(each["then"]))
            for each in answer["counterfactuals"]
        ),
    )


def report(answer: Fields) -> Report:
    """What a write did."""
    names = ("mode", "accepted", "changed", "unchanged", "deleted", "bad_rows", "warned", "seq")
    told: dict[str, Any] = {name: answer[name] for name in names}
    told |= {name: tuple(_problem(each) for each in answer[name]) for name in ("rejected", "warnings")}
    return Report(**told)


def events_report(answer: Fields) -> EventsReport:
    """What became of a batch of events."""
    return EventsReport(answer["accepted"], answer["repeated"], tuple(_problem(each) for each in answer["rejected"]))


def health(answer: Fields) -> Health:
    """What the shop can do now."""
    return Health(answer["status"], tuple(answer["degraded"]), answer["version"], answer["writable"])


def _found(fields: Fields) -> Found:
    ledger, reason = fields.get("ledger"), fields.get("reason") or {}
    texts = {
        name: fields.get(name) or "" for name in ("id", "variant", "title", "brand", "availability", "image", "url")
    }
    return Found(
        **texts,
        price=_money(fields.get("price")),
        list_price=_money(fields.get("list_price")),
        score=_number(fields.get("score")),
        relevance=_number(fields.get("relevance")),
        highlight=(fields.get("highlight") or {}).get("title", ""),
        ledger=None if ledger is None else Ledger(tuple(Entry(x["name"], x["value"], x["detail"]) for x in ledger)),
        reason=reason.get("code", ""),
        reason_product=reason.get("product") or "",
        fields=fields,
    )


def _facet(name: str, fields: Fields) -> Facet:
    return Facet(
        name,
        tuple(FacetValue(each["value"], each["count"]) for each in fields["values"]),
        _number(fields["low"]),
        _number(fields["high"]),
        tuple(Bucket(each["low"], each["high"], each["count"]) for each in fields["buckets"]),
    )


def _understood(fields: Fields) -> Understood:
    correction = fields["correction"]
    return Understood(
        fields["text"],
        fields["language"],
        tuple(Chip(each["key"], each["kind"], each["words"], from_tree(each["filter"])) for each in fields["chips"]),
        Correction(correction["text"], correction["original"], correction["applied"]) if correction else None,
    )


def _problem(fields: Fields) -> RowProblem:
    return RowProblem(
        fields.get("row", fields.get("index", 0)), fields.get("field", ""), fields["reason"], fields["fix"]
    )


def _money(fields: Fields | None) -> Money | None:
    return Money(fields["amount"], fields["currency"]) if fields else None


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _place(rank: int | None) -> int | None:
    return None if rank is None else rank - 1
