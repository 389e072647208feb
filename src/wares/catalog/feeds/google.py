"""Google Merchant Center feeds: tab-separated text, and XML as RSS 2 or Atom with the ``g:`` namespace.

Rows with one ``item_group_id`` are variants of one product (https://support.google.com/merchants/answer/7052112).
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wares.catalog import values
from wares.catalog.feeds import FeedRow, Head, read_head
from wares.catalog.feeds.grouping import grouped
from wares.catalog.feeds.spool import Spool, Spooled
from wares.catalog.feeds.tables import table_rows
from wares.catalog.feeds.xml import xml_items
from wares.catalog.native import Document, money_document
from wares.catalog.problems import Problems
from wares.registry import register

ATTRIBUTES = ("gender", "age_group", "material", "pattern", "condition", "size_type", "size_system", "mpn")
_SIGNS = frozenset({"id", "title", "link", "image_link", "price", "availability"})
_NAMESPACE = "base.google.com/ns/1.0"

Item = dict[str, Any]


@register("feed", "google.v1")
class GoogleFeed:
    """Items of a Google Merchant feed, grouped into products.

    Parameters
    ----------
    currency, language
        For prices and texts that name none.
    now
        When the feed is read: a sale price counts while its ``sale_price_effective_date`` lasts.
    """

    def __init__(self, path: Path, *, currency: str = "", language: str = "", now: datetime | None = None) -> None:
        self.path, self.folder, self.name = path, path.parent, path.name
        self.currency, self.language = currency, language
        self._now = now or datetime.now(UTC)

    @staticmethod
    def recognises(head: Head) -> float:
        """By the namespace of XML, or by the columns that every Google feed has."""
        if head.text.startswith("<"):
            return 0.9 if _NAMESPACE in head.text or "<rss" in head.text or "<feed" in head.text else 0.0
        return 0.8 if len(_SIGNS & {_name(cell) for cell in head.header}) >= len(_SIGNS) - 1 else 0.0

    def __iter__(self) -> Iterator[FeedRow]:
        spool = Spool()
        try:
            for row in self._rows():
                if isinstance(row, FeedRow):
                    yield row
                elif group := _first(row.fields, "item_group_id"):
                    spool.add(group, row)
                else:
                    yield grouped([row], self._document)
            for _, rows in spool.groups():
                yield grouped(rows, self._document)
        finally:
            spool.close()

    def _rows(self) -> Iterator[Spooled | FeedRow]:
        if read_head(self.path).text.startswith("<"):
            for number, item in xml_items(self.path, ("item", "entry")):
                yield Spooled("", number, item)
            return
        for row in table_rows(self.path, "csv"):
            if row.problem:
                yield FeedRow(row.number, None, (row.problem,))
            else:
                yield Spooled("", row.number, {_name(column): [cell] for column, cell in row.cells.items() if cell})

    def _document(self, item: Item, problems: Problems) -> Document:
        price, list_price = self._prices(item, problems)
        options = {name: value for name in ("color", "size") if (value := _first(item, name))}
        gtin = _first(item, "gtin")
        sku = _first(item, "id")
        if not sku:
            problems.error("id", "there is none", "give every item its own id")
        return {
            "id": _first(item, "item_group_id") or sku,
            "title": _first(item, "item_group_title") or _first(item, "title"),
            "description": _first(item, "description"),
            "language": self.language if len(_first(item, "title")) < 4 else "",
            "brand": _first(item, "brand"),
            "categories": list(_categories(item)),
            "attributes": _attributes(item),
            "metadata": {"link": link} if (link := _first(item, "link")) else {},
            "media": [{"type": "image", "url": url} for url in _photos(item)],
            "template": {
                "id": sku,
                "title": _first(item, "title"),
                "options": options,
                "availability": values.availability(_first(item, "availability"), None, "availability", problems),
                "barcodes": [{"type": "gtin", "value": gtin}] if gtin else [],
            }
            | ({"price": price} if price else {})
            | ({"list_price": list_price} if list_price else {}),
        }

    def _prices(self, item: Item, problems: Problems) -> tuple[Document | None, Document | None]:
        """(what is paid, what is struck out): a sale price that holds now makes the price the former one."""
        regular = values.money(_first(item, "price"), self.currency, "price", problems)
        sale = values.money(_first(item, "sale_price"), self.currency, "sale_price", problems)
        if regular is None and not problems.errors:
            problems.error("price", "there is none", "write it like 15.00 USD")
        start, _, end = _first(item, "sale_price_effective_date").partition("/")
        begins, ends = (values.time(moment, "sale_price_effective_date", problems) for moment in (start, end))
        if sale and ((begins and self._now < begins) or (ends and self._now > ends)):
            sale = None
        paid, former = (sale, regular) if sale else (regular, None)
        return money_document(paid) if paid else None, money_document(former) if former else None


def _name(column: str) -> str:
    return column.strip().lower().removeprefix("g:").replace(" ", "_")


def _texts(item: Item, name: str) -> list[str]:
    return [text for value in item.get(name, ()) if isinstance(value, str) and (text := value.strip())]


def _first(item: Item, name: str) -> str:
    return next(iter(_texts(item, name)), "")


def _photos(item: Item) -> list[str]:
    more = (url.strip() for text in _texts(item, "additional_image_link") for url in text.split(","))
    return list(dict.fromkeys(filter(None, (_first(item, "image_link"), *more))))


def _categories(item: Item) -> Iterator[Document]:
    for value in _texts(item, "product_type"):
        yield {"value": value, "taxonomy": "merchant"}
    for value in _texts(item, "google_product_category"):
        yield {"value": value, "taxonomy": "google"}


def _attributes(item: Item) -> Document:
    """Google's own attributes, then the free ones of ``product_detail``, "section:name:value" or nested in XML."""
    found: Document = {name: value for name in ATTRIBUTES if (value := _first(item, name))}
    for detail in item.get("product_detail", ()):
        if isinstance(detail, dict):
            parts = [_first(detail, name) for name in ("section_name", "attribute_name", "attribute_value")]
            details = [parts]
        else:
            details = [text.strip().split(":", 2) for text in detail.split(",")]
        for parts in details:
            if len(parts) == 3 and parts[1].strip() and parts[2].strip():
                found[parts[1].strip()] = parts[2].strip()
    return found
