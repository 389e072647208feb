import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.encode.attributes import AttributesEncoder, Size, columns, parse, phrases, quantity, size
from wares.errors import EncodeError
from wares.testing import check_encoder
from wares.types import AttributeValue, Quantity


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("175 ml", Quantity(175.0, "ml")),
        ("1.5 L", Quantity(1500.0, "ml")),
        ("1,5 l", Quantity(1500.0, "ml")),
        ("2 x 500 g", Quantity(1000.0, "g")),
        ("2×500g", Quantity(1000.0, "g")),
        ("500克", Quantity(500.0, "g")),
        ("13.3 inch", Quantity(13.3, "inch")),
        ('13.3"', Quantity(13.3, "inch")),
        ("13.3-inch", Quantity(13.3, "inch")),
        ("2 m", Quantity(200.0, "cm")),
        ("1 TB", Quantity(1024.0, "gb")),
        ("-5", -5.0),
        ("42", 42.0),
        ("Yes", True),
        ("否", False),
        ("Merino  wool", "Merino wool"),
        ("5 colours", "5 colours"),
        ("", ""),
    ],
)
def test_values_are_typed(text: str, value: AttributeValue) -> None:
    parsed = parse(text)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("XL", Size("letter", 6.0, "XL")),
        ("2xl", Size("letter", 7.0, "XXL")),
        ("xxl", Size("letter", 7.0, "XXL")),
        ("Medium", Size("letter", 4.0, "M")),
        ("加大码", Size("letter", 6.0, "XL")),
        ("EU 42", Size("EU", 42.0, "EU 42")),
        ("uk 8½", Size("UK", 8.5, "UK 8.5")),
        ("W32 L34", Size("waist/length", 32.34, "W32 L34")),
        ("32/34", Size("waist/length", 32.34, "W32 L34")),
        ("42码", Size("CN", 42.0, "42码")),
        ("175/92A", Size("CN", 175.092, "175/92A")),
        ("均码", Size("one size", 0.0, "one size")),
        ("One Size", Size("one size", 0.0, "one size")),
        ("red", None),
        ("", None),
        ("5XS", None),
    ],
)
def test_sizes_are_known_in_every_system(text: str, known: Size | None) -> None:
    assert size(text) == known


def test_letter_sizes_are_in_order() -> None:
    orders = [known.order for text in ("XXS", "xs", "S", "m", "L", "XL", "2XL", "XXXL") if (known := size(text))]
    assert orders == sorted(set(orders))
    assert len(orders) == 8


def test_attributes_become_phrases_and_columns() -> None:
    attributes: dict[str, AttributeValue] = {
        "max_load": Quantity(2.0, "kg"), "size": "2xl", "material": ("Wool", "Silk"), "waterproof": True, "rank": 3.0,
    }  # fmt: skip
    assert [phrase for name, value in attributes.items() for phrase in phrases(name, value)] == [
        "max load 2 kg", "2xl", "Wool", "Silk", "waterproof",
    ]  # fmt: skip
    assert columns(attributes) == {
        "max_load": 2000.0, "size": "XXL", "material": ("Wool", "Silk"), "waterproof": True, "rank": 3.0,
    }  # fmt: skip


def test_the_contract_of_an_encoder_is_kept() -> None:
    items: list[dict[str, AttributeValue]] = [{"material": "Wool"}, {"size": 3.0, "new": False}, {"tags": ("a", "b")}]
    check_encoder(AttributesEncoder(), items, absent={})


def test_near_numbers_are_near_and_units_meet() -> None:
    def vector(number: float, unit: str) -> np.ndarray:
        return AttributesEncoder().encode_query({"volume": Quantity(number, unit)})

    half = vector(500, "ml")
    np.testing.assert_allclose(half, vector(0.5, "l"), atol=1e-6)
    assert half @ vector(480, "ml") > 0.9 > half @ vector(600, "ml") > 0.1 > half @ vector(5, "l")


def test_numbers_that_are_none_are_absent() -> None:
    assert not AttributesEncoder().encode([{"weight": math.nan}]).present[0]
    with pytest.raises(EncodeError, match="no attributes"):
        AttributesEncoder().encode_query({})


@given(st.text(max_size=40))
def test_any_text_is_parsed(text: str) -> None:
    value = parse(text)
    assert isinstance(value, str | bool | float | Quantity)
    size(text)


@given(st.floats(1e-3, 1e6), st.sampled_from(["ml", "l", "kg", "g", "mm", "m", "inch"]))
def test_canonical_units_are_a_fixed_point(value: float, unit: str) -> None:
    once = quantity(value, unit)
    assert quantity(once.value, once.unit) == once
