"""What shoppers did, as pages of this protocol tell it → our events.

An event about n products becomes n events. Their ids come from the content, so that sending one twice changes nothing;
where it says no time, those of one minute that are about the same search and products are one.
"""

import hashlib
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import orjson

from wares.errors import CatalogError
from wares.serve.algolia.names import ORDERS
from wares.types import Event

MAX_EVENTS, MAX_OBJECTS, MAX_TEXT = 1000, 20, 500
USAGE = "instantsearch"  # a library tells of itself, not of a shopper
OLDEST, SKEW = timedelta(days=400), timedelta(days=1)

_ACTIONS = {
    ("view", ""): "impression",
    ("click", ""): "click",
    ("conversion", ""): "conversion",
    ("conversion", "addToCart"): "add_to_cart",
    ("conversion", "purchase"): "purchase",
}
_TOKEN = re.compile(r"[a-zA-Z0-9_=/+.-]{1,129}")
_QUERY = re.compile(r"[0-9a-f]{32}")


class EventError(CatalogError):
    """An event that cannot be one; the message names its place in the batch."""

    code = "event"


def events_of(body: Any, now: datetime) -> list[Event]:
    """All events of a batch, or an error for the first that is none.

    An event about filters, not products, is valid and leaves nothing to be kept, and so is one about the page itself.

    Raises
    ------
    EventError
        With the place and how to mend it.
    """
    sent = body.get("events") if isinstance(body, dict) else None
    if not isinstance(sent, list) or not sent:
        raise EventError("events is no list of events", fix='{"events": [{"eventType": "click", …}]}')
    if len(sent) > MAX_EVENTS:
        raise EventError(f"{len(sent)} events", fix=f"at most {MAX_EVENTS} at once")
    return [event for at, each in enumerate(sent) for event in _Sent(at, each, now).events()]


class _Sent:
    """One event as it was sent."""

    def __init__(self, at: int, sent: Any, now: datetime) -> None:
        self._at = at
        if not isinstance(sent, dict):
            self._refuse("", "is no object")
        try:
            self._content = orjson.dumps(sent, option=orjson.OPT_SORT_KEYS)
        except TypeError:
            self._refuse("", "is nested too deep")
        self._sent, self._now = sent, now

    def events(self) -> Iterator[Event]:
        if self._sent.get("eventType") == USAGE:
            return
        kind, subtype = self._text("eventType"), self._text("eventSubtype", needed=False)
        if (kind, subtype) not in _ACTIONS:
            self._refuse("eventType", "is none of view, click, conversion (eventSubtype addToCart or purchase)")
        name, index = self._text("eventName"), self._text("index")
        if index not in ORDERS:
            self._refuse("index", f"is none of {', '.join(ORDERS)}")
        shopper = self._text("authenticatedUserToken", needed=False) or self._text("userToken")
        if not _TOKEN.fullmatch(shopper):
            self._refuse("userToken", "is no text of 1 to 129 letters, digits and _=/+.-")
        query_id = self._text("queryID", needed=False)
        if query_id and not _QUERY.fullmatch(query_id):
            self._refuse("queryID", "is none that a search gave")
        products = self._products()
        positions, details = self._positions(products), self._details(products)
        moment = self._time()
        for place, product in enumerate(products):
            own = {"event_name": name, "index": index, **details[place]}
            yield Event(
                id=self._id(place, query_id, moment),
                action=_ACTIONS[kind, subtype],
                product=product,
                time=moment,
                query_id=str(own.pop("queryID", "")) or query_id,
                session=self._text("userToken", needed=False),
                shopper=shopper,
                position=positions[place] - 1 if positions else None,
                attributes=own,
            )

    def _products(self) -> list[str]:
        found = self._sent.get("objectIDs")
        if found is None and isinstance(self._sent.get("filters"), list):
            return []
        if not isinstance(found, list) or not 1 <= len(found) <= MAX_OBJECTS:
            self._refuse("objectIDs", f"is no list of 1 to {MAX_OBJECTS} ids")
        if not all(isinstance(each, str) and 0 < len(each) <= MAX_TEXT for each in found):
            self._refuse("objectIDs", "holds something that is no id")
        return list(found)

    def _positions(self, products: list[str]) -> list[int]:
        found = self._sent.get("positions")
        if found is None:
            return []
        if not isinstance(found, list) or len(found) != len(products):
            self._refuse("positions", "is no list as long as objectIDs")
        if not all(isinstance(each, int) and not isinstance(each, bool) and 0 < each <= 10**9 for each in found):
            self._refuse("positions", "holds something that is no whole number from 1")
        return list(found)

    def _details(self, products: list[str]) -> list[dict[str, Any]]:
        """What is said of each product: its price, how many, from which search; and the currency of all."""
        found = self._sent.get("objectData")
        if found is None:
            found = [{} for _ in products]
        if not isinstance(found, list) or len(found) != len(products) or not all(isinstance(x, dict) for x in found):
            self._refuse("objectData", "is no list of objects as long as objectIDs")
        currency = self._text("currency", needed=False)
        every: dict[str, Any] = {"currency": currency[:3]} if currency else {}
        return [every | {name: self._detail(name, each[name]) for name in _DETAILS if name in each} for each in found]

    def _detail(self, name: str, value: Any) -> str | float:
        if name == "queryID":
            if not (isinstance(value, str) and _QUERY.fullmatch(value)):
                self._refuse("objectData.queryID", "is none that a search gave")
            return str(value)
        try:
            number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
        except (ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            self._refuse(f"objectData.{name}", "is no number")
        return number

    def _time(self) -> datetime:
        stamp = self._sent.get("timestamp")
        if stamp is None:
            return self._now
        if isinstance(stamp, bool) or not isinstance(stamp, int | float) or not 0 <= stamp < 10**14:
            self._refuse("timestamp", "is no number of milliseconds since 1970")
        moment = datetime.fromtimestamp(stamp / 1000, UTC)
        if not self._now - OLDEST <= moment <= self._now + SKEW:
            self._refuse("timestamp", f"is not within the last {OLDEST.days} days")
        return moment

    def _id(self, place: int, query_id: str, moment: datetime) -> str:
        minute = "" if query_id or "timestamp" in self._sent else moment.strftime("%Y%m%d%H%M")
        return hashlib.sha256(self._content + f"\n{place}\n{minute}".encode()).hexdigest()

    def _text(self, name: str, *, needed: bool = True) -> str:
        value = self._sent.get(name)
        if value is None and not needed:
            return ""
        if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
            self._refuse(name, f"is no text of 1 to {MAX_TEXT} characters")
        return str(value)

    def _refuse(self, name: str, what: str) -> NoReturn:
        where = f"events[{self._at}]{'.' if name else ''}{name}"
        raise EventError(f"{where} {what}", fix="see docs/instantsearch.md")


_DETAILS = ("price", "discount", "quantity", "queryID")
