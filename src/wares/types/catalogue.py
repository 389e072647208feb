"""The catalogue: products, their variants, media and reviews."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Availability = Literal["in_stock", "out_of_stock", "preorder", "backorder", "discontinued"]
MediaKind = Literal["image", "video"]
LinkKind = Literal["related", "goes_with", "upsell"]


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


@dataclass(frozen=True, slots=True)
class Place:
    """A point on the earth in degrees, north and east positive."""

    latitude: float
    longitude: float


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
