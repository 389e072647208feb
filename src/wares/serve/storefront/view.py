"""What a template shows of a product: texts in the reader's language, a photo, a price, stars, reasons."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from markupsafe import Markup, escape

from wares.catalog.media import WIDTHS
from wares.serve.storefront import formats, ledgers
from wares.serve.storefront.highlight import highlight
from wares.serve.storefront.messages import Messages
from wares.serve.storefront.rendering import swatches
from wares.serve.storefront.vocabulary import COLOURS
from wares.types import AttributeValue, Availability, Hit, Media, Money, Product, Rating, Variant

LOW_STOCK = 5
WHOLE = 1200  # pixels across that a whole copy is taken for; media.max_side may have made it another


@dataclass(frozen=True, slots=True)
class Told:
    """A product's texts in one language; ``language`` is what they really are in."""

    title: str
    description: str
    categories: tuple[str, ...]
    attributes: Mapping[str, AttributeValue]
    language: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Our copy, and in ``srcset`` the widths that a browser may take instead."""

    src: str
    alt: str
    srcset: str


@dataclass(frozen=True, slots=True)
class Price:
    """A price in words; ``before`` and ``saved`` only where there is a higher list price."""

    now: str
    before: str = ""
    saved: str = ""
    starting: bool = False


@dataclass(frozen=True, slots=True)
class Stars:
    """``value`` of 5 for the picture, ``label`` for people who hear the page."""

    value: float
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Stock:
    kind: Availability
    label: str

    @property
    def buyable(self) -> bool:
        return self.kind in ("in_stock", "preorder", "backorder")


@dataclass(frozen=True, slots=True)
class Card:
    """One product in a grid or a rail."""

    id: str
    href: str
    title: Markup
    language: str
    brand: str
    picture: Picture | None
    price: Price | None
    stars: Stars | None
    stock: Stock
    choices: tuple[str, ...]
    relevance: str
    ledger: ledgers.Told
    like: str = ""
    explain: str = ""


def told(product: Product, language: str) -> Told:
    """The product in ``language`` where it has one, each missing part in its own language."""
    own = product.language or "en"
    paths = tuple(category.value for category in product.categories)
    primary = language.split("-")[0]
    translations = {tag.split("-")[0]: text for tag, text in product.translations.items()}
    found = translations.get(primary)
    if found is None or own.split("-")[0] == primary:
        return Told(product.title, product.description, paths, product.attributes, own)
    return Told(
        title=found.title or product.title,
        description=found.description or product.description,
        categories=found.categories or paths,
        attributes=found.attributes or product.attributes,
        language=language if found.title else own,
    )


def card(product: Product, t: Messages, *, hit: Hit | None = None, query: str = "", language: str = "") -> Card:
    """A card of the variant that fits best; ``language`` is carried in its link where the reader chose one."""
    variant = chosen_variant(product, hit.variant if hit else "")
    texts = told(product, t.language)
    return Card(
        id=product.id,
        href=product_href(product, variant.id if hit and len(product.variants) > 1 else "", language),
        title=highlight(texts.title, query) if query else escape(texts.title),
        language=texts.language,
        brand=product.brand,
        picture=picture(photo, texts.title) if (photo := cover(product, variant)) else None,
        price=price(variant, t, starting=hit is None and _price_varies(product)),
        stars=stars(product.rating, t),
        stock=stock(variant, t),
        choices=_choices(product, t),
        relevance=relevance(hit, t),
        ledger=ledgers.told(hit.ledger if hit else None, t),
    )


def product_href(product: Product, variant: str = "", language: str = "") -> str:
    """The address of a product's page, with one of its variants chosen."""
    pairs = [(name, value) for name, value in (("variant", variant), ("lang", language)) if value]
    path = f"/p/{quote(product.id, safe='')}"
    return f"{path}?{urlencode(pairs)}" if pairs else path


def chosen_variant(product: Product, id: str) -> Variant:
    """The variant asked for, else the first that can be bought, else the first."""
    variants = product.variants
    named = (variant for variant in variants if variant.id == id)
    buyable = (variant for variant in variants if variant.availability == "in_stock" and variant.stock != 0)
    return next(named, next(buyable, variants[0]))


def gallery(product: Product, variant: Variant) -> tuple[Media, ...]:
    """Our own copies of what shows this variant, its own first, then what shows all; anything where that is none."""
    own = [media for media in variant.media if media.sha256]
    fitting = [media for media in product.media if media.sha256 and _shows(media, variant)]
    every = [media for media in (*product.photos(), *product.clips()) if media.sha256]
    return tuple({media.sha256: media for media in (own + fitting) or every}.values())


def cover(product: Product, variant: Variant) -> Media | None:
    """The first photo of the variant's gallery, photos of exactly this variant before those of all."""
    photos = [media for media in gallery(product, variant) if media.kind == "image"]
    return max(photos, key=lambda media: len(media.options), default=None)


def picture(media: Media, alt: str) -> Picture:
    """Our own copy with the merchant's text for it, else ``alt``."""
    href = media_href(media)
    stem = href.removesuffix(".jpg")
    small = (f"{stem}.{width}.webp {width}w" for width in WIDTHS)
    return Picture(href, media.alt or alt, ", ".join((*small, f"{href} {WHOLE}w")))


def media_href(media: Media) -> str:
    """The address of our own copy."""
    return f"/media/{media.sha256}.{'mp4' if media.kind == 'video' else 'jpg'}"


def price(variant: Variant, t: Messages, starting: bool = False) -> Price | None:
    """A variant's price in words; ``starting``: other variants cost more. None where it has none."""
    if variant.price is None:
        return None
    now = formats.money(variant.price, t.language)
    before = variant.list_price
    if before is None or before.currency != variant.price.currency or before.amount <= variant.price.amount:
        return Price(now, starting=starting)
    saved = formats.percent(1 - variant.price.amount / before.amount, t.language)
    return Price(now, formats.money(before, t.language), saved, starting)


def stars(rating: Rating | None, t: Messages) -> Stars | None:
    """A rating of any scale as stars of five; None where nobody rated."""
    if rating is None or rating.count == 0 or not rating.scale_max > 0:
        return None
    value = round(min(max(rating.value * 5 / rating.scale_max, 0.0), 5.0), 1)
    return Stars(value, t("rating", value=formats.number(value, t.language)), rating.count)


def stock(variant: Variant, t: Messages) -> Stock:
    """Availability in words, "Only 3 left" included."""
    kind: Availability = variant.availability
    if kind == "in_stock" and variant.stock is not None:
        if variant.stock <= 0:
            kind = "out_of_stock"
        elif variant.stock <= LOW_STOCK:
            return Stock(kind, t("stock.low", n=variant.stock))
    return Stock(kind, t(f"stock.{kind}"))


def swatch(field: str, value: str) -> str:
    """The name of a painted dot for a colour; empty where there is none."""
    name = value.casefold().replace(" ", "-")
    return name if field.casefold() in COLOURS and name in swatches() else ""


def relevance(hit: Hit | None, t: Messages) -> str:
    """ "87%": the calibrated probability that this is what was asked for, never quite 100%; empty where nothing was."""
    return "" if hit is None or math.isnan(hit.relevance) else formats.percent(min(hit.relevance, 0.99), t.language)


def amounts(product: Product) -> list[Money]:
    """The prices of a product's variants, lowest first."""
    return sorted((variant.price for variant in product.variants if variant.price), key=lambda money: money.amount)


def _price_varies(product: Product) -> bool:
    prices = amounts(product)
    return bool(prices) and prices[0].amount != prices[-1].amount


def _shows(media: Media, variant: Variant) -> bool:
    mine = {name.casefold(): value.casefold() for name, value in variant.options.items()}
    return all(mine.get(name.casefold()) == value.casefold() for name, value in media.options.items())


def _choices(product: Product, t: Messages) -> tuple[str, ...]:
    """ "4 colours", "5 sizes": how many of each there are to choose from, where there is more than one."""
    found = []
    for key, names in (("colours", ("color", "colour")), ("sizes", ("size",))):
        values = {
            value for variant in product.variants for name, value in variant.options.items() if name.casefold() in names
        }
        if len(values) > 1:
            found.append(t(key, n=len(values)))
    return tuple(found)
