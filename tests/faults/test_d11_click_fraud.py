"""D11: whoever clicks or searches a thousand times counts once: nobody lifts a product or a suggestion alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from small_shops import filled
from wares.catalog.events import EventLog
from wares.types import Event, Query

MORNING = datetime(2026, 11, 1, 8, tzinfo=UTC)
LIFTED = "p7 lamp"


def sent(action: str, count: int, shoppers: int) -> Iterator[Event]:
    """So many events of so many shoppers, all for one product."""
    for n in range(count):
        yield Event(
            id=f"{action}-{shoppers}-{n}",
            action=action,
            product="p7",
            time=MORNING + timedelta(seconds=n),
            session=f"s{n % shoppers}",
            shopper=f"bot{n % shoppers}",
            position=0,
            attributes={"user_query": LIFTED},
        )


@pytest.fixture
def shop(tmp_path):
    shop = filled(tmp_path)
    yield shop
    shop.close()


def offered(shop) -> set[str]:
    return {each.text for each in shop.suggest("p7", limit=50) if each.kind == "query"}


def assert_one_bot_lifts_nothing(shop) -> None:
    before = shop.search(Query("lamp"))
    for action in ("click", "add_to_cart", "purchase", "search"):
        assert shop.feedback(sent(action, 1_000, 1)) == 1_000
    shop.rebuild()
    after = shop.search(Query("lamp"))
    assert after.ids == before.ids
    assert after.scores.tolist() == before.scores.tolist()
    assert LIFTED not in offered(shop)


def test_a_bot_that_clicks_buys_and_searches_a_thousand_times_moves_no_product_and_no_suggestion(shop):
    assert_one_bot_lifts_nothing(shop)


def test_what_several_shoppers_search_for_is_suggested(shop):
    shop.feedback(sent("search", 5, 5))
    shop.rebuild()
    assert LIFTED in offered(shop)


def test_a_crowd_of_bots_counts_by_heads_not_by_clicks(shop):
    shop.feedback(sent("search", 3_000, 4))
    assert dict(shop._events.queries()) == {LIFTED: 4}


def test_without_counting_heads_it_would(shop, monkeypatch):
    def by_events(self: EventLog, most: int = 0) -> list[tuple[str, int]]:
        texts = [str(event.attributes["user_query"]) for _, event in self.read(action="search")]
        return [(text, texts.count(text)) for text in set(texts)]

    monkeypatch.setattr(EventLog, "queries", by_events)
    shop._live._maker.queries = shop._events.queries
    with pytest.raises(AssertionError):
        assert_one_bot_lifts_nothing(shop)
