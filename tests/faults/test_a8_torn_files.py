"""A8: files that end too early: a torn tail is dropped, and what was written before it is kept."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from killed_runs import generation_of, prepared, url_of
from small_shops import config_of, filled
from wares.catalog.feeds import open_feed
from wares.catalog.ingest import ingest
from wares.catalog.store import CatalogStore
from wares.encode import cache as cache_module
from wares.encode import transcripts as transcripts_module
from wares.encode.cache import VectorCache
from wares.encode.transcripts import Transcripts
from wares.index import snapshot
from wares.shop import Shop
from wares.types import Query

ROW = np.array([1, 0, 0], np.float32)


def cut(path: Path, share: float, less: int = 0) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: max(int(len(data) * share) - less, 0)])


ENDS = [(0, 0), (0.3, 0), (0.7, 1), (1, 5000), (1, 1), (1, 0)]


@pytest.mark.parametrize(("share", "less"), ENDS)
def test_a_torn_log_of_the_store_leaves_a_whole_run(tmp_path, share, less):
    folder = prepared(tmp_path / "live")
    store = CatalogStore(url_of(folder))
    assert ingest(open_feed(folder / "feed.jsonl"), store).applied
    copy = shutil.copytree(folder, tmp_path / "copy")  # as a crash leaves it: generation 2 is in the log alone
    store.close()
    cut(copy / "catalogue.sqlite-wal", share, less)
    assert generation_of(copy) == (2 if (share, less) == (1, 0) else 1)


@pytest.mark.parametrize(("share", "less"), ENDS)
def test_a_torn_log_of_vectors_and_texts_keeps_what_was_before(tmp_path, share, less):
    live = tmp_path / "live"
    vectors, texts = VectorCache(live), Transcripts(live)
    vectors.write("encoder", {"before": ROW})
    texts.put("before", "reader", "words")
    vectors.close()
    texts.close()
    vectors, texts = VectorCache(live), Transcripts(live)
    vectors.write("encoder", {"after": ROW})
    texts.put("after", "reader", "words")
    copy = shutil.copytree(live, tmp_path / "copy")
    vectors.close()
    texts.close()
    for name in ("vectors.sqlite-wal", "texts.sqlite-wal"):
        cut(copy / name, share, less)
    vectors, texts = VectorCache(copy), Transcripts(copy)
    found = vectors.read("encoder", ["before", "after"], 3)
    assert np.array_equal(found["before"], ROW)
    assert {"before": "words"}.items() <= texts.get(["before", "after"]).items()
    if (share, less) == (1, 0):
        assert found.keys() == texts.get(["before", "after"]).keys() == {"before", "after"}
    vectors.write("encoder", {"after": ROW})
    texts.put("after", "reader", "words")
    assert len(vectors.read("encoder", ["before", "after"], 3)) == len(texts.get(["before", "after"])) == 2
    vectors.close()
    texts.close()


def assert_usable(folder: Path) -> None:
    """What can be made again may be lost, but it works."""
    vectors, texts = VectorCache(folder), Transcripts(folder)
    try:
        vectors.write("encoder", {"new": ROW})
        texts.put("new", "reader", "words")
        assert np.array_equal(vectors.read("encoder", ["new"], 3)["new"], ROW)
        assert texts.get(["new"]) == {"new": "words"}
        assert texts.unread(["k1"], "reader") in ([], ["k1"])
    finally:
        vectors.close()
        texts.close()


def torn_databases(folder: Path, share: float) -> Path:
    vectors, texts = VectorCache(folder), Transcripts(folder)
    vectors.write("encoder", {f"k{n}": np.full(3000, n, np.float32) for n in range(30)})
    for n in range(30):
        texts.put(f"k{n}", "reader", "words " * 2000)
    vectors.close()
    texts.close()
    for name in ("vectors.sqlite", "texts.sqlite"):
        cut(folder / name, share)
    return folder


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9])
def test_a_database_that_ends_too_early_is_made_anew(tmp_path, share):
    assert_usable(torn_databases(tmp_path, share))


def test_without_its_guard_the_case_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(transcripts_module.sqlite3, "DatabaseError", transcripts_module.sqlite3.OperationalError)
    assert cache_module.sqlite3 is transcripts_module.sqlite3
    with pytest.raises(Exception, match=r"malformed|database|used"):
        assert_usable(torn_databases(tmp_path, 0.5))


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    filled(folder).close()
    return folder


def assert_mended(folder: Path) -> None:
    shop = Shop.open(config_of(folder), write=True)
    hits = shop.search(Query("lamp p7"))
    assert (hits.total, hits.ids[0]) == (30, "p7")
    shop.close()


def index_files(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "shop" / "index").rglob("*") if path.is_file())


def test_each_file_of_the_index_cut_in_half_or_empty(closed, tmp_path):
    for number, path in enumerate(index_files(closed)):
        folder = shutil.copytree(closed, tmp_path / str(number))
        cut(folder / path.relative_to(closed), 0.5 if number % 2 else 0)
        assert_mended(folder)


def test_without_the_manifest_a_cut_index_is_not_found(closed, tmp_path, monkeypatch):
    monkeypatch.setattr(snapshot, "_check_file", lambda path, listed: None)
    folder = shutil.copytree(closed, tmp_path / "copy")
    cut(folder / "shop" / "index" / "g00000001" / "words.bin", 0.5)
    with pytest.raises((AssertionError, ValueError, IndexError, KeyError)):
        assert_mended(folder)
