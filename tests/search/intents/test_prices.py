import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.search.intents.prices import price_phrases


def read(text):
    return [
        (
            text[phrase.start : phrase.end],
            None if phrase.low is None else float(phrase.low),
            None if phrase.high is None else float(phrase.high),
            phrase.currencies[:1],
        )
        for phrase in price_phrases(text)
    ]


@pytest.mark.parametrize(
    ("text", "words", "low", "high", "currency"),
    [
        ("shoes priced under 80 EUR", "priced under 80 EUR", None, 80, "EUR"),
        ("shoes for less than $50", "for less than $50", None, 50, "USD"),
        ("no more than 50 bucks", "no more than 50 bucks", None, 50, None),
        ("≤ 30", "≤ 30", None, 30, None),
        ("between £20 and £40", "between £20 and £40", 20, 40, "GBP"),
        ("$20 - $40 shirt", "$20 - $40", 20, 40, "USD"),
        ("starting at 1,000 usd", "starting at 1,000 usd", 1000, None, "USD"),
        ("$50+", "$50+", 50, None, "USD"),
        ("about 50 dollars", "about 50 dollars", 40, 60, "USD"),
        ("budget of 200", "budget of 200", None, 200, None),
        ("手机三千到五千块", "三千到五千块", 3000, 5000, None),
        ("百元以内的礼物", "百元以内的", None, 100, "CNY"),
        ("最低两千元", "最低两千元", 2000, None, "CNY"),
        ("￥200以下", "￥200以下", None, 200, "CNY"),
        ("大概一百五十块左右的灯", "大概一百五十块左右的", 120, 180, None),
        ("一百到两百之间价格100-200元", "价格100-200元", 100, 200, "CNY"),
    ],
)
def test_prices(text, words, low, high, currency):
    assert read(text) == [(words, low, high, (currency,) if currency else ())]


@pytest.mark.parametrize(
    "text",
    [
        "up to 64GB usb",
        "over 50 vitamins",
        "under 5 ft",
        "under 18 months",
        "less than 2%",
        "max 256",
        "under 4k tv",
        "from 3 to 6",
        "2-3块",
        "20-40",
        "42内环",
        "不超过三斤",
        "三岁以下",
        "十寸以上",
        "under 5 pounds",
        "between 40 and 20",
        "under 0",
        "窗花以上",
    ],
)
def test_what_is_no_price(text):
    assert read(text) == []


def test_two_ends_said_apart():
    assert [each[1:3] for each in read("over $20 and under $50")] == [(20, None), (None, 50)]


@given(st.text(max_size=100) | st.text(alphabet="under $1,2.-到百元以下 ", max_size=60))
def test_phrases_lie_in_the_text_and_apart(text):
    place = 0
    for phrase in price_phrases(text):
        assert place <= phrase.start < phrase.end <= len(text)
        assert phrase.low is None or phrase.high is None or phrase.low <= phrase.high
        place = phrase.end
