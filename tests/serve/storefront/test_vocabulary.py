import pytest

from wares.serve.storefront.messages import Messages
from wares.serve.storefront.vocabulary import Vocabulary
from wares.types import Product, Translation, Variant

EN, ZH = Messages("en"), Messages("zh")
MUG = Product(
    "mug",
    "Mug",
    (Variant("v"),),
    language="en",
    attributes={"material": "stoneware", "color": ("Sage", "Oak"), "care": ("oven", "freezer"), "sizes": 3.0},
    translations={
        "zh-CN": Translation(attributes={"material": "粗陶", "color": ("鼠尾草绿", "原木色"), "care": ("烤箱",)})
    },
)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("material", "stoneware", "粗陶"),
        ("material", "glass", ""),
        ("color", "Oak", "原木色"),
        ("care", "oven", ""),
        ("sizes", "3", ""),
        ("brand", "Kiln", ""),
    ],
)
def test_a_product_says_what_its_values_are_called(field, value, expected):
    assert MUG.called(field, value, "zh") == expected
    assert MUG.called(field, value, "fr") == ""


def test_a_value_is_learned_once_and_only_where_it_is_needed():
    asked = []

    def example(field, value):
        asked.append((field, value))
        return MUG if value != "glass" else None

    names = Vocabulary(example)
    for _ in range(2):
        assert names.name("material", "stoneware", ZH) == "粗陶"
        assert names.name("material", "glass", ZH) == "glass"
        assert names.name("color", "Oak", ZH) == "原木色"
        assert names.name("color", "Blue", ZH) == "蓝色"
        assert names.name("photo_color", "red", EN) == "Red"
    assert asked == [("material", "stoneware"), ("material", "glass"), ("color", "Oak"), ("color", "Blue")]
    assert names.name("material", "stoneware", EN) == "stoneware"
    assert names.name("material", "粗陶", ZH) == "粗陶"
    assert names.name("category", "Home > Mugs", ZH) == "Mugs"
    assert names.name("on_sale", "true", ZH) == "是"
    assert names.name("size", "42", ZH) == "42"
    assert len(asked) == 4
