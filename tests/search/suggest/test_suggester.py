import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wares.errors import CorruptIndex
from wares.search.suggest.builder import SuggesterBuilder
from wares.search.suggest.folding import fold, split
from wares.search.suggest.suggester import Suggester
from wares.types import Category, Product, Suggestion, Variant

TITLES = {
    "hoodie": ("Red hoodie", "Men > Hoodies"),
    "runner": ("Nike Women Running Shoes Blue", "Women > Shoes"),
    "trainer": ("Nike Men Running Shoes Black", "Men > Shoes"),
    "tee": ("Café T-Shirt", "Men > Shirts"),
    "dress": ("碎花連衣裙", "女装 > 连衣裙"),
    "phones": ("无线耳机 重庆 Nike", "数码 > 耳机"),
}


def built(titles):
    builder = SuggesterBuilder()
    for id, (title, category) in titles.items():
        builder.add(Product(id, title, (Variant(id),), categories=(Category(category),) if category else ()))
    return builder.finish()


@pytest.fixture(scope="module")
def suggester():
    return built(TITLES)


def found(suggester, typed, kind, language=""):
    return [each.target or each.text for each in suggester.suggest(typed, language, 16) if each.kind == kind]


@pytest.mark.parametrize(
    ("typed", "product"),
    [
        ("hood", "hoodie"),
        ("RED H", "hoodie"),
        ("ｈｏｏ", "hoodie"),
        ("cafe", "tee"),
        ("shirt", "tee"),
        ("t-sh", "tee"),
        ("连衣", "dress"),
        ("連衣", "dress"),
        ("衣裙", "dress"),
        ("lianyi", "dress"),
        ("lian yi", "dress"),
        ("lyq", "dress"),
        ("suihualianyiqun", "dress"),
        ("chongq", "phones"),
        ("耳机重", "phones"),
    ],
)
def test_a_product_is_found_by_the_beginning_of_any_word_in_words_and_in_pinyin(suggester, typed, product):
    assert product in found(suggester, typed, "product")


@pytest.mark.parametrize(
    ("typed", "product"),
    [
        ("hoddie", "hoodie"),
        ("hodie", "hoodie"),
        ("hoo die", None),
        ("runnign", "runner"),
        ("rnning shoes bl", "runner"),
    ],
)
def test_one_letter_may_be_wrong_in_words_of_four_or_more(suggester, typed, product):
    products = found(suggester, typed, "product")
    assert (product in products) if product else (products == [])


def test_short_words_are_not_corrected(suggester):
    assert suggester.suggest("rde") == ()


def test_what_begins_as_typed_hides_other_spellings(suggester):
    assert found(suggester, "red", "product") == ["hoodie"]


def test_words_may_stand_apart(suggester):
    assert found(suggester, "nike blue sho", "product") == ["runner"]
    assert found(suggester, "nike blue sho", "query") == ["nike blue shoes"]
    assert suggester.suggest("nike hood") == ()
    assert suggester.suggest("runn nike") == ()  # only the last word may be unfinished
    assert found(suggester, "连衣裙碎花", "product") == ["dress"]
    assert found(suggester, "连衣裙耳机", "product") == []


def test_a_category_that_is_not_shown_does_not_hide_a_query():
    titles = {str(n): (f"Cap {n}", f"Caps > Caps model {n % 10}") for n in range(20)} | {"x": ("Cap", "Capes")}
    builder = SuggesterBuilder()
    for id, (title, category) in titles.items():
        builder.add(Product(id, title, (Variant(id),), categories=(Category(category),)))
    builder.add_query("capes", 5)
    suggestions = builder.finish().suggest("ca")
    assert next(each.text for each in suggestions if each.kind == "query") == "capes"


def test_chinese_shops_take_letters_for_pinyin_first():
    suggester = built({"silk": ("Sichuan silk", ""), "four": ("四川丝绸", "")})
    assert found(suggester, "sichuan", "product", "zh") == ["four", "silk"]
    assert found(suggester, "sichuan", "product", "en") == ["silk", "four"]


def test_the_page_is_mixed_and_has_no_doubles():
    titles = {str(n): (f"Sandals model {n}", f"Shoes > Sandals {n}") for n in range(20)}
    suggestions = built({**titles, "x": ("Sandals model 3", "")}).suggest("sand", limit=8)
    assert [each.kind for each in suggestions] == ["category"] * 2 + ["query"] + ["product"] * 5
    assert len({(each.kind, each.target) for each in suggestions}) == 8
    assert len({fold(each.text) for each in suggestions}) == 8


def test_what_is_typed_in_full_is_no_query(suggester):
    assert "running shoes" in found(suggester, "running s", "query")
    assert "running shoes" not in found(suggester, "running shoes", "query")


def test_what_is_gone_is_left_out(suggester):
    assert suggester.suggest("hood", known=lambda each: each.target != "hoodie" and each.kind != "category") == ()


@pytest.mark.parametrize(
    "typed", ["", " ", "\n", "\ud800", "😀", "-", "\0", "'" * 1000, "x" * 10**6, "é" * 500, "连" * 500]
)
@pytest.mark.parametrize("limit", [-1, 0, 1, 10**9])
def test_any_typing_is_survived(suggester, typed, limit):
    assert len(suggester.suggest(typed, "zh", limit)) <= max(0, min(limit, 16))


words = st.text(alphabet="abé红连 -", min_size=1, max_size=6)
catalogues = st.lists(st.lists(words, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=8)


@settings(deadline=None)
@given(catalogues, st.data())
def test_every_beginning_of_every_word_finds_something_that_has_it(titles, data):
    suggester = built({str(number): (title, "") for number, title in enumerate(titles)})
    title = data.draw(st.sampled_from(titles))
    parts = [word.folded for word in split(title)]
    if not parts:
        return
    word = data.draw(st.sampled_from(parts))
    typed = word[: data.draw(st.integers(1, len(word)))]
    suggestions = suggester.suggest(typed)
    assert suggestions
    # beside Chinese, letters are pinyin, where spaces do not count
    plain = fold(typed).replace(" ", "")
    assert all(plain in fold(each.text).replace(" ", "") for each in suggestions)


@settings(deadline=None, max_examples=30)
@given(catalogues, st.text(alphabet="abé红连 lhn", max_size=5))
def test_a_saved_suggester_says_the_same(titles, typed):
    import tempfile
    from pathlib import Path

    suggester = built({str(number): (title, "A > B") for number, title in enumerate(titles)})
    with tempfile.TemporaryDirectory() as folder:
        suggester.save(Path(folder) / "suggestions")
        loaded = Suggester.load(Path(folder) / "suggestions")
        assert loaded.suggest(typed, "zh") == suggester.suggest(typed, "zh")
        assert loaded.suggest(typed) == suggester.suggest(typed) == suggester.suggest(typed)


def test_an_empty_shop_suggests_nothing_and_is_saved(tmp_path):
    SuggesterBuilder().finish().save(tmp_path / "s")
    assert Suggester.load(tmp_path / "s").suggest("reds") == ()
    (tmp_path / "s").write_bytes(b"else")
    with pytest.raises(CorruptIndex):
        Suggester.load(tmp_path / "s")


def test_a_suggestion_tells_its_target(suggester):
    assert Suggestion("product", "Red hoodie", "hoodie", 1.0) in suggester.suggest("red")
    assert [each.target for each in suggester.suggest("hoodi") if each.kind == "category"] == ["Men > Hoodies"]
