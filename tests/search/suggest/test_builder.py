import pytest

from wares.protocols import Token
from wares.search.suggest.builder import SuggesterBuilder
from wares.types import Category, Product, Rating, Translation, Variant

WORDS = ("无线", "耳机", "蓝牙", "小米")


def tokens(text, language):
    """Words of a small dictionary, every other sign alone."""
    found, place = [], 0
    while place < len(text):
        word = next((word for word in WORDS if text.startswith(word, place)), text[place])
        found.append(Token(place, place + len(word), (word,)))
        place += len(word)
    return found


def product(id, title, category="", brand="", **fields):
    categories = (Category(category),) if category else ()
    return Product(id, title, (Variant(id, **fields.pop("variant", {})),), brand=brand, categories=categories, **fields)


def texts(builder, typed, kind="query", language="", **finish):
    suggester = builder.finish(**finish)
    return [each.text for each in suggester.suggest(typed, language, 16) if each.kind == kind]


def built(*products, **settings):
    builder = SuggesterBuilder(**settings)
    for each in products:
        builder.add(each)
    return builder


def test_word_sequences_that_products_share_are_queries():
    builder = built(product("1", "Nike running shoes"), product("2", "Puma running shoes"), product("3", "Red boots"))
    assert texts(builder, "ru") == ["running shoes"]  # "running" alone is always followed by shoes
    assert texts(builder, "boo") == []  # one product has it


def test_sequences_do_not_cross_signs_nor_end_in_stop_words():
    builder = built(*(product(str(n), "Boots for men, waterproof") for n in range(3)))
    assert texts(builder, "b") == ["boots", "boots for men"]
    assert texts(builder, "men") == ["boots for men"]  # "men" is always inside it
    assert texts(builder, "wat") == ["waterproof"]


def test_a_brand_goes_before_the_category():
    builder = built(*(product(str(n), f"Model {n}", "Shoes > Sneakers", "Nike") for n in range(2)))
    assert "nike sneakers" in texts(builder, "nike s")


def test_chinese_sequences_have_no_spaces_and_need_words():
    products = [product(str(n), "小米 无线耳机", language="zh") for n in range(3)] + [product("x", "无线耳机")]
    assert "无线耳机" in texts(built(*products, tokens=tokens), "无")
    assert texts(built(*products), "无") == []


def test_a_logged_query_needs_shoppers_and_words_that_the_catalogue_has():
    builder = built(product("1", "Blue dress"), product("2", "Summer hat"))
    for text, count in [("summer dress", 3), ("blue hat", 2), ("wedding dress", 9), ("Dresses", 4), ("hats", 4)]:
        builder.add_query(text, count)
    assert texts(builder, "summer d") == ["summer dress"]
    assert texts(builder, "blue h") == []
    assert texts(builder, "wedd") == []
    assert texts(builder, "hat") == ["hats"]


def test_a_caller_may_know_better_what_finds_something():
    builder = built(product("1", "Blue dress"))
    builder.add_query("wedding dress", 9)
    assert texts(builder, "wed", known=lambda text: text == "wedding dress") == ["wedding dress"]


@pytest.mark.parametrize(
    "text",
    [
        "ann@example.org dress",
        "ann＠example.org dress",
        "dress 138 0013 8000",
        "+1 (555) 010-9999",
        "dress 13800138000",
        "１３８００１３８０００",
    ],
)
def test_what_may_be_an_address_or_a_telephone_number_is_never_suggested(text):
    builder = built(product("1", "Dress 138 0013 8000 ann example org 1 555 010 9999 13800138000"))
    builder.add_query(text, 1000)
    assert builder._log == {}


def test_the_same_query_twice_does_not_add_up():
    builder = built(product("1", "Blue dress"))
    builder.add_query("blue dresses", 2)
    builder.add_query("Blue  Dresses", 2)  # perhaps the same two shoppers
    assert texts(builder, "blue dresse") == []


def test_logged_queries_come_before_sequences():
    builder = built(*(product(str(n), "Red shoes") for n in range(2)), *(product(f"b{n}", "Shirt") for n in range(50)))
    builder.add_query("shoes", 3)
    assert texts(builder, "sh")[0] == "shoes"


def test_signs_of_a_logged_query_are_not_shown():
    builder = built(product("1", "Dress script"))
    builder.add_query("<script>dress</script>", 5)
    assert texts(builder, "scr") == ["script dress script"]


def test_categories_have_the_path_as_target_in_every_language_and_say_their_parent_where_two_are_alike():
    chinese = {"zh": Translation("红裙", categories=("女装 > 连衣裙",))}
    builder = built(
        product("1", "Red", "Women > Dresses", language="en", translations=chinese),
        product("2", "Tee", "Women > Shirts"),
        product("3", "Tee", "Men > Shirts", translations={"zh": Translation("", categories=("男装 > 衬衫",))}),
        product("4", "Tee", "Kids > Shirts", translations={"zh": Translation("", categories=("童装 > 衬衫",))}),
    )
    suggester = builder.finish()
    assert [(each.text, each.target) for each in suggester.suggest("连衣") if each.kind == "category"] == [
        ("连衣裙", "Women > Dresses")
    ]
    assert {(each.text, each.target) for each in suggester.suggest("shir", limit=16) if each.kind == "category"} == {
        ("Shirts – Women", "Women > Shirts"),
        ("Shirts – Men", "Men > Shirts"),
        ("Shirts – Kids", "Kids > Shirts"),
    }
    assert {(each.text, each.target) for each in suggester.suggest("衬") if each.kind == "category"} == {
        ("衬衫 – 男装", "Men > Shirts"),
        ("衬衫 – 童装", "Kids > Shirts"),
    }


def test_rated_wanted_and_available_products_come_first():
    builder = SuggesterBuilder()
    builder.add(product("none", "Red cap none"))
    builder.add(product("out", "Red cap out", variant={"availability": "out_of_stock"}))
    builder.add(product("rated", "Red cap rated", rating=Rating(4.5, 100)))
    builder.add(product("wanted", "Red cap wanted"), popularity=1000)
    found = [each.target for each in builder.finish().suggest("red cap") if each.kind == "product"]
    assert found == ["wanted", "rated", "none", "out"]


def test_counting_is_bounded():
    builder = SuggesterBuilder(most_counted=100)
    for number in range(500):
        builder.add(product(str(number), f"Red hoodie a{number}b c{number}d e{number}f"))
        assert len(builder._sequences.counts) <= 100
        assert len(builder._vocabulary.counts) <= 100
    assert texts(builder, "hood") + texts(builder, "red") == ["red hoodie", "red hoodie"]


def test_very_long_texts_are_cut():
    builder = built(product("1", "Red " * 10_000, " > ".join(f"Deep{n}" for n in range(1000)), "Brand " * 1000))
    builder.add_query("red " * 1000, 100)
    assert [len(each.text) for each in builder.finish().suggest("red") if each.kind == "product"] == [199]
    assert texts(builder, "deep", "category") == []
