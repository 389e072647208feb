from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.serve.storefront import formats
from wares.serve.storefront.messages import Messages
from wares.types import Money, Quantity


@pytest.mark.parametrize(
    ("money", "language", "expected"),
    [
        (Money(199900, "USD"), "en", "$1,999.00"),
        (Money(199900, "CNY"), "zh", "¥1,999.00"),
        (Money(1999, "JPY"), "en", "¥1,999"),
        (Money(1999, "KWD"), "en", "KWD1.999"),
    ],
)
def test_money(money, language, expected):
    assert formats.money(money, language) == expected


@given(st.integers(0, 10**9), st.sampled_from(["USD", "JPY", "KWD"]))
def test_major_and_minor_units_are_inverse(amount, currency):
    assert formats.minor(str(formats.major(amount, currency)), currency) == amount


@pytest.mark.parametrize("text", ["", "x", "nan", "inf", "-1", "1e99", "1..2"])
def test_no_price(text):
    assert formats.minor(text, "USD") is None


def test_attributes_in_words():
    t = Messages("zh")
    assert formats.attribute(Quantity(1750.5, "ml"), t) == "1,750.5 ml"
    assert formats.attribute(True, t) == "是"
    assert formats.attribute(("羊毛", "棉"), t) == "羊毛、棉"
    assert formats.day(datetime(2026, 5, 1, tzinfo=UTC), "zh") == "2026年5月1日"
