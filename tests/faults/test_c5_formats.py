"""C5: only JPEG, PNG and WebP are decoded; SVG, EPS, PSD, TIFF, ICO and the rest never reach a decoder."""

import pytest

from media_makers import refused_formats
from wares.catalog.media import MediaStore, photos
from wares.errors import MediaRejected


def assert_refused(folder, data: bytes) -> None:
    with pytest.raises(MediaRejected, match="no JPEG, PNG or WebP"):
        MediaStore(folder).sanitize_photo(data)


@pytest.mark.parametrize("name", refused_formats())
def test_other_formats_are_refused(tmp_path, name):
    assert_refused(tmp_path, refused_formats()[name])


@pytest.mark.parametrize("name", ["TIFF", "ICO", "PPM", "JPEG2000"])
def test_without_its_guard_the_case_fails(tmp_path, monkeypatch, name):
    kind = {"JPEG2000": "JPEG2000"}.get(name, name)
    monkeypatch.setattr(photos, "sniff", lambda data: kind)
    size = (256, 192) if name == "ICO" else (320, 240)
    monkeypatch.setattr(photos, "header", lambda data: photos.PhotoHeader(kind, *size))
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        assert_refused(tmp_path, refused_formats()[name])
