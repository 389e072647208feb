from collections.abc import Callable
from io import BytesIO
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from encode.clips import write_clip
from wares.encode.shots import Frame, FrameLimits, key_frames
from wares.errors import EncodeError

RED, GREEN, BLUE = (200, 30, 30), (30, 160, 60), (40, 60, 200)


def colour(frame: Frame) -> list[int]:
    pixels = np.asarray(Image.open(BytesIO(frame.jpeg)))
    return [int(value) for value in pixels[40:, 40:].mean(axis=(0, 1))]


def test_every_shot_gives_one_frame_with_its_time(tmp_path: Path) -> None:
    frames = key_frames(write_clip(tmp_path / "clip.mp4", [(RED, 1), (GREEN, 2), (BLUE, 0.6)]))
    assert len(frames) == 3
    for frame, wanted in zip(frames, (RED, GREEN, BLUE), strict=True):
        assert np.abs(np.subtract(colour(frame), wanted)).max() < 25
    assert [frame.seconds for frame in frames] == pytest.approx([frame.index / 10 for frame in frames], abs=0.01)
    assert [frame.span for frame in frames] == pytest.approx([1, 2, 0.6], abs=0.25)


def test_a_still_clip_is_one_frame(tmp_path: Path) -> None:
    (frame,) = key_frames(write_clip(tmp_path / "clip.mp4", [(RED, 3)]))
    assert frame.span == pytest.approx(3, abs=0.25)


def test_the_longest_shots_are_kept(tmp_path: Path) -> None:
    shots = [(RED, 1.0), (GREEN, 0.4), (BLUE, 1.0), (GREEN, 0.4), (RED, 1.0)]
    frames = key_frames(write_clip(tmp_path / "clip.mp4", shots), FrameLimits(shots=3))
    assert [np.argmax(colour(frame)) for frame in frames] == [0, 2, 0]


def test_what_lies_beyond_the_limits_is_not_seen(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", [(RED, 1), (GREEN, 1), (BLUE, 1)])
    assert len(key_frames(clip, FrameLimits(seconds=0.9))) == 1
    assert len(key_frames(clip, FrameLimits(frames=15))) == 2
    ticks = count()
    assert len(key_frames(clip, FrameLimits(work=8), clock=lambda: float(next(ticks)))) == 1


def test_frames_are_scaled_down(tmp_path: Path) -> None:
    (frame,) = key_frames(write_clip(tmp_path / "clip.mp4", [(RED, 0.5)]), FrameLimits(side=48))
    assert Image.open(BytesIO(frame.jpeg)).size == (48, 32)


def test_too_many_pixels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EncodeError):
        key_frames(write_clip(tmp_path / "clip.mp4", [(RED, 0.5)]), FrameLimits(pixels=1000))


@pytest.mark.parametrize("data", [b"", b"#EXTM3U\nfile:///etc/passwd\n", b"\0\0\0\x18ftypmp42" + b"\0" * 500])
def test_what_is_no_clip_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "clip.mp4").write_bytes(data)
    with pytest.raises(EncodeError, match=r"clip\.mp4"):
        key_frames(tmp_path / "clip.mp4")


def test_a_missing_clip_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncodeError, match=r"gone\.mp4"):
        key_frames(tmp_path / "gone.mp4")


def test_real_clips_are_seen(shared_data: Callable[[str], Path]) -> None:
    shots = {clip.stem: key_frames(clip) for clip in (shared_data("media-clips") / "video").glob("*.mp4")}
    assert len(shots) == 5
    assert len(shots["luma_model_fence"]) == 1  # she stands still
    assert 4 <= len(shots["fruit_vegetables"]) <= 12  # four kinds pass by
