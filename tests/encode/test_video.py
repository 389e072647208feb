from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from encode.clips import write_clip
from wares.encode.shots import FrameLimits
from wares.encode.video import FramesEncoder
from wares.errors import EncodeError
from wares.protocols import Encoded
from wares.registry import create
from wares.testing import check_encoder

RED, GREEN, BLUE = (200, 30, 30), (30, 160, 60), (40, 60, 200)


class MeanColourEncoder:
    modality = "image"
    space = "mean-colour"
    dim = 3
    fingerprint = "mean-colour:1"

    def encode(self, items: Sequence[bytes]) -> Encoded:
        rows = np.array([np.asarray(Image.open(BytesIO(item))).mean(axis=(0, 1)) for item in items], np.float32)
        rows = rows.reshape(len(items), 3)
        return Encoded(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.ones(len(items), np.bool_))

    def encode_query(self, item: bytes) -> np.ndarray:
        return self.encode([item]).vectors[0]


@pytest.fixture
def clips(tmp_path: Path) -> list[Path]:
    shots = ([(RED, 1.0)], [(GREEN, 2.0), (BLUE, 0.4)], [(BLUE, 1.0)])
    return [write_clip(tmp_path / f"{number}.mp4", some) for number, some in enumerate(shots)]


def test_the_contract_of_an_encoder_is_kept(clips: list[Path]) -> None:
    check_encoder(FramesEncoder(MeanColourEncoder()), clips)


def test_clips_and_photos_share_a_space(clips: list[Path]) -> None:
    encoder = create("encoder", "frames.v1", image=MeanColourEncoder())
    red, green, blue = encoder.encode(clips).vectors
    assert encoder.space == "mean-colour"
    assert [int(np.argmax(row)) for row in (red, green, blue)] == [0, 1, 2]


def test_a_shot_weighs_the_time_it_is_seen_and_the_best_frame_is_the_evidence(clips: list[Path]) -> None:
    seen = FramesEncoder(MeanColourEncoder()).see(clips[1])
    assert len(seen.frames) == len(seen.vectors) == 2
    green, blue = seen.vectors
    assert seen.vector @ green > seen.vector @ blue
    assert seen.best is seen.frames[0]
    assert seen.best.jpeg.startswith(b"\xff\xd8")
    spans = np.array([frame.span for frame in seen.frames])
    pooled = spans @ seen.vectors
    np.testing.assert_allclose(seen.vector, pooled / np.linalg.norm(pooled), atol=1e-5)


def test_limits_are_part_of_the_fingerprint() -> None:
    one, two = (FramesEncoder(MeanColourEncoder(), FrameLimits(shots=shots)) for shots in (1, 2))
    assert one.fingerprint != two.fingerprint


def test_a_broken_clip_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    with pytest.raises(EncodeError):
        FramesEncoder(MeanColourEncoder()).encode([tmp_path / "clip.mp4"])
