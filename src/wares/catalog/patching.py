"""Changes to a stored product, as JSON Merge Patch (RFC 7396): what is named is set, null takes away, the rest stays.

Variants are merged by their ids, and what a product with a single variant sells for may be said without naming it.
"""

from typing import Any

from wares.catalog.native import Document
from wares.catalog.problems import Problems, shown

OF_VARIANT = ("price", "list_price", "availability", "stock")


def merged(stored: Document, changes: Any, problems: Problems) -> Document:
    """The document with the changes; errors in ``problems`` say what cannot be changed so."""
    if not isinstance(changes, dict):
        problems.error("", "the changes are no JSON object", 'write {"title": …}')
        return stored
    if changes.get("id", stored["id"]) != stored["id"]:
        problems.error("id", "it cannot be changed", "post a new product and delete this one")
    changes = dict(changes)
    short = {name: changes.pop(name) for name in OF_VARIANT if name in changes}
    variants = changes.pop("variants", None)
    document = _merge(stored, changes)
    if "variants" in stored and variants is not None:
        document["variants"] = _variants(stored["variants"], variants, problems)
    if short:
        known = document["variants"]
        if len(known) == 1:
            document["variants"] = [_merge(known[0], short)]
        else:
            named = ", ".join(str(each["id"]) for each in known[:3])
            fix = f'name the variant: {{"variants": [{{"id": …, "{next(iter(short))}": …}}]}}, such as {named}'
            problems.error(next(iter(short)), f"the product has {len(known)} variants", fix)
    return document


def _variants(stored: list[Document], changes: Any, problems: Problems) -> list[Document]:
    """Every variant with its changes, then new ones."""
    if not isinstance(changes, list) or not all(isinstance(each, dict) for each in changes):
        problems.error("variants", "it is no list of JSON objects", 'write [{"id": …, "stock": 3}]')
        return stored
    found = {each["id"]: each for each in stored}
    for place, each in enumerate(changes):
        id = each.get("id", each.get("sku"))
        if not isinstance(id, str) or not id:
            problems.error(f"variants[{place}].id", f"{shown(id)} is no id", "name the variant by its id")
            continue
        found[id] = _merge(found.get(id, {}), {**each, "id": id})
    return list(found.values())


def _merge(target: Document, changes: Document) -> Document:
    """RFC 7396; what is nested is no deeper than the JSON it was read from."""
    merged = dict(target)
    for name, value in changes.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict) and isinstance(known := merged.get(name, {}), dict):
            merged[name] = _merge(known, value)
        else:
            merged[name] = value
    return merged
