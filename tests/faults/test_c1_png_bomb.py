"""C1: a PNG that unfolds to gigabytes is refused by its header, before it is decoded."""

from pathlib import Path

import pytest

from media_makers import peak_growth, picture, png_bomb, saved
from wares.catalog.media import MediaStore, photos
from wares.errors import MediaRejected

pytestmark = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peak memory is read from /proc")


def assert_refused_cheaply(folder: Path, side: int) -> None:
    store, bomb = MediaStore(folder), png_bomb(side)
    store.sanitize_photo(saved(picture(8, 8), "PNG"))  # loads the decoder

    def take() -> None:
        with pytest.raises(MediaRejected, match="pixels") as caught:
            store.sanitize_photo(bomb)
        assert caught.value.status == 422

    assert peak_growth(take) < 16_000_000


@pytest.mark.parametrize("side", [30_000, 12_000])
def test_a_bomb_is_refused_by_its_header(tmp_path, side):
    assert_refused_cheaply(tmp_path, side)


def test_webp_and_jpeg_sizes_are_read_from_the_header_too():
    for kind in ("JPEG", "WEBP", "PNG"):
        found = photos.header(saved(picture(300, 200), kind))
        assert (found.format, found.width, found.height) == (kind, 300, 200)
    alpha, lossless = saved(picture(300, 200, "RGBA"), "WEBP"), saved(picture(300, 200), "WEBP", lossless=True)
    assert [(found.width, found.height) for found in map(photos.header, (alpha, lossless))] == [(300, 200)] * 2


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_without_its_guard_the_case_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(photos, "check_size", lambda found, max_pixels: None)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        assert_refused_cheaply(tmp_path, 12_000)
