"""What the product page shows: photos, choices, the table of variants, attributes, reviews, rails."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from markupsafe import Markup

from wares.encode.opinions import aspects
from wares.serve.storefront import formats
from wares.serve.storefront.jsonld import product_jsonld
from wares.serve.storefront.messages import Messages
from wares.serve.storefront.view import (
    Picture,
    Price,
    Stars,
    Stock,
    Told,
    chosen_variant,
    gallery,
    media_href,
    picture,
    price,
    product_href,
    stars,
    stock,
    swatch,
    told,
)
from wares.types import Product, Rating, Review, Variant

REVIEWS_SHOWN = 6
REVIEWS_MAX = 100
ASPECTS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Option:
    """One value of an option as a link to the variant that has it; no ``href``: there is no such variant."""

    label: str
    href: str
    picked: bool
    buyable: bool
    swatch: str = ""


@dataclass(frozen=True, slots=True)
class Selector:
    name: str
    label: str
    chosen: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class VariantRow:
    id: str
    label: str
    href: str
    price: Price | None
    stock: Stock
    current: bool


@dataclass(frozen=True, slots=True)
class Clip:
    src: str
    poster: str
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """How many reviews gave ``stars``; ``share`` in percent."""

    stars: int
    count: int
    share: int


@dataclass(frozen=True, slots=True)
class Aspect:
    """What reviews say of one side of a product; ``share`` of praise in percent."""

    label: str
    praise: int
    blame: int
    share: int


@dataclass(frozen=True, slots=True)
class Opinion:
    title: str
    text: str
    author: str
    day: str
    stars: Stars | None
    language: str


@dataclass(frozen=True, slots=True)
class Crumb:
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Detail:
    product: Product
    told: Told
    variant: Variant
    pictures: tuple[Picture, ...]
    clips: tuple[Clip, ...]
    price: Price | None
    stock: Stock
    stars: Stars | None
    selectors: tuple[Selector, ...]
    rows: tuple[VariantRow, ...]
    attributes: tuple[tuple[str, str], ...]
    crumbs: tuple[Crumb, ...]
    bars: tuple[Bar, ...]
    aspects: tuple[Aspect, ...]
    opinions: tuple[Opinion, ...]
    more_opinions: tuple[Opinion, ...]
    jsonld: Markup


def detail(product: Product, variant_id: str, t: Messages, language: str, site: str) -> Detail:
    """Everything the page says of a product and one of its variants."""
    variant = chosen_variant(product, variant_id)
    texts = told(product, t.language)
    media = gallery(product, variant)
    photos = sorted((one for one in media if one.kind == "image"), key=lambda one: not one.options)
    clips = [one for one in media if one.kind == "video"]
    opinions = _opinions(product.reviews, t)
    return Detail(
        product=product,
        told=texts,
        variant=variant,
        pictures=tuple(picture(one, t("photo.nth", title=texts.title, n=n)) for n, one in enumerate(photos, 1)),
        clips=tuple(
            Clip(media_href(one), f"/media/{one.sha256}.poster.jpg", t("clip.nth", title=texts.title, n=n))
            for n, one in enumerate(clips, 1)
        ),
        price=price(variant, t),
        stock=stock(variant, t),
        stars=stars(product.rating or _rating(product.reviews), t),
        selectors=_selectors(product, variant, t, language),
        rows=tuple(_row(product, one, variant, t, language) for one in product.variants),
        attributes=tuple(
            (t.name("field", name), formats.attribute(value, t)) for name, value in texts.attributes.items()
        ),
        crumbs=_crumbs(texts, language),
        bars=_bars(product.reviews),
        aspects=_aspects(product.reviews, t),
        opinions=opinions[:REVIEWS_SHOWN],
        more_opinions=opinions[REVIEWS_SHOWN:REVIEWS_MAX],
        jsonld=product_jsonld(product, t, site, product_href(product)),
    )


def _selectors(product: Product, current: Variant, t: Messages, language: str) -> tuple[Selector, ...]:
    """One row of links for each option; a link changes this option and keeps the others where that is possible."""
    names = dict.fromkeys(name for variant in product.variants for name in variant.options)
    found = []
    for name in names:
        values = dict.fromkeys(variant.options[name] for variant in product.variants if name in variant.options)
        options = tuple(_option(product, current, name, value, t, language) for value in values)
        chosen = current.options.get(name, "")
        found.append(Selector(name, t.name("field", name), _value(product, name, chosen, t), options))
    return tuple(found)


def _option(product: Product, current: Variant, name: str, value: str, t: Messages, language: str) -> Option:
    wanted = {**current.options, name: value}
    candidates = [variant for variant in product.variants if variant.options.get(name) == value]
    nearest = max(candidates, key=lambda variant: sum(variant.options.get(k) == v for k, v in wanted.items()))
    return Option(
        label=_value(product, name, value, t),
        href=product_href(product, nearest.id, language),
        picked=current.options.get(name) == value,
        buyable=dict(nearest.options) == wanted and stock(nearest, t).buyable,
        swatch=swatch(name, value),
    )


def _row(product: Product, variant: Variant, current: Variant, t: Messages, language: str) -> VariantRow:
    label = (
        " · ".join(_value(product, name, value, t) for name, value in variant.options.items())
        or variant.title
        or variant.id
    )
    href = product_href(product, variant.id, language)
    return VariantRow(variant.id, label, href, price(variant, t), stock(variant, t), variant.id == current.id)


def _value(product: Product, field: str, value: str, t: Messages) -> str:
    return product.called(field, value, t.language) or t.name("colour", value, value)


def _crumbs(texts: Told, language: str) -> tuple[Crumb, ...]:
    """The first category, each step a search for everything below it."""
    parts = [part.strip() for part in texts.categories[0].split(">")] if texts.categories else []
    steps = [" > ".join(parts[: n + 1]) for n in range(len(parts))]
    carried = [("lang", language)] if language else []
    return tuple(
        Crumb(part, "/?" + urlencode([("f.category", step), *carried])) for part, step in zip(parts, steps, strict=True)
    )


def _rating(reviews: Sequence[Review]) -> Rating | None:
    rated = [review.rating for review in reviews if review.rating is not None]
    return Rating(sum(rated) / len(rated), len(rated)) if rated else None


def _bars(reviews: Sequence[Review]) -> tuple[Bar, ...]:
    """Five to one star; empty where nobody rated."""
    counts = Counter(min(max(round(review.rating), 1), 5) for review in reviews if review.rating is not None)
    rated = counts.total()
    return tuple(Bar(n, counts[n], round(100 * counts[n] / rated)) for n in range(5, 0, -1)) if rated else ()


def _aspects(reviews: Sequence[Review], t: Messages) -> tuple[Aspect, ...]:
    """What is spoken of most, once two people did."""
    told = [one for one in aspects(reviews[:REVIEWS_MAX]) if one.aspect and one.positive + one.negative > 1]
    return tuple(
        Aspect(
            t.name("aspect", one.aspect),
            one.positive,
            one.negative,
            round(100 * one.positive / (one.positive + one.negative)),
        )
        for one in told[:ASPECTS_SHOWN]
    )


def _opinions(reviews: Sequence[Review], t: Messages) -> tuple[Opinion, ...]:
    """Reviews in the reader's language first, newest first."""
    moment = {review.id: review.created.timestamp() if review.created else 0.0 for review in reviews}
    foreign = {review.id: bool(review.language) and review.language.split("-")[0] != t.language for review in reviews}
    ordered = sorted(reviews, key=lambda review: (foreign[review.id], -moment[review.id]))
    return tuple(
        Opinion(
            title=review.title,
            text=review.text,
            author=review.author or t("reviews.anonymous"),
            day=formats.day(review.created, t.language) if review.created else "",
            stars=stars(Rating(review.rating, 1), t) if review.rating is not None else None,
            language=review.language,
        )
        for review in ordered
    )
