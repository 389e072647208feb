import pytest

from search.small_catalogue import ANALYZER, entities, products
from wares.errors import CorruptIndex
from wares.search.intents.entities import Entities
from wares.search.intents.naming import EntitiesBuilder
from wares.types import Category, Product, Quantity, Variant

KNOWN = entities(products())


def test_a_brand_is_sure_where_its_word_stands_for_it():
    (nike,), (following,), (apple,) = (KNOWN.brands(word) for word in ("nike", "next", "apple"))
    assert nike.sure
    assert nike.values == ("Nike",)
    assert not following.sure
    # 9 lamps and 4 dresses say "next", 4 of them are of the brand: (4 + 1) / (13 + 1), less one that a boot lacks
    assert following.share == pytest.approx((following.count + 1) / (following.count + 9 + 1), abs=1e-3)
    assert not apple.sure


def test_names_of_both_languages_mean_the_same_value():
    assert KNOWN.named("woman")[0].values == KNOWN.named("女 士")[0].values == ("Women",)
    assert KNOWN.named("female")[0].values == KNOWN.named("女 款")[0].values == ("Women",)


def test_a_category_is_its_path_and_all_languages_have_theirs():
    assert KNOWN.named("boot")[0].values == ("Shoes > Boots",)
    assert KNOWN.named("靴 子")[0].values == ("鞋 > 靴子",)
    assert KNOWN.named("shoe")[0].values == ("Shoes",)


def test_coverage_and_columns():
    assert KNOWN.coverage("gender") == pytest.approx(30 / len(products()))
    assert KNOWN.coverage("nothing like it") == 0
    assert KNOWN.amounts("cm", 37.5) == ()
    assert KNOWN.amounts("cm", 38.1) == ("screen",)
    assert [*KNOWN.sizes()["size"]["eu 42"]] == ["EU 42"]


def test_free_text_and_ids_are_no_names():
    builder = EntitiesBuilder(ANALYZER)
    for at in range(100):
        attributes = {"serial": f"no {at} here", "story": "x " * 50, "kind": "Lamp", "stock": "yes"}
        builder.add(Product(f"p{at}", "Lamp", (Variant(f"p{at}"),), attributes=attributes))
    known = builder.finish()
    assert known.named("no 7 here") == ()
    assert known.named("yes") == ()
    assert known.named("lamp")[0].column == "kind"


def test_values_are_bounded():
    builder = EntitiesBuilder(ANALYZER)
    for at in range(25_000):
        builder.add(Product(f"p{at}", "", (Variant(f"p{at}"),), categories=(Category(f"c{at} x"),)))
    assert len(builder._counts["category"]) == 20_000


def test_what_is_saved_is_loaded(tmp_path):
    KNOWN.save(tmp_path / "entities.json")
    loaded = Entities.load(tmp_path / "entities.json")
    assert loaded.named("woman") == KNOWN.named("woman")
    assert loaded.sizes() == KNOWN.sizes()
    (tmp_path / "entities.json").write_bytes(b"{}")
    with pytest.raises(CorruptIndex):
        Entities.load(tmp_path / "entities.json")


def test_an_amount_is_that_of_the_column_which_titles_mean():
    builder = EntitiesBuilder(ANALYZER)
    for at in range(1, 9):
        attributes = {"length": Quantity(100.0 * at, "cm"), "package width": Quantity(20.0, "cm")}
        builder.add(Product(f"p{at}", f"Cable {at} m", (Variant(f"p{at}"),), attributes=attributes))
    known = builder.finish()
    assert known.amounts("cm", 200) == ("length",)
    assert known.amounts("cm", 20) == ()
