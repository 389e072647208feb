from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.serve.storefront.address import MAX_PAGE, MAX_TEXT, Address, clean
from wares.types import Between, OneOf, Region

NAMES = st.sampled_from(
    "q photo f f.color f. min max stock rating sort page lang x without literal like region".split()  # noqa: SIM905
)
SHARES = st.floats(-0.5, 1.5).map(lambda share: f"{share:.4f}")
REGIONS = st.lists(SHARES, min_size=3, max_size=5).map(",".join)
VALUES = st.text(max_size=20) | st.sampled_from(["1", "3", "price", "a" * 64, "0.1,0.2,0.8,0.9"]) | REGIONS
PAIRS = st.lists(st.tuples(NAMES, VALUES), max_size=12)


def parse(query: str) -> Address:
    return Address.parse(parse_qsl(query), "USD")


@given(PAIRS)
def test_an_address_reads_back_as_it_was_written(pairs):
    address = Address.parse(pairs, "USD")
    again = parse(urlsplit(address.href).query)
    assert again.href == address.href
    assert again.filters("USD") == address.filters("USD")
    read = ("dropped", "literal", "like", "region")
    assert [getattr(again, name) for name in read] == [getattr(address, name) for name in read]


@given(PAIRS, st.text(min_size=1, max_size=9), st.text(min_size=1, max_size=9))
def test_toggling_twice_changes_nothing_but_the_page(pairs, field, value):
    address = Address.parse(pairs, "USD")
    twice = address.toggle(field, value).toggle(field, value)
    assert set(twice.picked) == set(address.picked)
    assert twice.page == 0


def test_filters_are_typed_and_prices_in_minor_units():
    address = parse("f.color=Red&f.color=Blue&f.brand=Luma&min=10&max=19.99&stock=1&rating=4")
    assert address.filters("USD") == (
        OneOf("color", ("Red", "Blue")),
        OneOf("brand", ("Luma",)),
        Between("price", 1000, 1999),
        OneOf("in_stock", ("true",)),
        Between("rating", 4.0, None),
    )
    assert parse("min=10").filters("JPY") == (Between("price", 10, None),)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("1", 0),
        ("7", 6),
        ("0", 0),
        ("-3", 0),
        ("x", 0),
        ("1e9", 0),
        ("９", 0),
        ("9" * 5000, 0),
        ("999999", MAX_PAGE - 1),
    ],
)
def test_bad_page_numbers(page, expected):
    assert parse(f"page={page}").page == expected


def test_what_cannot_be_read_is_left_out_and_told():
    address = parse(f"q={'x' * 5000}&min=cheap&max=nan&sort=;drop&photo=../../etc/passwd&rating=99")
    assert len(address.text) == MAX_TEXT
    assert (address.low, address.high, address.sort, address.photo, address.rating) == ("", "", "relevance", "", 5)
    assert address.problems == ("shortened", "price.unread")


def test_text_is_one_clean_line():
    assert clean(" a\x00\n\tb \u202e\u200bc\u0301 ") == "a b \u0107"


def test_what_was_undone_reaches_the_address_and_back():
    address = parse("q=mug&without=price&without=color%3Ared&without=price&literal=1&like=a%2Fb&region=0.1,.2,0.8,1")
    assert address.dropped == ("price", "color:red")
    assert (address.literal, address.like, address.region) == (True, "a/b", Region(0.1, 0.2, 0.8, 1.0))
    assert address.href == "/?q=mug&region=0.1%2C0.2%2C0.8%2C1&like=a%2Fb&without=price&without=color%3Ared&literal=1"


@pytest.mark.parametrize(
    "region",
    [
        "",
        "0,0,1",
        "0,0,1,1",
        "0,0,1,1,1",
        "0.5,0,0.5,1",
        "0.9,0,0.1,1",
        "0,0,1.5,1",
        "-0.1,0,1,1",
        "nan,0,1,1",
        "0,0,1e9,1",
        ".,.,.,.",
        "0,0,٣,1",
        "0,0,0.01,1",
        "9" * 5000,
        "," * 5000,
    ],
)
def test_what_is_no_part_of_a_photo_is_left_out(region):
    assert parse(f"photo={'a' * 64}&region={region}").region is None


def test_only_so_much_can_be_undone():
    address = Address.parse([*(("without", f"{n}{'x' * 500}") for n in range(99)), ("like", "y" * 999)], "USD")
    assert (len(address.dropped), {len(key) for key in address.dropped}, len(address.like)) == (20, {200}, 200)
