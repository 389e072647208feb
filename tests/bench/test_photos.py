import numpy as np
import pytest
from PIL import Image

from wares.bench import photos
from wares.bench.harness import BenchOptions, run
from wares.errors import ConfigError
from wares.protocols import Encoded


class Seeing:
    """Mean colours of a photo."""

    def encode(self, items):
        return Encoded(np.ones((len(items), 1), np.float32), np.ones(len(items), bool))


def test_every_figure_is_there(tmp_path, monkeypatch):
    (tmp_path / "open").mkdir()
    for row in range(3):
        Image.effect_noise((60, 80), 50).convert("RGB").save(tmp_path / "open" / f"{row}.jpg")
    monkeypatch.setattr(photos.vectors, "image_encoder", lambda *_: Seeing())
    monkeypatch.setattr(photos, "REPEATS", 1)
    result = run("photo-rate", BenchOptions(tmp_path, cache=tmp_path / "cache"))
    assert set(result.figures) == {"decode_per_s", "fp32_per_s", "int8_per_s", "colour_per_s", "int8_cosine"}
    assert all(value > 0 for value in result.figures.values())
    assert set(result.peers["pillow"]) == {"decode_per_s"}


def test_a_folder_without_photos_is_an_error(tmp_path):
    (tmp_path / "open").mkdir()
    with pytest.raises(ConfigError, match="no JPEGs"):
        run("photo-rate", BenchOptions(tmp_path, cache=tmp_path / "cache"))
