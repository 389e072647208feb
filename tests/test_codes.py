import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.codes import code_of, codes_in, stored


@pytest.mark.parametrize("text", ["DC-40X", "dc 40x", "dc40x", "ＤＣ－40Ｘ", "Dc/40.x"])
def test_spellings_of_one_code(text):
    assert code_of(text) == "dc40x"


def test_a_trade_number_is_found_with_and_without_its_zeros():
    kept = stored(["0088698629123", "P-1", "B7"])
    assert kept == ("0088698629123", "00088698629123", "p1", "b7")
    for asked in ("0088698629123", "88698629123", "088698629123", "00088698629123"):
        assert {*codes_in(asked)} & {*kept}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("DC-40X", ("dc40x",)),
        ("battery for DC-40X", ("batteryfordc40x", "dc40x")),
        ("dc 40 x", ("dc40x",)),
        ("500ml bottle of 1080p red wine", ()),
        ("red shoes", ()),
        ("levi's 501 for tall men today", ()),
        ("不锈钢锅28cm", ()),
    ],
)
def test_codes_of_a_query(text, codes):
    assert codes_in(text) == codes


@given(st.text(max_size=30))
def test_what_is_stored_is_found_by_its_own_spelling(text):
    for code in codes_in(text):
        assert code == code_of(code)
        assert code in stored([code])
