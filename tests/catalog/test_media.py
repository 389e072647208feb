import hashlib
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from loopback import answer, serving
from media_makers import clip, picture, saved
from wares.catalog.feeds import open_feed
from wares.catalog.ingest import ingest
from wares.catalog.media import MediaStore, photos
from wares.catalog.media.store import write_whole
from wares.catalog.store import CatalogStore
from wares.errors import BlockedAddress, MediaRejected, NotFound
from wares.types import Media


@pytest.fixture
def feed(tmp_path):
    folder = tmp_path / "feed"
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "a.png").write_bytes(saved(picture(), "PNG"))
    return folder


@pytest.fixture
def store(tmp_path):
    made = MediaStore(tmp_path / "media", allow_private=True)
    yield made
    made.close()


@pytest.fixture
def encodings(monkeypatch):
    """How often a photo was encoded."""
    calls, encode = [], photos.reencode

    def counted(data, **limits):
        calls.append(len(data))
        return encode(data, **limits)

    monkeypatch.setattr(photos, "reencode", counted)
    return calls


def test_a_copy_is_named_by_its_own_bytes(store, feed):
    media = store.take(Media("images/a.png", alt="front", options={"color": "Red"}), feed)
    path = store.path(media.sha256)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == media.sha256 == path.stem
    assert path.parent.name == media.sha256[:2]
    assert (media.url, media.alt, media.options) == ("images/a.png", "front", {"color": "Red"})


def test_a_sha256_from_a_feed_is_not_believed(store, feed):
    claimed = "ab" * 32
    assert store.take(Media("images/a.png", sha256=claimed), feed).sha256 != claimed


def test_a_feed_cannot_claim_a_copy(store, feed, tmp_path):
    claimed = {"type": "image", "url": "images/a.png", "sha256": "ab" * 32}
    product = {"id": "p", "title": "Linen shirt", "variants": [{"id": "v"}], "media": [claimed]}
    (feed / "feed.jsonl").write_text(json.dumps(product))
    catalogue = CatalogStore(f"sqlite:///{tmp_path}/store.sqlite")
    for _ in range(2):
        ingest(open_feed(feed / "feed.jsonl"), catalogue, store.take)
        (media,) = catalogue.get("p").media
        assert media.sha256 == store.take(Media("images/a.png"), feed).sha256
    catalogue.close()


def test_an_unchanged_file_is_encoded_once(store, feed, encodings, tmp_path):
    first = store.take(Media("images/a.png"), feed)
    assert store.take(Media("images/../images/a.png"), feed).sha256 == first.sha256
    store.close()
    assert MediaStore(tmp_path / "media").take(Media("images/a.png"), feed).sha256 == first.sha256
    assert len(encodings) == 1


def test_a_changed_file_is_taken_anew(store, feed):
    first = store.take(Media("images/a.png"), feed)
    (feed / "images" / "a.png").write_bytes(saved(picture(seed=1), "PNG"))
    assert store.take(Media("images/a.png"), feed).sha256 != first.sha256


def test_the_same_bytes_elsewhere_are_encoded_once(store, feed, encodings):
    (feed / "b.jpg").write_bytes((feed / "images" / "a.png").read_bytes())
    assert store.take(Media("b.jpg"), feed).sha256 == store.take(Media("images/a.png"), feed).sha256
    assert len(encodings) == 1


def test_a_lost_copy_is_made_again(store, feed):
    media = store.take(Media("images/a.png"), feed)
    store.path(media.sha256).unlink()
    with pytest.raises(NotFound):
        store.path(media.sha256)
    assert store.path(store.take(Media("images/a.png"), feed).sha256).exists()


def test_other_settings_make_another_copy(store, feed, tmp_path):
    small = MediaStore(tmp_path / "media", max_side=64)
    assert small.take(Media("images/a.png"), feed).sha256 != store.take(Media("images/a.png"), feed).sha256


@pytest.mark.parametrize(
    "name", ["../secret.png", "/etc/hostname", "images/../../secret.png", "link.png", "folder/secret.png"]
)
def test_a_file_outside_the_feed_is_blocked(store, feed, name):
    (feed.parent / "secret.png").write_bytes(saved(picture(), "PNG"))
    (feed / "link.png").symlink_to(feed.parent / "secret.png")
    (feed / "folder").symlink_to(feed.parent)
    with pytest.raises(BlockedAddress):
        store.take(Media(name), feed)


def test_a_link_inside_the_feed_is_followed(store, feed):
    (feed / "link.png").symlink_to(feed / "images" / "a.png")
    assert store.take(Media("link.png"), feed).sha256


def test_what_is_no_file_is_rejected(store, feed):
    os.mkfifo(feed / "pipe.png")
    for name in ("pipe.png", "images", "gone.png", "nul\x00.png", "", "x" * 5000):
        with pytest.raises(MediaRejected) as caught:
            store.take(Media(name), feed)
        assert caught.value.fix
    with pytest.raises(BlockedAddress):
        store.take(Media("images/a.png"), None)


def test_a_file_over_the_cap_is_not_read(tmp_path, feed):
    store = MediaStore(tmp_path / "media", max_bytes=1000)
    with pytest.raises(MediaRejected, match="1,000 bytes"):
        store.take(Media("images/a.png"), feed)
    with pytest.raises(MediaRejected, match="1,000 bytes"):
        store.sanitize_photo(bytes(1001))


@pytest.mark.parametrize(
    "name", ["", "..", "../" * 20 + "etc/passwd", "ab" * 31, "AB" * 32, "zz" * 32, "ab" * 32 + "\n"]
)
def test_only_names_of_copies_have_a_path(store, name):
    with pytest.raises(NotFound):
        store.path(name)


def test_an_unchanged_address_is_not_sent_again(store, encodings):
    def script(connection, request):
        unchanged = b'If-None-Match: "1"' in request
        reply = answer(b"", "304 Not Modified") if unchanged else answer(saved(picture()), etag='"1"')
        reply(connection, request)

    with serving(script) as server:
        first = store.take(Media(server.url()))
        assert store.take(Media(server.url())).sha256 == first.sha256
        assert [b"If-None-Match" in request for request in server.requests] == [False, True]
        store.path(first.sha256).unlink()
        assert store.path(store.take(Media(server.url())).sha256).exists()
    assert len(encodings) == 2


def test_an_error_page_is_no_picture(store):
    with serving(answer(b"<html>", "404 Not Found")) as server, pytest.raises(MediaRejected, match="404"):
        store.take(Media(server.url()))
    with serving(answer(b"<html>", content_type="image/jpeg")) as server, pytest.raises(MediaRejected, match="no JPEG"):
        store.take(Media(server.url()))
    with serving(answer(b"", "304 Not Modified")) as server, pytest.raises(MediaRejected, match="unasked"):
        store.take(Media(server.url()))


def test_errors_do_not_tell_the_secret_part_of_an_address(store):
    with serving(answer(b"", "403 Forbidden")) as server, pytest.raises(MediaRejected) as caught:
        store.take(Media(server.url("/a.jpg?signature=canary")))
    assert "canary" not in str(caught.value)


def test_a_host_is_asked_by_a_few_threads_at_a_time(store):
    lock, now, most = threading.Lock(), [0], [0]

    def script(connection, request):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        threading.Event().wait(0.02)
        with lock:
            now[0] -= 1  # before the answer: who has it asks for the next one
        answer(saved(picture(16, 16)))(connection, request)

    with serving(script) as server, ThreadPoolExecutor(12) as pool:
        names = {media.sha256 for media in pool.map(lambda n: store.take(Media(server.url(f"/{n}"))), range(24))}
    assert len(names) == 1
    assert 2 <= most[0] <= 4


def test_threads_agree_on_one_copy(store, feed, tmp_path):
    with ThreadPoolExecutor(8) as pool:
        names = {media.sha256 for media in pool.map(lambda _: store.take(Media("images/a.png"), feed), range(32))}
    assert len(names) == 1
    assert [path.name for path in (tmp_path / "media").rglob("*.jpg")] == [f"{names.pop()}.jpg"]


def test_a_clip_gets_a_copy_and_a_poster(store, feed):
    clip(feed / "a.webm", kind="webm")
    media = store.take(Media("a.webm", "video"), feed)
    assert store.path(media.sha256).suffix == ".mp4"
    assert store.poster(media.sha256).read_bytes().startswith(b"\xff\xd8\xff")
    with pytest.raises(MediaRejected):
        store.take(Media("a.webm"), feed)
    with pytest.raises(MediaRejected):
        store.take(Media("images/a.png", "video"), feed)


def test_a_shopper_s_clip_is_kept_nowhere(store, tmp_path, feed):
    path = clip(feed / "a.mp4")
    for given in (path, path.read_bytes()):
        made = store.sanitize_clip(given)
        assert made.read_bytes()[4:8] == b"ftyp"
        made.unlink()
    assert not (tmp_path / "media").exists()


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    def fail(handle):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output"):
        write_whole(tmp_path / "ab" / "x.jpg", b"data")
    assert list((tmp_path / "ab").iterdir()) == []
