"""Filters as the protocol writes them → our own."""

import math
import sys
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.errors import FilterError
from wares.serve.algolia.filtertext import MAX_CHARS, any_of, facet_filters, numeric_filters, parse
from wares.types import AllOf, AnyOf, Between, Not, OneOf

A, B, C = OneOf("a", ("1",)), OneOf("b", ("2",)), OneOf("c", ("3",))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("  ", ()),
        ("a:1", (A,)),
        ("a:1 AND b:2", (A, B)),
        ("a:1 OR b:2", (AnyOf((A, B)),)),
        ("a:1 OR b:2 AND c:3", (AnyOf((A, AllOf((B, C)))),)),
        ("(a:1 OR b:2) AND c:3", (AnyOf((A, B)), C)),
        ("NOT a:1", (Not(A),)),
        ("NOT (a:1 OR b:2) AND NOT NOT c:3", (Not(AnyOf((A, B))), Not(Not(C)))),
        ("a:1 OR a:2 OR a:1", (OneOf("a", ("1", "2")),)),
        ("((((a:1))))", (A,)),
        ('a:"dark blue"', (OneOf("a", ("dark blue",)),)),
        ("a:'it\\'s AND \"x\"'", (OneOf("a", ('it\'s AND "x"',)),)),
        ('"my field":1', (OneOf("my field", ("1",)),)),
        ("a:12:30", (OneOf("a", ("12:30",)),)),
        ("a:1<score=5> OR b:2<score=2>", (AnyOf((A, B)),)),
        ("颜色:红色", (OneOf("颜色", ("红色",)),)),
        ("ORDER:1 AND ANDROID", (OneOf("ORDER", ("1",)), OneOf("tag", ("ANDROID",)))),
        ("price:1 TO 10", (Between("price", 100, 1000),)),
        ("price:1.5 TO 10.25", (Between("price", 150, 1025),)),
        ("price >= 19.99", (Between("price", 1999, None),)),
        ("price<19.99", (Between("price", None, math.nextafter(1999, -math.inf)),)),
        ("price > 0", (Between("price", math.nextafter(0, math.inf), None),)),
        ("price = 5", (Between("price", 500, 500),)),
        ("price:5", (Between("price", 500, 500),)),
        ("rating != 5", (Not(Between("rating", 5, 5)),)),
        ("rating:-1e2 TO +1E2", (Between("rating", -100, 100),)),
        ("in_stock=1", (OneOf("in_stock", ("true",)),)),
        ("in_stock != 1", (OneOf("in_stock", ("false",)),)),
        ("hierarchicalCategories.lvl1:'A > B'", (OneOf("category", ("A > B",)),)),
        ("categories.lvl0:A", (OneOf("category", ("A",)),)),
        ("gift", (OneOf("tag", ("gift",)),)),
        ("_tags:gift", (OneOf("tag", ("gift",)),)),
        ("attributes.material:wool AND options.size:M", (OneOf("material", ("wool",)), OneOf("size", ("M",)))),
    ],
)
def test_texts(text, expected):
    # A price is compared as a number, wherever it stands.
    assert parse(text, 2) == tuple(
        Between("price", 500, 500) if part == OneOf("price", ("500",)) else part for part in expected
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a:", 3),
        ("a:1 AND", 8),
        ("a:1 b:2", 5),
        ("(a:1", 5),
        ("a:1)", 4),
        ("()", 2),
        ('a:"x', 3),
        ("a:1 AND OR b:2", 12),
        ("< 5", 1),
        ("NOT", 4),
        ("price > ten", 7),
        ("(" * 100 + "a:1" + ")" * 100, 22),
        ("NOT " * 100 + "a:1", 85),
        ("a:1 AND " * 2000 + "a:1", 8001),
    ],
)
def test_an_error_names_its_place(text, place):
    with pytest.raises(FilterError) as error:
        parse(text, 2)
    assert error.value.message.endswith(f"character {place}")
    assert error.value.fix


def test_a_price_that_is_none_is_an_error():
    for read in (lambda: parse("price:cheap", 2), lambda: facet_filters(["price:cheap"], 2)):
        with pytest.raises(FilterError, match="is no price"):
            read()


@pytest.mark.parametrize(
    "text",
    ["(" * MAX_CHARS, '"' * MAX_CHARS, "a:'" + "\\" * (MAX_CHARS - 3), " " * MAX_CHARS, "a:1 OR " * 7000,
     "x" * MAX_CHARS, "1" * MAX_CHARS, "a:" + "1 TO " * 9000, "<score=" * 7000, "a<" * 20000, "NOT " * 12000],
)  # fmt: skip
def test_reading_takes_time_in_proportion_to_the_text(text):
    """By counting: twice the text takes about twice the steps, so that none is read again and again."""

    def steps(text):
        seen = 0

        def count(frame, event, argument):
            nonlocal seen
            seen += 1

        before = sys.getprofile()
        sys.setprofile(count)
        try:
            with suppress(FilterError):
                parse(text, 2)
        finally:
            sys.setprofile(before)
        return seen

    assert steps(text[:MAX_CHARS]) <= 2.2 * steps(text[: MAX_CHARS // 2]) + 100


@given(st.text(alphabet="aANDORT:()'\"\\<>=! 1.-e", max_size=60))
def test_any_text_is_read_or_refused(text):
    with suppress(FilterError):
        assert isinstance(parse(text, 2), tuple)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a:1", (A,)),
        (["a:1", "b:2"], (A, B)),
        ([["a:1", "b:2"], "c:3"], (AnyOf((A, B)), C)),
        ([["a:1", "a:2"]], (OneOf("a", ("1", "2")),)),
        (["a:-1", "-b:2", "c:\\-3"], (Not(A), Not(B), OneOf("c", ("-3",)))),
        (["a:x:y, z > \"q\""], (OneOf("a", ('x:y, z > "q"',)),)),
        (["price:19.99"], (Between("price", 1999, 1999),)),
        ([], ()),
        ([[], ""], ()),
    ],
)  # fmt: skip
def test_facet_filters(value, expected):
    assert facet_filters(value, 2) == expected


@pytest.mark.parametrize("value", [5, {"a": 1}, [1], [["a:1", None]], ["nothing"], [":1"], [[["a:1"]]], ["a:1"] * 1001])
def test_facet_filters_that_cannot_be_meant(value):
    with pytest.raises(FilterError):
        facet_filters(value, 2)


def test_numeric_filters():
    assert numeric_filters([["price>=10", "rating:1 TO 2"], "stock = 3"], 2) == (
        AnyOf((Between("price", 1000, None), Between("rating", 1, 2))),
        Between("stock", 3, 3),
    )
    for wrong in ("price", "price>", "price>x", "price>1 AND rating>2", "price:1", "price>1e999", "price>" + "9" * 99):
        with pytest.raises(FilterError):
            numeric_filters([wrong], 2)


def test_a_choice_within_one_field_is_one_choice():
    assert any_of([A]) == A
    assert any_of([A, Between("a", 1)]) == AnyOf((A, Between("a", 1)))
