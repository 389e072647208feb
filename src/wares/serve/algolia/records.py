"""A product as a flat record: what a page that was written for this protocol shows."""

from typing import Any

from wares.serve.algolia.names import LEVELS, SEPARATOR
from wares.serve.storefront.formats import major
from wares.serve.storefront.view import chosen_variant, cover, media_href, product_href, told
from wares.types import AttributeValue, Money, Product, Quantity

# Texts in which nobody looks for a word of theirs.
UNMARKED = frozenset(("objectID", "currency", "image", "url", "language", "sku"))


def record(product: Product, variant_id: str, language: str, address: str) -> dict[str, Any]:
    """The record of a product with the variant that fits best.

    Parameters
    ----------
    language
        Of its texts; empty: the product's own.
    address
        Of the shop, without a slash at its end: links are whole, for pages that live elsewhere.
    """
    variant = chosen_variant(product, variant_id)
    texts = told(product, language or product.language)
    photo = cover(product, variant)
    paths = [tuple(part.strip() for part in path.split(">") if part.strip()) for path in texts.categories]
    found: dict[str, Any] = {
        "objectID": product.id,
        "name": texts.title,
        "title": texts.title,
        "description": texts.description,
        "brand": product.brand,
        "price": _amount(variant.price),
        "list_price": _amount(variant.list_price),
        "currency": variant.price.currency if variant.price else None,
        "image": address + media_href(photo) if photo else None,
        "url": address + product_href(product, variant.id if len(product.variants) > 1 else ""),
        "sku": variant.id,
        "categories": _prefixes(paths),
        LEVELS: _levels(paths),
        "rating": round(5 * product.rating.value / product.rating.scale_max, 2) if product.rating else None,
        "rating_count": product.rating.count if product.rating else None,
        "in_stock": variant.availability == "in_stock" and (variant.stock is None or variant.stock > 0),
        "tags": list(product.tags),
        "language": texts.language,
        "created": int(product.created.timestamp()) if product.created else None,
        "options": dict(variant.options),
    }
    for each in product.variants:
        for name, value in each.options.items():
            values = found.setdefault(name.lower(), [])
            if isinstance(values, list) and name.lower() not in ("categories", "tags") and value not in values:
                values.append(value)
    for name, attribute in product.attributes.items():
        found.setdefault(name, _plain(attribute))
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}


def chosen(found: dict[str, Any], attributes: tuple[str, ...]) -> dict[str, Any]:
    """The attributes that were asked for: names, ``*`` for all, ``-name`` for all but that one."""
    without = {name[1:] for name in attributes if name.startswith("-")}
    wanted = {name.split(".")[0] for name in attributes if not name.startswith("-")}
    every = "*" in wanted or (not wanted and bool(without))
    kept = {name: value for name, value in found.items() if (every or name in wanted) and name not in without}
    return {"objectID": found["objectID"]} | kept


def texts_of(found: dict[str, Any]) -> dict[str, Any]:
    """The attributes of a record that are texts, or lists and objects of texts."""
    return {name: value for name, value in found.items() if name not in UNMARKED and _is_text(value)}


def _is_text(value: Any) -> bool:
    if isinstance(value, dict | list):
        return all(_is_text(each) for each in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, str)


def _amount(money: Money | None) -> float | None:
    return float(major(money.amount, money.currency)) if money else None


def _plain(value: AttributeValue) -> Any:
    match value:
        case Quantity(number, _):
            return number
        case tuple():
            return list(value)
        case _:
            return value


def _prefixes(paths: list[tuple[str, ...]]) -> list[str]:
    """Every step of every path."""
    steps = (SEPARATOR.join(path[: depth + 1]) for path in paths for depth in range(len(path)))
    return list(dict.fromkeys(steps))


def _levels(paths: list[tuple[str, ...]]) -> dict[str, Any]:
    """``lvl0`` …: a text, or a list where there are several."""
    levels: dict[str, Any] = {}
    for depth in range(max(map(len, paths), default=0)):
        values = list(dict.fromkeys(SEPARATOR.join(path[: depth + 1]) for path in paths if len(path) > depth))
        levels[f"lvl{depth}"] = values[0] if len(values) == 1 else values
    return levels
