import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.search.cleaning import MAX_CHARS, clean, without


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("  red \t dress\n", "red dress"),
        ("ｎｉｋｅ　跑鞋", "nike 跑鞋"),
        ("ni\u200bke\u202e\ud800\x00", "nike"),
        ("\U000f0000", ""),
        ("cre\u0300me", "crème"),
    ],
)
def test_what_cannot_be_seen_is_left_out(typed, read):
    assert clean(typed) == (read, ())


@given(st.text(st.characters(codec=None), max_size=2000))
def test_any_text_becomes_one_short_line(text):
    line, notices = clean(text)
    assert len(line) <= MAX_CHARS
    assert line == " ".join(line.split())
    line.encode()
    assert clean(line)[0] == line
    assert all(notice.code == "query_cut" for notice in notices)


@pytest.mark.parametrize("text", ["a" * 10**6, "e" + "\u0301" * 1000, "ﷺ" * 1000])
def test_a_long_text_is_cut_and_told(text):
    line, notices = clean(text)
    assert len(line) <= MAX_CHARS
    assert [notice.code for notice in notices] == ["query_cut"]


@pytest.mark.parametrize(
    ("text", "words", "rest"),
    [
        ("tired red shoes", ["red"], "tired shoes"),
        ("红色nike跑步鞋", ["nike"], "红色 跑步鞋"),
        ("红色跑步鞋", ["红色"], "跑步鞋"),
        ("a.b a", ["a.b", "A"], ""),
        ("straße STRASSE", ["strasse"], "straße"),
        ("x", [""], "x"),
    ],
)
def test_words_are_taken_out_whole(text, words, rest):
    assert without(text, words) == rest
