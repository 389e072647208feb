"""C15: a feed that lost most of its products over night is held; the catalogue is not deleted."""

import pytest

from wares.catalog import ingest as ingest_module
from wares.catalog.feeds import open_feed
from wares.catalog.ingest import Limits, ingest
from wares.catalog.store import CatalogStore


@pytest.fixture
def store(tmp_path):
    store = CatalogStore(f"sqlite:///{tmp_path}/a.sqlite")
    yield store
    store.close()


def feed(tmp_path, products: int):
    path = tmp_path / "feed.jsonl"
    path.write_text("".join(f'{{"id": "p{n}", "title": "Thing {n}", "language": "en"}}\n' for n in range(products)))
    return open_feed(path)


def assert_shrunken_feed_is_held(store, tmp_path) -> None:
    ingest(feed(tmp_path, 1000), store)
    report = ingest(feed(tmp_path, 100), store)
    assert "900 of 1,000 products are missing" in report.held
    assert "--force" in report.held
    assert (store.count(), store.seq) == (1000, 1000)


def test_a_feed_that_shrank_is_held(store, tmp_path):
    assert_shrunken_feed_is_held(store, tmp_path)


def test_an_empty_feed_is_held(store, tmp_path):
    ingest(feed(tmp_path, 10), store)
    assert ingest(feed(tmp_path, 0), store).held
    assert store.count() == 10


def test_it_is_applied_when_it_is_meant(store, tmp_path):
    ingest(feed(tmp_path, 1000), store)
    assert ingest(feed(tmp_path, 100), store, mode="upsert").applied
    assert store.count() == 1000
    assert ingest(feed(tmp_path, 100), store, limits=Limits(max_shrink_share=1)).deleted == 900
    assert store.count() == 100


def test_without_its_guard_the_case_fails(store, tmp_path, monkeypatch):
    monkeypatch.setattr(ingest_module, "_held", lambda *_: "")
    with pytest.raises(AssertionError):
        assert_shrunken_feed_is_held(store, tmp_path)
