"""B5: a ranker or a generation that is worse than what is served does not go live; what fails goes back at once."""

import json
import threading
import time
from itertools import product

import numpy as np
import pytest
from starlette.testclient import TestClient

from faulty_parts import Fault, broken
from small_shops import config_of
from wares.errors import GateRefused
from wares.evaluate.golden import Placed, placed
from wares.gate import Gate
from wares.index.generations import Generations
from wares.live import Live
from wares.making import Maker
from wares.search import ranking
from wares.search.breaker import Breaker, Lane
from wares.search.ranking import GuardedRanker
from wares.serve.app import create_app
from wares.serve.operations import processes
from wares.shop import Shop
from wares.types import Query

WORDS = ("red", "blue", "green", "white"), ("oak", "steel", "glass", "paper"), ("desk", "floor", "wall")
QUERY = Query("red oak lamp", explain=True)
SOUND = {"search.words_patience": 5.0}  # a machine that is busy is no fault


def names() -> list[str]:
    return ["-".join(each) for each in product(*WORDS)]


def title_feed(path):
    with path.open("w", encoding="utf-8") as file:
        for name in names():
            title = f"{name.replace('-', ' ')} lamp"
            file.write(json.dumps({"id": name, "title": title, "language": "en", "variants": [{"id": f"{name}-v"}]}))
            file.write("\n")
    return path


def opened(folder, write=True, **options) -> Shop:
    return Shop.open(config_of(folder, **SOUND, **options), write=write)


@pytest.fixture
def shop(tmp_path):
    shop = opened(tmp_path)
    assert shop.ingest(title_feed(tmp_path / "feed.jsonl")).accepted == 48
    yield shop
    shop.close()


@pytest.fixture
def folder(shop, tmp_path):
    shop.close()
    return tmp_path


def body(shop: Shop) -> str:
    """An answer as it goes over the wire, but for its own name."""
    with TestClient(create_app(shop)) as client:
        answer = client.post("/v1/search", json={"text": QUERY.text, "ledger": True, "page_size": 48}).json()
    return json.dumps({name: value for name, value in answer.items() if name not in ("query_id", "took_ms")})


def audited(folder) -> list[dict]:
    return [json.loads(line) for line in (folder / "shop" / "audit.jsonl").read_text().splitlines()]


def test_a_ranker_that_is_worse_is_not_served_and_it_is_said(folder):
    before = opened(folder)
    expected = body(before)
    before.close()
    shop = opened(folder, **{"search.ranker": "reversed.v1"})
    assert body(shop) == expected
    assert shop.degraded == ("gate",)
    assert "linear.v1 is kept, reversed.v1 is worse: RR@10 fell from" in shop.standing.refused
    with TestClient(create_app(shop), client=("127.0.0.1", 50000)) as client:
        told = {each["part"]: each for each in client.get("/readyz").json()["degraded"]}
        assert 'wares_part_degraded{part="gate"} 1.0' in client.get("/metrics").text
    assert "reversed.v1 is worse" in told["gate"]["reason"]
    assert "--force" in told["gate"]["fix"]
    assert [(line["action"], line["target"]) for line in audited(folder)] == [("gate.refused", "reversed.v1")]
    shop.close()


def test_without_the_gate_it_would_be(folder, monkeypatch):
    monkeypatch.setattr(Gate, "ranker_of", lambda self, generation, parts: (self._config.search.ranker, ""))
    before = opened(folder)
    expected = body(before)
    before.close()
    shop = opened(folder, **{"search.ranker": "reversed.v1"})
    assert body(shop) != expected
    shop.close()


def test_a_ranker_that_is_as_good_is_served_and_measured_once(folder, monkeypatch):
    reader = opened(folder, write=False, **{"search.ranker": "twin.v1"})
    assert (reader._live._answering.ranker, reader.degraded) == ("twin.v1", ())
    reader.close()
    writer = opened(folder, **{"search.ranker": "twin.v1"})
    facts = writer._live._generations.current().facts
    assert facts["ranker"] == "twin.v1"
    assert facts["gate"]["means"]["RR@10"][0] == facts["gate"]["means"]["RR@10"][1]
    writer.close()
    monkeypatch.setattr(Gate, "_compared", lambda *_: pytest.fail("it was measured before"))
    opened(folder, **{"search.ranker": "twin.v1"}).close()


def test_what_was_refused_is_not_measured_again_before_more_is_known(folder, monkeypatch):
    opened(folder, **{"search.ranker": "reversed.v1"}).close()
    with monkeypatch.context() as patched:
        patched.setattr(Gate, "_compared", lambda *_: pytest.fail("it was measured before"))
        shop = opened(folder, write=False, **{"search.ranker": "reversed.v1"})
        assert shop.degraded == ("gate",)
        shop.close()
    assert len(audited(folder)) == 1
    shop = opened(folder, **{"search.ranker": "reversed.v1", "gate.margin": 1.0})
    assert (shop._live._answering.ranker, shop.degraded) == ("reversed.v1", ())
    shop.close()


@pytest.mark.parametrize("fault", ["missing", "raise", "nan", "wrong shape", "hang"])
def test_a_ranker_that_fails_is_not_served(folder, fault):
    with broken(ranker=fault):
        shop = opened(folder, **{"search.ranker": "faulty.v1"})
        hits = shop.search(QUERY)
        assert (shop.degraded, hits.degraded) == (("gate",), ())
        assert "the ranker failed in" in shop.standing.refused
        shop.close()


def test_it_is_served_where_that_is_forced(folder):
    shop = opened(folder, **{"search.ranker": "reversed.v1", "gate.enforce": False})
    assert (shop._live._answering.ranker, shop.degraded) == ("reversed.v1", ())
    shop.close()
    assert [(line["action"], line["target"]) for line in audited(folder)] == [("gate.forced", "reversed.v1")]
    shop = opened(folder, **{"search.ranker": "reversed.v1"})  # and goes on to be
    assert (shop._live._answering.ranker, shop.degraded) == ("reversed.v1", ())
    shop.close()


def test_a_ranker_that_nobody_has_any_more_gives_way_to_the_one_that_is_configured(folder):
    shop = opened(folder, **{"search.ranker": "twin.v1"})
    shop._live._generations.amend(shop.generation, ranker="gone.v1")
    shop.close()
    shop = opened(folder)
    assert (shop._live._answering.ranker, shop.degraded) == ("linear.v1", ())
    shop.close()


def test_a_new_generation_keeps_the_ranker_that_was_kept_and_says_so_on(folder):
    shop = opened(folder, **{"search.ranker": "reversed.v1"})
    shop.rebuild()
    facts = shop._live._generations.current().facts
    assert (facts["ranker"], shop._live._answering.ranker, shop.degraded) == ("linear.v1", "linear.v1", ("gate",))
    shop.close()


# A generation


def spoilt(monkeypatch):
    """What is made from now on lists the worst first; what is there does not."""
    make = Maker.make

    def making(self, texts, model, progress):
        made = make(self, texts, model, progress)
        judge = made.searcher._judge
        ranked = judge._ranker.ranked

        def reversed_(features, names):
            found = ranked(features, names)
            return ranking.Ranked(-found.shares, found.names)

        judge._ranker = type("Reversed", (), {"ranked": staticmethod(reversed_)})()
        return made

    monkeypatch.setattr(Maker, "make", making)


def test_a_generation_that_is_worse_stays_on_the_disk_and_is_not_served(shop, tmp_path, monkeypatch):
    served, expected = shop.generation, body(shop)
    spoilt(monkeypatch)
    with pytest.raises(GateRefused, match="RR@10 fell from") as found:
        shop.rebuild()
    assert "wares rebuild --force" in found.value.fix
    assert (shop.generation, body(shop)) == (served, expected)
    assert shop.degraded == ("gate",)
    newest = shop.kept[0]
    assert newest != served
    assert shop._live._generations.named(newest).refused in found.value.message
    assert shop.search_with(QUERY, shop.config.search, newest).generation == newest
    assert [(line["action"], line["target"]) for line in audited(tmp_path)] == [("gate.refused", newest)]
    reader = opened(tmp_path, write=False)
    assert (reader.generation, body(reader)) == (served, expected)
    reader.close()


def test_without_the_gate_it_would_be_served(shop, monkeypatch):
    served = shop.generation
    spoilt(monkeypatch)
    monkeypatch.setattr(Gate, "_enforced", lambda self, enforce=True: False)
    monkeypatch.setattr(Gate, "prove", lambda *_: None)
    shop.rebuild()
    assert shop.generation != served


def test_a_generation_that_is_as_good_goes_live_with_its_figures(shop):
    served = shop.generation
    shop.rebuild()
    assert shop.generation != served
    gate = shop._live._generations.current().facts["gate"]
    assert 30 <= gate["queries"] <= 200
    assert gate["means"]["RR@10"][0] == gate["means"]["RR@10"][1] > 0.5


def test_what_was_written_is_found_though_its_generation_was_refused(shop, tmp_path, monkeypatch):
    reader = opened(tmp_path, write=False)
    served = shop.generation
    spoilt(monkeypatch)
    feed = tmp_path / "feed.jsonl"
    feed.write_text(feed.read_text().replace(" lamp", " lantern"))
    assert shop.ingest(feed).accepted == 48
    for each in (shop, reader, opened(tmp_path, write=False)):
        assert each.generation == served
        assert each.search(Query("lantern")).total == 48
        assert each.degraded == ("gate",)
    assert each.version == shop.version
    each.close()
    reader.close()


def test_both_sides_hold_the_same_products(shop, tmp_path, monkeypatch):
    held = []
    trial = Gate.trial

    def trying(self, index, candidate, served, *more, **options):
        held.extend(each.search(Query("lamp")).total for each in (candidate, served))
        return trial(self, index, candidate, served, *more, **options)

    monkeypatch.setattr(Gate, "trial", trying)
    feed = tmp_path / "feed.jsonl"
    feed.write_text("".join(feed.read_text().splitlines(True)[:30]))
    shop.ingest(feed)
    assert held == [30, 30]


def test_other_settings_that_are_as_good_are_compared_by_records_of_what_was_not_written_since(folder, tmp_path):
    shop = opened(folder)
    recorded = len(shop._live._generations.current().facts["golden"]["queries"])
    feed = tmp_path / "feed.jsonl"
    feed.write_text("".join(feed.read_text().splitlines(True)[:4]).replace("lamp", "basket of apples"))
    shop.ingest(feed, mode="upsert")
    served = shop.generation
    shop.close()
    shop = opened(folder, **{"search.match_share": 0.45})
    gate = shop._live._generations.current().facts["gate"]
    assert shop.generation != served
    assert recorded - 8 <= gate["queries"] < recorded
    assert gate["means"]["R@10"][0] > 0.5
    shop.close()


def test_settings_that_are_worse_are_refused_and_not_made_again(folder, monkeypatch):
    """Nothing answers then: what is configured cannot be served, and what was served is not configured."""
    worse = {"search.match_share": 0.9}
    with monkeypatch.context() as patched:
        spoilt(patched)
        processes._mend(config_of(folder, **SOUND, **worse))  # a shop that is served with them
    with monkeypatch.context() as patched:
        patched.setattr(Maker, "make", lambda *_: pytest.fail("it was refused before"))
        for write in (True, False):
            with pytest.raises(GateRefused, match="RR@10 fell"):
                opened(folder, write=write, **worse)
        processes._mend(config_of(folder, **SOUND, **worse))
        opened(folder).close()
    shop = opened(folder, **worse, **{"gate.enforce": False})
    assert shop.degraded == ()
    shop.close()
    opened(folder, write=False, **worse).close()


def test_a_golden_query_that_loses_its_product_refuses_and_weighs_more_than_a_mean(shop, tmp_path, monkeypatch):
    golden = tmp_path / "shop" / "golden.jsonl"
    golden.write_text(json.dumps({"query": "red oak desk lamp", "products": ["red-oak-desk"]}))
    shop.rebuild()
    monkeypatch.setattr("wares.gate.placed", losing("red oak desk lamp"))
    with pytest.raises(GateRefused, match="'red oak desk lamp' lost red-oak-desk"):
        shop.rebuild()


def losing(text):
    """The second time a golden query is asked its product is nowhere: the candidate is asked first, so the first."""
    asked: list[str] = []

    def placing(search, queries, page_size):
        found = placed(search, queries, page_size)
        asked.append(text)
        first = len(asked) % 2 == 1
        return [Placed({}) if first and q.text == text else at for q, at in zip(queries, found, strict=True)]

    return placing


def test_golden_queries_that_cannot_be_read_let_nothing_go_live(shop, tmp_path):
    served = shop.generation
    (tmp_path / "shop" / "golden.jsonl").write_text("lamp\n")
    with pytest.raises(GateRefused, match=r"golden\.jsonl line 1"):
        shop.rebuild()
    assert shop.generation == served
    (tmp_path / "shop" / "golden.jsonl").unlink()
    shop.rebuild()
    assert (shop.generation > served, shop.degraded) == (True, ())


def test_a_shopper_is_erased_whatever_that_costs(shop, monkeypatch):
    served = shop.generation
    spoilt(monkeypatch)
    monkeypatch.setattr(Gate, "prove", lambda *_: None)
    monkeypatch.setattr("wares.live.suggests", lambda folder, texts: True)
    shop._live.forget(["red lamp"])
    assert shop.generation != served
    assert shop.kept == (shop.generation,)


# Going back


def failing_once_live(monkeypatch):
    """The ranker fails from the moment a generation is served."""
    serve = Live._serve

    def serving(self, *served):
        serve(self, *served)
        Fault.ranker = "raise"

    monkeypatch.setattr(Live, "_serve", serving)


def test_what_fails_once_it_is_live_goes_back_to_the_same_bytes(tmp_path, monkeypatch):
    shop = opened(tmp_path, **{"search.ranker": "faulty.v1"})
    shop.ingest(title_feed(tmp_path / "feed.jsonl"))
    served, expected = shop.generation, body(shop)
    with broken(), monkeypatch.context() as patched:
        failing_once_live(patched)
        with pytest.raises(GateRefused, match="the ranker of g00000002 fails"):
            shop.rebuild()
    assert Generations(tmp_path / "shop" / "index", write=False).current_name() == shop.generation == served
    assert body(shop) == expected
    assert "gate" in shop.degraded
    assert ("gate.refused", "g00000002") in [(line["action"], line["target"]) for line in audited(tmp_path)]
    shop.close()


def test_a_reader_keeps_what_it_holds_where_a_new_generation_answers_otherwise(shop, tmp_path, monkeypatch):
    reader = opened(tmp_path, write=False)
    served, expected = reader.generation, body(reader)
    shop.rebuild()
    facts = shop._live._generations.current().facts
    answers = [[text, tag, [score + 1 for score in scores]] for text, tag, scores in facts["golden"]["answers"]]
    shop._live._generations.amend(shop.generation, golden={**facts["golden"], "answers": answers})
    assert (body(reader), reader.generation) == (expected, served)
    assert reader.degraded == ("gate",)
    assert "answers otherwise" in reader.standing.refused
    shop.rebuild()
    assert reader.search(QUERY).generation == shop.generation
    assert reader.degraded == ()
    reader.close()


def test_it_is_proven_beside_the_answers_where_somebody_serves(shop, tmp_path, monkeypatch):
    reader = opened(tmp_path, write=False)
    shop.rebuild()
    asked = []
    monkeypatch.setattr(Gate, "prove", lambda self, generation, *_: asked.append(generation.name))
    step = reader._live.prepared()
    assert asked == [shop.generation] != [reader.generation]
    step()
    assert asked == [shop.generation] == [reader.generation]
    reader.close()


def test_what_was_rolled_back_is_not_made_again_by_the_next_search(shop, tmp_path):
    first = shop.generation
    feed = tmp_path / "feed.jsonl"
    feed.write_text(feed.read_text().replace(" lamp", " lantern"))
    shop.ingest(feed)
    assert shop.generation != first
    assert shop.rollback() == first
    assert shop.search(Query("lantern")).total == 48
    assert shop.generation == first


# A ranker that never returns


def test_our_own_ranker_takes_no_way_through_another_thread(shop, monkeypatch):
    monkeypatch.setattr(Lane, "call", lambda *_: pytest.fail("it is ours"))
    shop._live.searcher._judge._ranker.ranked(*features())


def test_a_ranker_that_hangs_holds_a_thread_and_no_search(tmp_path, monkeypatch):
    shop = opened(tmp_path, **{"search.ranker": "faulty.v1"})
    shop.ingest(title_feed(tmp_path / "feed.jsonl"))
    sound = shop.search(QUERY).scores.tolist()
    with broken(ranker="hang"):
        for _ in range(5):
            assert shop.search(QUERY).degraded == ("ranker",)
        assert shop._live._answering._ranking.stats.late >= 1
    shop._live._answering._ranking._pause = 0.0
    deadline = time.monotonic() + 20
    while (hits := shop.search(QUERY)).degraded and time.monotonic() < deadline:
        time.sleep(0.01)
    assert hits.scores.tolist() == sound
    shop.close()


def features():
    return np.ones((3, 2)), ("words", "text")


def test_without_the_lane_it_would_hold_the_search():
    told = []

    class Telling:
        contribution_names = ("words",)

        def contributions(self, values, names):
            told.append(threading.current_thread().name)
            return values[:, :1]

    GuardedRanker(Telling(), Breaker()).ranked(*features())
    GuardedRanker(Telling(), Lane("ranker", Breaker(), deadline=5.0)).ranked(*features())
    assert told == [threading.current_thread().name, "lane ranker"]
