"""C8: archives that inflate without end, hold archives, or overlap are refused."""

import io
import struct
import zipfile

import pytest

from media_makers import peak_growth
from wares.catalog import archives
from wares.catalog.feeds import open_feed
from wares.errors import FeedError


def zipped(path, members: dict[str, bytes], level: int = zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", level) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def assert_bomb_is_refused(tmp_path) -> None:
    bomb = zipped(tmp_path / "bomb.zip", {"feed.jsonl": bytes(60_000_000)})
    out = tmp_path / "out"
    with pytest.raises(FeedError, match="inflates") as caught:
        archives.unpack(bomb, out)
    assert caught.value.status == 422
    assert sum(file.stat().st_size for file in out.rglob("*")) <= archives.GRACE + archives.CHUNK


def test_a_bomb_is_refused_before_it_fills_the_disk(tmp_path):
    assert peak_growth(lambda: assert_bomb_is_refused(tmp_path)) < 64_000_000 + 60_000_000  # the maker holds it once


def test_the_total_over_all_members_counts(tmp_path):
    path = zipped(tmp_path / "a.zip", {f"{number}.txt": b"x" * 1000 for number in range(20)})
    with pytest.raises(FeedError, match="bytes"):
        archives.unpack(path, tmp_path / "out", max_bytes=10_000)


@pytest.mark.parametrize("name", ["inner.zip", "inner.tar.gz", "feed.csv.gz"])
def test_an_archive_in_an_archive_is_refused(tmp_path, name):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a", "b")
    with pytest.raises(FeedError, match="archive in an archive"):
        archives.unpack(zipped(tmp_path / "a.zip", {name: inner.getvalue()}), tmp_path / "out")


def test_members_that_overlap_are_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", {"a.txt": b"x" * 5000, "b.txt": b"y" * 5000})
    data = bytearray(path.read_bytes())
    second = data.rindex(b"PK\x01\x02")  # its entry of the directory is sent to the data of the first
    struct.pack_into("<L", data, second + 42, 10)
    path.write_bytes(data)
    with pytest.raises(FeedError, match="overlap"):
        archives.unpack(path, tmp_path / "out")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nonsense", b"PK\x05\x06" + bytes(18)])
def test_a_broken_archive_is_told(tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(FeedError):
        open_feed(tmp_path / "a.zip")


def test_a_good_archive_is_read(tmp_path):
    path = zipped(tmp_path / "a.zip", {"shop/feed.jsonl": b'{"id": "1", "title": "A"}\n', "shop/images/a.jpg": b"1"})
    feed = open_feed(path)
    assert [row.product.title for row in feed] == ["A"]
    assert (feed.folder / "images" / "a.jpg").read_bytes() == b"1"


def test_without_its_guard_the_case_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(archives._Limit, "add", lambda self, out, packed: None)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        assert_bomb_is_refused(tmp_path)
