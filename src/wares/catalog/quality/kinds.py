"""The kinds of issue: how bad each is, what it costs and what to do about it. This table is all there is to say."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]
ORDER: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Kind:
    """``cost`` may name ``{share}`` of the catalogue, ``cost`` and ``fix`` the ``{field}``."""

    severity: Severity
    cost: str
    fix: str


@dataclass(frozen=True, slots=True)
class Finding:
    """``count`` products with one fault; ``examples`` are ids with the value at fault."""

    kind: str
    field: str = ""
    examples: tuple[tuple[str, str], ...] = ()
    count: int = 1


KINDS = {
    "photo_missing": Kind(
        "error", "{share} of the products cannot be found by photo and have no picture on a page", "add a photo"
    ),
    "photo_broken": Kind(
        "warning", "{share} of the products miss photos that the feed promises", "see the last ingest's report"
    ),
    "price_missing": Kind("error", "{share} of the products vanish under any price filter", "add a price"),
    "price_zero": Kind("error", "{share} of the products lead every cheapest-first page", "correct the price"),
    "price_outlier": Kind(
        "warning", "{share} of the products cost far more or less than their category: often a lost point", "check it"
    ),
    "list_price_low": Kind(
        "warning", "{share} of the products were cheaper before their sale and do not count as on sale", "correct it"
    ),
    "gtin_missing": Kind("info", "{share} of the products cannot be told from others by number", "add the GTIN"),
    "gtin_invalid": Kind("warning", "{share} of the products are not found by their number", "correct the GTIN"),
    "gtin_shared": Kind("error", "{share} of the products answer to another one's number", "give each its own"),
    "language_missing": Kind(
        "warning", "{share} of the products are cut into words by a guess", "name the language in the feed or shop"
    ),
    "language_mismatch": Kind(
        "warning", "{share} of the products are searched by the rules of a wrong language", "correct the language"
    ),
    "title_short": Kind("warning", "{share} of the products have hardly a word to be found by", "say what it is"),
    "title_long": Kind("info", "{share} of the titles are cut off on a page", "keep it below 150 characters"),
    "title_shouting": Kind("info", "{share} of the titles are in capitals, which reads badly", "write it normally"),
    "title_shared": Kind(
        "warning", "{share} of the products cannot be told apart on a page", "name what differs: colour, size, model"
    ),
    "description_missing": Kind(
        "warning", "{share} of the products are found by their title alone", "describe use, material and size"
    ),
    "category_missing": Kind("error", "{share} of the products are in no category and no category filter", "add one"),
    "brand_missing": Kind("warning", "{share} of the products vanish under any brand filter", "add the brand"),
    "attribute_missing": Kind(
        "warning", "{share} of the products vanish when shoppers filter by {field}", "add {field}"
    ),
    "translation_missing": Kind(
        "warning",
        "{share} of the products are hard to find for shoppers who write {field}",
        "translate to {field}",
    ),
    "duplicate": Kind("warning", "{share} of the products are the same as another one", "merge or delete them"),
}
