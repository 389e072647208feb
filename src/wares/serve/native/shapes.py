"""What the API answers: the shapes that its document tells and tests hold; no answer is built of them."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from wares.search.filtertree import FilterTree


class Shape(BaseModel):
    """An answer; further members may come with later versions."""

    model_config = ConfigDict(extra="allow", defer_build=True)  # built when the document is asked for


class Price(Shape):
    """In minor units of an ISO 4217 currency: 1999 EUR is 19.99 euros."""

    amount: int
    currency: str


class Rating(Shape):
    """A mean on a scale that ends at scale_max."""

    value: float
    scale_max: float
    count: int


class LedgerEntry(Shape):
    """One contribution; all of a hit sum to its score."""

    name: str
    value: float
    detail: str


class Highlight(Shape):
    """HTML: escaped, with <mark> around what matches."""

    title: str


class Hit(Shape):
    """One position of a page, with the fields that were asked for."""

    id: str | None = None
    variant: str | None = None
    title: str | None = None
    brand: str | None = None
    price: Price | None = None
    list_price: Price | None = None
    availability: Literal["in_stock", "out_of_stock", "preorder", "backorder", "discontinued"] | None = None
    image: str | None = None
    url: str | None = None
    score: float | None = None
    relevance: float | None = Field(None, description="calibrated P(relevant); null where nothing was asked")
    description: str | None = None
    categories: list[str] | None = None
    rating: Rating | None = None
    attributes: dict[str, Any] | None = None
    options: dict[str, str] | None = None
    tags: list[str] | None = None
    stock: int | None = None
    language: str | None = None
    highlight: Highlight | None = None
    ledger: list[LedgerEntry] | None = None


class FacetValue(Shape):
    """How many products of the whole result set have it."""

    value: str
    count: int


class Bucket(Shape):
    """How many products lie in [low, high)."""

    low: float
    high: float
    count: int


class Facet(Shape):
    """Keywords have values; numbers have ends and buckets."""

    values: list[FacetValue]
    low: float | None
    high: float | None
    buckets: list[Bucket]


class Chip(Shape):
    """What was read out of the words."""

    key: str
    kind: Literal["filter", "boost", "without"]
    words: str
    filter: FilterTree


class Correction(Shape):
    """Another spelling, searched for already where it was applied."""

    text: str
    original: str
    applied: bool


class Understood(Shape):
    """What the words were taken to mean."""

    text: str
    language: str
    chips: list[Chip]
    correction: Correction | None


class Notice(Shape):
    """Something the shopper must be told."""

    code: str
    text: str


class SearchAnswer(Shape):
    """A page of the result set, and what is known of the whole of it."""

    query_id: str
    generation: str
    total: int
    page: int
    pages: int
    next_cursor: str | None
    hits: list[Hit]
    facets: dict[str, Facet]
    understood: Understood
    notices: list[Notice]
    degraded: list[str]


class Problem(Shape):
    """RFC 9457, with a code for programs and the fix for people."""

    type: str
    status: int
    code: str
    title: str
    fix: str


class BatchAnswer(Shape):
    """An answer or a problem for each query, in order."""

    results: list[SearchAnswer | Problem]


class PhotoAnswer(Shape):
    """The name under which a photo can be searched with, for an hour."""

    sha256: str


class Counterfactual(Shape):
    """Where the product would stand, from 1, if one thing were otherwise; null: not in the result set."""

    change: str
    now: int | None
    then: int | None


class ExplainAnswer(Shape):
    """Why a product stands where it stands."""

    hit: Hit
    position: int | None
    counterfactuals: list[Counterfactual]


class SimilarAnswer(Shape):
    """Products like one, the likest first."""

    query_id: str
    generation: str
    hits: list[Hit]


class Reason(Shape):
    """Why it is recommended; product is the one that it is recommended for."""

    code: Literal["similar_to", "goes_with", "related", "upsell", "well_rated"]
    product: str | None = None


class Recommended(Hit):
    """A hit with its reason."""

    reason: Reason


class RecommendAnswer(Shape):
    """Recommendations, the best first."""

    kind: str
    hits: list[Recommended]


class Suggestion(Shape):
    """target is a product's id or a category's path; url is where it leads."""

    kind: Literal["query", "category", "product"]
    text: str
    target: str
    url: str


class SuggestAnswer(Shape):
    """Suggestions, the likeliest first."""

    suggestions: list[Suggestion]


class ReviewSummary(Shape):
    """How many reviews there are, and the mean of their ratings."""

    count: int
    mean: float | None
    languages: list[str]


class ProductAnswer(Shape):
    """A product in the canonical shape."""

    id: str
    title: str
    language: str
    url: str
    variants: list[dict[str, Any]]
    media: list[dict[str, Any]]
    reviews: ReviewSummary


class RowProblem(Shape):
    """What is wrong with a row, counted from 1."""

    row: int
    field: str
    reason: str
    fix: str


class Report(Shape):
    """What a write did, in products; rejected and warnings hold the first 1,000 of bad_rows and warned."""

    mode: Literal["upsert", "replace", "delete"]
    accepted: int
    changed: int
    unchanged: int
    deleted: int
    bad_rows: int
    rejected: list[RowProblem]
    warned: int
    warnings: list[RowProblem]
    seq: int = Field(description="the store's number of the last change")
    seconds: float


class RejectedEvent(Shape):
    """An event that was not kept, by its place in the batch, counted from 0."""

    index: int
    reason: str
    fix: str


class EventsAnswer(Shape):
    """How many events were new, how many were there already, and which cannot be events."""

    accepted: int
    repeated: int
    rejected: list[RejectedEvent]


class UnfoundQuery(Shape):
    """Words that found nothing: no product is like that, or none passed the filters."""

    text: str
    reason: Literal["not_carried", "filters"]
    times: int
    last: str


class UnfoundAnswer(Shape):
    """What was asked most and not found."""

    days: int
    queries: list[UnfoundQuery]


class HealthAnswer(Shape):
    """What the shop can do now."""

    status: Literal["ok", "degraded"]
    degraded: list[str]
    version: str
    writable: bool


class JobProgress(Shape):
    """How far the step of a job is that is under way; a total of 0 is not known."""

    stage: str
    done: int
    total: int


class JobError(Shape):
    """Why the last attempt failed."""

    code: str
    message: str
    fix: str


class JobAnswer(Shape):
    """A job; arguments that name a person are not shown, and its result names nobody."""

    id: int
    kind: str
    arguments: dict[str, Any]
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    attempts: int
    cancelling: bool = Field(description="it was cancelled while it ran, and ends soon")
    progress: JobProgress | None
    actor: str = Field(description="who asked for it")
    created: str = Field(json_schema_extra={"format": "date-time"})
    started: str | None
    ended: str | None
    error: JobError | None
    result: dict[str, Any] | None
    repeated: bool = Field(False, description="of a start: an identical job waits already, and this is it")


class JobsAnswer(Shape):
    """Jobs, the newest first."""

    jobs: list[JobAnswer]
