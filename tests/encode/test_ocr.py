from importlib.util import find_spec
from io import BytesIO

import pytest
from PIL import Image, ImageDraw, ImageFont

from wares.encode.ocr import PhotoReader
from wares.errors import EncodeError, WeightsError

installed = pytest.mark.skipif(not find_spec("rapidocr"), reason="the extra wares[ocr] is not installed")


def photo(*words: str) -> bytes:
    picture = Image.new("RGB", (640, 400), "white")
    for row, text in enumerate(words):
        ImageDraw.Draw(picture).text((40, 40 + 160 * row), text, "black", ImageFont.load_default(64))
    data = BytesIO()
    picture.save(data, "JPEG")
    return data.getvalue()


@installed
@pytest.mark.slow
def test_printed_words_are_read_from_top_to_bottom() -> None:
    first, second = PhotoReader().read(photo("GREEN TEA", "500 ml"))
    assert [line.text.replace(" ", "").lower() for line in (first, second)] == ["greentea", "500ml"]
    assert first.confidence > 0.6
    left, top, right, bottom = first.box
    assert 0 <= left < right <= 1
    assert 0 <= top < bottom < second.box[3] <= 1


@installed
@pytest.mark.slow
def test_a_photo_without_words_has_no_lines() -> None:
    assert PhotoReader().read(photo()) == []


def test_what_is_no_photo_is_refused() -> None:
    with pytest.raises(EncodeError, match="decoded"):
        PhotoReader().read(b"no photo")


@pytest.mark.skipif(bool(find_spec("rapidocr")), reason="the extra wares[ocr] is installed")
def test_without_the_extra_the_error_names_it() -> None:
    with pytest.raises(WeightsError, match=r"wares\[ocr\]"):
        PhotoReader().read(photo())
