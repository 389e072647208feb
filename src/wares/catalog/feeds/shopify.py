"""Shopify's product CSV in both header vintages: rows of one handle are a product, its variants and its pictures."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wares.catalog import values
from wares.catalog.feeds import FeedRow, Head
from wares.catalog.feeds.grouping import lift_media
from wares.catalog.feeds.jsonl import parse_json
from wares.catalog.feeds.spool import Spool, Spooled
from wares.catalog.feeds.tables import table_rows
from wares.catalog.native import Document, money_document
from wares.catalog.problems import Problem, Problems
from wares.catalog.reading import product as read_product
from wares.errors import FeedError
from wares.registry import register

# Our name → the column before and since 2024; other columns keep their names.
_COLUMNS = {
    "handle": ("Handle", "URL handle"),
    "title": ("Title",),
    "description": ("Body (HTML)", "Description"),
    "vendor": ("Vendor",),
    "category": ("Product Category", "Product category"),
    "type": ("Type",),
    "tags": ("Tags",),
    "published": ("Published", "Published on online store"),
    "status": ("Status",),
    "sku": ("Variant SKU", "SKU"),
    "barcode": ("Variant Barcode", "Barcode"),
    "price": ("Variant Price", "Price"),
    "compare_at": ("Variant Compare At Price", "Compare-at price"),
    "tracker": ("Variant Inventory Tracker", "Inventory tracker"),
    "stock": ("Variant Inventory Qty", "Inventory quantity"),
    "oversell": ("Variant Inventory Policy", "Continue selling when out of stock"),
    "grams": ("Variant Grams", "Weight value (grams)"),
    "image": ("Image Src", "Product image URL"),
    "image_alt": ("Image Alt Text", "Image alt text"),
    "variant_image": ("Variant Image", "Variant image URL"),
    "gender": ("Google Shopping / Gender",),
    "age_group": ("Google Shopping / Age Group", "Google Shopping / Age group"),
    "condition": ("Google Shopping / Condition",),
    "mpn": ("Google Shopping / MPN",),
    "google_category": ("Google Shopping / Google Product Category", "Google Shopping / Google product category"),
} | {f"option{n}_{part}": (f"Option{n} {part}",) for n in (1, 2, 3) for part in ("name", "value")}

_OURS = {name.lower(): ours for ours, names in _COLUMNS.items() for name in names}
_METAFIELD = re.compile(r"\(product\.metafields\.[^.)]+\.([^.)]+)\)$")
_TRUE = ("true", "yes", "1", "continue")
_ATTRIBUTES = ("gender", "age_group", "condition", "mpn")

Row = dict[str, str]


@register("feed", "shopify.v1")
class ShopifyFeed:
    """Active products of a Shopify export.

    Parameters
    ----------
    currency
        Of the prices: the export does not name it.
    market
        Take the ``Price / MARKET`` and ``Compare At Price / MARKET`` columns where they are filled in, and leave out
        what is not ``Included / MARKET``.
    """

    def __init__(self, path: Path, *, currency: str = "", language: str = "", market: str = "") -> None:
        self.path, self.folder, self.name = path, path.parent, path.name
        self.currency, self.language, self.market = currency, language, market

    @staticmethod
    def recognises(head: Head) -> float:
        """By the handle and a column that only Shopify has."""
        ours = {_OURS.get(cell) for cell in head.header}
        return 0.9 if "handle" in ours and ours & {"option1_name", "tracker", "image", "oversell"} else 0.0

    def __iter__(self) -> Iterator[FeedRow]:
        spool, handle = Spool(), ""
        try:
            for row in table_rows(self.path, "csv"):
                if row.problem:
                    yield FeedRow(row.number, None, (row.problem,))
                    continue
                fields = {
                    _OURS.get(name.lower(), name): cell.strip() for name, cell in row.cells.items() if cell.strip()
                }
                self._check_market(row.number, row.cells)
                handle = fields.get("handle", handle)  # some exports write the handle on the first row only
                if handle:
                    spool.add(handle, Spooled("", row.number, fields))
                else:
                    problem = Problem(row.number, "Handle", "there is none", "every product needs a handle")
                    yield FeedRow(row.number, None, (problem,))
            for handle, rows in spool.groups():
                yield self._product(handle, rows)
        finally:
            spool.close()

    def _check_market(self, number: int, cells: dict[str, Any]) -> None:
        if self.market and number <= 2 and f"Price / {self.market}" not in cells:
            markets = sorted(name.removeprefix("Price / ") for name in cells if name.startswith("Price / "))
            raise FeedError(f"there is no column Price / {self.market}", fix=f"markets: {', '.join(markets) or 'none'}")

    def _product(self, handle: str, rows: list[Spooled]) -> FeedRow:
        first, number = rows[0].fields, rows[0].number
        problems = Problems(number)
        hidden = first.get("status", "active").lower() != "active" or first.get("published", "true").lower() == "false"
        if hidden or (self.market and first.get(f"Included / {self.market}", "true").lower() == "false"):
            return FeedRow(
                number, None, (Problem(number, "Status", "it is not for sale", "publish it"),), left_out=True
            )
        names = [first.get(f"option{n}_name", "") for n in (1, 2, 3)]
        pictures = {row.fields["image"]: row.fields.get("image_alt", "") for row in rows if "image" in row.fields}
        document: Document = {
            "id": handle,
            "title": first.get("title", ""),
            "description": first.get("description", ""),
            "brand": first.get("vendor", ""),
            "categories": _categories(first),
            "tags": [tag.strip() for tag in first.get("tags", "").split(",") if tag.strip()],
            "attributes": _attributes(first),
            "media": [{"type": "image", "url": url, "alt_text": alt} for url, alt in pictures.items()],
            "variants": [
                self._variant(f"{handle}-{position + 1}", row, names, problems)
                for position, row in enumerate(row for row in rows if _is_variant(row.fields))
            ],
        }
        if not document["variants"]:
            problems.error("variants", "none of its rows has a price or an option", "export the product again")
        lift_media(document)
        return FeedRow(number, read_product(document, problems), problems.all())

    def _variant(self, id: str, row: Spooled, names: list[str], problems: Problems) -> Document:
        fields = row.fields
        inner = Problems(row.number)
        price, compare_at = (
            values.money(fields.get(f"{label} / {self.market}") or fields.get(ours, ""), self.currency, label, inner)
            for label, ours in (("Price", "price"), ("Compare At Price", "compare_at"))
        )
        if price is None and not inner.errors:
            inner.error("Price", "there is none", "give the variant a price")
        tracked = bool(fields.get("tracker"))
        stock = values.number(fields.get("stock", ""), "Inventory quantity", inner) if tracked else None
        oversold = stock is not None and stock <= 0 and fields.get("oversell", "").lower() in _TRUE
        problems.errors.extend(inner.errors)
        problems.warnings.extend(inner.warnings)
        options = {
            name: value
            for n, name in enumerate(names, 1)
            if name and (value := fields.get(f"option{n}_value")) and value != "Default Title"
        }
        image = fields.get("variant_image")
        return {
            "id": fields.get("sku", "").lstrip("'") or id,
            "price": price and money_document(price),
            "list_price": compare_at and money_document(compare_at),
            "availability": "backorder" if oversold else values.availability("", stock, "availability", inner),
            "stock": stock,
            "options": {name.lower().replace("colour", "color"): value for name, value in options.items()},
            "barcodes": [{"type": "gtin", "value": barcode.lstrip("'")}] if (barcode := fields.get("barcode")) else [],
            "media": [{"type": "image", "url": image}] if image else [],
        }


def _is_variant(fields: Row) -> bool:
    return any(name in fields for name in ("price", "sku", "option1_value"))


def _categories(fields: Row) -> list[Document]:
    kinds = (("type", "merchant"), ("category", "shopify"), ("google_category", "google"))
    return [{"value": fields[name], "taxonomy": taxonomy} for name, taxonomy in kinds if name in fields]


def _attributes(fields: Row) -> Document:
    found: Document = {name: fields[name] for name in _ATTRIBUTES if name in fields}
    for column, cell in fields.items():
        if field := _METAFIELD.search(column):
            found[field[1].replace("-", "_")] = _metafield(cell)
    grams = fields.get("grams", "0")
    if re.fullmatch(r"\d{1,9}(\.\d+)?", grams) and float(grams) > 0:
        found.setdefault("weight", {"value": float(grams), "unit": "g"})
    return found


def _metafield(cell: str) -> Any:
    """A list is written as JSON, or with semicolons; a measure as {"value": 5.0, "unit": "CENTIMETERS"}."""
    if cell.startswith(("[", "{")):
        try:
            value = parse_json(cell)
        except ValueError:
            return cell
        return value if isinstance(value, list) or (isinstance(value, dict) and "unit" in value) else cell
    parts = [part.strip() for part in cell.split(";") if part.strip()]
    return parts if len(parts) > 1 else cell
