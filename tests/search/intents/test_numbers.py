import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.search.intents.numbers import NUMBER, number

SIGNS = "零一二三四五六七八九"


def written(value: int) -> str:
    """A number below 10,000 in the Chinese of a textbook."""
    text, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // unit % 10
        if digit:
            text += ("零" if gap and text else "") + SIGNS[digit] + name
        gap = not digit
    return text


@given(st.integers(1, 9999))
def test_chinese_numerals_are_read(value):
    assert number(written(value)) == value


@given(st.integers(0, 10**9 - 1))
def test_thousands_may_be_set_apart(value):
    assert number(f"{value}") == number(f"{value:,}") == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("19,99", "19.99"),
        ("1.5k", "1500"),
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("2千", "2000"),
        ("2千5", "2500"),
        ("1万2", "12000"),
        ("1.5万", "15000"),
        ("两百五", "250"),
        ("一千二", "1200"),
        ("一万五", "15000"),
        ("三百零五", "305"),
        ("百", "100"),
        ("十", "10"),
        ("十五", "15"),
        ("二十", "20"),
        ("两万三千", "23000"),
        ("二〇", "20"),
    ],
)
def test_examples(text, value):
    assert number(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "kilo", "1.2.3", "k", "半", "１２"])
def test_what_is_no_number(text):
    assert number(text) is None


@given(st.from_regex(NUMBER, fullmatch=True))
def test_what_the_pattern_finds_is_a_number_or_none(text):
    value = number(text)
    assert value is None or value >= 0


def test_the_pattern_does_not_run_over_the_end_of_a_number():
    assert re.findall(NUMBER, "两百五十块和1,000.50元") == ["两百五十", "1,000.50"]
