import pytest

from wares.search.intents.quantities import amount_of, amounts


@pytest.mark.parametrize(
    ("text", "words", "reading"),
    [
        ("500 ml bottle", "500 ml", ("ml", 500)),
        ("0.5l瓶子", "0.5l", ("ml", 500)),
        ("15-inch laptop", "15-inch", ("cm", 38.1)),
        ('15" laptop', '15"', ("cm", 38.1)),
        ("1.8米床", "1.8米", ("cm", 180)),
        ("1米8床", "1米8", ("cm", 180)),
        ("2斤苹果", "2斤", ("g", 1000)),
        ("10000mAh power bank", "10000mAh", ("Ah", 10)),
        ("1TB ssd", "1TB", ("GB", 1000)),
    ],
)
def test_amounts(text, words, reading):
    (found,) = amounts(text)
    assert text[found.start : found.end] == words
    assert reading in found.readings


@pytest.mark.parametrize("text", ["15 in black", "5-in-1", "1080p", "iphone 15", "4 pack", "x500ml", "m3x90"])
def test_what_is_no_amount(text):
    assert list(amounts(text)) == []


def test_a_text_that_is_an_amount_as_a_whole():
    assert amount_of("0.5 l") == (("ml", 500.0),)
    assert amount_of("0.5 l bottle") == ()
