"""The nouns: what flows through wares, frozen and typed.

Money is integer minor units, time is UTC, ranks start at 0, and what is absent is ``None``, empty or NaN, never 0.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
ScoreArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

Progress = Callable[[str, int, int], None]
"""Called with (what is being done, how many are done, how many there are; 0 = unknown)."""


def silent(what: str, done: int, total: int) -> None:
    """The progress of someone who does not want to know."""


Availability = Literal["in_stock", "out_of_stock", "preorder", "backorder", "discontinued"]
MediaKind = Literal["image", "video"]
LinkKind = Literal["related", "goes_with", "upsell"]


# --- the catalogue ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in integer minor units of an ISO 4217 currency: ``Money(1999, "EUR")`` is 19.99 euros."""

    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit in canonical form: ``Quantity(175.0, "ml")``."""

    value: float
    unit: str


AttributeValue = str | bool | float | Quantity | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Category:
    """A path in a taxonomy, from general to special: ``Category("Women > Tops > Hoodies")``."""

    value: str
    taxonomy: str = "merchant"

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.value.split(">") if part.strip())


@dataclass(frozen=True, slots=True)
class Media:
    """A photo or a clip.

    ``url`` is a path inside the feed's folder or an http(s) address; ``sha256`` names our own re-encoded copy once it
    was fetched; ``options`` says which variants it shows (``{"color": "Red"}``), empty for all of them.
    """

    url: str
    kind: MediaKind = "image"
    alt: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Barcode:
    """A trade number such as a GTIN, kept as digits with its leading zeros."""

    type: str
    value: str


@dataclass(frozen=True, slots=True)
class Variant:
    """What can be put into a basket: one size and colour of a product. ``id`` is the SKU."""

    id: str
    title: str = ""
    price: Money | None = None
    list_price: Money | None = None
    availability: Availability = "in_stock"
    stock: int | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    barcodes: tuple[Barcode, ...] = ()
    media: tuple[Media, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    id: str
    text: str
    title: str = ""
    rating: float | None = None
    language: str = ""
    author: str = ""
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rating:
    """The mean of ``count`` ratings on a scale that ends at ``scale_max``."""

    value: float
    count: int
    scale_max: float = 5.0


@dataclass(frozen=True, slots=True)
class Link:
    kind: LinkKind
    target: str


@dataclass(frozen=True, slots=True)
class Translation:
    """What a product is called in a further language."""

    title: str = ""
    description: str = ""
    categories: tuple[str, ...] = ()
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Product:
    """One thing a shop sells, in the UCP/ACP shape; ``variants`` is never empty.

    ``language`` is the BCP 47 tag of title and description; ``translations`` holds the other languages by tag.
    ``attributes`` are searched and filtered, ``metadata`` is carried along unread.
    """

    id: str
    title: str
    variants: tuple[Variant, ...]
    description: str = ""
    language: str = ""
    brand: str = ""
    categories: tuple[Category, ...] = ()
    media: tuple[Media, ...] = ()
    rating: Rating | None = None
    reviews: tuple[Review, ...] = ()
    links: tuple[Link, ...] = ()
    tags: tuple[str, ...] = ()
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    translations: Mapping[str, Translation] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    created: datetime | None = None
    updated: datetime | None = None

    def photos(self) -> tuple[Media, ...]:
        """Every picture once, the product's own before those of its variants."""
        return self._media("image")

    def clips(self) -> tuple[Media, ...]:
        """Every clip once, the product's own before those of its variants."""
        return self._media("video")

    def called(self, name: str, value: str, language: str) -> str:
        """What an attribute's value is called in a further language; empty where the product does not say."""
        for tag, translation in self.translations.items():
            if tag.split("-")[0] == language:
                own, other = (_words(each.get(name.lower())) for each in (self.attributes, translation.attributes))
                return dict(zip(own, other, strict=True)).get(value, "") if len(own) == len(other) else ""
        return ""

    def _media(self, kind: MediaKind) -> tuple[Media, ...]:
        every = (*self.media, *(media for variant in self.variants for media in variant.media))
        return tuple({media.url: media for media in reversed(every) if media.kind == kind}.values())[::-1]


def _words(value: AttributeValue | None) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return value if isinstance(value, tuple) else ()


# --- what is asked ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field has at least one of the values (keywords, hierarchies: a path matches all paths below it)."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """The number lies in ``[low, high]``; an open end is ``None``; prices are in minor units."""

    field: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: "tuple[Filter, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: "tuple[Filter, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    part: "Filter"


Filter = OneOf | Between | AllOf | AnyOf | Not


@dataclass(frozen=True, slots=True)
class Query:
    """What a shopper asks: words, a photo, a clip, or nothing but filters.

    ``photo`` and ``clip`` are undecoded bytes as they arrived. ``filters`` are joined by AND and must hold for one
    variant together; a facet's own filter does not narrow that facet's counts.
    """

    text: str = ""
    photo: bytes | None = None
    clip: bytes | None = None
    filters: tuple[Filter, ...] = ()
    facets: tuple[str, ...] = ()
    sort: str = "relevance"
    page: int = 0
    page_size: int = 24
    language: str = ""
    shopper: str = ""
    explain: bool = False


# --- what is found ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Facet:
    """Counts of products (not of variants) over the whole result set; ``low`` and ``high`` for numbers, else NaN."""

    field: str
    values: tuple[FacetValue, ...]
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a ledger: a named contribution to a score and, in words, where it comes from."""

    name: str
    value: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Why a product stands where it stands: contributions that sum to its score."""

    entries: tuple[Entry, ...]

    @property
    def total(self) -> float:
        return math.fsum(entry.value for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Hit:
    """One position of a page. ``relevance`` is the calibrated P(relevant), NaN where nothing was asked."""

    id: str
    variant: str
    score: float
    relevance: float = math.nan
    ledger: Ledger | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the shopper must be told, never silently done: ``code`` for programs, ``text`` for people."""

    code: str
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """A page of products with what is known of the whole result set.

    Attributes
    ----------
    ids, variants
        Product and best-fitting variant of the ``k`` positions.
    scores : (k,)
        Descending.
    features : (k, f)
        What the routes and features said, named by ``feature_names``; NaN = unknown.
    contributions : (k, c) or None
        Named by ``contribution_names``; each row sums to its score. Filled by a ranker.
    relevance : (k,)
        Calibrated P(relevant); NaN where nothing was asked.
    total
        Size of the whole result set in products.
    """

    ids: tuple[str, ...]
    variants: tuple[str, ...]
    scores: ScoreArray
    features: ScoreArray
    feature_names: tuple[str, ...]
    relevance: ScoreArray
    total: int
    facets: Mapping[str, Facet] = field(default_factory=dict)
    contributions: ScoreArray | None = None
    contribution_names: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    degraded: tuple[str, ...] = ()
    generation: str = ""
    query_id: str = ""

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Hit]:
        return (self[position] for position in range(len(self.ids)))

    def __getitem__(self, position: int) -> Hit:
        return Hit(
            id=self.ids[position],
            variant=self.variants[position],
            score=float(self.scores[position]),
            relevance=float(self.relevance[position]),
            ledger=self.ledger(position),
        )

    def ledger(self, position: int) -> Ledger | None:
        """The contributions of one position, without those that are 0; None before ranking."""
        if self.contributions is None:
            return None
        row = self.contributions[position]
        named = zip(self.contribution_names, row, strict=True)
        return Ledger(tuple(Entry(name, float(value)) for name, value in named if value != 0.0))


# --- what shoppers did and what may be shown -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Event:
    """What a shopper saw or did, in the terms of UBI 1.3; ``position`` starts at 0, ``propensity`` is in (0, 1]."""

    id: str
    action: str
    product: str
    time: datetime
    query_id: str = ""
    session: str = ""
    shopper: str = ""
    position: int | None = None
    propensity: float | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What moderation says of one item: allow, review or block, under which clause, how sure, on what evidence."""

    decision: Literal["allow", "review", "block"]
    clause: str = ""
    probability: float = math.nan
    evidence: str = ""
