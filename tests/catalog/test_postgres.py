"""The same store on PostgreSQL, where one is at hand: WARES_TEST_POSTGRES=postgresql+psycopg://user@host/empty_database."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from wares.catalog.events import EventLog
from wares.catalog.feeds import open_feed
from wares.catalog.ingest import ingest
from wares.catalog.store import CatalogStore
from wares.catalog.tables import METADATA
from wares.types import Event, Money, Product, Review, Variant

URL = os.environ.get("WARES_TEST_POSTGRES", "")
pytestmark = pytest.mark.skipif(not URL, reason="WARES_TEST_POSTGRES names no PostgreSQL")


@pytest.fixture
def store():
    store = CatalogStore(URL)
    yield store
    with store.engine.begin() as connection:
        METADATA.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    store.close()


def test_products_changes_and_deletions(store):
    variants = (Variant("a1", price=Money(100, "EUR")), Variant("a2"))
    product = Product("a", "甲", variants, reviews=(Review("r", "good", rating=5.0),))
    assert store.apply([product]) == store.apply([product]) == 1
    assert store.get("a") == product
    assert store.find_sku("a2") == ["a"]
    assert store.apply([], ["a"]) == 2
    assert [(change.id, change.product) for change in store.changes(0)] == [("a", None)]


def test_a_feed_goes_in_twice_and_shrinks(store, tmp_path):
    def feed(products: int):
        rows = (
            {"id": f"p{n}", "title": f"Thing {n}", "brand": "Ada", "media": [{"url": "a.jpg"}]} for n in range(products)
        )
        (tmp_path / "feed.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        return open_feed(tmp_path / "feed.jsonl", language="en")

    def take(media, _folder):
        return replace(media, sha256="ab")

    assert ingest(feed(1200), store, take).changed == 1200
    assert ingest(feed(1200), store, take).changed == 0
    assert ingest(feed(10), store, take).held
    assert ingest(feed(1000), store, take).deleted == 200
    assert (store.count(), store.seq, store.brands()) == (1000, 1400, {"ada": "Ada"})
    assert {product.media[0].sha256 for product in store.products()} == {"ab"}


def test_events_count_once(store):
    event = Event("e", "click", "p", datetime(2026, 1, 1, tzinfo=UTC), position=3, propensity=0.5)
    log = EventLog(store)
    assert (log.append([event, event]), log.append([event])) == (1, 0)
    assert [found for _, found in log.read()] == [event]


def test_a_shopper_is_taken_out_and_stays_out(store):
    log = EventLog(store)

    def event(id: str, shopper: str, session: str, **attributes) -> Event:
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        return Event(id, "view", "p", moment, session=session, shopper=shopper, attributes=attributes)

    mine = [event("1", "shopper-é", "session-1"), event("2", "", "session-1"), event("3", "", "", friend="shopper-é")]
    others = [event("4", "other", "session-1", friend="shopper-é"), event("5", "other", "session-2")]
    assert log.append([*mine, *others]) == 5
    assert len(log.of("shopper-é")[0]) == 3
    removed, names, _ = log.remove("shopper-é")
    assert (removed.events, names) == (3, {"shopper-é", "session-1"})
    assert log.scrub(names) == ["session-1", "shopper-é"]
    assert {found.id: (found.session, found.attributes) for _, found in log.read()} == {
        "4": ("", {"friend": ""}),
        "5": ("session-2", {}),
    }
    assert log.append([*mine, event("6", "new", "session-1")]) == 1
    assert log.of("shopper-é") == ([], [])
