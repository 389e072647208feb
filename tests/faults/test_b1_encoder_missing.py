"""B1: the text encoder's model is missing or damaged: the shop starts, finds by words, says so, and is whole again."""

import bm25s
import numpy as np
import pytest
from starlette.testclient import TestClient

from faulty_parts import broken
from small_shops import config_of, filled, write_feed
from wares.errors import WeightsError
from wares.serve.app import create_app
from wares.shop import Shop
from wares.types import Query

PARTS = {"encode.text": "faulty.v1"}
FAULTS = ("missing", "corrupt")


@pytest.fixture
def folder(tmp_path):
    filled(tmp_path, **PARTS).close()
    return tmp_path


def reopened(folder, **options) -> Shop:
    return Shop.open(config_of(folder, **PARTS), **options)


def assert_found_by_words(shop) -> None:
    hits = shop.search(Query("lamp p7", explain=True))
    assert hits.ids[0] == "p7"
    assert hits.degraded == ("vectors",)
    assert "words_only" in [notice.code for notice in hits.notices]
    assert [hit.ledger.total for hit in hits] == pytest.approx(hits.scores.tolist())
    assert "vectors" in shop.degraded


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("write", [False, True])
def test_it_starts_and_finds_by_words(folder, fault, write):
    with broken(encoder=fault):
        shop = reopened(folder, write=write)
        assert_found_by_words(shop)
        with TestClient(create_app(shop)) as client:
            answer = client.get("/v1/search?q=lamp+p7").json()
            assert answer["degraded"] == ["vectors"]
            assert answer["hits"][0]["id"] == "p7"
            assert client.get("/?q=lamp").status_code == 200
        shop.close()
    shop = reopened(folder)
    assert shop.search(Query("lamp p7")).degraded == ()
    assert shop.degraded == ()
    shop.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_written_meanwhile_is_found_by_words_and_later_by_meaning(folder, fault):
    with broken(encoder=fault):
        shop = reopened(folder, write=True)
        shop.ingest(write_feed(folder / "more.jsonl", ["new1"]), mode="upsert")
        assert shop.search(Query("lamp new1")).ids[0] == "new1"
        shop.close()
    shop = reopened(folder)
    entry = shop._live._index.get("new1")
    assert entry is not None
    assert "text" in entry.vectors
    shop.close()


def test_a_shop_that_has_no_index_yet_is_told_what_is_missing(tmp_path):
    with broken(encoder="missing"):
        shop = reopened(tmp_path, write=True)
        with pytest.raises(WeightsError, match="cannot be read"):
            shop.ingest(write_feed(tmp_path / "feed.jsonl", ["p1"]))
        shop.close()


def test_words_alone_are_no_worse_than_a_peer(tmp_path):
    """Known items: of made-up titles, two words are asked for."""
    generator = np.random.default_rng(0)
    vocabulary = [f"{a}{b}{c}" for a in "bdfglm" for b in "aeiou" for c in ("ron", "lis", "ta", "mex")]
    names = [" ".join(generator.choice(vocabulary, 5, replace=False)) for _ in range(120)]
    shop = Shop.open(config_of(tmp_path, **PARTS), write=True)
    shop.ingest(write_feed(tmp_path / "feed.jsonl", names))
    shop.close()
    wanted = [(n, " ".join(generator.permutation(names[n].split())[:2])) for n in range(120)]
    peer = bm25s.BM25()
    peer.index(bm25s.tokenize(names, show_progress=False), show_progress=False)
    with broken(encoder="missing"):
        shop = reopened(tmp_path)
        ours, theirs = [], []
        for n, text in wanted:
            found = shop.search(Query(text, page_size=10)).ids
            ours.append(1 / (1 + found.index(names[n])) if names[n] in found else 0.0)
            ranked = peer.retrieve(bm25s.tokenize([text], show_progress=False), k=10, show_progress=False)[0][
                0
            ].tolist()
            theirs.append(1 / (1 + ranked.index(n)) if n in ranked else 0.0)
        shop.close()
    assert np.mean(ours) >= np.mean(theirs)


def test_without_the_stand_in_it_would_not_start(folder, monkeypatch):
    monkeypatch.setattr("wares.encoding.Encoding.able", lambda self: self.unfitted())
    with broken(encoder="missing"), pytest.raises(WeightsError):
        reopened(folder)
