"""C3: a cut-off JPEG is refused, and so is one that makes the decoder go over the picture a thousand times."""

import pytest

from media_makers import jpeg_scans, picture, saved
from wares.catalog.media import MediaStore, photos
from wares.errors import MediaRejected


def assert_refused(folder, data: bytes, reason: str) -> None:
    with pytest.raises(MediaRejected, match=reason):
        MediaStore(folder).sanitize_photo(data)


@pytest.mark.parametrize("scans", [photos.MAX_SCANS + 1, 1000])
def test_too_many_scans_are_refused(tmp_path, scans):
    assert photos.header(jpeg_scans(scans)).scans == scans
    assert_refused(tmp_path, jpeg_scans(scans), f"{scans} scans")


def test_scans_are_weighed_by_the_size_of_the_picture():
    with pytest.raises(MediaRejected, match="scans"):
        photos.check_scans(photos.PhotoHeader("JPEG", 7000, 7000, 40), max_pixels=50_000_000)


def test_what_encoders_write_passes(tmp_path):
    assert MediaStore(tmp_path).sanitize_photo(saved(picture(), progressive=True))
    assert MediaStore(tmp_path).sanitize_photo(jpeg_scans(20))


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_cut_off_picture_is_refused(tmp_path, share, progressive):
    data = saved(picture(), progressive=progressive)
    assert_refused(tmp_path, data[: int(len(data) * share)], "cut off|broken")


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_cut_off_formats_are_refused(tmp_path, kind):
    data = saved(picture(), kind)
    for share in (0.001, 0.01, 0.5, 0.99):
        assert_refused(tmp_path, data[: 12 + int(len(data) * share)], "broken")


def test_without_its_guard_the_case_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(photos, "check_scans", lambda found, max_pixels: None)
    with pytest.raises(pytest.fail.Exception):
        assert_refused(tmp_path, jpeg_scans(1000), "scans")
