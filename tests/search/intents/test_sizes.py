import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.search.intents.sizes import alike, size_key, size_phrases


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("shoes size 9", ["9"]),
        ("size: xl dress", ["xl"]),
        ("size extra large", ["xl"]),
        ("uk 8 heels", ["uk 8"]),
        ("size EU 42", ["eu 42"]),
        ("尺码42的鞋", ["42"]),
        ("42码", ["42"]),
        ("L号外套", ["l"]),
        ("2XL码T恤", ["xxl"]),
        ("均码帽子", ["one size"]),
        ("size guide", []),
        ("king size bed", []),
        ("size 9x12 rug", []),
        ("大码女装", []),
        ("密码锁", []),
        ("US 1080p", []),
    ],
)
def test_sizes_that_are_asked_for(text, keys):
    assert list(dict.fromkeys(phrase.key for phrase in size_phrases(text))) == keys


@pytest.mark.parametrize(
    ("one", "other"),
    [("2XL", "xxl"), ("3xl", "XXXL"), ("X-Large", "XL"), ("42码", "42"), ("9.0", "9"), ("9,5", "9.5"), ("Medium", "m")],
)
def test_spellings_of_one_size(one, other):
    assert size_key(one) == size_key(other)


def test_a_number_means_any_system_and_a_system_the_plain_number():
    assert alike("42", {"42", "eu 42"}) == ["42"]
    assert alike("42", {"eu 42", "us 9"}) == ["eu 42"]
    assert alike("eu 42", {"42"}) == ["42"]
    assert alike("eu 42", {"uk 42"}) == []


@given(st.text(max_size=60))
def test_phrases_lie_in_the_text(text):
    for phrase in size_phrases(text):
        assert 0 <= phrase.start < phrase.end <= len(text)
        assert phrase.key
