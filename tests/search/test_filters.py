import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.errors import FilterError
from wares.search.filters import parse, to_text
from wares.types import AllOf, AnyOf, Between, Not, OneOf

ends = (
    st.none() | st.integers(-(10**9), 10**9).map(float) | st.floats(-1e6, 1e6).filter(lambda n: abs(n) > 1e-6 or n == 0)
)
fields = st.sampled_from(("brand", "color", "尺码", "a b", "x:y", "-z")) | st.text(min_size=1, max_size=5)
leaves = st.one_of(
    st.builds(OneOf, fields, st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=3).map(tuple)),
    st.builds(OneOf, st.just("price"), st.tuples(st.integers(0, 10**9).map(str))),
    st.builds(Between, fields | st.just("price"), ends, ends).filter(lambda b: (b.low, b.high) != (None, None)),
)
filters = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(AllOf, st.lists(inner, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)


@given(st.lists(filters, max_size=4).map(tuple), st.sampled_from((0, 2, 3)))
def test_what_is_written_is_read_back(parts, digits):
    assert parse(to_text(parts, digits=digits), digits=digits) == parts


@given(st.text(max_size=40) | st.text(alphabet=' -:"(),|.\\a1', max_size=25))
def test_any_text_is_read_or_refused(text):
    try:
        parts = parse(text)
    except FilterError:
        return
    assert parse(to_text(parts)) == parts


RED, SMALL, BLUE = OneOf("color", ("red",)), OneOf("size", ("S",)), OneOf("color", ("blue",))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        (
            'brand:Luma,Nike price:10..80 -category:"Men > Tops" in_stock:true color:red',
            (
                OneOf("brand", ("Luma", "Nike")),
                Between("price", 1000, 8000),
                Not(OneOf("category", ("Men > Tops",))),
                OneOf("in_stock", ("true",)),
                RED,
            ),
        ),
        ("price:19.99", (OneOf("price", ("1999",)),)),
        ("price:..19.99 size:40..", (Between("price", None, 1999), Between("size", 40, None))),
        ("颜色:红色,蓝色", (OneOf("颜色", ("红色", "蓝色")),)),
        ("(color:red size:S | color:blue)", (AnyOf((AllOf((RED, SMALL)), BLUE)),)),
        ('name:"say \\"hi\\""', (OneOf("name", ('say "hi"',)),)),
        ('size:"10..12"', (OneOf("size", ("10..12",)),)),
    ],
)
def test_examples(text, parts):
    assert parse(text) == parts


def test_a_currency_without_decimals():
    assert parse("price:100..200", digits=0) == (Between("price", 100, 200),)


@pytest.mark.parametrize(
    ("text", "place", "fix"),
    [
        ("brand", 6, "field:value"),
        ("color:", 7, "color:red"),
        ('color:"red', 7, 'add a "'),
        ("(color:red", 11, "add a )"),
        ("color:red)", 10, "( … | … )"),
        ("price:cheap", 12, "price:19.99"),
        ("size:1..2,5..9", 6, "(size:1..2 | size:5..9)"),
        ("size:..", 8, "size:10.."),
        ("(color:red | )", 15, "both sides"),
    ],
)
def test_errors_name_the_place_and_the_fix(text, place, fix):
    with pytest.raises(FilterError, match=f"character {place} ") as caught:
        parse(text)
    assert fix in caught.value.fix


@pytest.mark.parametrize("text", ["a:b " * 201, "(" * 30 + "a:b" + ")" * 30, "-" * 5000 + "a:b", "x" * 10_001])
def test_what_is_too_large_is_refused(text):
    with pytest.raises(FilterError, match=r"too large|characters"):
        parse(text)
