from datetime import UTC, datetime

import numpy as np
import pytest

from wares.index.entries import entry, schema
from wares.index.exact import ExactIndex
from wares.protocols import IndexQuery
from wares.types import (
    Barcode,
    Between,
    Category,
    Media,
    Money,
    OneOf,
    Product,
    Quantity,
    Rating,
    Translation,
    Variant,
)


class PlainAnalyzer:
    """Splits at spaces; marks Chinese terms so that the language that was passed can be seen."""

    fingerprint = "plain"

    def terms(self, text, language=""):
        return [f"{word}@zh" if language == "zh" else word for word in text.lower().split()]


def hoodie():
    return Product(
        id="h1",
        title="Warm Hoodie",
        language="en",
        brand="Luma",
        description="Soft fleece",
        categories=(Category("Women > Tops"),),
        tags=("new", "new"),
        attributes={
            "material": "Cotton",
            "weight": Quantity(400, "g"),
            "washable": True,
            "style": ("casual", "sport"),
            "price": "x",
        },
        rating=Rating(8, 12, 10),
        created=datetime(2026, 1, 1, tzinfo=UTC),
        translations={"zh": Translation("保暖 卫衣", "柔软", ("女装 > 上衣",), {"材质": "棉"})},
        media=(
            Media("all.jpg", sha256="a"),
            Media("red.jpg", options={"Color": "Red"}, sha256="b"),
            Media("lost.jpg"),
            Media("clip.mp4", "video", sha256="c"),
        ),
        variants=(
            Variant("h1-r", price=Money(4500, "EUR"), list_price=Money(6000, "EUR"), options={"Color": "Red"}, stock=0),
            Variant(
                "h1-b",
                price=Money(5000, "EUR"),
                options={"Color": "Blue"},
                barcodes=(Barcode("gtin", "00012345678905"),),
                media=(Media("blue.jpg", sha256="d"),),
            ),
        ),
    )


@pytest.fixture
def built():
    vectors = {"text": np.eye(2, dtype=np.float32), "image": np.eye(3, dtype=np.float32)}
    return entry(hoodie(), PlainAnalyzer(), vectors, {"photo_color": ("red", "blue")})


def test_all_languages_go_into_the_same_fields(built):
    assert built.terms["title"] == ("warm", "hoodie", "保暖@zh", "卫衣@zh")
    assert built.terms["category"] == ("women", "tops", "女装@zh", "上衣@zh")
    assert built.terms["description"] == ("soft", "fleece", "柔软@zh")
    assert built.terms["attributes"] == ("cotton", "400", "g", "washable", "casual", "sport", "x", "棉@zh")
    assert built.terms["options"] == ("red", "blue")
    assert built.terms["codes"] == ("h1", "h1-r", "h1-b", "00012345678905")


def test_product_columns(built):
    assert built.columns == {
        "category": ("Women > Tops", "女装 > 上衣"),
        "brand": "Luma",
        "tag": ("new",),
        "rating": 4.0,
        "reviews": 12.0,
        "created": 1767225600.0,
        "available": True,
        "material": "Cotton",
        "weight": 400,
        "washable": True,
        "style": ("casual", "sport"),
        "photo_color": ("red", "blue"),
    }


def test_variant_columns(built):
    red, blue = built.variants
    assert red.columns == {
        "color": "Red",
        "in_stock": False,
        "sku": "h1-r",
        "code": ("h1", "h1r"),
        "price": 4500.0,
        "on_sale": True,
        "list_price": 6000.0,
        "stock": 0.0,
    }
    assert blue.columns["gtin"] == ("00012345678905",)
    assert blue.columns["in_stock"] is True
    assert blue.columns["on_sale"] is False


def test_a_variant_is_found_by_its_options_in_every_language():
    product = Product(
        "1",
        "Shoe",
        (Variant("a", options={"Color": "Red"}), Variant("b", options={"Color": "Blue"})),
        attributes={"color": ("Blue", "Red")},
        translations={"zh": Translation("鞋", attributes={"color": ("蓝色", "红色")})},
    )
    red, blue = entry(product, PlainAnalyzer(), {}).variants
    assert "红色@zh" in red.terms
    assert "蓝色@zh" in blue.terms
    assert "红色@zh" not in blue.terms


def test_photos_that_show_a_variant(built):
    """Fetched photos are all.jpg, red.jpg, blue.jpg in this order."""
    red, blue = built.variants
    assert red.rows == {"image": (0, 1)}
    assert blue.rows == {"image": (0, 2)}


def test_what_is_absent_is_absent():
    plain = entry(Product("p", "Mug", (Variant("p"),)), PlainAnalyzer(), {"text": np.zeros((0, 2), np.float32)})
    assert plain.columns == {"available": True}
    assert plain.variants[0].columns == {"in_stock": True, "sku": "p", "code": ("p",)}
    assert plain.terms == {"title": ("mug",), "codes": ("p",)}
    assert plain.vectors == {}


def test_it_is_found_by_what_it_has(built):
    index = ExactIndex(schema({"text": 2, "image": 3}))
    index.upsert([built])
    found = index.search(IndexQuery(("卫衣@zh",), filters=(OneOf("color", ("Red",)), Between("price", 4000, 4800))))
    assert found.passing.tolist() == [True]
    assert index.variants(found, found.rows) == ("h1-r",)
    assert index.values(found.rows, "price").tolist() == [4500.0]
