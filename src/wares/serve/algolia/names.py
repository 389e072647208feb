"""What indexes and attributes are called on this wire, and which order or field of ours that is."""

import re

from wares.errors import NotFound

INDEX = "products"
ORDERS = {
    INDEX: "relevance",
    f"{INDEX}_price_asc": "price",
    f"{INDEX}_price_desc": "-price",
    f"{INDEX}_rating": "rating",
    f"{INDEX}_newest": "newest",
}
CATEGORY, CATEGORIES, LEVELS = "category", "categories", "hierarchicalCategories"
RATING = "rating"
SEPARATOR = " > "
DEEPEST = 10  # levels of categories that have a name
TRUTHS = frozenset(("in_stock", "on_sale", "available"))

_FIELDS = {CATEGORIES: CATEGORY, "tags": "tag", "_tags": "tag", "rating_count": "reviews"}
_ATTRIBUTES = {CATEGORY: CATEGORIES, "tag": "tags", "reviews": "rating_count"}
_LEVEL = re.compile(rf"(?:{LEVELS}|{CATEGORIES}|{CATEGORY})\.lvl([0-9])")


def order_of(index: str) -> str:
    """The order of a replica; NotFound for an index that is not there."""
    if index not in ORDERS:
        raise NotFound(f"Index {index[:100]} does not exist", fix=f"there are {', '.join(ORDERS)}")
    return ORDERS[index]


def field_of(attribute: str) -> str:
    """The field that an attribute stands for; a name that says nothing else is a field's own."""
    if _LEVEL.fullmatch(attribute):
        return CATEGORY
    return _FIELDS.get(attribute, attribute.removeprefix("attributes.").removeprefix("options."))


def level_of(attribute: str) -> int | None:
    """The level of categories that an attribute lists, from 0; None: no single one."""
    level = _LEVEL.fullmatch(attribute)
    return int(level[1]) if level else None


def attributes_of(field: str) -> tuple[str, ...]:
    """Every attribute that a field is listed under where all facets are asked for."""
    own = _ATTRIBUTES.get(field, field)
    return (own, *(f"{LEVELS}.lvl{level}" for level in range(DEEPEST))) if field == CATEGORY else (own,)
