"""``POST /v1/events``: what shoppers saw and did, in the terms of UBI 1.3, in batches."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from wares.catalog.events import MAX_KEPT, DeadLetter, read_event
from wares.catalog.staging import fingerprint
from wares.errors import NotFound, QueryError, TooLarge
from wares.serve.front import Front, Listens
from wares.serve.native import bodies
from wares.serve.native.answers import json_response
from wares.stages import note
from wares.types import Event

MAX_BODY, MAX_EVENTS, MAX_EVENT = 2_000_000, 1_000, 16_000
AHEAD, BEHIND = timedelta(minutes=10), timedelta(days=366)
"""How far the clock of a shopper may be ahead of ours, and how old an event may be that was kept on a device."""
SHAPE = "send action_name, timestamp and event_attributes.object.object_id, as in docs/http.md"


class Eventing:
    """Handlers that keep events."""

    def __init__(self, front: Front) -> None:
        self._front = front

    async def events(self, request: Request) -> Response:
        """A batch of events; each counts once by its event_id, and one that is wrong leaves the others alone."""
        shop = self._front.of(request).shop
        if not isinstance(shop, Listens):
            raise NotFound("this shop keeps no events", fix="ask its operator")
        return await run_in_threadpool(_kept, shop, await bodies.read(request, MAX_BODY))


def _kept(shop: Listens, body: bytes) -> Response:
    found = bodies.parsed(body)
    batch = found.get("events") if isinstance(found, dict) else found
    if not isinstance(batch, list) or not batch:
        raise QueryError("body: there are no events", fix='send {"events": […]}')
    if len(batch) > MAX_EVENTS:
        raise TooLarge(f"there are {len(batch):,} events", fix=f"send at most {MAX_EVENTS:,} at once")
    now = datetime.now(UTC)
    good: list[Event] = []
    bad: list[DeadLetter] = []
    for place, fields in enumerate(batch):
        text = orjson.dumps(fields)
        try:
            good.append(_event(fields, text, now))
        except ValueError as error:
            bad.append(DeadLetter(place, str(error), text[:MAX_KEPT].decode("utf-8", "replace")))
    accepted = shop.feedback(good, bad)
    note("events", (accepted, len(bad)))
    rejected = [{"index": each.line, "reason": each.reason, "fix": SHAPE} for each in bad]
    return json_response({"accepted": accepted, "repeated": len(good) - accepted, "rejected": rejected})


def _event(fields: Any, text: bytes, now: datetime) -> Event:
    """One event; ValueError says why it is none."""
    if not isinstance(fields, dict):
        raise ValueError("it is no JSON object")
    if len(text) > MAX_EVENT:
        raise ValueError(f"it has more than {MAX_EVENT:,} bytes")
    consent = fields.get("consent")
    if consent is not None and not isinstance(consent, bool):
        raise ValueError("consent must be true or false")
    event = read_event(dict(fields), fingerprint(text))
    if event.time > now + AHEAD:
        raise ValueError("timestamp lies in the future: the clock of whoever sent it is wrong")
    if event.time < now - BEHIND:
        raise ValueError("timestamp lies more than a year back")
    return event
