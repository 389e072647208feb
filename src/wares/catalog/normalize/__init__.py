"""One way to write everything: text, categories, brands, languages, units, trade numbers."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from wares.catalog.normalize.gtin import digits_of
from wares.catalog.normalize.units import canonical, quantity
from wares.catalog.normalize.words import clean, language_of, line
from wares.catalog.problems import Problems, shown
from wares.types import (
    AttributeValue,
    Barcode,
    Category,
    Media,
    Product,
    Quantity,
    Rating,
    Review,
    Translation,
    Variant,
)

MAX_ID = 200
MAX_ATTRIBUTES = 1_000
_LEVELS = re.compile(r"\s*[>＞»›→]\s*")
_SIZE = re.compile(r"size|尺码|尺寸|码数|größe|taille|talla", re.IGNORECASE)


class Normalizer:
    """Cleans products one by one; the same product gives the same result.

    Parameters
    ----------
    brands
        Folded brand → spelling the shop uses; the first spelling that is seen stays, so that NIKE and Nike are one.
    language
        BCP 47 tag for texts too short to tell.
    currency
        The only currency that prices may be in; empty: that of the first product.
    """

    def __init__(self, brands: Mapping[str, str] | None = None, *, language: str = "", currency: str = "") -> None:
        self._brands = dict(brands or {})
        self.language = language
        self.currency = currency
        self.new_brands: dict[str, str] = {}

    def __call__(self, product: Product, problems: Problems) -> Product | None:
        """The clean product, or None when nothing is left that could be sold; ``problems`` says what was wrong."""
        id, title = line(product.id, MAX_ID + 1), line(product.title)
        if not title:
            problems.error("title", "nothing is left of it but markup or blanks", "give the product a title")
        if not id or len(id) > MAX_ID:
            problems.error("id", f"it must have 1 to {MAX_ID} characters", "give every product its own short id")
        if self._mixed(product, problems) or problems.errors:
            return None
        description = clean(product.description)
        language = product.language.strip() or language_of(f"{title}\n{description[:300]}", self.language)
        return replace(
            product,
            id=id,
            title=title,
            description=description,
            language=language,
            brand=self._brand(line(product.brand, 200)),
            categories=_categories(product.categories),
            tags=tuple(dict.fromkeys(tag for tag in map(line, product.tags) if tag)),
            media=_media(product.media),
            rating=product.rating or _rating(product.reviews),
            variants=tuple(_variant(variant, problems) for variant in product.variants),
            reviews=tuple(_review(review, language) for review in product.reviews),
            attributes=_attributes(product.attributes, problems),
            translations={tag: _translation(text, problems) for tag, text in product.translations.items()},
            metadata={line(name): clean(value) for name, value in product.metadata.items()},
        )

    def _brand(self, brand: str) -> str:
        key = fold(brand)
        if not key:
            return brand
        if key not in self._brands:
            self._brands[key] = self.new_brands[key] = brand
        return self._brands[key]

    def _mixed(self, product: Product, problems: Problems) -> bool:
        prices = (price for variant in product.variants for price in (variant.price, variant.list_price) if price)
        for price in prices:
            self.currency = self.currency or price.currency
            if price.currency != self.currency:
                reason = f"it is in {price.currency}, the shop's prices are in {self.currency}"
                problems.error("price", reason, "convert it, or set shop.currency and ingest the whole feed again")
                return True
        return False


def fold(brand: str) -> str:
    """What spellings of one brand share: ``fold("NIKE ") == fold("Nike")``."""
    return re.sub(r"[\W_]+", "", brand.casefold())


def category(value: str) -> str:
    """A category path in canonical form: ``"Women>Tops"`` and ``"Women › Tops"`` are ``"Women > Tops"``."""
    return " > ".join(part for part in _LEVELS.split(line(value)) if part)


def _categories(categories: tuple[Category, ...]) -> tuple[Category, ...]:
    tidy = (Category(category(item.value), item.taxonomy) for item in categories)
    return tuple(dict.fromkeys(item for item in tidy if item.value))


def _media(media: tuple[Media, ...]) -> tuple[Media, ...]:
    # Only the media store names copies: a sha256 that a feed claims would show a photo that was never checked.
    return tuple(replace(item, alt=line(item.alt), options=_options(item.options), sha256="") for item in media)


def _options(options: Mapping[str, str]) -> dict[str, str]:
    tidy = {line(name).lower(): line(value) for name, value in options.items()}
    return {name: value for name, value in tidy.items() if name and value}


def _variant(variant: Variant, problems: Problems) -> Variant:
    list_price = variant.list_price
    if list_price and variant.price and list_price.amount <= variant.price.amount:
        list_price = None  # what is not above the price is no former price
    return replace(
        variant,
        id=line(variant.id, MAX_ID),
        title=line(variant.title),
        list_price=list_price,
        options=_options(variant.options),
        barcodes=tuple(dict.fromkeys(_barcode(barcode, problems) for barcode in variant.barcodes)),
        media=_media(variant.media),
    )


def _barcode(barcode: Barcode, problems: Problems) -> Barcode:
    if barcode.type not in ("gtin", "ean", "upc", "isbn"):
        return barcode
    digits = digits_of(barcode.value)
    if not digits:
        problems.warn("gtin", f"{shown(barcode.value)} has a wrong check digit", "correct it, or leave it out")
    return Barcode("gtin", digits or line(barcode.value, 50))


def _rating(reviews: tuple[Review, ...]) -> Rating | None:
    """A shop that sends reviews but no mean has one all the same."""
    ratings = [review.rating for review in reviews if review.rating is not None]
    return Rating(round(sum(ratings) / len(ratings), 4), len(ratings)) if ratings else None


def _review(review: Review, language: str) -> Review:
    text, title = clean(review.text), line(review.title)
    return replace(
        review,
        id=line(review.id, MAX_ID),
        text=text,
        title=title,
        author=line(review.author, 200),
        language=review.language or language_of(f"{title} {text[:200]}", language),
    )


def _attributes(attributes: Mapping[str, AttributeValue], problems: Problems) -> dict[str, AttributeValue]:
    if len(attributes) > MAX_ATTRIBUTES:
        problems.warn("attributes", f"there are {len(attributes)}; {MAX_ATTRIBUTES} are kept", "send fewer")
        attributes = dict(list(attributes.items())[:MAX_ATTRIBUTES])
    tidy = ((_name(name), _attribute(name, value)) for name, value in attributes.items())
    return {name: value for name, value in tidy if name and value != "" and value != ()}


@lru_cache(maxsize=10_000)
def _name(name: str) -> str:
    return line(name, 200)


@lru_cache(maxsize=10_000)
def _is_size(name: str) -> bool:
    return _SIZE.search(name) is not None


def _attribute(name: str, value: AttributeValue) -> AttributeValue:
    if isinstance(value, str):
        found = None if _is_size(name) else quantity(value)
        return found or clean(value, 5_000)
    if isinstance(value, tuple):
        return tuple(dict.fromkeys(text for text in map(line, value) if text))
    return canonical(value) if isinstance(value, Quantity) else value


def _translation(text: Translation, problems: Problems) -> Translation:
    return Translation(
        title=line(text.title),
        description=clean(text.description),
        categories=tuple(filter(None, map(category, text.categories))),
        attributes=_attributes(text.attributes, problems),
    )
