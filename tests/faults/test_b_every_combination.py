"""B: encoder, ranker and index, sound or not, in every combination: a page in order, a ledger that sums; it is said."""

from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def doing_without(folder, encoder: str, ranker: str, behind: bool) -> Iterator[tuple[Shop, tuple[str, ...]]]:
    """A shop in which some parts are not sound, and what its answers must say."""
    shop = Shop.open(config_of(folder, **PARTS))
    if encoder == "hang":  # what hangs was there before
        shop.search(Query("warm up"))
    shop.close() if encoder == "missing" or ranker == "missing" else None
    with broken(encoder=encoder, ranker=ranker):
        if encoder == "missing" or ranker == "missing":
            shop = Shop.open(config_of(folder, **PARTS))
        shop._live.patience.reason = "it was told so" if behind else ""
        shop._live.patience.pause = 1_000 if behind else 0
        expected = (*(["vectors"] if encoder else []), *(["ranker"] if ranker else []), *(["index"] if behind else []))
        yield shop, expected
    shop.close()


@pytest.mark.parametrize(("encoder", "ranker", "behind"), product(ENCODERS, RANKERS, (False, True)))
def test_every_combination_answers_and_says_what_it_does_without(folder, encoder, ranker, behind):
    with doing_without(folder, encoder, ranker, behind) as (shop, expected):
        assert_sound(shop.search(Query("lamp p7", explain=True)), without=expected)
        assert set(shop.degraded) == set(expected)


@pytest.mark.parametrize(("encoder", "ranker", "behind"), product(ENCODERS, ("", "raise"), (False, True)))
def test_every_combination_is_told_in_a_header_of_every_answer(folder, encoder, ranker, behind):
    with doing_without(folder, encoder, ranker, behind) as (shop, expected), TestClient(create_app(shop)) as client:
        body = {"requests": [{"indexName": "products", "query": "lamp p7"}]}
        for answer in (
            client.get("/v1/search", params={"q": "lamp p7"}),
            client.post("/v1/search", json={"text": "lamp p7"}),
            client.post("/v1/search/batch", json={"queries": [{"text": "lamp p7"}, {"text": "lamp p8"}]}),
            client.get("/", params={"q": "lamp p7"}),
            client.post("/1/indexes/*/queries", json=body),
        ):
            assert answer.status_code == 200
            told = answer.headers.get("x-wares-degraded", "")
            assert set(told.split(", ")) - {""} == set(expected)
            assert len(told.split(", ")) == max(1, len(expected))
        assert "x-wares-degraded" not in client.get("/v1/products/p7").headers


@pytest.mark.parametrize("path", ["/v1/explain?q=lamp&id=p7", "/explain?q=lamp&id=p7", "/v1/similar?id=p7"])
def test_what_is_not_a_search_says_so_too(folder, path):
    with doing_without(folder, "", "raise", False) as (shop, _), TestClient(create_app(shop)) as client:
        assert client.get(path).headers["x-wares-degraded"] == "ranker"


def test_a_page_of_another_origin_may_read_the_header(folder):
    with doing_without(folder, "nan", "", False) as (shop, _), TestClient(create_app(shop)) as client:
        body = {"requests": [{"indexName": "products", "query": "lamp p7"}]}
        answer = client.post("/1/indexes/*/queries", json=body, headers={"Origin": "https://shop.example"})
        assert answer.headers["x-wares-degraded"] == "vectors"
        assert answer.headers["access-control-expose-headers"] == "X-Wares-Degraded"


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
