from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from serve.native.conftest import as_caller
from wares.serve.access.caller import Caller
from wares.serve.app import create_app
from wares.serve.native import eventing
from wares.shop import Shop

NOW = datetime.now(UTC)


def click(id: str = "e1", **more):
    return {
        "action_name": "click",
        "event_id": id,
        "timestamp": NOW.isoformat(),
        "query_id": "q",
        "user_id": "ann",
        "consent": True,
        "novel": {"a": 1},
        "event_attributes": {"object": {"object_id": "p1"}, "position": {"ordinal": 3}, "propensity": 0.5},
        **more,
    }


def test_events_are_kept_once(lamps, public):
    answer = public.post("/v1/events", json={"events": [click("e1"), click("e2"), click("e1")], "client": "x"})
    assert (answer.status_code, answer.json()) == (200, {"accepted": 2, "repeated": 1, "rejected": []})
    assert public.post("/v1/events", json=[click("e1")]).json() == {"accepted": 0, "repeated": 1, "rejected": []}
    events = [event for _, event in lamps._events.read()]
    assert [(event.id, event.position, event.propensity, event.shopper) for event in events] == [
        ("e1", 2, 0.5, "ann"),
        ("e2", 2, 0.5, "ann"),
    ]
    assert events[0].attributes["consent"] is True
    assert events[0].attributes["novel"] == {"a": 1}


def test_an_event_without_an_id_counts_once_too(public):
    anonymous = {name: value for name, value in click().items() if name != "event_id"}
    assert public.post("/v1/events", json=[anonymous]).json()["accepted"] == 1
    assert public.post("/v1/events", json=[anonymous]).json()["repeated"] == 1


def test_a_search_is_an_event(lamps, public):
    asked = {"user_query": "lamp", "timestamp": NOW.isoformat(), "client_id": "c", "query_id": "q"}
    assert public.post("/v1/events", json=[asked]).json()["accepted"] == 1
    assert lamps._events.queries() == [("lamp", 1)]


BAD = [
    (5, "object"),
    ({}, "action_name"),
    (click(timestamp="yesterday"), "timestamp"),
    (click(timestamp=(NOW + timedelta(hours=1)).isoformat()), "future"),
    (click(timestamp=(NOW - timedelta(days=400)).isoformat()), "year"),
    (click(event_attributes={}), "object_id"),
    (click(event_attributes={"object": {"object_id": "p1"}, "position": {"ordinal": 0}}), "ordinal"),
    (click(event_attributes={"object": {"object_id": "p1"}, "propensity": 2}), "propensity"),
    (click(event_attributes=[]), "event_attributes"),
    (click(consent="yes"), "consent"),
    (click(novel="x" * 20_000), "bytes"),
]


def test_what_is_none_is_told_by_its_place_and_buried(lamps, public):
    batch = [each for bad, _ in BAD for each in (bad, click(f"good {len(str(bad))}"))]
    report = public.post("/v1/events", json=batch).json()
    assert report["accepted"] + report["repeated"] == len(BAD)
    assert [each["index"] for each in report["rejected"]] == list(range(0, len(batch), 2))
    for told, (_, reason) in zip(report["rejected"], BAD, strict=True):
        assert reason in told["reason"]
        assert told["fix"]
    letters = lamps._events.dead_letters()
    assert len(letters) == len(BAD)
    assert all(len(letter.fix) <= 2_000 for letter in letters)
    public.post("/v1/events", json=batch)
    assert len(lamps._events.dead_letters()) == len(BAD)


def test_dead_letters_do_not_grow_without_end(lamps):
    from wares.catalog.events import DeadLetter

    for number in range(9):
        lamps._events.bury("http", [DeadLetter(0, "bad", str(number))], most=4)
    assert [letter.fix for letter in lamps._events.dead_letters()] == ["5", "6", "7", "8"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"events": []}, 400),
        ({}, 400),
        (5, 400),
        ({"events": 5}, 400),
        ([{}] * 1001, 413),
        ([{"a": "x" * eventing.MAX_BODY}], 413),
    ],
    ids=["none", "empty", "number", "no list", "many", "large"],
)
def test_a_batch_that_is_none_is_a_problem(public, body, status):
    answer = public.post("/v1/events", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_events_take_their_scope_and_no_shop_to_write(lamps):
    reader = Shop.open(lamps.config)
    app = create_app(reader)
    with TestClient(as_caller(app, Caller("k", frozenset(("search",))))) as client:
        assert client.post("/v1/events", json=[click()]).json()["code"] == "forbidden"
    with TestClient(as_caller(app, Caller("k", frozenset(("events",))))) as client:
        assert client.post("/v1/events", json=[click()]).json()["accepted"] == 1
        assert client.get("/v1/search?q=lamp").json()["code"] == "forbidden"
    reader.close()


def test_a_shop_that_keeps_no_events_says_so(client):
    assert client.post("/v1/events", json=[click()]).json()["code"] == "not_found"
