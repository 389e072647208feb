"""Events are kept once, in order, and what cannot be one is told."""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest

from wares.catalog.events import EventLog
from wares.catalog.store import CatalogStore
from wares.types import Event

CLICK = {
    "action_name": "click",
    "timestamp": "2026-03-01T10:00:00.250Z",
    "query_id": "q1",
    "client_id": "c1",
    "session_id": "s1",
    "user_id": "u1",
    "message": "kept",
    "event_attributes": {
        "event_id": "e1",
        "object": {"object_id": "hoodie", "name": "Hoodie"},
        "position": {"ordinal": 3, "page": 1},
        "propensity": 0.25,
        "list_id": "home",
    },
}


@pytest.fixture
def store(tmp_path):
    store = CatalogStore(f"sqlite:///{tmp_path}/a.sqlite")
    yield store
    store.close()


def event(number: int, **fields) -> Event:
    time = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(microseconds=number)
    return Event(**({"id": f"e{number}", "action": "click", "product": "p", "time": time} | fields))


def write(tmp_path, *lines, name="events.jsonl"):
    path = tmp_path / name
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


def test_events_come_back_as_they_were_and_in_order(store):
    log = EventLog(store)
    wanted = [event(n, position=n, propensity=0.5, attributes={"price": 1.5, "list": [1]}) for n in range(1203)]
    assert log.append(wanted) == 1203
    assert [found for _, found in log.read()] == wanted
    assert [found.id for _, found in log.read(1200)] == ["e1200", "e1201", "e1202"]


def test_an_event_counts_once(store):
    log = EventLog(store)
    assert log.append([event(1), event(1), event(2)]) == 2
    assert log.append([event(2), event(3)]) == 1
    assert log.count() == 3


def test_two_writers_of_the_same_events_keep_each_once(store, tmp_path):
    def work() -> None:
        own = CatalogStore(f"sqlite:///{tmp_path}/a.sqlite")
        for start in range(0, 200, 10):
            EventLog(own).append([event(n) for n in range(start, start + 10)])
        own.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert EventLog(store).count() == 200


def test_ubi_is_read_and_its_ranks_start_at_0_here(store, tmp_path):
    log = EventLog(store)
    query = {"query_id": "q1", "user_query": "red hoodie", "timestamp": "2026-03-01T09:59:59Z", "client_id": "c1"}
    report = log.ingest(write(tmp_path, query, CLICK))
    assert (report.accepted, report.repeated, report.rejected) == (2, 0, 0)
    search, click = (found for _, found in log.read())
    assert (search.action, search.shopper, search.attributes["user_query"]) == ("search", "c1", "red hoodie")
    assert click == Event(
        id="e1",
        action="click",
        product="hoodie",
        time=datetime(2026, 3, 1, 10, 0, 0, 250_000, tzinfo=UTC),
        query_id="q1",
        session="s1",
        shopper="u1",
        position=2,
        propensity=0.25,
        attributes={
            "list_id": "home",
            "object": {"name": "Hoodie"},
            "position": {"page": 1},
            "client_id": "c1",
            "message": "kept",
        },
    )


def test_the_same_file_twice_changes_nothing(store, tmp_path):
    log = EventLog(store)
    without_id = {key: value for key, value in CLICK.items() if key != "event_attributes"}
    without_id["event_attributes"] = {"object": {"object_id": "x"}}
    path = write(tmp_path, CLICK, without_id, "nonsense")
    assert log.ingest(path).accepted == 2
    again = log.ingest(path)
    assert (again.accepted, again.repeated, again.rejected) == (0, 2, 1)
    assert len(log.dead_letters()) == 1


def changed(**fields) -> dict:
    return CLICK | {"event_attributes": CLICK["event_attributes"] | fields}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("nonsense", "Expecting value"),
        ("[1]", "no JSON object"),
        (CLICK | {"action_name": ""}, "action_name"),
        (CLICK | {"timestamp": "yesterday"}, "timestamp"),
        (CLICK | {"event_attributes": {}}, "object_id"),
        (CLICK | {"event_attributes": 5}, "event_attributes"),
        (changed(propensity=0), "propensity"),
        (changed(propensity=1.5), "propensity"),
        (changed(position={"ordinal": 0}), "ordinal"),
        (changed(position={"ordinal": "first"}), "ordinal"),
        ('{"action_name": "click", "action_name": "view"}', "twice"),
    ],
)
def test_what_is_no_event_becomes_a_dead_letter_with_its_reason(store, tmp_path, line, reason):
    log = EventLog(store)
    report = log.ingest(write(tmp_path, CLICK, line))
    assert (report.accepted, report.rejected) == (1, 1)
    (letter,) = log.dead_letters()
    assert (letter.source, letter.row) == ("events.jsonl", 2)
    assert reason in letter.reason


def test_queries_are_counted_by_different_shoppers(store):
    log = EventLog(store)

    def asked(number, text, shopper):
        return event(number, action="search", product="", shopper=shopper, attributes={"user_query": text})

    log.append(
        [
            asked(1, "red  shoes", "ann"),
            asked(2, "red shoes", "ben"),
            asked(3, "red shoes", "ann"),
            asked(4, "红鞋", ""),
            event(5),
        ]
    )
    assert sorted(log.queries()) == [("red shoes", 2), ("红鞋", 0)]
    assert len(log.queries(most=1)) == 1
