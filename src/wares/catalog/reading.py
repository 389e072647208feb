"""Documents that anyone may have written → products, with everything that is wrong in them told."""

import difflib
from collections.abc import Iterable
from datetime import datetime
from math import isfinite
from typing import Any, get_args

from wares.catalog import values
from wares.catalog.native import Document, encode
from wares.catalog.problems import Problems, shown
from wares.types import (
    AttributeValue,
    Availability,
    Barcode,
    Category,
    Link,
    LinkKind,
    Media,
    Money,
    Product,
    Quantity,
    Rating,
    Review,
    Translation,
    Variant,
)

LINK_KINDS: tuple[LinkKind, ...] = get_args(LinkKind)

_VARIANT = ("id", "sku", "title", "price", "list_price", "availability", "stock", "options", "barcodes", "media")
VARIANT_KEYS = frozenset(_VARIANT)
_TEXTS = ("id", "title", "description", "language", "brand", "tags", "attributes", "translations", "metadata")
_REST = ("categories", "media", "rating", "created", "updated", "variants", "reviews", "links")
PRODUCT_KEYS = frozenset(_TEXTS + _REST)


def product(fields: Any, problems: Problems) -> Product | None:
    """Read a document that anyone may have written.

    Parameters
    ----------
    fields
        A parsed JSON value.
    problems
        Takes what is wrong: errors reject the product, warnings leave the part out.

    Returns
    -------
    The product, or None when it has no id, no title or a value of an impossible type.
    """
    if not isinstance(fields, dict):
        problems.error("", "the line is no JSON object", 'write {"id": …, "title": …}')
        return None
    _warn_unknown(fields, PRODUCT_KEYS, problems)
    id = _text(fields, "id", problems)
    title = _text(fields, "title", problems)
    if not id:
        problems.error("id", "there is none", "give every product its own id")
    if not title:
        problems.error("title", "there is none", "give the product a title")
    variants = tuple(_variants(fields.get("variants"), id, problems))
    if problems.errors:
        return None
    return Product(
        id=id,
        title=title,
        variants=variants or (Variant(id),),
        description=_description(fields.get("description"), problems),
        language=_text(fields, "language", problems),
        brand=_text(fields, "brand", problems),
        categories=tuple(_categories(fields.get("categories"), problems)),
        media=_media(fields.get("media"), "media", problems),
        rating=_rating(fields.get("rating"), problems),
        reviews=tuple(_reviews(fields.get("reviews"), id, problems)),
        links=tuple(_links(fields.get("links"), problems)),
        tags=tuple(_texts(fields.get("tags"), "tags", problems)),
        attributes=attributes(fields.get("attributes"), "attributes", problems),
        translations=_translations(fields.get("translations"), problems),
        metadata=_strings(fields.get("metadata"), "metadata", problems),
        created=_time(fields, "created", problems),
        updated=_time(fields, "updated", problems),
    )


def _warn_unknown(fields: Document, known: frozenset[str], problems: Problems) -> None:
    for key in fields.keys() - known:
        near = difflib.get_close_matches(str(key), known, n=1)
        problems.warn(str(key), "no such field; it is left out", f"did you mean {near[0]}?" if near else "use metadata")


def _text(fields: Document, key: str, problems: Problems) -> str:
    value = fields.get(key)
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    problems.error(key, f"{shown(value)} is no text", "write it in quotes")
    return ""


def _list(value: Any, field: str, problems: Problems) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, list):
        return value
    problems.warn(field, f"{shown(value)} is no list; it is left out", "write [ … ]")
    return []


def _objects(value: Any, field: str, problems: Problems) -> Iterable[tuple[str, Document]]:
    for number, item in enumerate(_list(value, field, problems)):
        if isinstance(item, dict):
            yield f"{field}[{number}]", item
        else:
            problems.warn(f"{field}[{number}]", f"{shown(item)} is no object; it is left out", "write { … }")


def _texts(value: Any, field: str, problems: Problems) -> Iterable[str]:
    for item in _list(value, field, problems):
        if isinstance(item, str) and item.strip():
            yield item.strip()


def _strings(value: Any, field: str, problems: Problems) -> dict[str, str]:
    if value is None or value == {}:
        return {}
    if not isinstance(value, dict):
        problems.warn(field, f"{shown(value)} is no object; it is left out", "write { … }")
        return {}
    return {
        key: item if isinstance(item, str) else encode(item).decode() for key, item in value.items() if item is not None
    }


def _number(value: Any, field: str, problems: Problems) -> float | None:
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
        return float(value)
    problems.warn(field, f"{shown(value)} is no number; it is left out", "write a plain number")
    return None


def _time(fields: Document, key: str, problems: Problems) -> datetime | None:
    value = fields.get(key)
    return None if value is None else values.time(str(value), key, problems)


def _description(value: Any, problems: Problems) -> str:
    """A text, or UCP's {"plain": …} or {"html": …}; markup is taken out by the normalizer."""
    if isinstance(value, dict):
        value = next((value[kind] for kind in ("plain", "html", "markdown") if value.get(kind)), None)
    return _text({"description": value}, "description", problems)


def _categories(value: Any, problems: Problems) -> Iterable[Category]:
    for item in _list(value, "categories", problems):
        if isinstance(item, str) and item.strip():
            yield Category(item.strip())
        elif isinstance(item, dict) and isinstance(item.get("value"), str) and item["value"].strip():
            yield Category(item["value"].strip(), str(item.get("taxonomy") or "merchant"))
        else:
            problems.warn("categories", f"{shown(item)} is no category; it is left out", '{"value": "A > B"}')


def _media(value: Any, field: str, problems: Problems) -> tuple[Media, ...]:
    return tuple(
        media for place, item in _objects(value, field, problems) if (media := _one_media(item, place, problems))
    )


def _one_media(item: Document, place: str, problems: Problems) -> Media | None:
    url, kind = item.get("url"), item.get("type", item.get("kind", "image"))
    if not isinstance(url, str) or not url.strip():
        problems.warn(place, "a photo without an address; it is left out", "give it a url")
        return None
    if kind not in ("image", "video"):
        problems.warn(place, f"type {shown(kind)} is not known; it is left out", "image or video")
        return None
    return Media(
        url.strip(),
        kind,
        alt=str(item.get("alt_text") or item.get("alt") or ""),
        options=_options(item.get("options"), f"{place}.options", problems),
        sha256=str(item.get("sha256") or ""),
    )


def media(fields: Document) -> Media:
    """One media document that was written by us."""
    found = _one_media(fields, "media", Problems(0))
    assert found is not None
    return found


def _options(value: Any, field: str, problems: Problems) -> dict[str, str]:
    """{"color": "Red"}, or UCP's [{"name": "color", "label": "Red"}]."""
    if isinstance(value, list):
        pairs = (
            (item.get("name"), item.get("label", item.get("value"))) for _, item in _objects(value, field, problems)
        )
        value = {str(name): label for name, label in pairs if name and label is not None}
    return {name.strip().lower(): label for name, label in _strings(value, field, problems).items() if label.strip()}


def _money(item: Document, key: str, place: str, problems: Problems) -> Money | None:
    value = item.get(key)
    if value is None:
        return None
    if isinstance(value, str):
        return values.money(value, "", f"{place}.{key}", problems)
    amount, currency = (value.get("amount"), value.get("currency")) if isinstance(value, dict) else (None, None)
    if isinstance(amount, int) and not isinstance(amount, bool) and isinstance(currency, str):
        return values.checked(Money(amount, currency.strip().upper()), f"{place}.{key}", problems)
    problems.error(
        f"{place}.{key}", f"{shown(value)} is no price", '{"amount": 1999, "currency": "EUR"} in minor units'
    )
    return None


def _variants(value: Any, id: str, problems: Problems) -> Iterable[Variant]:
    seen: set[str] = set()
    for place, item in _objects(value, "variants", problems):
        _warn_unknown(item, VARIANT_KEYS, problems)
        sku = _text(item, "id" if item.get("id") else "sku", problems) or (id if value and len(value) == 1 else "")
        if not sku or sku in seen:
            reason = f"{sku} is there twice" if sku else "a variant without an id"
            problems.warn(f"{place}.id", f"{reason}; it is left out", "give every variant its own SKU")
            continue
        seen.add(sku)
        stock = _number(item.get("stock"), f"{place}.stock", problems)
        yield Variant(
            id=sku,
            title=_text(item, "title", problems),
            price=_money(item, "price", place, problems),
            list_price=_money(item, "list_price", place, problems),
            availability=_availability(item.get("availability"), stock, place, problems),
            stock=None if stock is None else int(stock),
            options=_options(item.get("options"), f"{place}.options", problems),
            barcodes=tuple(_barcodes(item.get("barcodes"), f"{place}.barcodes", problems)),
            media=_media(item.get("media"), f"{place}.media", problems),
        )


def _availability(value: Any, stock: float | None, place: str, problems: Problems) -> Availability:
    if isinstance(value, dict):
        value = value.get("status") or ("in_stock" if value.get("available", True) else "out_of_stock")
    return values.availability("" if value is None else str(value), stock, f"{place}.availability", problems)


def _barcodes(value: Any, field: str, problems: Problems) -> Iterable[Barcode]:
    for place, item in _objects(value, field, problems):
        if number := _text(item, "value", problems):
            yield Barcode(str(item.get("type") or "gtin").lower(), number)
        else:
            problems.warn(place, "a barcode without a value; it is left out", '{"type": "gtin", "value": "…"}')


def _rating(value: Any, problems: Problems) -> Rating | None:
    if value is None:
        return None
    fields = value if isinstance(value, dict) else {"value": value}
    mean = _number(fields.get("value"), "rating.value", problems)
    count = _number(fields.get("count", 0), "rating.count", problems)
    top = _number(fields.get("scale_max", 5.0), "rating.scale_max", problems)
    return values.rating(mean, count, top, problems)


def _reviews(value: Any, id: str, problems: Problems) -> Iterable[Review]:
    seen: set[str] = set()
    for place, item in _objects(value, "reviews", problems):
        text, title = _text(item, "text", problems), _text(item, "title", problems)
        if not text and not title:
            problems.warn(place, "a review without words; it is left out", "give it a text")
            continue
        key = _text(item, "id", problems) or f"{id}-{place}"
        if key in seen:
            problems.warn(place, f"review {key} is there twice; it is left out", "give every review its own id")
            continue
        seen.add(key)
        yield Review(
            id=key,
            text=text,
            title=title,
            rating=_number(item.get("rating"), f"{place}.rating", problems),
            language=_text(item, "language", problems),
            author=_text(item, "author", problems),
            created=_time(item, "created", problems),
        )


def _links(value: Any, problems: Problems) -> Iterable[Link]:
    for place, item in _objects(value, "links", problems):
        kind, target = item.get("type", item.get("kind")), _text(item, "id" if "id" in item else "target", problems)
        if kind in LINK_KINDS and target:
            yield Link(kind, target)
        else:
            problems.warn(place, f"{shown(item)} is no link; it is left out", f"type {', '.join(LINK_KINDS)} and an id")


def attributes(value: Any, field: str, problems: Problems) -> dict[str, AttributeValue]:
    """Named values: text, truth, number, {"value", "unit"}, or a list of texts."""
    if value is None or value == {}:
        return {}
    if not isinstance(value, dict):
        problems.warn(field, f"{shown(value)} is no object; it is left out", 'write {"material": "wool"}')
        return {}
    found: dict[str, AttributeValue] = {}
    for name, item in value.items():
        read = _attribute(item, f"{field}.{name}", problems)
        if read is not None and read != "" and read != ():
            found[name] = read
    return found


def _attribute(item: Any, place: str, problems: Problems) -> AttributeValue | None:
    if item is None or isinstance(item, bool):
        return item
    if isinstance(item, str):
        return item.strip()
    if isinstance(item, int | float):
        return _number(item, place, problems)
    if isinstance(item, list):
        return tuple(text.strip() for text in map(_plain, item) if text.strip())
    if isinstance(item, dict) and isinstance(item.get("unit"), str):
        number = _number(item.get("value"), place, problems)
        return None if number is None else Quantity(number, item["unit"])
    problems.warn(place, f"{shown(item)} cannot be an attribute; it is left out", "a text, a number or a list of texts")
    return None


def _plain(item: Any) -> str:
    return item if isinstance(item, str) else "" if item is None else encode(item).decode()


def _translations(value: Any, problems: Problems) -> dict[str, Translation]:
    if value is None or value == {}:
        return {}
    if not isinstance(value, dict):
        problems.warn("translations", f"{shown(value)} is no object; it is left out", 'write {"zh": {"title": …}}')
        return {}
    return {
        tag: Translation(
            title=_text(item, "title", problems),
            description=_description(item.get("description"), problems),
            categories=tuple(_texts(item.get("categories"), f"translations.{tag}.categories", problems)),
            attributes=attributes(item.get("attributes"), f"translations.{tag}.attributes", problems),
        )
        for tag, item in value.items()
        if isinstance(item, dict)
    }
