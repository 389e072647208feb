"""B3: the encoder gives NaN, Inf, zeros, or what is no unit vector: none is indexed, a search goes by words."""

import pytest

from faulty_parts import broken
from small_shops import config_of, filled, write_feed
from wares.search.guard import GuardedVectors
from wares.shop import Shop
from wares.types import Query

PARTS = {"encode.text": "faulty.v1"}
WRONG = ("raise", "nan", "infinite", "zero", "long", "wrong shape")


@pytest.fixture
def shop(tmp_path):
    shop = filled(tmp_path, **PARTS)
    yield shop
    shop.close()


def assert_words_answer(shop) -> None:
    hits = shop.search(Query("lamp p7", explain=True))
    assert hits.ids[0] == "p7"
    assert hits.degraded == ("vectors",)
    assert [hit.ledger.total for hit in hits] == pytest.approx(hits.scores.tolist())


@pytest.mark.parametrize("fault", WRONG)
def test_a_search_goes_by_words(shop, fault):
    with broken(encoder=fault):
        assert_words_answer(shop)
    shop._live._answering._lanes.words.breaker._pause = 0.0
    assert shop.search(Query("lamp p8")).degraded == ()


@pytest.mark.parametrize("fault", ["nan", "zero"])
def test_what_is_no_vector_is_not_indexed(tmp_path, fault):
    with broken(encoder=fault):
        shop = filled(tmp_path, **PARTS)
        entry = shop._live._index.get("p7")
        assert entry is not None
        assert not entry.vectors
        assert shop.search(Query("lamp p7")).ids[0] == "p7"
        shop.close()


def test_vectors_that_were_good_stay_while_others_are_refused(shop, tmp_path):
    before = shop._live._index.get("p7").vectors["text"].tolist()
    with broken(encoder="nan"):
        shop.ingest(write_feed(tmp_path / "more.jsonl", ["new1"]), mode="upsert")
        assert shop._live._index.get("new1").vectors == {}
        assert shop._live._index.get("p7").vectors["text"].tolist() == before


@pytest.mark.parametrize("fault", ["nan", "zero", "long"])
def test_without_the_look_at_it_a_wrong_vector_would_count(shop, fault, monkeypatch):
    monkeypatch.setattr(GuardedVectors, "_wrong", lambda self, vectors: "")
    with broken(encoder=fault), pytest.raises(AssertionError):
        assert_words_answer(shop)


def test_reading_by_another_process_is_as_careful(shop, tmp_path):
    with broken(encoder="nan"):
        reader = Shop.open(config_of(tmp_path, **PARTS))
        assert_words_answer(reader)
        reader.close()
