from pathlib import Path

import numpy as np
import pytest

from wares.encode import text
from wares.encode.text import MultilingualTextEncoder
from wares.errors import EncodeError
from wares.registry import create
from wares.testing import check_encoder

TEXTS = ["a red dress", "红色连衣裙", "USB-C charger 65W", "", "x " * 600, "running shoes", "跑步鞋", "\ud800 lone"]
encoder = MultilingualTextEncoder()


@pytest.fixture(scope="module")
def encoded() -> np.ndarray:
    return encoder.encode(TEXTS).vectors


def test_rows_are_unit_and_the_empty_text_is_absent() -> None:
    result = encoder.encode(TEXTS)
    assert result.vectors.shape == (8, 512)
    assert result.vectors.dtype == np.float32
    assert result.present.tolist() == [bool(text) for text in TEXTS]
    np.testing.assert_allclose(np.linalg.norm(result.vectors[result.present], axis=1), 1, atol=1e-5)
    assert encoder.encode([]).vectors.shape == (0, 512)


def test_the_batch_around_a_text_does_not_matter(encoded: np.ndarray) -> None:
    alone = np.vstack([encoder.encode([text]).vectors for text in TEXTS])
    np.testing.assert_allclose(alone, encoded, atol=1e-5)
    np.testing.assert_allclose(encoder.encode(TEXTS[::-1]).vectors[::-1], encoded, atol=1e-5)


def test_queries_and_products_share_the_space(encoded: np.ndarray) -> None:
    np.testing.assert_allclose(encoder.encode_query("a red dress"), encoded[0], atol=1e-5)


def test_english_and_chinese_meet(encoded: np.ndarray) -> None:
    dress, chinese_dress, charger, _, _, shoes, chinese_shoes, _ = encoded
    assert dress @ chinese_dress > max(charger @ chinese_dress, shoes @ chinese_dress)
    assert shoes @ chinese_shoes > max(charger @ chinese_shoes, dress @ chinese_shoes)


def test_what_lies_beyond_the_limit_is_not_read() -> None:
    short = create("encoder", "usem3.v1", limit=9)
    np.testing.assert_allclose(short.encode_query("red dress and more"), short.encode_query("red dress"), atol=1e-6)
    assert short.fingerprint != encoder.fingerprint


def test_the_weights_load_on_first_use() -> None:
    fresh = MultilingualTextEncoder()
    assert fresh._model is None
    fresh.encode([""])
    assert fresh._model is None


def test_a_folder_keeps_the_model_and_changes_no_number(encoded: np.ndarray, tmp_path: Path) -> None:
    for _ in range(2):  # made, then opened
        text._model.cache_clear()
        assert np.array_equal(MultilingualTextEncoder(folder=tmp_path).encode(TEXTS).vectors, encoded)
    assert (tmp_path / "usem3.safetensors").is_file()
    assert MultilingualTextEncoder(folder=tmp_path).fingerprint == encoder.fingerprint


def test_nan_from_the_model_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = MultilingualTextEncoder()
    monkeypatch.setattr(broken, "_run", lambda texts: np.full((len(texts), 512), np.nan, dtype=np.float32))
    with pytest.raises(EncodeError, match="NaN"):
        broken.encode(["dress"])
    with pytest.raises(EncodeError, match="NaN"):
        broken.encode_query("dress")


def test_the_contract_of_an_encoder_is_kept() -> None:
    check_encoder(encoder, ["a red dress", "红色连衣裙", "x " * 600], absent="")
