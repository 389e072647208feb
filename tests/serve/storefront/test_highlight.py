import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.serve.storefront.highlight import highlight

TEXT = st.text(st.sampled_from("ab sS<>&\"'é红色杯子İßdress/=;") | st.characters(codec="utf-8"), max_size=60)


@given(TEXT, TEXT)
def test_it_only_adds_marks_and_escapes(text, query):
    marked = str(highlight(text, query))
    assert set(re.findall(r"<[^>]*>", marked)) <= {"<mark>", "</mark>"}
    assert html.unescape(re.sub(r"</?mark>", "", marked)) == text
    assert marked.count("<mark>") == marked.count("</mark>")


@given(TEXT)
def test_the_text_itself_is_marked(text):
    words = [word for word in text.split() if re.fullmatch("[a-z]{2,}", word)]
    for word in words:
        assert f"<mark>{word}</mark>" in highlight(text, word)


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("Blue Shirt", "shirts", "Blue <mark>Shirt</mark>"),
        ("Blue Shirts", "shirt", "Blue <mark>Shirts</mark>"),
        ("Red dresses", "dress", "Red <mark>dresses</mark>"),
        ("Cap and cape", "cap", "<mark>Cap</mark> and cape"),
        ("红色连衣裙", "连衣裙", "红色<mark>连衣裙</mark>"),
        ("红色长裙", "红色连衣裙", "<mark>红色</mark>长裙"),
        ("A <b> mug", "mug", "A &lt;b&gt; <mark>mug</mark>"),
        ("mark & mug", "mark amp", "<mark>mark</mark> &amp; mug"),
        ("Mug", "", "Mug"),
        ("Mug", "(.*)+$", "Mug"),
    ],
)
def test_by_hand(text, query, expected):
    assert highlight(text, query) == expected
