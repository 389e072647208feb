from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from wares.encode.photos import cropped, open_photo, square
from wares.types import Region


def _bytes(image, format="JPEG", **options):
    stream = BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def _gradient(width, height):
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.stack([x, y, 255 - x], -1).astype(np.uint8))


@pytest.mark.parametrize("size", [(2400, 1800), (1800, 2400), (530, 520), (150, 200)])
def test_shrink_on_load_never_goes_below_what_is_asked(size):
    photo = open_photo(_bytes(_gradient(*size)), 260)
    assert min(photo.size) >= min(260, *size)
    if min(size) >= 520:
        assert max(photo.size) < max(size), "a large JPEG must not be decoded whole"


def test_shrunk_pixels_are_close_to_those_of_a_full_decode():
    image = _gradient(2000, 1500)
    full = np.asarray(image.resize((260, 260), Image.Resampling.BICUBIC), float)
    assert np.abs(square(_bytes(image, quality=95), 260) - full).mean() < 1.5


def test_what_is_transparent_becomes_white():
    image = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (0, 0, 20, 40))
    for format in ("PNG", "WEBP"):
        pixels = np.asarray(open_photo(_bytes(image, format, **({"lossless": True} if format == "WEBP" else {})), 40))
        assert tuple(pixels[20, 30]) == (255, 255, 255)
        assert tuple(pixels[20, 10]) == (0, 0, 255)


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK", "I;16"])
def test_every_colour_mode_becomes_rgb(mode):
    image = Image.new(mode, (50, 50)) if mode == "I;16" else _gradient(50, 50).convert(mode)
    assert square(_bytes(image, "JPEG" if mode == "CMYK" else "PNG"), 260).shape == (260, 260, 3)


def test_a_part_of_a_photo_is_cut_out_by_shares():
    image = Image.new("RGB", (100, 60), "white")
    image.paste((255, 0, 0), (50, 0, 100, 30))
    part = Image.open(BytesIO(cropped(_bytes(image, "PNG"), Region(0.5, 0.0, 1.0, 0.5))))
    assert part.size == (50, 30)
    assert part.convert("RGB").getextrema() == ((255, 255), (0, 0), (0, 0))
    dot = Image.open(BytesIO(cropped(_bytes(image, "PNG"), Region(0.999, 0.999, 1.0, 1.0))))
    assert dot.size == (1, 1)
