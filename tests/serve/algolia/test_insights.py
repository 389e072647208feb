"""What shoppers did, as pages of the protocol tell it."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from wares.serve.algolia.insights import EventError, events_of

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
STAMP = int(NOW.timestamp() * 1000) - 5000
QUERY = "0123456789abcdef0123456789abcdef"
CLICK = {
    "eventType": "click",
    "eventName": "Product Clicked",
    "index": "products",
    "userToken": "anonymous-1",
    "objectIDs": ["p1"],
    "positions": [3],
    "queryID": QUERY,
}


def one(now=NOW, **changes):
    sent = {name: value for name, value in {**CLICK, **changes}.items() if value is not None}
    return events_of({"events": [sent]}, now)


def test_a_click_is_an_event_with_its_position_from_0():
    [event] = one(timestamp=STAMP)
    assert (event.action, event.product, event.position, event.query_id) == ("click", "p1", 2, QUERY)
    assert event.time == NOW - timedelta(seconds=5)
    assert (event.shopper, event.session) == ("anonymous-1", "anonymous-1")
    assert event.attributes == {"event_name": "Product Clicked", "index": "products"}


@pytest.mark.parametrize(
    ("kind", "subtype", "action"),
    [
        ("view", None, "impression"),
        ("conversion", None, "conversion"),
        ("conversion", "addToCart", "add_to_cart"),
        ("conversion", "purchase", "purchase"),
    ],
)
def test_kinds_are_actions_of_ours(kind, subtype, action):
    [event] = one(eventType=kind, eventSubtype=subtype, positions=None)
    assert (event.action, event.position) == (action, None)


def test_an_order_of_several_products_is_an_event_each():
    data = [{"price": 19.99, "quantity": 2, "queryID": QUERY[::-1]}, {"price": "5", "discount": 1}]
    found = one(
        eventType="conversion", eventSubtype="purchase", objectIDs=["p1", "p2"], positions=None, objectData=data,
        currency="USD", queryID=None, authenticatedUserToken="ann",
    )  # fmt: skip
    assert [(event.product, event.query_id, event.shopper) for event in found] == [
        ("p1", QUERY[::-1], "ann"),
        ("p2", "", "ann"),
    ]
    assert found[0].attributes["price"] == 19.99
    assert (found[0].attributes["quantity"], found[1].attributes["currency"]) == (2, "USD")


def test_the_same_content_is_the_same_event():
    assert one()[0].id == one(now=NOW + timedelta(days=1))[0].id
    assert one(timestamp=STAMP)[0].id != one(timestamp=STAMP + 1)[0].id
    assert one()[0].id != one(positions=[4])[0].id
    assert one(queryID=None)[0].id == one(queryID=None, now=NOW + timedelta(seconds=9))[0].id
    assert one(queryID=None)[0].id != one(queryID=None, now=NOW + timedelta(hours=1))[0].id
    two = one(objectIDs=["p1", "p1"], positions=[1, 2])
    assert two[0].id != two[1].id


def test_an_event_about_filters_leaves_nothing():
    assert one(objectIDs=None, positions=None, filters=["brand:Luma"]) == []


def test_what_a_library_tells_of_itself_is_no_event():
    assert events_of({"events": [{"eventType": "instantsearch", "eventName": "__start__", "widgets": []}]}, NOW) == []


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"eventType": "hover"}, "eventType"),
        ({"eventType": "click", "eventSubtype": "purchase"}, "eventType"),
        ({"eventName": ""}, "eventName"),
        ({"index": "elsewhere"}, "index"),
        ({"userToken": None}, "userToken"),
        ({"userToken": "a b"}, "userToken"),
        ({"userToken": 5}, "userToken"),
        ({"queryID": "x"}, "queryID"),
        ({"objectIDs": []}, "objectIDs"),
        ({"objectIDs": ["p"] * 21}, "objectIDs"),
        ({"objectIDs": [None]}, "objectIDs"),
        ({"objectIDs": "p1"}, "objectIDs"),
        ({"positions": [1, 2]}, "positions"),
        ({"positions": [0]}, "positions"),
        ({"positions": [True]}, "positions"),
        ({"timestamp": "now"}, "timestamp"),
        ({"timestamp": 1e30}, "timestamp"),
        ({"timestamp": 1}, "timestamp"),
        ({"timestamp": STAMP + 10**9}, "timestamp"),
        ({"objectData": {}}, "objectData"),
        ({"objectData": [{"price": "x"}]}, "objectData.price"),
        ({"objectData": [{"price": "1e999"}]}, "objectData.price"),
        ({"objectData": [{"queryID": "x"}]}, "objectData.queryID"),
        ({"objectData": [{"more": orjson.loads("[" * 900 + "]" * 900)}]}, ""),
    ],
)
def test_what_cannot_be_an_event_is_named(changes, where):
    with pytest.raises(EventError, match=rf"events\[0\]\.?{where}"):
        one(**changes)


@pytest.mark.parametrize("body", [None, [], {}, {"events": []}, {"events": [1]}, {"events": [CLICK] * 1001}])
def test_what_is_no_batch_is_refused(body):
    with pytest.raises(EventError):
        events_of(body, NOW)


def test_events_are_kept_once_and_wrong_ones_answered_in_the_protocol(client, opened_shop):
    before = opened_shop._events.count()
    body = orjson.dumps({"events": [{**CLICK, "queryID": "f" * 32}]})
    for _ in range(2):
        answer = client.post("/1/events?X-Algolia-API-Key=x", content=body, headers={"content-type": "text/plain"})
        assert (answer.status_code, answer.json()) == (200, {"status": 200, "message": "OK"})
    assert opened_shop._events.count() == before + 1
    wrong = client.post("/1/events", json={"events": [{**CLICK, "eventType": "hover"}, CLICK]})
    assert (wrong.status_code, wrong.json()["status"]) == (422, 422)
    assert wrong.json()["message"].startswith("events[0].eventType")
    assert opened_shop._events.count() == before + 1
