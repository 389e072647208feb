"""Shopify exports of both vintages say the same."""
# ruff: noqa: E501

import csv

import pytest

from wares.catalog.feeds import open_feed, recognise
from wares.errors import FeedError
from wares.types import Barcode, Category, Money, Quantity

OLD = {
    "handle": "Handle", "title": "Title", "body": "Body (HTML)", "vendor": "Vendor", "category": "Product Category",
    "type": "Type", "tags": "Tags", "published": "Published", "o1n": "Option1 Name", "o1v": "Option1 Value",
    "o2n": "Option2 Name", "o2v": "Option2 Value", "sku": "Variant SKU", "grams": "Variant Grams",
    "tracker": "Variant Inventory Tracker", "qty": "Variant Inventory Qty", "policy": "Variant Inventory Policy",
    "price": "Variant Price", "compare": "Variant Compare At Price", "barcode": "Variant Barcode", "image": "Image Src",
    "alt": "Image Alt Text", "vimage": "Variant Image", "status": "Status",
    "material": "Fabric (product.metafields.shopify.fabric-kind)", "ca": "Price / Canada",
    "ca_compare": "Compare At Price / Canada", "cost": "Cost per item",
}  # fmt: skip
NEW = OLD | {
    "handle": "URL handle", "body": "Description", "category": "Product category", "published": "Published on online store",
    "o1n": "Option1 name", "o1v": "Option1 value", "o2n": "Option2 name", "o2v": "Option2 value", "sku": "SKU",
    "grams": "Weight value (grams)", "tracker": "Inventory tracker", "qty": "Inventory quantity",
    "policy": "Continue selling when out of stock", "price": "Price", "compare": "Compare-at price", "barcode": "Barcode",
    "image": "Product image URL", "alt": "Image alt text", "vimage": "Variant image URL",
}  # fmt: skip

ROWS = [
    {
        "handle": "tee", "title": "Tee", "body": "<p>Soft <b>tee</b></p>", "vendor": "Ada", "type": "Shirts",
        "category": "Apparel & Accessories > Clothing", "tags": "summer, new", "published": "TRUE", "status": "active",
        "o1n": "Color", "o1v": "Red", "o2n": "Size", "o2v": "S", "sku": "T-R-S", "grams": "150", "tracker": "shopify",
        "qty": "3", "policy": "deny", "price": "20.00", "compare": "25.00", "barcode": "'4006381333931",
        "image": "https://cdn.example/red.jpg", "alt": "red tee", "vimage": "https://cdn.example/red.jpg",
        "material": "cotton; linen", "ca": "28.00", "ca_compare": "34.00", "cost": "4.20",
    },
    {"handle": "tee", "o1v": "Blue", "o2v": "S", "sku": "T-B-S", "tracker": "shopify", "qty": "0", "policy": "deny",
     "price": "21.00", "image": "https://cdn.example/blue.jpg", "vimage": "https://cdn.example/blue.jpg"},
    {"handle": "mug", "title": "Mug", "o1n": "Title", "o1v": "Default Title", "price": "9.00", "status": "active"},
    {"handle": "tee", "image": "https://cdn.example/back.jpg", "alt": "back"},
    {"handle": "tee", "o1v": "Red", "o2v": "M", "tracker": "shopify", "qty": "0", "policy": "continue", "price": "20"},
    {"handle": "secret", "title": "Secret", "price": "1", "status": "draft"},
]  # fmt: skip


def write(path, names, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(names.values()))
        writer.writeheader()
        for row in rows:
            fields = dict(row)
            if names is NEW and "policy" in fields:
                fields["policy"] = "TRUE" if fields["policy"] == "continue" else "FALSE"
            writer.writerow({names[name]: value for name, value in fields.items()})
    return path


@pytest.fixture(params=[OLD, NEW], ids=["old", "new"])
def path(request, tmp_path):
    return write(tmp_path / "products.csv", request.param, ROWS)


def test_rows_of_a_handle_are_a_product(path):
    rows = list(open_feed(path, currency="USD"))
    tee, mug = (row.product for row in rows if row.product)
    assert (tee.id, tee.title, tee.brand, tee.tags) == ("tee", "Tee", "Ada", ("summer", "new"))
    assert tee.categories == (Category("Shirts"), Category("Apparel & Accessories > Clothing", "shopify"))
    assert tee.attributes == {"fabric_kind": ("cotton", "linen"), "weight": Quantity(150.0, "g")}
    red, blue, medium = tee.variants
    assert (red.id, red.price, red.list_price, red.stock) == ("T-R-S", Money(2000, "USD"), Money(2500, "USD"), 3)
    assert red.barcodes == (Barcode("gtin", "4006381333931"),)
    assert dict(red.options) == {"color": "Red", "size": "S"}
    assert (blue.availability, medium.availability) == ("out_of_stock", "backorder")
    assert dict(medium.options) == {"color": "Red", "size": "M"}
    shown = {media.url.rsplit("/", 1)[-1]: dict(media.options) for media in tee.media}
    assert shown["blue.jpg"] == {"color": "Blue", "size": "S"}
    assert shown["back.jpg"] == {}
    assert tee.media[0].alt == "red tee"
    assert (mug.variants[0].id, dict(mug.variants[0].options), mug.variants[0].stock) == ("mug-1", {}, None)


def test_what_a_merchant_does_not_sell_is_left_out_and_is_no_mistake(path):
    (row,) = (row for row in open_feed(path, currency="USD") if row.product is None)
    assert row.left_out
    assert row.number == 7


def test_what_the_merchant_paid_stays_with_him(path):
    assert "4.2" not in str([row.product for row in open_feed(path, currency="USD")])


def test_a_market_has_its_own_prices(path):
    tee = next(
        row.product for row in open_feed(path, format="shopify.v1", currency="CAD", market="Canada") if row.product
    )
    assert [(v.price.amount, v.list_price and v.list_price.amount) for v in tee.variants] == [
        (2800, 3400),
        (2100, None),
        (2000, None),
    ]
    with pytest.raises(FeedError, match="Canada"):
        list(open_feed(path, format="shopify.v1", currency="CAD", market="Mars"))


def test_shopify_is_recognised(path):
    assert recognise(path) == "shopify.v1"


def test_a_product_without_a_price_is_told_by_line(tmp_path):
    rows = [ROWS[2], {"handle": "x", "title": "X", "sku": "X1"}]
    bad = [row for row in open_feed(write(tmp_path / "a.csv", NEW, rows), currency="USD") if row.product is None]
    assert [(problem.row, problem.field) for row in bad for problem in row.problems] == [(3, "Price")]
