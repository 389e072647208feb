"""B2: the encoder hangs: words answer in time, one thread waits, and after a few the part is left alone."""

import threading
import time

import pytest

from faulty_parts import Fault, broken
from small_shops import filled
from wares.search import breaker
from wares.search.breaker import Breaker, Lane, Resting
from wares.types import Query

PARTS = {"encode.text": "faulty.v1", "search.words_patience": 0.03}


@pytest.fixture
def shop(tmp_path):
    shop = filled(tmp_path, **PARTS)
    assert shop.search(Query("warm up")).degraded == ()
    yield shop
    Fault.go_on.set()
    shop.close()


def searches(shop, count: int) -> None:
    for n in range(count):
        hits = shop.search(Query(f"lamp p{n}"))
        assert hits.ids[0] == f"p{n}"
        assert hits.degraded == ("vectors",)


def test_words_answer_and_no_threads_pile_up(shop):
    before = threading.active_count()
    with broken(encoder="hang"):
        searches(shop, 12)
        assert Fault.asked == 1  # the first hangs; the others did not wait behind it
        assert threading.active_count() <= before + 1
        assert shop.degraded == ("vectors",)


def test_it_is_whole_again_once_the_encoder_is(shop):
    with broken(encoder="hang"):
        searches(shop, 5)
    lane = shop._live._answering._lanes.words
    while lane.busy:
        time.sleep(0.001)
    lane.breaker._pause = 0.0
    assert shop.search(Query("lamp p9")).degraded == ()
    assert shop.degraded == ()


def test_without_a_deadline_the_search_would_hang_too(shop, monkeypatch):
    monkeypatch.setattr(breaker.Lane, "call", lambda self, task: task())
    with broken(encoder="hang"):
        done = threading.Thread(target=shop.search, args=(Query("lamp p1"),), daemon=True)
        done.start()
        done.join(0.5)
        assert done.is_alive()
        Fault.go_on.set()
        done.join(10)


def test_a_breaker_opens_after_failures_in_a_row_and_lets_one_call_try():
    now = [0.0]
    tried = Breaker(failures=3, pause=5.0, clock=lambda: now[0])
    for _ in range(2):
        tried.enter()
        tried.failed()
    tried.enter()
    tried.succeeded()
    for _ in range(3):
        tried.enter()
        tried.failed()
    with pytest.raises(Resting):
        tried.enter()
    now[0] = 5.0
    tried.enter()
    with pytest.raises(Resting):
        tried.enter()
    tried.failed()
    with pytest.raises(Resting):
        tried.enter()
    now[0] = 10.0
    tried.enter()
    tried.succeeded()
    tried.enter()
    assert (tried.stats.state, tried.stats.opened, tried.stats.refused) == ("closed", 2, 3)


def test_a_lane_throws_away_what_comes_too_late():
    slow = threading.Event()
    lane = Lane("test", Breaker(), deadline=0.02, first=0.02)
    with pytest.raises(TimeoutError):
        lane.call(lambda: slow.wait(10) and "late")
    with pytest.raises(Resting):
        lane.call(lambda: "second")
    slow.set()
    while lane.busy:
        time.sleep(0.001)
    assert lane.call(lambda: "third") == "third"
