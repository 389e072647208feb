from wares.encode.listing import group, texts
from wares.types import Category, Money, Product, Quantity, Translation, Variant


def product(**fields: object) -> Product:
    variants = (Variant("v1", options={"Color": "Red"}), Variant("v2", options={"Color": "Blue"}))
    return Product(**{"id": "p1", "title": "Chaz Hoodie", "variants": variants, "language": "en", **fields})  # type: ignore[arg-type]


def test_the_text_names_the_thing_before_it_describes_it() -> None:
    listed = product(
        brand="Luma",
        categories=(Category("Men > Tops > Hoodies"),),
        attributes={
            "material": ("Wool", "Fleece"), "volume": Quantity(175.0, "ml"), "new": "Yes", "sku_number": 12.0,
            "waterproof": True, "washable": False, "long": "x" * 200,
        },
        description="Warm  and\nsoft.",
    )  # fmt: skip
    assert texts(listed) == {
        "en": "Chaz Hoodie. Luma. Hoodies, Tops, Blue, Red, Wool, Fleece, volume 175 ml, waterproof. Warm and soft"
    }


def test_a_brand_in_the_title_is_not_said_twice() -> None:
    assert texts(product(title="Luma Hoodie", brand="LUMA"))["en"] == "Luma Hoodie. Blue, Red"


def test_every_language_has_its_text() -> None:
    chinese = Translation("连帽衫", "柔软。", ("男装 > 上衣",), {"材质": "羊毛"})
    listed = product(translations={"zh": chinese, "de": Translation()}, variants=(Variant("v", price=Money(1, "EUR")),))
    assert texts(listed) == {"en": "Chaz Hoodie", "zh": "连帽衫. 上衣, 男装, 羊毛. 柔软"}


def test_a_product_without_words_has_no_text() -> None:
    assert texts(product(title="\u200b", variants=(Variant("v"),))) == {}


def test_lookalikes_share_a_group() -> None:
    assert group(product(title="Hoodie, Chaz 2")) == group(product(title="chaz hoodie (1)"))
    assert group(product(title="Chaz Shirt")) != group(product())
    assert group(product(title="123")) == "p1"
