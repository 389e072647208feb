"""Google Merchant feeds: the same items as text and as XML are the same products."""

import gzip
from datetime import UTC, datetime

import pytest

from wares.catalog.feeds import open_feed, recognise
from wares.errors import FeedError
from wares.types import Barcode, Category, Money

COLUMNS = ["id", "title", "description", "link", "image_link", "additional_image_link", "price", "sale_price"]
COLUMNS += ["availability", "item_group_id", "color", "size", "brand", "gtin", "google_product_category"]
COLUMNS += ["product_type", "product_detail", "material"]
SHIRT = {
    "id": "S-RED-M",
    "title": "Cotton shirt, red",
    "description": "Soft &amp; light",
    "link": "https://shop.example/s",
    "image_link": "https://shop.example/red.jpg",
    "additional_image_link": "https://shop.example/back.jpg,https://shop.example/side.jpg",
    "price": "25.00 EUR",
    "sale_price": "19.90 EUR",
    "availability": "in_stock",
    "item_group_id": "S",
    "color": "Red",
    "size": "M",
    "brand": "Ada",
    "gtin": "4006381333931",
    "google_product_category": "1604",
    "product_type": "Apparel > Shirts",
    "product_detail": "General:Sleeve:Long,Care:Wash:30 °C",
    "material": "cotton",
}
BLUE = SHIRT | {
    "id": "S-BLUE-M",
    "color": "Blue",
    "image_link": "https://shop.example/blue.jpg",
    "additional_image_link": "https://shop.example/back.jpg",
    "sale_price": "",
    "availability": "out of stock",
    "gtin": "",
}
MUG = {
    "id": "M",
    "title": "Mug",
    "price": "1,234.50 EUR",
    "availability": "preorder",
    "link": "x",
    "image_link": "m.jpg",
}


def write_tsv(path, items):
    lines = ["\t".join(COLUMNS)] + ["\t".join(item.get(column, "") for column in COLUMNS) for item in items]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def element(name, value):
    if name == "product_detail":
        parts = [detail.split(":") for detail in value.split(",")]
        names = ("section_name", "attribute_name", "attribute_value")
        inner = ["".join(f"<g:{n}>{p}</g:{n}>" for n, p in zip(names, part, strict=True)) for part in parts]
        return "".join(f"<g:product_detail>{text}</g:product_detail>" for text in inner)
    if name == "additional_image_link":
        return "".join(f"<g:{name}>{url}</g:{name}>" for url in value.split(","))
    return f"<g:{name}>{value}</g:{name}>"


def write_rss(path, items):
    body = "".join(
        "<item>" + "".join(element(name, value) for name, value in item.items() if value) + "</item>\n"
        for item in items
    )
    head = '<?xml version="1.0"?>\n<rss xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title>\n'
    path.write_text(f"{head}{body}</channel></rss>", "utf-8")
    return path


def write_atom(path, items):
    def entry(item):
        inner = "".join(
            f'<link href="{value}"/>'
            if name == "link"
            else f"<{name}>{value}</{name}>"
            if name == "title"
            else element(name, value)
            for name, value in item.items()
            if value
        )
        return f"<entry>{inner}</entry>\n"

    body = "".join(map(entry, items))
    path.write_text(
        f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">{body}</feed>', "utf-8"
    )
    return path


def products(path):
    rows = list(open_feed(path))
    assert all(row.product for row in rows), rows
    return sorted((row.product for row in rows), key=lambda product: product.id)


def test_items_of_a_group_are_variants(tmp_path):
    mug, shirt = products(write_tsv(tmp_path / "feed.tsv", [SHIRT, MUG, BLUE]))
    assert mug.variants[0].price == Money(123450, "EUR")
    assert mug.variants[0].availability == "preorder"
    assert (shirt.id, shirt.brand) == ("S", "Ada")
    assert shirt.categories == (Category("Apparel > Shirts"), Category("1604", "google"))
    assert shirt.attributes == {"material": "cotton", "Sleeve": "Long", "Wash": "30 °C"}
    red, blue = shirt.variants
    assert (red.id, red.price, red.list_price) == ("S-RED-M", Money(1990, "EUR"), Money(2500, "EUR"))
    assert red.barcodes == (Barcode("gtin", "4006381333931"),)
    assert (blue.price, blue.list_price, blue.availability) == (Money(2500, "EUR"), None, "out_of_stock")
    shown = {media.url.rsplit("/", 1)[-1]: dict(media.options) for media in shirt.media}
    assert shown == {
        "red.jpg": {"color": "Red", "size": "M"},
        "back.jpg": {"size": "M"},
        "side.jpg": {"color": "Red", "size": "M"},
        "blue.jpg": {"color": "Blue", "size": "M"},
    }


@pytest.mark.parametrize("write", [write_rss, write_atom], ids=["rss", "atom"])
def test_xml_gives_the_same_products_as_text(tmp_path, write):
    items = [item | {"description": "Soft"} for item in (SHIRT, BLUE, MUG)]
    text = products(write_tsv(tmp_path / "feed.tsv", items))
    assert products(write(tmp_path / "feed.xml", items)) == text
    packed = tmp_path / "packed.xml.gz"
    packed.write_bytes(gzip.compress((tmp_path / "feed.xml").read_bytes()))
    assert products(packed) == text


def test_a_sale_price_holds_for_its_time_only(tmp_path):
    item = MUG | {"sale_price": "9 EUR", "sale_price_effective_date": "2026-01-01T00:00Z/2026-02-01T00:00Z"}
    path = write_rss(tmp_path / "feed.xml", [item])
    for moment, price in ((datetime(2026, 1, 15, tzinfo=UTC), 900), (datetime(2026, 3, 1, tzinfo=UTC), 123450)):
        (row,) = open_feed(path, format="google.v1", now=moment)
        assert row.product.variants[0].price.amount == price


def test_bad_items_are_told_by_line(tmp_path):
    items = [
        MUG,
        MUG | {"id": "N", "price": "free"},
        MUG | {"id": "O", "price": ""},
        MUG | {"id": "P", "price": "-3 EUR"},
    ]
    for path, lines in (
        (write_tsv(tmp_path / "a.tsv", items), [3, 4, 5]),
        (write_rss(tmp_path / "a.xml", items), [4, 5, 6]),
    ):
        bad = [row.problems[0] for row in open_feed(path) if row.product is None]
        assert [(problem.row, problem.field) for problem in bad] == [(line, "price") for line in lines]


def test_one_bad_variant_does_not_cost_the_others(tmp_path):
    (row,) = open_feed(write_tsv(tmp_path / "feed.tsv", [SHIRT, BLUE | {"price": "?"}]))
    assert [variant.id for variant in row.product.variants] == ["S-RED-M"]
    assert (row.problems[0].row, row.problems[0].field) == (3, "price")


def test_google_is_recognised(tmp_path):
    assert recognise(write_tsv(tmp_path / "feed.txt", [MUG])) == "google.v1"
    assert recognise(write_rss(tmp_path / "feed.xml", [MUG])) == "google.v1"


def test_broken_xml_is_told_with_its_line(tmp_path):
    path = write_rss(tmp_path / "feed.xml", [MUG, MUG | {"id": "N"}])
    path.write_text(path.read_text().replace("</item>\n</channel>", "</wrong>\n</channel>"))
    with pytest.raises(FeedError, match="line 4"):
        list(open_feed(path))
