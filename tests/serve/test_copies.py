"""Photos as small as a page shows them: a fixed list of widths, made once, and never instead of an answer."""

import io
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image
from starlette.testclient import TestClient

from wares.catalog.media import WIDTHS, MediaStore, photos
from wares.serve.app import create_app
from wares.types import Media


@pytest.fixture
def sha256(shop):
    return shop.media.add(Image.new("RGB", (900, 600), "teal"))


@pytest.fixture
def kept(shop, tmp_path):
    """The shop with a real store of media, and the name of a photo in it."""
    shop.media = MediaStore(tmp_path / "media", allow_private=True)
    Image.new("RGB", (900, 600), "teal").save(tmp_path / "teal.png")
    yield shop.media.take(Media("teal.png"), tmp_path).sha256
    shop.media.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_photo_comes_in_every_width_as_webp_and_may_be_kept_for_ever(client, sha256, width):
    for _ in range(2):
        answer = client.get(f"/media/{sha256}.{width}.webp")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/webp"
        assert "immutable" in answer.headers["cache-control"]
        picture = Image.open(io.BytesIO(answer.content))
        assert picture.format == "WEBP"
        assert picture.size == (width, round(600 * width / 900))


def test_a_photo_is_never_enlarged():
    out = io.BytesIO()
    Image.new("RGB", (100, 7), "red").save(out, "JPEG")
    assert Image.open(io.BytesIO(photos.scaled(out.getvalue(), 480))).size == (100, 7)


@pytest.mark.parametrize(
    "name",
    [
        "{sha256}.1.webp",
        "{sha256}.0.webp",
        "{sha256}.-320.webp",
        "{sha256}.321.webp",
        "{sha256}.0320.webp",
        "{sha256}.３２０.webp",
        "{sha256}.320.jpg",
        "{sha256}.320.webp.webp",
        "{sha256}.320.webp%0a",
        "{sha256}..webp",
        "{sha256}.webp",
        "{sha256}." + "9" * 6000 + ".webp",
        "../{sha256}.320.webp",
        "%2e%2e/{sha256}.320.webp",
        "0" * 64 + ".320.webp",
        "{upper}.320.webp",
        "{clip}.320.webp",
    ],
)
def test_other_widths_and_names_are_not_there_and_make_nothing(client, shop, kept, tmp_path, name):
    upper, clip = kept.upper(), "ab" * 32
    (tmp_path / "media" / "ab").mkdir(exist_ok=True)
    (tmp_path / "media" / "ab" / f"{clip}.mp4").write_bytes(b"a clip")
    with TestClient(create_app(shop), raise_server_exceptions=False) as client:
        answer = client.get("/media/" + name.format(sha256=kept, upper=upper, clip=clip))
    assert answer.status_code == 404
    assert not list((tmp_path / "media").rglob("*.webp"))


def test_many_requests_at_once_make_each_width_once_and_one_at_a_time(shop, kept, monkeypatch):
    made, running, most, lock, scaled = [], 0, 0, threading.Lock(), photos.scaled

    def counted(copy, width):
        nonlocal running, most
        with lock:
            running, most = running + 1, max(most, running + 1)
            made.append(width)
        try:
            return scaled(copy, width)
        finally:
            with lock:
                running -= 1

    monkeypatch.setattr(photos, "scaled", counted)
    with TestClient(create_app(shop)) as client, ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: client.get(f"/media/{kept}.{WIDTHS[n % len(WIDTHS)]}.webp"), range(64)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == len(WIDTHS)
    assert sorted(made) == sorted(WIDTHS)
    assert most == 1


def test_two_processes_may_make_the_same_photo(kept, shop, tmp_path):
    other = MediaStore(tmp_path / "media")
    with ThreadPoolExecutor(8) as pool:
        paths = set(pool.map(lambda n: (shop.media, other)[n % 2].shrink(kept, 320), range(16)))
    other.close()
    assert len(paths) == 1
    assert Image.open(paths.pop()).size == (320, 213)
    assert not list((tmp_path / "media").rglob("tmp*"))


@pytest.mark.parametrize("trouble", ["full", "broken"])
def test_where_a_small_one_cannot_be_made_the_whole_one_is_shown_for_now(shop, kept, monkeypatch, trouble):
    whole = shop.media.path(kept)
    if trouble == "broken":
        whole.write_bytes(whole.read_bytes()[:200])
    else:

        def full(path, data):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("wares.catalog.media.store.write_whole", full)
    with TestClient(create_app(shop)) as client:
        answer = client.get(f"/media/{kept}.320.webp")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.content == whole.read_bytes()
    assert "immutable" not in answer.headers["cache-control"]


def test_pages_offer_widths_that_are_there_and_hold_the_room(client):
    for path in ("/", "/p/mug"):
        images = [tag for tag in re.findall(r"<img [^>]*>", client.get(path).text) if "/media/" in tag]
        assert images
        for tag in images:
            offered = re.search(r'srcset="([^"]*)"', tag)[1].split(", ")
            assert re.search(r' sizes="[^"]+"', tag)
            assert re.search(r' width="\d+" height="\d+"', tag)
            for each in offered:
                address, _ = each.split()
                assert client.get(address).status_code == 200
        assert "loading=" not in images[0], "what is seen first does not wait"
