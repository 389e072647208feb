import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.small_lexicon import analyzer, frequencies, having, lexicon
from wares.search.spelling.speller import Speller

spell = Speller(lexicon(), analyzer, frequencies)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("runing shoes", "running shoes"),
        ("Bluetoth headphones", "bluetooth headphones"),
        ("headphoens", "headphones"),
        ("sumsung phone", "samsung phone"),
        ("runningshoes", "running shoes"),
        ("blue tooth", "bluetooth"),
        ("lianyiqun", "连衣裙"),
        ("lian yi qun", "连衣裙"),
        ("huaweishouji", "华为手机"),
        ("hwsj", "华为手机"),
        ("lian衣裙", "连衣裙"),
        ("hw手机", "华为手机"),
        ("蓝压耳机", "蓝牙耳机"),
        ("平果手机", "苹果手机"),
        ("手几壳", "手机壳"),
        ("運洞鞋", "运动鞋"),
        ("不绣钢水壶", "不锈钢水壶"),
        ("衣连裙", "连衣裙"),
        ("女 lianyiqun 5g", "女 连衣裙 5g"),
    ],
)
def test_slips_are_put_right_and_searched_for(typed, meant):
    found = spell(typed)
    assert found is not None
    assert (found.text.lower(), found.sure) == (meant, True)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("lyq", "连衣裙"), ("连裙", "连衣裙"), ("连连衣裙", "连衣裙"), ("jens", "jeans"), ("bottler", "bottle")],
)
def test_a_guess_is_only_offered(typed, meant):
    found = spell(typed)
    assert found is not None
    assert (found.text, found.sure) == (meant, False)


@pytest.mark.parametrize(
    "right",
    [
        "",
        "running shoes",
        "Dresses",
        "連衣裙",
        "蓝牙耳机 女",
        "iphone15",
        "wh1000xm5",
        "500ml",
        "the",
        "x",
        "zebra",
        "航空母舰",
        "!?",
    ],
)
def test_what_is_right_or_unheard_of_is_left_alone(right):
    assert spell(right) is None


def test_what_the_index_has_is_right_whatever_the_vocabulary_says():
    sold = Speller(lexicon(), analyzer, lambda terms: frequencies(terms) + ("headphoen" in terms))
    assert spell("headphoens") is not None
    assert sold("headphoens") is None


def test_an_unfinished_word_is_not_corrected_unasked():
    assert spell("headphones bluetoot", unfinished=True).sure is False
    assert spell("blutooth headphones", unfinished=True).sure is True


def test_the_changes_say_what_became_of_what():
    assert spell("red runing lianyiqun").changes == (("runing", "running"), ("lianyiqun", "连衣裙"))


hostile = st.text(
    st.characters(codec=None) | st.sampled_from("连衣裙群手几蓝压runiglyq \u0301\ud800\u200b"), max_size=60
)


@settings(max_examples=200, deadline=None)
@given(hostile)
def test_any_text_is_survived_and_known_words_stay(text):
    found = spell(text)
    if found is not None:
        assert found.text != text
        kept = {term for token in analyzer.tokens(text) for term in token.terms if term.isascii() and having()[term]}
        joined = any(" " in before for before, _ in found.changes)
        assert joined or kept <= {term for token in analyzer.tokens(found.text) for term in token.terms}


@pytest.mark.parametrize(
    "text", ["a" * 300, "xian" * 75, "连" * 300, "手几 " * 100, "a b " * 75, "zh" * 150, "连a" * 150]
)
def test_long_texts_are_bounded(text):
    assert spell(text) is None or len(spell(text).text) <= 2 * len(text)


def within(*words: str) -> Speller:
    """Spells for a part of the catalogue that has these words alone."""
    own = {term for word in words for term in analyzer.terms(word)}
    return Speller(
        lexicon(), analyzer, lambda terms: np.array([int(term in own) for term in terms], np.int64), strict=True
    )


def test_within_a_part_only_its_words_are_words():
    spell = within("running", "shoes", "连衣裙")
    assert spell("runing shoes").text == "running shoes"
    assert spell("lianyiqun").text == "连衣裙"
    for foreign in ("headphoens", "sumsung", "blue tooth", "hwsj", "平果手机", "headphones", "蓝牙耳机"):
        assert spell(foreign) is None, foreign
