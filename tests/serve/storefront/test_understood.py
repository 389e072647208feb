from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.serve.storefront.address import Address
from wares.serve.storefront.messages import Messages
from wares.serve.storefront.understood import Reader, spelling
from wares.serve.storefront.vocabulary import Vocabulary
from wares.types import AllOf, AnyOf, Between, Chip, Correction, Near, Not, OneOf, Says

EN, ZH = Messages("en"), Messages("zh")
NAMES = Vocabulary(lambda field, value: None)
ENGLISH, CHINESE = Reader("EUR", EN, NAMES), Reader("EUR", ZH, NAMES)


@pytest.mark.parametrize(
    ("filter", "english", "chinese"),
    [
        (Between("price", None, 8000), "Price ≤ €80.00", "价格 ≤ €80.00"),
        (Between("price", 1000, None), "Price ≥ €10.00", "价格 ≥ €10.00"),
        (Between("price", 1000, 8000), "Price €10.00 – €80.00", "价格 €10.00 – €80.00"),
        (Between("price", 8000, 8000), "Price: €80.00", "价格：€80.00"),
        (Between("capacity", 348.25, 351.75), "Capacity ≈ 350", "容量 ≈ 350"),
        (Between("rating", 4.0, None), "Rating ≥ 4", "评分 ≥ 4"),
        (OneOf("color", ("red", "blue")), "Colour: Red or Blue", "颜色：红色或蓝色"),
        (OneOf("brand", tuple("abcde")), "Brand: a or b or c or …", "品牌：a或b或c或…"),
        (OneOf("on_sale", ("true",)), "On sale", "特价"),
        (OneOf("category", ("Home > Mugs", "家居 > 杯子")), "Category: Mugs", "分类：杯子"),
        (Near("place", 1.0, 2.0, 5.0), "within 5 km", "5 公里以内"),
        (Not(Says(("皮",))), "without 皮", "不含皮"),
        (AllOf((Between("price", 1, None), OneOf("x", ("y",)))), "Price ≥ €0.01 and X: y", "价格 ≥ €0.01且X：y"),
    ],
)
def test_filters_in_words(filter, english, chinese):
    assert ENGLISH.meaning(filter) == english
    assert CHINESE.meaning(filter) == chinese


def test_what_is_not_wanted_is_told_as_it_was_said():
    batteries = Chip("without:batteri", "without", "without batteries", Says(("batteri",)))
    free = AllOf((Says(("皮",)), Not(Says(("不含", "皮")))))
    leather = Chip("without:皮", "without", "不要皮的", AnyOf((free, OneOf("material", ("leather",)))))
    [first, second] = ENGLISH.chips([batteries, leather], Address(text="x"))
    assert (first.meaning, second.meaning) == ("without batteries", "without 皮")
    assert second.label == "Do not leave out “不要皮的” (without 皮)"
    assert CHINESE.chips([leather], Address())[0].meaning == "不含皮"


@given(st.lists(st.text(min_size=1, max_size=20), unique=True, max_size=8), st.data())
def test_a_chip_taken_away_adds_exactly_its_key(keys, data):
    address = Address(text="mug", sort="price", page=3)
    for key in data.draw(st.permutations(keys)):
        [chip] = ENGLISH.chips([Chip(key, "filter", "w", OneOf("a", ("b",)))], address)
        after = Address.parse(parse_qsl(urlsplit(chip.href).query), "EUR")
        assert after == address.but(dropped=(*address.dropped, key))
        address = after


def test_another_spelling_is_offered_or_can_be_undone():
    address = Address(text="stonwear mug", sort="price", dropped=("x",), page=2)
    offered = spelling(Correction("stoneware mug", "stonwear mug"), address)
    assert (offered.applied, offered.href) == (False, "/?q=stoneware+mug&sort=price")
    applied = spelling(Correction("stoneware mug", "stonwear mug", applied=True), address)
    assert (applied.applied, applied.href) == (True, "/?q=stonwear+mug&sort=price&literal=1")
    assert spelling(None, address) is None
