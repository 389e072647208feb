"""C7: CMYK, 16 bits, palettes, profiles and odd sizes become the right RGB."""

from io import BytesIO

import pytest
from PIL import Image, ImageCms

from media_makers import odd_modes, odd_sizes, saved
from wares.catalog.media import MediaStore, photos


def assert_colour(folder, name: str) -> None:
    with Image.open(BytesIO(MediaStore(folder).sanitize_photo(odd_modes()[name]))) as image:
        assert (image.mode, image.size) == ("RGB", (40, 30))
        wanted = (128,) * 3 if "grey" in name else (255,) * 3 if "1-bit" in name else (200, 30, 30)
        found = image.getpixel((20, 15))
        assert max(abs(a - b) for a, b in zip(found, wanted, strict=True)) <= 3, found


@pytest.mark.parametrize("name", odd_modes())
def test_every_mode_becomes_the_right_rgb(tmp_path, name):
    assert_colour(tmp_path, name)


def test_what_is_transparent_becomes_white(tmp_path):
    half = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
    half.paste((0, 0, 255, 255), (0, 0, 20, 30))
    for kind in ("PNG", "WEBP"):
        with Image.open(BytesIO(MediaStore(tmp_path).sanitize_photo(saved(half, kind)))) as image:
            assert min(image.getpixel((35, 15))) > 250
            assert image.getpixel((5, 15))[2] > 240 > 20 > image.getpixel((5, 15))[0]


@pytest.mark.parametrize(("name", "size"), [("1×1", (1, 1)), ("1×20000", (1, 1200))])
def test_odd_sizes_are_scaled(tmp_path, name, size):
    with Image.open(BytesIO(MediaStore(tmp_path).sanitize_photo(odd_sizes()[name]))) as image:
        assert image.size == size
        assert image.getpixel((0, 0))[0] > 240


def test_without_16_bit_scaling_the_case_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(photos, "deep", lambda image: image.convert("I").convert("L"))
    with pytest.raises(AssertionError):
        assert_colour(tmp_path, "16-bit grey png")


def test_without_profiles_a_wide_colour_is_wrong(tmp_path, monkeypatch):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = profile.replace("sRGB".encode("utf-16-be"), "Wide".encode("utf-16-be"))
    profile = profile.replace(b"rXYZ", b"tXYZ").replace(b"gXYZ", b"rXYZ").replace(b"tXYZ", b"gXYZ")  # red is green
    data = saved(Image.new("RGB", (40, 30), (200, 30, 30)), icc_profile=profile, quality=95)

    def green() -> bool:
        with Image.open(BytesIO(MediaStore(tmp_path).sanitize_photo(data))) as image:
            red, green, _ = image.getpixel((20, 15))
            return green > red

    assert green()
    monkeypatch.setattr(photos, "srgb", lambda picture, profile: picture)
    assert not green()
