"""Highlights and snippets."""

import pytest

from wares.serve.algolia.marks import Marker, Tags, facet_marked

TAGS = Tags("[", "]", "…")


@pytest.mark.parametrize(
    ("query", "text", "value", "level", "words"),
    [
        ("mug", "A Mug of mugs", "A [Mug] of [mugs]", "full", ["mug"]),
        ("shirts red", "Blue Shirt", "Blue [Shirt]", "partial", ["shirts"]),
        ("red mug", "Red Mug", "[Red] [Mug]", "full", ["red", "mug"]),
        ("mug", "Smuggler", "Smuggler", "none", []),
        ("红色杯子", "红色的马克杯子", "[红色]的马克[杯子]", "full", ["红色杯子"]),
        ("红色杯子", "红色的灯", "[红色]的灯", "partial", []),
        ("", "Mug", "Mug", "none", []),
        ("( [ * \\", "a ( [ * b", "a ( [ * b", "none", []),
        ("caf\u00e9", "Caf\u00e9 table", "[Caf\u00e9] table", "full", ["caf\u00e9"]),
    ],
)
def test_what_matches_is_marked(query, text, value, level, words):
    told = Marker(query, TAGS).highlight(text)
    assert (told["value"], told["matchLevel"], told["matchedWords"]) == (value, level, words)


def test_texts_are_marked_wherever_they_are():
    told = Marker("mug", TAGS).highlight({"lvl0": "Mugs", "all": ["Cups", "Mug"]})
    assert told["lvl0"]["value"] == "[Mugs]"
    assert told["lvl0"]["fullyHighlighted"] is True
    assert [each["matchLevel"] for each in told["all"]] == ["none", "full"]


@pytest.mark.parametrize(
    ("text", "words", "value"),
    [
        ("one two three mug five six seven", 3, "…three [mug] five…"),
        ("mug two three four", 2, "[mug] two…"),
        ("one two three mug", 2, "…three [mug]"),
        ("one mug", 5, "one [mug]"),
        ("no match in here at all", 3, "no match in…"),
        ("", 3, ""),
    ],
)
def test_snippets_are_cut_around_the_first_match(text, words, value):
    assert Marker("mug", TAGS).snippet(text, words)["value"] == value


def test_chinese_snippets_count_characters():
    assert Marker("杯子", TAGS).snippet("这是一个很大的红色杯子给你喝茶用", 6)["value"] == "…的红色[杯子]给…"


def test_tags_of_html_make_html_of_the_text():
    assert Marker("mug", Tags()).highlight("<b> Mug & co")["value"] == "&lt;b&gt; <em>Mug</em> &amp; co"
    assert Marker("mug", TAGS).highlight("<b> Mug & co")["value"] == "<b> [Mug] & co"
    dots = Marker("mug", Tags(ellipsis="…")).snippet("<i> a b c mug d", 1)
    assert dots["value"] == "…<em>mug</em>…"


@pytest.mark.parametrize(
    ("value", "query", "told"),
    [
        ("Dark Blue", "bl", "Dark [Bl]ue"),
        ("Dark Blue", "lue", None),
        ("Dark Blue", "", "Dark Blue"),
        ("藏蓝色", "蓝", "藏[蓝]色"),
        ("a(b", "(", "a[(]b"),
    ],
)
def test_values_of_facets_match_where_a_word_begins(value, query, told):
    assert facet_marked(value, query, TAGS) == told
