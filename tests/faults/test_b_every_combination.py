"""B: encoder, ranker and index, sound or not, in every combination: a page in order, a ledger that sums; it is said."""

from itertools import product

import pytest
from starlette.testclient import TestClient

from faulty_parts import broken
from small_shops import config_of, filled
from wares.errors import UnknownPart
from wares.search import ranking
from wares.search.ranking import GuardedRanker
from wares.serve.app import create_app
from wares.shop import Shop
from wares.types import Query

PARTS = {"encode.text": "faulty.v1", "search.ranker": "faulty.v1", "search.words_patience": 0.03}
ENCODERS = ("", "missing", "hang", "nan")
RANKERS = ("", "missing", "raise", "nan", "wrong shape", "hang")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    filled(folder, **PARTS).close()
    return folder


def assert_sound(hits, *, without: tuple[str, ...]) -> None:
    assert hits.ids[0] == "p7"
    assert set(hits.degraded) == set(without)
    assert sorted(hits.scores, reverse=True) == hits.scores.tolist()
    assert [hit.ledger.total for hit in hits] == pytest.approx(hits.scores.tolist())


@pytest.mark.parametrize(("encoder", "ranker", "behind"), product(ENCODERS, RANKERS, (False, True)))
def test_every_combination_answers_and_says_what_it_does_without(folder, encoder, ranker, behind):
    shop = Shop.open(config_of(folder, **PARTS))
    if encoder == "hang":  # what hangs was there before
        shop.search(Query("warm up"))
    shop.close() if encoder == "missing" or ranker == "missing" else None
    with broken(encoder=encoder, ranker=ranker):
        if encoder == "missing" or ranker == "missing":
            shop = Shop.open(config_of(folder, **PARTS))
        shop._live.patience.reason = "it was told so" if behind else ""
        shop._live.patience.pause = 10 if behind else 0
        expected = (*(["vectors"] if encoder else []), *(["ranker"] if ranker else []), *(["index"] if behind else []))
        assert_sound(shop.search(Query("lamp p7", explain=True)), without=expected)
        assert set(shop.degraded) == set(expected)
    shop.close()


def test_over_http_too(folder):
    with broken(ranker="raise"):
        shop = Shop.open(config_of(folder, **PARTS))
        with TestClient(create_app(shop)) as client:
            answer = client.post("/v1/search", json={"text": "lamp p7", "ledger": True}).json()
            assert answer["degraded"] == ["ranker"]
            assert sum(entry["value"] for entry in answer["hits"][0]["ledger"]) == pytest.approx(
                answer["hits"][0]["score"], abs=1e-3
            )
            assert client.get("/readyz").json()["status"] == "degraded"
        shop.close()


def test_a_ranker_that_works_again_is_asked_again(folder):
    shop = Shop.open(config_of(folder, **PARTS))
    sound = shop.search(Query("lamp p7")).scores.tolist()
    with broken(ranker="raise"):
        for _ in range(4):
            shop.search(Query("lamp p7"))
        assert shop._live._answering._ranking.stats.state == "open"
    assert shop.search(Query("lamp p7")).degraded == ("ranker",)  # it is left alone for a while
    shop._live._answering._ranking._pause = 0.0
    assert shop.search(Query("lamp p7")).degraded == ()
    assert shop.search(Query("lamp p7")).scores.tolist() == sound
    shop.close()


def test_a_ranker_that_nobody_registered_is_a_mistake_and_no_fault(folder):
    with pytest.raises(UnknownPart):
        Shop.open(config_of(folder, **{**PARTS, "search.ranker": "nobodys.v1"}))


@pytest.mark.parametrize("fault", RANKERS[2:])
def test_without_the_guard_the_case_fails(folder, fault, monkeypatch):
    def bare(self, features, names):
        shares = self._ranker.contributions(features, names)
        return ranking.Ranked(shares, self._ranker.contribution_names)

    monkeypatch.setattr(GuardedRanker, "ranked", bare)
    shop = Shop.open(config_of(folder, **PARTS))
    with broken(ranker=fault), pytest.raises((AssertionError, RuntimeError, ValueError, IndexError)):
        assert_sound(shop.search(Query("lamp p7", explain=True)), without=("ranker",))
    shop.close()
