import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.encode.rows import encode_query_text, encode_texts, readable, unit_rows
from wares.errors import EncodeError


def lengths(texts: list[str]) -> np.ndarray:
    return np.array([[len(text), 1.0] for text in texts], dtype=np.float32)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_refused(bad: float) -> None:
    with pytest.raises(EncodeError, match="NaN or Inf"):
        unit_rows(np.array([[1.0, bad]], dtype=np.float32), "broken.v1")


def test_a_row_of_zeros_is_refused() -> None:
    with pytest.raises(EncodeError, match="zeros"):
        unit_rows(np.zeros((1, 4), dtype=np.float32), "broken.v1")


def test_no_rows_are_no_error() -> None:
    assert unit_rows(np.zeros((0, 4), dtype=np.float32), "any.v1").shape == (0, 4)


@pytest.mark.parametrize("empty", ["", "   ", "\u200b", "\n\t", "\ud800", "\u202e\u202c", "\x00"])
def test_text_that_cannot_be_seen_is_absent(empty: str) -> None:
    encoded = encode_texts(["dress", empty], lengths, dim=2, limit=10, name="lengths.v1")
    assert encoded.present.tolist() == [True, False]
    assert not encoded.vectors[1].any()
    with pytest.raises(EncodeError, match="empty query"):
        encode_query_text(empty, lengths, limit=10, name="lengths.v1")


def test_a_long_text_is_cut_at_the_limit() -> None:
    seen: list[str] = []
    encode_texts(["x" * 100], lambda texts: seen.extend(texts) or lengths(texts), dim=2, limit=10, name="lengths.v1")
    assert seen == ["x" * 10]


@given(st.text(max_size=50))
def test_readable_text_is_valid_and_short(text: str) -> None:
    cut = readable(text, 20)
    assert len(cut.encode()) <= 80
    assert readable(cut, 20) == cut
