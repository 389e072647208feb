"""A5: the disk is full in the middle of an index: the write is refused, searching goes on, space alone mends it."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from small_shops import filled, write_feed
from wares.errors import DiskFull
from wares.live import Live
from wares.types import Query

NAMES = [f"q{n}" for n in range(40)]


def fill_up(disk: Path, leave: int) -> Path:
    """A file that leaves so many bytes free."""
    path = disk / "ballast"
    with path.open("wb") as file, suppress(OSError):
        file.write(bytes(shutil.disk_usage(disk).free - leave))
    return path


def halves(disk: Path) -> list[str]:
    index = disk / "shop" / "index"
    whole = {path.name for path in index.glob("g????????")}
    names = (path.name.removesuffix(".json") for path in index.iterdir() if path.name != "CURRENT")
    return [name for name in names if name not in whole]


def assert_survives(disk: Path, feeds: Path, leave: int) -> str:
    """Returns which step had no space."""
    shop = filled(disk)
    before, generation = shop.search(Query("lamp")).total, shop.generation
    feed = write_feed(feeds / "more.jsonl", NAMES)
    ballast = fill_up(disk, leave)
    with pytest.raises(DiskFull) as refused:
        shop.ingest(feed, mode="upsert")
    assert (refused.value.code, refused.value.status) == ("disk_full", 507)
    step = "index" if "index" in shop.degraded else "store"
    kept = len(NAMES) if step == "index" else 0  # by the store: what is served took it in before there was no space
    for _ in range(3):
        hits = shop.search(Query("lamp"))
        assert (hits.total, hits.generation) == (before + kept, generation), "searching did not go on"
        assert hits.degraded == (("index",) if step == "index" else ())
    assert halves(disk) == []
    os.unlink(ballast)
    if step == "store":
        shop.ingest(feed, mode="upsert")
    assert shop.search(Query("lamp")).total == before + len(NAMES)
    assert shop.degraded == ()
    assert shop.generation != generation
    shop.close()
    return step


def test_a_disk_that_is_full_for_the_store(small_disk, tmp_path):
    assert assert_survives(small_disk, tmp_path, leave=4_096) == "store"


def test_a_disk_that_is_full_for_the_index(small_disk, tmp_path, monkeypatch):
    fill_later(monkeypatch, small_disk)
    assert assert_survives(small_disk, tmp_path, leave=1_000_000) == "index"


def fill_later(monkeypatch, disk: Path) -> None:
    """The rest of the disk is taken between the store's commit and the index."""
    rebuild = Live.rebuild

    def crowded(self, progress, *more):
        if (disk / "ballast").exists() and shutil.disk_usage(disk).free > 100_000:
            with (disk / "ballast").open("ab") as file, suppress(OSError):
                file.write(bytes(shutil.disk_usage(disk).free - 60_000))
        rebuild(self, progress, *more)

    monkeypatch.setattr(Live, "rebuild", crowded)


def test_without_its_guard_the_case_fails(small_disk, tmp_path, monkeypatch):
    fill_later(monkeypatch, small_disk)
    monkeypatch.setattr(Live, "keep_up", Live.follow)
    with pytest.raises(DiskFull):
        assert_survives(small_disk, tmp_path, leave=1_000_000)
