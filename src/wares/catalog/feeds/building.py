"""Rows + a mapping → canonical documents, which are then read like any other."""

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any

from wares.catalog import values
from wares.catalog.feeds import picks
from wares.catalog.feeds.picks import Row
from wares.catalog.native import Document, money_document
from wares.catalog.problems import Problems
from wares.mapping import (
    LinkFields,
    LinkSource,
    MediaFields,
    MediaSource,
    PartSource,
    Pick,
    PricePick,
    ProductFields,
    ReviewFields,
    ReviewSource,
    VariantFields,
)
from wares.types import LinkKind

Build = Callable[[Row, Problems], Document]

_LINKS: tuple[LinkKind, ...] = ("related", "goes_with", "upsell")


def place_of(path: str) -> Callable[[str], str]:
    """Photos' paths start from the folder of the file that names them; make them start from the feed's."""
    parent = str(PurePosixPath(path).parent) if path else "."
    return lambda url: url if parent == "." or "://" in url or url.startswith("/") else f"{parent}/{url}"


def price_reader(pick: PricePick | None, currency: Pick | None, default: str, field: str) -> Build:
    """A price as a document, or {} when there is none."""
    collect, code = picks.values(pick), picks.text(currency)
    minor = pick is not None and pick.unit == "minor"

    def read(row: Row, problems: Problems) -> Document:
        found = collect(row)
        if not found:
            return {}
        # A number is no text: 19.999 is not nineteen thousand, so it is written with four decimals.
        raw = found[0]
        shown = f"{raw:.4f}" if isinstance(raw, int | float) and not isinstance(raw, bool) else picks.as_text(raw)
        price = values.money(shown, code(row).upper() or default, field, problems, minor=minor)
        return money_document(price) if price else {}

    return read


def variant_builder(fields: VariantFields, currency: str, path: str) -> Build:
    """A row → the document of a variant; what the row lacks is left out."""
    sku, title, gtin = picks.text(fields.sku), picks.text(fields.variant_title), picks.texts(fields.gtin)
    price = price_reader(fields.price, fields.currency, currency, "price")
    list_price = price_reader(fields.list_price, fields.currency, currency, "list_price")
    availability, stock = picks.text(fields.availability), picks.text(fields.stock)
    images, clips = picks.texts(fields.images), picks.texts(fields.clips)
    options = {name: picks.text(pick) for name, pick in fields.options.items()}
    place = place_of(path)

    def build(row: Row, problems: Problems) -> Document:
        in_stock = values.number(stock(row), "stock", problems)
        media = [{"type": "image", "url": place(url)} for url in images(row)]
        media += [{"type": "video", "url": place(url)} for url in clips(row)]
        document: Document = {
            "id": sku(row),
            "title": title(row),
            "price": price(row, problems),
            "list_price": list_price(row, problems),
            "availability": values.availability(availability(row), in_stock, "availability", problems),
            "stock": in_stock,
            "options": {name: value for name, read in options.items() if (value := read(row))},
            "barcodes": [{"type": "gtin", "value": number} for number in gtin(row)],
            "media": media,
        }
        return {key: value for key, value in document.items() if value not in (None, "", [], {})}

    return build


def product_builder(
    fields: ProductFields, parts: tuple[PartSource, ...], currency: str, path: str, language: str
) -> Build:
    """A row → the document of a product with one variant, or with those of the parts inside the row."""
    texts = {name: picks.text(getattr(fields, name)) for name in ("id", "title", "description", "brand", "language")}
    times = {name: picks.text(getattr(fields, name)) for name in ("created", "updated")}
    rating, count = picks.text(fields.rating), picks.text(fields.rating_count)
    categories, tags = picks.paths(fields.categories), picks.texts(fields.tags)
    links = {kind: picks.texts(getattr(fields, kind)) for kind in _LINKS}
    attributes = picks.attributes(fields.attributes, columns_used(fields))
    metadata = {name: picks.text(pick) for name, pick in fields.metadata.items()}
    translations = {
        tag: {name: picks.text(getattr(words, name)) for name in ("title", "description")}
        for tag, words in fields.translations.items()
    }
    variant = variant_builder(fields, currency, path)
    inside = [(picks.values(Pick(column=(part.at,))), part_adder(part, currency, path)) for part in parts if part.at]

    def build(row: Row, problems: Problems) -> Document:
        document: Document = {name: read(row) for name, read in texts.items()}
        document["language"] = document["language"] or language
        document |= {name: value for name, read in times.items() if (value := read(row))}
        document["categories"] = categories(row)
        document["tags"] = tags(row)
        document["attributes"] = dict(attributes(row))
        document["links"] = [{"type": kind, "id": id} for kind, read in links.items() for id in read(row)]
        document["metadata"] = {name: value for name, read in metadata.items() if (value := read(row))}
        document["translations"] = {
            tag: {name: read(row) for name, read in words.items()} for tag, words in translations.items()
        }
        mean = values.number(rating(row), "rating", problems)
        if mean is not None:
            document["rating"] = {"value": mean, "count": values.number(count(row), "rating_count", problems) or 0}
        first = variant(row, problems)
        document["media"] = first.pop("media", [])
        document["variants"] = []
        for items, add in inside:
            for item in items(row):
                if isinstance(item, dict):
                    add(document, item, problems)
        document["template"] = first
        return document

    return build


def part_adder(part: PartSource, currency: str, path: str) -> Callable[[Document, Row, Problems], None]:
    """Puts a variant, review, link or photo into the document it belongs to."""
    if isinstance(part, ReviewSource):
        review = review_builder(part.fields)
        return lambda document, row, problems: _list(document, "reviews").append(review(row, problems))
    if isinstance(part, LinkSource):
        link = link_builder(part.fields)
        return lambda document, row, problems: _list(document, "links").append(link(row, problems))
    if isinstance(part, MediaSource):
        media = media_builder(part.fields, path)
        return lambda document, row, problems: _list(document, "media").append(media(row, problems))
    variant = variant_builder(part.fields, currency, path)
    return lambda document, row, problems: _list(document, "variants").append(variant(row, problems))


def finished(document: Document) -> Document:
    """The product's own price, stock and so on go to the variants that lack them, or make the only variant."""
    template = document.pop("template")
    variants = document["variants"] or [{"id": template.get("id") or document["id"]}]
    photos = {media["url"] for media in document["media"]}
    for number, variant in enumerate(variants):
        for key in template.keys() - variant.keys() - {"id"}:
            variant[key] = template[key]
        variant.setdefault("id", f"{document['id']}-{number + 1}")
        if "media" in variant:
            variant["media"] = [media for media in variant["media"] if media["url"] not in photos]
    document["variants"] = variants
    return document


def review_builder(fields: ReviewFields) -> Build:
    """A row → the document of a review."""
    texts = {
        name: picks.text(getattr(fields, name)) for name in ("id", "text", "title", "language", "author", "created")
    }
    rating = picks.text(fields.rating)

    def build(row: Row, problems: Problems) -> Document:
        document: Document = {name: value for name, read in texts.items() if (value := read(row))}
        document["rating"] = values.number(rating(row), "rating", problems)
        return document

    return build


def link_builder(fields: LinkFields) -> Build:
    """A row → the document of a link."""
    target, kind = picks.text(fields.target), picks.text(fields.kind)
    return lambda row, _problems: {"type": fields.kinds.get(kind(row), kind(row)), "id": target(row)}


def media_builder(fields: MediaFields, path: str) -> Build:
    """A row → the document of a photo."""
    url, alt, place = picks.text(fields.url), picks.text(fields.alt), place_of(path)
    options = {name: picks.text(pick) for name, pick in fields.options.items()}

    def build(row: Row, _problems: Problems) -> Document:
        shown = {name: value for name, read in options.items() if (value := read(row))}
        return {"type": "image", "url": place(url(row)) if url(row) else "", "alt_text": alt(row), "options": shown}

    return build


def columns_used(fields: ProductFields) -> frozenset[str]:
    """Every column that a field takes, as far as its first step."""
    return frozenset(column.split(".")[0] for column in _columns(fields)) | frozenset(_columns(fields))


def _columns(value: Any) -> Iterator[str]:
    if isinstance(value, Pick):
        yield from value.column
    elif isinstance(value, dict):
        for item in value.values():
            yield from _columns(item)
    elif hasattr(value, "model_fields_set"):
        for name in value.model_fields_set:
            yield from _columns(getattr(value, name))


def _list(document: Document, name: str) -> list[Document]:
    items: list[Document] = document.setdefault(name, [])
    return items
