from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from encode.tiny_models import TEXTS, save_clip
from wares.encode.transformers import ClipEncoder
from wares.errors import WeightsError
from wares.testing import check_encoder

needs_torch = pytest.mark.skipif(
    not (find_spec("torch") and find_spec("transformers")), reason="the extra wares[transformers] is not installed"
)


def photo(colour: str, size: tuple[int, int] = (50, 40)) -> bytes:
    data = BytesIO()
    Image.new("RGB", size, colour).save(data, "JPEG")
    return data.getvalue()


@pytest.mark.torch
@needs_torch
@pytest.mark.parametrize("kind", ["clip", "siglip", "chinese_clip"])
def test_both_sides_keep_the_contract_and_share_a_space(kind: str, tmp_path: Path) -> None:
    model = str(save_clip(kind, tmp_path))
    text, image = ClipEncoder(model, "text"), ClipEncoder(model, "image")
    check_encoder(text, TEXTS, absent="")
    check_encoder(image, [photo("red"), photo("blue", (30, 90)), photo("green", (600, 400))], absent=b"")
    assert (text.space, text.dim) == (image.space, image.dim)
    assert text.fingerprint != image.fingerprint


@pytest.mark.torch
@needs_torch
def test_vectors_are_those_of_the_model_itself(tmp_path: Path) -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    model = str(save_clip("clip", tmp_path))
    tokens = AutoTokenizer.from_pretrained(model)(TEXTS[0], return_tensors="pt", padding="max_length", max_length=16)
    with torch.inference_mode():
        plain = AutoModel.from_pretrained(model).eval().get_text_features(**tokens).pooler_output[0].numpy()
    ours = ClipEncoder(model, "text").encode_query(TEXTS[0])
    np.testing.assert_allclose(ours, plain / np.linalg.norm(plain), atol=1e-5)


@pytest.mark.torch
@needs_torch
def test_c16_pickled_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="safetensors"):
        ClipEncoder(str(save_clip("clip", tmp_path, safe=False)))


@pytest.mark.torch
@needs_torch
def test_a_model_of_another_kind_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(WeightsError, match="cannot be loaded"):
        ClipEncoder(str(tmp_path)).encode([photo("red")])


@pytest.mark.skipif(bool(find_spec("transformers")), reason="the extra wares[transformers] is installed")
def test_without_the_extra_the_error_names_it(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(WeightsError, match=r"wares\[transformers\]"):
        ClipEncoder(str(tmp_path)).encode([photo("red")])
