from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from encode.tiny_models import TEXTS, save_sentence_encoder
from wares.encode.sentence import SentenceTransformersEncoder
from wares.errors import WeightsError
from wares.testing import check_encoder

needs_torch = pytest.mark.skipif(
    not (find_spec("torch") and find_spec("sentence_transformers")),
    reason="the extra wares[transformers] is not installed",
)


@pytest.mark.torch
@needs_torch
def test_a_users_model_keeps_the_contract(tmp_path: Path) -> None:
    encoder = SentenceTransformersEncoder(str(save_sentence_encoder(tmp_path / "model")))
    check_encoder(encoder, TEXTS, absent="")
    assert encoder.dim == 32


@pytest.mark.torch
@needs_torch
def test_vectors_are_those_of_the_model_itself(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    model = str(save_sentence_encoder(tmp_path / "model"))
    plain = SentenceTransformer(model, device="cpu").encode(TEXTS, normalize_embeddings=True)
    np.testing.assert_allclose(SentenceTransformersEncoder(model).encode(TEXTS).vectors, plain, atol=1e-5)


@pytest.mark.skipif(bool(find_spec("sentence_transformers")), reason="the extra wares[transformers] is installed")
def test_without_the_extra_the_error_names_it(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(WeightsError, match=r"wares\[transformers\]"):
        SentenceTransformersEncoder(str(tmp_path)).encode(["dress"])
