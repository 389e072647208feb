"""C6: where and by whom a photo was taken is gone, and it stands upright."""

from io import BytesIO

import pytest
from PIL import Image, ImageOps

from media_makers import exif_photo, picture, saved
from wares.catalog.media import MediaStore, photos


def assert_upright(folder, orientation: int) -> None:
    data = exif_photo(orientation)
    with Image.open(BytesIO(MediaStore(folder).sanitize_photo(data))) as copy, Image.open(BytesIO(data)) as original:
        wanted = ImageOps.exif_transpose(original)
        assert copy.size == wanted.size
        small = [image.resize((8, 8)).tobytes() for image in (copy, wanted)]
        assert max(abs(a - b) for a, b in zip(*small, strict=True)) < 12


def assert_bare(folder) -> None:
    copy = MediaStore(folder).sanitize_photo(exif_photo())
    with Image.open(BytesIO(copy)) as image:
        assert not image.getexif()
        assert set(image.info) == {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert b"Secret" not in copy


@pytest.mark.parametrize("orientation", range(10))
def test_the_orientation_is_applied(tmp_path, orientation):
    assert_upright(tmp_path, orientation)


def test_nothing_but_the_picture_is_kept(tmp_path):
    assert b"Secret" in exif_photo()
    assert_bare(tmp_path)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_exif_turns_nothing(tmp_path):
    data = saved(picture(32, 24), exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\xff\xff")
    copy = MediaStore(tmp_path).sanitize_photo(data)
    with Image.open(BytesIO(copy)) as image:
        assert image.size == (32, 24)


def test_without_turning_the_case_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(photos, "UPRIGHT", {})
    with pytest.raises(AssertionError):
        assert_upright(tmp_path, 6)


def test_without_reencoding_the_case_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(photos, "reencode", lambda data, **limits: data)
    with pytest.raises(AssertionError):
        assert_bare(tmp_path)
