import math

import pytest

from wares.serve.storefront import view
from wares.serve.storefront.messages import Messages
from wares.types import Hit, Money, Product, Rating, Translation, Variant

EN, ZH = Messages("en"), Messages("zh")


def test_texts_are_in_the_readers_language_where_there_are_any(shop):
    mug = shop.products["mug"]
    assert view.told(mug, "zh").title == "粗陶马克杯"
    assert view.told(mug, "en").title == "Stoneware Mug"
    plate = view.told(shop.products["plate"], "zh")
    assert (plate.title, plate.language) == ("Dinner Plate 0", "en")
    half = Product("p", "Mug", (Variant("v"),), "Warm.", "en", translations={"zh-Hans": Translation("杯子")})
    assert view.told(half, "zh").description == "Warm."


def test_the_photo_is_of_the_variant(shop):
    mug = shop.products["mug"]
    red, blue = (view.cover(mug, view.chosen_variant(mug, id)) for id in ("MUG-R-S", "MUG-B-L"))
    assert (red.url, blue.url) == ("red.png", "blue.png")


@pytest.mark.parametrize(
    ("now", "before", "saved"),
    [(1900, 2500, "24%"), (1900, 1900, ""), (1900, 1000, ""), (1900, None, "")],
)
def test_a_list_price_shows_only_where_it_is_higher(now, before, saved):
    variant = Variant("v", price=Money(now, "USD"), list_price=Money(before, "USD") if before else None)
    assert view.price(variant, EN).saved == saved


def test_absent_is_absent():
    assert view.price(Variant("v"), EN) is None
    assert view.stars(None, EN) is None
    assert view.stars(Rating(0.0, 0), EN) is None
    assert view.relevance(Hit("p", "v", 1.0), EN) == ""


def test_ratings_of_another_scale_become_stars_of_five():
    assert view.stars(Rating(9.0, 3, 10.0), EN).value == 4.5
    assert view.stars(Rating(math.pi, 3), ZH).label == "3.1 分（满分 5 分）"


@pytest.mark.parametrize(
    ("availability", "stock", "label", "buyable"),
    [
        ("in_stock", None, "In stock", True),
        ("in_stock", 3, "Only 3 left", True),
        ("in_stock", 0, "Out of stock", False),
        ("preorder", 0, "Pre-order", True),
        ("discontinued", 7, "No longer made", False),
    ],
)
def test_stock_in_words(availability, stock, label, buyable):
    told = view.stock(Variant("v", availability=availability, stock=stock), EN)
    assert (told.label, told.buyable) == (label, buyable)


def test_only_colours_that_can_be_painted_have_a_swatch():
    assert view.swatch("Color", "Sky Blue") == "sky-blue"
    assert view.swatch("color", "Heliotrope") == ""
    assert view.swatch("brand", "Red") == ""
