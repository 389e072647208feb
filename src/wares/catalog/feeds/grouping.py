"""Rows that are variants of one product → that product."""

from collections.abc import Callable, Sequence
from typing import Any

from wares.catalog.feeds import FeedRow
from wares.catalog.feeds.spool import Spooled
from wares.catalog.native import Document
from wares.catalog.problems import Problems
from wares.catalog.reading import product as read_product

Build = Callable[[dict[str, Any], Problems], Document]


def grouped(rows: Sequence[Spooled], build: Build) -> FeedRow:
    """The first row says what the product is, and each row is a variant.

    ``build`` makes a product's document with its one variant under ``template``. A row that cannot be sold is a
    warning while others can.
    """
    problems = Problems(rows[0].number)
    whole: Document = {}
    for number, row in enumerate(rows):
        inner = Problems(row.number)
        document = build(row.fields, inner)
        variant = document.pop("template")
        variant.setdefault("id", f"{document['id']}-{number + 1}" if len(rows) > 1 else document["id"])
        problems.warnings.extend(inner.warnings)
        if inner.errors and len(rows) > 1:
            problems.warnings.extend(inner.errors)
            continue
        problems.errors.extend(inner.errors)
        variant["media"] = document.pop("media")
        whole = whole or document | {"media": [], "variants": []}
        whole["variants"].append(variant)
    if not whole:
        problems.error("variants", "none of its rows can be sold", "mend them")
        return FeedRow(rows[0].number, None, problems.all())
    lift_media(whole)
    return FeedRow(rows[0].number, read_product(whole, problems), problems.all())


def lift_media(document: Document) -> None:
    """Move the variants' photos to the product; a photo shows the options that all variants with it share."""
    shown: dict[str, Document] = {media["url"]: media for media in document["media"]}
    options: dict[str, dict[str, str]] = {}
    for variant in document["variants"]:
        own = variant.get("options", {})
        for media in variant.pop("media", ()):
            url = media["url"]
            shown.setdefault(url, media)
            known = options.setdefault(url, dict(own))
            options[url] = {name: value for name, value in known.items() if own.get(name) == value}
    if len(document["variants"]) > 1:
        for url, common in options.items():
            shown[url]["options"] = common
    document["media"] = list(shown.values())
