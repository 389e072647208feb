import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wares.encode.plain import JOINING
from wares.encode.words import MAX_WORD, STOP_WORDS, WordsAnalyzer
from wares.registry import create
from wares.testing import check_analyzer

words = WordsAnalyzer()


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Red dresses for the women", ["red", "dress", "woman"]),
        ("红色nike跑鞋", ["红色", "nike", "跑鞋", "鞋"]),
        ("連衣裙", ["连衣", "衣裙", "连衣裙", "裙"]),
        ("显瘦", ["显", "显瘦", "瘦"]),
        ("DC-40X", ["dc40x", "dc", "40x"]),
        ("B07XYZ", ["b07xyz"]),
        ("USB-C", ["usbc", "usb", "c"]),
        ("iphone15", ["iphone15", "iphon", "15"]),
        ("1,299.00", ["1299.00"]),
        ("1920×1080", ["1920x1080", "1920", "1080"]),
        ("2x500g", ["2x500", "2", "500", "500g"]),
        ("5-in-1", ["5in1", "5", "1"]),
        ("iphone 15 in black", ["iphon", "15", "black"]),
        ("L'Oréal crème", ["loreal", "l", "oreal", "creme"]),
        ("H&M t-shirt", ["hm", "h", "m", "tshirt", "t", "shirt"]),
        ("イヤホン", ["イヤ", "ヤホ", "ホン"]),
        ("이어폰", ["이어", "어폰"]),
        ("the", ["the"]),
        ("— !?", []),
    ],
)
def test_terms_worked_by_hand(text: str, terms: list[str]) -> None:
    assert words.terms(text) == terms


@pytest.mark.parametrize(
    "same",
    [
        ("175ml", "175 ml", "175毫升", "１７５ＭＬ", "175-ml"),
        ("13.3-inch", '13.3"', "13.3英寸", "13.3 inches", "13.3in", "13,3 inch"),
        ("紅色電腦", "红色电脑"),
        ("running shoes", "Run shoe", "RUNNING SHOES"),
        ("Levi's", "levis", "LEVI’S"),
        ("jewellery colour", "jewelry color"),
        ("Nike", "Nіkе", "N\u200bike", "\u202eNike\u202c", "ｎｉｋｅ"),
        ("crème", "cre\u0300me", "creme"),
        ("DC-40X", "dc40x"),
        ("wh1000xm5", "WH-1000XM5"),
    ],
)
def test_spellings_of_one_thing_give_the_same_terms(same: tuple[str, ...]) -> None:
    assert len({tuple(words.terms(text)) for text in same}) == 1


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("dress", "Floral summer dresses"),
        ("run shoe", "Men's Running Shoes"),
        ("t shirt", "Cotton T-Shirt"),
        ("tshirt", "Cotton T-Shirt"),
        ("usb c cable", "USB-C cable 2m"),
        ("wh 1000xm5", "Sony WH-1000XM5"),
        ("iphone 15", "Case for iPhone15"),
        ("裙子", "夏季新款韩版显瘦碎花连衣裙女"),
        ("连衣裙", "夏季新款韩版显瘦碎花連衣裙女"),
        ("韩版", "夏季新款韩版显瘦碎花连衣裙女"),
        ("鞋子", "运动鞋男透气"),
        ("500 g", "Coffee 2x500g"),
    ],
)
def test_a_query_meets_the_title(query: str, title: str) -> None:
    assert set(words.terms(query)) & set(words.terms(title))


@pytest.mark.parametrize(("query", "title"), [("手机", "蓝牙耳机"), ("men", "women"), ("shoe", "shoulder bag")])
def test_what_only_looks_alike_does_not_meet(query: str, title: str) -> None:
    assert not set(words.terms(query)) & set(words.terms(title))


def test_every_word_of_a_chinese_query_is_in_a_title_that_repeats_it() -> None:
    for query in ("韩版", "连衣裙", "显瘦", "充电宝", "手机壳"):
        assert set(words.terms(query)) <= set(words.terms(f"新款{query}，包邮"))


def test_the_language_names_the_stemmer() -> None:
    assert words.terms("Schuhe", "de-DE") == words.terms("Schuh", "de") != words.terms("Schuhe", "en")


@pytest.mark.parametrize(
    "hostile",
    [
        *("a" * 10**6, "1," * 10**6, "1" * 10**5 + "ml", "红" * 10**5, "a\u0301" * 10**5, "\u05b0\u0f39" * 10**5),
        *("a.b-" * 10**5, "ﷺ" * 10**5, "'" * 10**5 + "a", "\ud800" * 10**5, "\u200b" * 10**5 + "a", "[" * 10**5),
        *("1x" * 10**5, '"1' * 10**5, "a " * 10**5, "\u202ea\u0301" * 10**5),
    ],
)
def test_hostile_text_is_bounded(hostile: str) -> None:
    terms = words.terms(hostile)
    assert len(terms) <= 20_000
    assert all(0 < len(term) <= 2 * MAX_WORD for term in terms)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80))
def test_terms_are_clean_and_repeatable(text: str) -> None:
    terms = words.terms(text)
    assert terms == WordsAnalyzer().terms(text)
    assert all(term and not any(char.isspace() for char in term) for term in terms)
    if not set(terms) <= STOP_WORDS:
        assert not STOP_WORDS & set(terms)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_two_lines_give_the_terms_of_both(first: str, second: str) -> None:
    apart = {*words.terms(first), *words.terms(second)} - STOP_WORDS
    assert set(words.terms(f"{first}\n{second}")) - STOP_WORDS == apart


scripts = st.text(
    st.characters(codec=None)
    | st.sampled_from(
        "aé連衣裙红ﬁ½ﷺＡ１ｶﾞが한\u1100\u1161\u11a8\u05b0\u0f73\u09c7\u09be\u0301\u0345\ufe0f\ud800İß″æкс　\u200b'-. ㎏"
    )
    | st.sampled_from("the的和aа\u034f\u20dd\U000114b9\U000114ba"),
    max_size=40,
)


@settings(max_examples=500, deadline=None)
@given(scripts)
def test_tokens_stand_in_the_text_and_together_are_its_terms(text: str) -> None:
    tokens = words.tokens(text)
    assert [term for token in tokens for term in token.terms] == words.terms(text)
    places = [place for token in tokens for place in (token.start, token.end)]
    assert places == sorted(places)
    assert all(0 <= token.start < token.end <= len(text) for token in tokens)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Red dresses for women", ["Red", "dresses", "for", "women"]),
        ("  Crème brûlée", ["Crème", "brûlée"]),
        ("紅色連衣裙女", ["紅色", "連衣裙", "女"]),
        ("１７５ ＭＬ ﬁne", ["１７５ ＭＬ", "ﬁne"]),
        ("L'Oréal, USB-C", ["L'Oréal", "USB-C"]),
        ("N\u200bike 15寸", ["N\u200bike", "15寸"]),
        ("½ off", ["½", "off"]),
        ("ｶﾞﾗｽ 한국어", ["ｶﾞﾗｽ", "한국어"]),
    ],
)
def test_words_as_they_stand(text: str, found: list[str]) -> None:
    assert [text[token.start : token.end] for token in words.tokens(text)] == found


def test_a_stop_word_has_no_terms_unless_there_is_nothing_else() -> None:
    assert [token.terms for token in words.tokens("the shoe")] == [(), ("shoe",)]
    assert [token.terms for token in words.tokens("the")] == [("the",)]


def test_every_letter_that_composes_with_the_one_before_is_known() -> None:
    for code in range(0x110000):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            second = chr(int(parts[1], 16))
            composes = unicodedata.normalize("NFC", chr(int(parts[0], 16)) + second) == chr(code)
            if composes and not unicodedata.combining(second):
                assert JOINING.fullmatch(second), f"U+{ord(second):04X}"


def test_the_registered_analyzer_says_what_it_is_made_of() -> None:
    analyzer = create("analyzer", "words.v1")
    assert analyzer.terms("Shoes") == ["shoe"]
    assert analyzer.fingerprint != create("analyzer", "words.v1", language="de").fingerprint


def test_the_contract_of_an_analyzer_is_kept() -> None:
    check_analyzer(words, ["Red Dresses 175ML USB-C", "红色nike跑鞋", "Ωmega Ärger", "ﬁne İstanbul"])
