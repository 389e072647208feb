"""C2: of an animation only the first frame is decoded, however many there are; GIF is not taken."""

from io import BytesIO

import pytest
from PIL import Image

from media_makers import animation, long_webp_animation, peak_growth
from wares.catalog.media import MediaStore, photos
from wares.errors import MediaRejected


def assert_first_frame(folder, data: bytes) -> None:
    copy = []
    assert peak_growth(lambda: copy.append(MediaStore(folder).sanitize_photo(data))) < 16_000_000
    with Image.open(BytesIO(copy[0])) as image:
        red, green, blue = image.convert("RGB").getpixel((8, 8))
        assert getattr(image, "n_frames", 1) == 1
        assert red > 240 > 20 > max(green, blue)


@pytest.mark.parametrize(
    "data", [animation("WEBP", 20), animation("PNG", 20), long_webp_animation()], ids=["webp", "apng", "10,000 frames"]
)
def test_only_the_first_frame_is_taken(tmp_path, data):
    assert_first_frame(tmp_path, data)


def test_an_animated_gif_is_refused(tmp_path):
    with pytest.raises(MediaRejected, match="no JPEG, PNG or WebP"):
        MediaStore(tmp_path).sanitize_photo(animation("GIF", 20))


def test_without_its_guard_the_animation_reaches_the_decoder():
    data = animation("PNG", 20)
    assert b"fdAT" not in photos.essential(data, "PNG")
    with Image.open(BytesIO(photos.essential(data, "PNG"))) as stripped, Image.open(BytesIO(data)) as whole:
        assert (getattr(stripped, "n_frames", 1), whole.n_frames) == (1, 20)


def test_without_its_guard_the_gif_case_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(photos, "sniff", lambda data: "GIF")
    monkeypatch.setattr(photos, "header", lambda data: photos.PhotoHeader("GIF", 16, 16))
    MediaStore(tmp_path).sanitize_photo(animation("GIF", 20))
