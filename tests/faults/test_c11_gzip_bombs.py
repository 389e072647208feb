"""C11: a gzip that inflates a thousand times is stopped by what comes out of it."""

import gzip

import pytest

from media_makers import peak_growth
from wares.catalog import archives
from wares.catalog.feeds import open_feed
from wares.catalog.ingest import ingest
from wares.catalog.store import CatalogStore
from wares.errors import FeedError


def bomb(tmp_path, megabytes: int = 200):
    path = tmp_path / "feed.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=9) as file:
        for _ in range(megabytes):
            file.write(bytes(1_000_000))
    return path


def assert_stopped(path) -> None:
    with pytest.raises(FeedError, match="inflates more than 100 times"):
        list(open_feed(path, format="jsonl.v1"))


def test_a_bomb_is_stopped(tmp_path):
    path = bomb(tmp_path)
    assert path.stat().st_size < 400_000
    assert peak_growth(lambda: assert_stopped(path)) < 64_000_000


def test_a_feed_that_is_a_bomb_changes_nothing(tmp_path):
    store = CatalogStore(f"sqlite:///{tmp_path}/a.sqlite")
    report = ingest(open_feed(bomb(tmp_path, 20), format="jsonl.v1"), store)
    assert report.held
    assert store.seq == 0


def test_a_cap_holds_whatever_the_ratio(tmp_path):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"abc" * 1000, compresslevel=0))
    with pytest.raises(FeedError, match="bytes"), archives.open_stream(path, max_bytes=1000) as stream:
        stream.read()


def test_a_gzip_that_ends_in_the_middle_holds_the_run(tmp_path):
    store = CatalogStore(f"sqlite:///{tmp_path}/a.sqlite")
    lines = b"".join(b'{"id": "%d", "title": "thing %d"}\n' % (n, n * 7919) for n in range(5000))
    (tmp_path / "feed.jsonl.gz").write_bytes(gzip.compress(lines)[:-2000])
    report = ingest(open_feed(tmp_path / "feed.jsonl.gz"), store)
    assert "ends in the middle" in report.held
    assert store.count() == 0


def test_without_its_guard_the_case_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(archives._Limit, "add", lambda self, out, packed: None)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        assert_stopped(bomb(tmp_path, 40))
