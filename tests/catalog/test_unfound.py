import sqlite3
import stat
import threading
from contextlib import closing
from datetime import date

import pytest
import structlog
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wares.catalog import unfound
from wares.catalog.unfound import AGE, DAY, LONGEST, NAME, UnfoundQueries
from wares.errors import NewerState, StoreError

START = 20_000 * DAY


class Clock:
    now = float(START)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def queries(tmp_path, clock):
    return UnfoundQueries(tmp_path, pause=3_600, clock=clock)


def counts(queries, **asked) -> dict[str, int]:
    return {each.text: each.times for each in queries.top(**asked)}


def test_what_was_asked_most_comes_first_however_it_was_written(queries):
    for text in ("Garden  Gnome", "hovercraft", "garden gnome ", "GARDEN GNOME"):
        queries.add(text, "not_carried")
    queries.add("hovercraft", "filters")
    found = [(each.text, each.reason, each.times) for each in queries.top()]
    assert found == [("garden gnome", "not_carried", 3), ("hovercraft", "filters", 1), ("hovercraft", "not_carried", 1)]
    assert queries.top()[0].last == date(2024, 10, 4)
    assert counts(queries, most=1) == {"garden gnome": 3}


def test_several_processes_add_to_one_count(tmp_path, clock):
    several = [UnfoundQueries(tmp_path, clock=clock) for _ in range(3)]
    for each in several:
        each.add("gnome", "not_carried")
        each.close()
    assert counts(several[0]) == {"gnome": 3}


def test_days_are_told_apart_and_old_ones_go(queries, clock, tmp_path):
    for _ in range(2):
        queries.add("gnome", "not_carried")
        queries.flush()
        clock.now += DAY
    assert counts(queries, days=1) == {}
    assert counts(queries, days=2) == {"gnome": 1}
    assert counts(queries, days=3) == {"gnome": 2}
    clock.now += (AGE - 1) * DAY
    queries.add("troll", "not_carried")
    assert counts(queries) == {"troll": 1}
    assert b"gnome" not in (tmp_path / NAME).read_bytes()


def test_there_are_never_more_than_may_be_and_those_that_are_asked_often_stay(queries, monkeypatch):
    monkeypatch.setattr(unfound, "MOST", 5)
    for _ in range(2):
        queries.add("often", "not_carried")
    for n in range(50):
        queries.add(f"once {n}", "not_carried")
        queries.flush()
    found = counts(queries)
    assert len(found) == 5
    assert found["often"] == 2


def test_no_more_wait_than_may_but_those_that_wait_are_counted_on(queries, monkeypatch):
    monkeypatch.setattr(unfound, "MOST_WAITING", 3)
    for text in ("a", "b", "c", "d", "a"):
        queries.add(text, "not_carried")
    assert counts(queries) == {"a": 2, "b": 1, "c": 1}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.characters(codec=None), max_size=LONGEST * 2), max_size=20))
@example(["half a sign \ud800"])
def test_any_text_is_counted_and_none_is_long(tmp_path_factory, texts):
    queries = UnfoundQueries(tmp_path_factory.mktemp("any"), pause=3_600)
    for text in texts:
        queries.add(text, "not_carried")
    found = queries.top()
    assert sum(each.times for each in found) == sum(bool(text.split()) for text in texts)
    assert all(0 < len(each.text) <= LONGEST for each in found)


def test_it_is_written_without_anybody_asking(tmp_path):
    queries, written = UnfoundQueries(tmp_path, pause=0.01), threading.Event()
    flush = queries.flush
    queries.flush = lambda: (flush(), written.set())
    queries.add("gnome", "not_carried")
    assert written.wait(10)
    assert counts(UnfoundQueries(tmp_path)) == {"gnome": 1}


def test_where_nothing_was_asked_there_is_no_file(queries, tmp_path):
    assert queries.top() == []
    queries.forget(["gnome"], [])
    queries.close()
    assert list(tmp_path.iterdir()) == []


def test_it_is_its_owners_alone(queries, tmp_path):
    queries.add("gnome", "not_carried")
    queries.close()
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600


def test_what_somebody_asked_and_what_names_them_is_taken_out_to_the_last_byte(queries, tmp_path):
    for text in ("Garden Gnome", "gift for canary-77", "troll"):
        queries.add(text, "not_carried")
    queries.flush()
    queries.forget(["garden  gnome"], ["Canary-77"])
    assert counts(queries) == {"troll": 1}
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"gnome" not in kept
    assert b"canary" not in kept


def test_a_file_that_is_none_harms_no_search_and_is_told(queries, tmp_path):
    (tmp_path / NAME).write_bytes(b"no database at all" * 100)
    queries.add("gnome", "not_carried")
    with structlog.testing.capture_logs() as lines:
        queries.flush()
    assert [line["event"] for line in lines] == ["queries without a result were not counted"]
    assert "gnome" not in repr(lines)
    with pytest.raises(StoreError, match="cannot be used"):
        queries.top()


def test_a_newer_file_is_left_alone(queries, tmp_path):
    with closing(sqlite3.connect(tmp_path / NAME)) as connection:
        connection.execute("PRAGMA user_version=99")
    before = (tmp_path / NAME).read_bytes()
    queries.add("gnome", "not_carried")
    queries.flush()
    with pytest.raises(NewerState):
        queries.top()
    assert (tmp_path / NAME).read_bytes() == before
