import contextlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from media_makers import picture, saved
from wares.catalog.media import photos
from wares.errors import MediaRejected


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


@given(
    width=st.integers(1, 90),
    height=st.integers(1, 90),
    side=st.integers(1, 64),
    kind=st.sampled_from(["JPEG", "PNG", "WEBP"]),
)
def test_a_copy_keeps_its_shape_and_is_never_enlarged(width, height, side, kind):
    copy = opened(photos.reencode(saved(picture(width, height), kind), max_side=side))
    scale = min(1, side / max(width, height))
    assert copy.size == (max(1, round(width * scale)), max(1, round(height * scale)))
    assert (copy.format, copy.mode) == ("JPEG", "RGB")
    assert not copy.info.get("progressive")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_copy_looks_like_its_original(kind):
    original = picture(1600, 1100)
    copy = opened(photos.reencode(saved(original, kind, quality=95), max_side=400))
    wanted = np.asarray(original.resize((400, 275), Image.Resampling.LANCZOS), float)
    assert np.abs(np.asarray(copy, float) - wanted).mean() < 3


def test_the_copy_of_a_copy_size_is_stable():
    data = saved(picture(700, 500))
    assert photos.reencode(data) == photos.reencode(data)


@given(
    st.binary(max_size=400), st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x00\x00\x00\x00WEBP", b""])
)
def test_random_bytes_are_rejected_with_a_fix(tail, magic):
    with pytest.raises(MediaRejected) as caught:
        photos.reencode(magic + tail)
    assert caught.value.fix


@given(st.data(), st.sampled_from(["JPEG", "PNG", "WEBP"]))
def test_flipped_bytes_are_decoded_or_rejected(data, kind):
    good = bytearray(saved(picture(40, 30), kind))
    for at in data.draw(st.lists(st.integers(0, len(good) - 1), min_size=1, max_size=8)):
        good[at] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(MediaRejected):
        assert opened(photos.reencode(bytes(good), max_pixels=100_000)).mode == "RGB"
