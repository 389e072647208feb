import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wares.protocols import Token
from wares.search.suggest.folding import fold, joined, split, syllables

texts = st.text(max_size=40) | st.text(alphabet="aBé ß-'’&.,红色連衣裙Ｎ３\u0301 ", max_size=25)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Women's Café T-Shirt", "womens cafe t shirt"),
        ("ＮＩＫＥ 跑步鞋  新款", "nike跑步鞋新款"),
        ("連衣裙 red", "连衣裙red"),
        ("  red ", "red "),  # what comes next is a new word
        ("<b>", "b "),
        ("", ""),
    ],
)
def test_texts_are_made_alike(text, folded):
    assert fold(text) == folded


@settings(max_examples=500)
@given(texts)
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@settings(max_examples=500)
@given(texts)
@example("0'\u03000")
@example("a\ufe0fb -\u0301c")
def test_the_words_of_a_text_joined_are_the_text_folded(text):
    assert joined([word.folded for word in split(text)]) == fold(text).rstrip()


def test_words_keep_their_accents_and_script_to_be_shown():
    assert [(word.shown, word.folded) for word in split("Café 紅")] == [("café", "cafe"), ("紅", "红")]


def test_signs_between_words_are_breaks_and_spaces_are_not():
    assert [word.after_break for word in split("red hoodie, blue - cap")] == [False, False, True, True]


def test_chinese_is_cut_where_the_analyzer_cuts_it():
    def tokens(text, language):
        return [Token(0, 2, ("无线",)), Token(2, 4, ("耳机",)), Token(5, 9, ("nike",))]

    assert [word.folded for word in split("无线耳机 nike", "zh", tokens)] == ["无线", "耳机", "nike"]


def test_readings_follow_the_phrase_and_know_their_place():
    assert syllables("nike重庆绿2") == [("nike", 0), ("chong", 4), ("qing", 5), ("lv", 6), ("2", 7)]


def test_words_that_are_known_are_read_by_themselves_and_signs_that_are_not_together():
    assert syllables("新重庆nike鞋子", (1, 3, 7)) == [
        ("xin", 0), ("chong", 1), ("qing", 2), ("nike", 3), ("xie", 7), ("zi", 8),
    ]  # fmt: skip
    assert [syllable for syllable, _ in syllables("重庆", (0, 1))] == ["chong", "qing"]


@given(texts, st.sets(st.integers(0, 30)))
def test_every_chinese_sign_is_read_once(text, cuts):
    folded = fold(text)
    places = [place for _, place in syllables(folded, [cut for cut in cuts if cut < len(folded)])]
    assert places == sorted(set(places))
    assert {place for place, sign in enumerate(folded) if "\u4e00" <= sign <= "\u9fff"} <= set(places)
    assert all(place < max(1, len(folded)) for place in places)
