"""The version of a shop changes whenever the same query may be answered otherwise, whoever changed it."""

import threading

import pytest

from small_shops import config_of, filled, write_feed
from wares.catalog.store import CatalogStore
from wares.errors import StoreError
from wares.search.synonymfile import NAME as SYNONYMS
from wares.shop import Shop
from wares.types import Query


@pytest.fixture
def shop(tmp_path):
    shop = filled(tmp_path)
    yield shop
    shop.close()


def ingest(shop, folder):
    shop.ingest(write_feed(folder / "more.jsonl", ["new"]), mode="upsert")


def patch(shop, _):
    shop.patch("p7", {"title": "chair p7"})


def delete(shop, _):
    shop.delete(["p7"])


def rebuild(shop, _):
    shop.rebuild()


def recalibrate(shop, _):
    shop.recalibrate(0.6)


def synonyms(shop, _):
    (shop.config.shop.folder / SYNONYMS).write_text("lamp, lantern\n", encoding="utf-8")
    shop.rebuild()


def written_by_another_process(shop, _):
    store = CatalogStore(shop.config.store_url())
    store.apply([], ["p7"])
    store.close()


CHANGES = [ingest, patch, delete, rebuild, recalibrate, synonyms, written_by_another_process]


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_gives_another_version(shop, tmp_path, change):
    before = shop.version
    assert shop.version == before == shop.search(Query("lamp")).version
    change(shop, tmp_path)
    assert shop.version != before
    assert shop.search(Query("lamp")).version == shop.version


def test_other_synonyms_alone_give_another_version(shop, tmp_path):
    (tmp_path / "shop" / SYNONYMS).write_text("lamp, lantern\n", encoding="utf-8")
    reader = Shop.open(config_of(tmp_path))
    assert reader.version.split(".")[:2] == shop.version.split(".")[:2]
    assert reader.version != shop.version
    reader.close()


def test_a_way_back_is_to_the_version_that_was(shop):
    before = shop.version
    shop.rebuild()
    between = shop.version
    shop.rollback()
    assert shop.version == before != between


def test_the_same_calibration_again_is_the_same_version(shop):
    before = shop.version
    shop.recalibrate(0.6)
    once = shop.version
    shop.recalibrate(0.6)
    assert shop.version == once != before


def test_an_index_that_is_behind_has_a_version_of_its_own(shop, monkeypatch):
    before = shop.version

    def full(*_):
        raise StoreError("no space", fix="free some")

    monkeypatch.setattr(shop._live, "_apply", full)
    written_by_another_process(shop, None)
    assert shop.search(Query("lamp")).degraded == ("index",)
    assert shop.version not in ("", before)


def test_where_the_store_cannot_be_read_it_is_told_and_searching_goes_on(shop, monkeypatch):
    def gone(_):
        raise StoreError("the store cannot be read", fix="check the disk")

    monkeypatch.setattr(CatalogStore, "seq", property(gone))
    assert shop.version
    assert shop.search(Query("lamp")).degraded == ("index",)


def test_it_waits_for_nobody_where_nothing_was_written(shop):
    told = []
    with shop._turn:
        asking = threading.Thread(target=lambda: told.append(shop.version))
        asking.start()
        asking.join(10)
    assert told == [shop.version]


def test_it_waits_for_whoever_takes_in_what_was_written(shop):
    written_by_another_process(shop, None)
    told = []
    asking = threading.Thread(target=lambda: told.append(shop.version))
    with shop._turn:
        asking.start()
        asking.join(0.1)
        assert told == []
    asking.join(10)
    assert told == [shop.version]
