"""A6: a disk that cannot be written: the shop opens, answers, and says that it takes nothing in."""

import os
import subprocess
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from small_shops import config_of, filled
from wares.catalog import database
from wares.catalog.store import CatalogStore
from wares.encode.cache import VectorCache
from wares.encode.transcripts import Transcripts
from wares.errors import ReadOnly, StoreError
from wares.serve.app import create_app
from wares.shop import Shop
from wares.types import Event, Query


@pytest.fixture
def frozen(tmp_path):
    """Make a folder read-only, whoever asks."""
    mounted: list[Path] = []

    def freeze(folder: Path) -> None:
        bound = subprocess.run(["mount", "--bind", str(folder), str(folder)], capture_output=True)
        if bound.returncode:
            pytest.skip("a folder cannot be mounted read-only here")
        mounted.append(folder)
        subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
        assert not os.access(folder, os.W_OK)

    yield freeze
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def assert_it_serves(tmp_path: Path, frozen) -> None:
    filled(tmp_path).close()
    frozen(tmp_path / "shop")
    shop = Shop.open(config_of(tmp_path))
    with TestClient(create_app(shop)) as client:
        page = client.get("/v1/search?q=lamp p7")
        assert page.status_code == 200
        assert page.json()["hits"][0]["id"] == "p7"
        ready = client.get("/readyz").json()
        assert (ready["status"], [each["part"] for each in ready["degraded"]]) == ("degraded", ["write"])
        assert client.get("/healthz").json() == {"status": "ok"}
    shop.close()


def test_it_serves_and_says_what_it_cannot_do(tmp_path, frozen):
    assert_it_serves(tmp_path, frozen)
    with pytest.raises(ReadOnly) as refused:
        Shop.open(config_of(tmp_path), write=True)
    assert (refused.value.code, refused.value.status) == ("read_only", 503)


def test_a_disk_that_turns_read_only_under_a_writer(tmp_path, frozen):
    shop = filled(tmp_path)
    frozen(tmp_path / "shop")
    assert shop.degraded == ("write",)
    assert shop.search(Query("lamp")).total == 30
    shop.close()


def test_without_its_guard_the_case_fails(tmp_path, frozen, monkeypatch):
    monkeypatch.setattr(database.os, "access", lambda *_: True)
    with pytest.raises((StoreError, AssertionError)):
        assert_it_serves(tmp_path, frozen)


def test_writes_that_are_still_in_the_log_are_not_hidden(tmp_path, frozen):
    shop = filled(tmp_path)  # not closed, so its last writes are in the log
    folder = tmp_path / "shop"
    assert (folder / "catalogue.sqlite-wal").stat().st_size
    frozen(folder)
    with pytest.raises(ReadOnly, match="sqlite-wal"):
        CatalogStore(config_of(tmp_path).store_url())
    shop.close()


def test_events_are_refused_with_a_code(tmp_path, frozen):
    filled(tmp_path).close()
    frozen(tmp_path / "shop")
    shop = Shop.open(config_of(tmp_path))
    from datetime import UTC, datetime

    event = Event(id="1", action="click", product="p1", time=datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(ReadOnly):
        shop.feedback([event])
    shop.close()


def test_vectors_and_texts_are_read_where_they_cannot_be_kept(tmp_path, frozen):
    folder = tmp_path / "kept"
    VectorCache(folder).close()
    texts = Transcripts(folder)
    texts.put("a", "reader", "words")
    texts.close()
    frozen(folder)
    cache, texts = VectorCache(folder), Transcripts(folder)
    cache.write("encoder", {"a": None})
    assert cache.read("encoder", ["a"], 3) == {}
    assert texts.get(["a"]) == {"a": "words"}
    with pytest.raises(StoreError):
        texts.put("b", "reader", "words")
    cache.close()
    texts.close()


def test_a_frozen_folder_without_either_is_empty(tmp_path, frozen):
    (tmp_path / "kept").mkdir()
    frozen(tmp_path / "kept")
    assert VectorCache(tmp_path / "kept").count("encoder") == 0
    assert Transcripts(tmp_path / "kept").get(["a"]) == {}
