"""B11: most of the catalogue is written anew while shoppers search: none fails, none waits, and all is there after."""

import threading
import time

import pytest

from small_shops import config_of, filled, write_feed
from wares.live import INLINE, Live
from wares.making import Maker
from wares.shop import Shop
from wares.types import Query

PRODUCTS, MORE = 700, 60
MANY = INLINE + 4


@pytest.fixture
def writer(tmp_path):
    shop = filled(tmp_path, PRODUCTS)
    yield shop
    shop.close()


@pytest.fixture
def worked(monkeypatch):
    """Names of the threads that opened a generation or took changes in, and of how many changes."""
    found: list[tuple[str, str, int]] = []
    opened, put = Maker.open, Live._put

    def opening(self, generation, encoder=None):
        found.append((threading.current_thread().name, "open", 1))
        return opened(self, generation, encoder)

    def putting(self, gone, entries):
        found.append((threading.current_thread().name, "put", len(gone) + len(entries)))
        put(self, gone, entries)

    monkeypatch.setattr(Maker, "open", opening)
    monkeypatch.setattr(Live, "_put", putting)
    return found


def searched_during(reader: Shop, work) -> list:
    """What a shopper who asks all the time is answered while something is done, and until it is there."""
    answers, failed = [], []

    def ask() -> None:
        try:
            while not done.is_set() or len(answers) < 50:
                answers.append(reader.search(Query("lamp p7")))
        except Exception as error:
            failed.append(error)

    done = threading.Event()
    shopper = threading.Thread(target=ask, name="shopper")
    shopper.start()
    try:
        work()
        until = time.monotonic() + 30
        while reader.search(Query("lamp")).degraded or reader._live._seq != reader._store.seq:
            assert time.monotonic() < until, "it never caught up"
            time.sleep(0.02)
    finally:
        done.set()
        shopper.join(30)
    assert not failed
    return answers


def assert_nobody_waits(tmp_path, writer, worked, beside: bool = True) -> None:
    reader = Shop.open(config_of(tmp_path))
    if beside:
        reader.follow_beside()
    before = reader.generation
    everything = write_feed(tmp_path / "new.jsonl", [f"p{n}" for n in range(PRODUCTS + MORE)], word="bright lamp")
    worked.clear()
    answers = searched_during(reader, lambda: writer.ingest(everything))
    assert all(answer.ids[0] == "p7" for answer in answers)
    assert reader.generation != before
    assert reader.search(Query("bright lamp p750")).ids[0] == "p750"
    assert reader.search(Query("bright lamp", page_size=1)).total == PRODUCTS + MORE
    held_up = [what for thread, what, count in worked if thread == "shopper" and (what == "open" or count > INLINE)]
    reader.close()
    assert not held_up


def test_no_search_fails_or_waits_for_a_generation(tmp_path, writer, worked):
    assert_nobody_waits(tmp_path, writer, worked)


def test_without_a_thread_beside_a_search_would_open_it(tmp_path, writer, worked, monkeypatch):
    monkeypatch.setattr(Shop, "follow_beside", lambda self: None)
    reader = Shop.open(config_of(tmp_path))
    writer.ingest(write_feed(tmp_path / "new.jsonl", [f"p{n}" for n in range(PRODUCTS)], word="bright lamp"))
    worked.clear()
    reader.search(Query("bright lamp"))
    reader.close()
    assert (threading.current_thread().name, "open", 1) in worked


def test_many_changes_are_taken_in_between_answers_and_said(tmp_path, writer, worked):
    reader = Shop.open(config_of(tmp_path))
    reader.follow_beside()
    worked.clear()
    feed = write_feed(tmp_path / "more.jsonl", [f"q{n}" for n in range(MANY)])
    searched_during(reader, lambda: writer.ingest(feed, mode="upsert"))
    assert reader.search(Query("lamp q60")).ids[0] == "q60"
    assert [thread for thread, what, count in worked if what == "put" and count > INLINE and thread != "follower"] == [
        threading.current_thread().name  # the writer's own
    ]
    reader.close()


def test_a_few_changes_are_in_the_next_answer(tmp_path, writer, worked):
    reader = Shop.open(config_of(tmp_path))
    reader.follow_beside()
    for n in range(5):
        writer.ingest(write_feed(tmp_path / "one.jsonl", [f"q{n}"]), mode="upsert")
        hits = reader.search(Query(f"lamp q{n}"))
        assert (hits.ids[0], hits.degraded) == (f"q{n}", ())
    reader.close()


def test_while_a_generation_is_being_made_answers_say_that_they_are_behind(tmp_path, writer, monkeypatch):
    reader = Shop.open(config_of(tmp_path))
    reader.follow_beside()
    monkeypatch.setattr(writer._live, "follow", lambda progress=None: None)
    writer.ingest(write_feed(tmp_path / "new.jsonl", [f"p{n}" for n in range(PRODUCTS)], word="bright lamp"))
    assert reader.search(Query("lamp p7")).degraded == ("index",)
    assert "index" in reader.degraded
    reader.close()
