"""What shoppers saw and did: an append-only log in the store, in the terms of UBI 1.3 (User Behavior Insights).

An event counts once, however often it is sent. What cannot be an event becomes a dead letter with its reason.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import delete, false, func, insert, select, update

from wares.catalog import shoppers
from wares.catalog.archives import open_stream
from wares.catalog.database import scrub, store_errors
from wares.catalog.feeds.jsonl import parse_json
from wares.catalog.feeds.text import byte_lines
from wares.catalog.problems import Problem, Problems
from wares.catalog.staging import fingerprint
from wares.catalog.store import CatalogStore
from wares.catalog.tables import dead_letters, events
from wares.catalog.values import time as read_time
from wares.types import Event

BATCH = 500
MAX_LINE = 1_000_000
MAX_KEPT = 2_000  # characters of a dead letter
MAX_DEAD = 100_000  # dead letters of one source
MAX_QUERIES, MAX_QUERY, MAX_SHOPPERS = 100_000, 200, 1_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class EventReport:
    """How many events were new, were there already, cannot be events, and are of somebody who was erased."""

    accepted: int
    repeated: int
    rejected: int
    refused: int = 0


class EventLog:
    """The events of one store, read in the order in which they were written."""

    def __init__(self, store: CatalogStore) -> None:
        self._engine = store.engine
        self._gate = store.gate

    def append(self, new: Iterable[Event]) -> int:
        """Write the events that are not there yet, each batch in one transaction; returns how many.

        Nothing is kept of whoever was erased, and nobody's name without consent (:mod:`wares.catalog.shoppers`).
        """
        return self._append(new)[0]

    def _append(self, new: Iterable[Event]) -> tuple[int, int]:
        """How many events were written, and how many refused."""
        remaining, written, refused = iter(new), 0, 0
        while batch := list(islice(remaining, BATCH)):
            with self._gate.writing(), self._engine.begin() as connection:
                # Takes the write lock first, so that no other writer brings the same events in between.
                connection.execute(update(events).where(false()).values(position=events.c.position))
                kept = shoppers.welcome(connection, batch)
                lines = {event.id: _line(event) for event in kept}
                known = set(connection.scalars(select(events.c.event_id).where(events.c.event_id.in_(list(lines)))))
                fresh = [line for id, line in lines.items() if id not in known]
                if fresh:
                    connection.execute(insert(events), fresh)
            written += len(fresh)
            refused += len(batch) - len(kept)
        return written, refused

    def read(self, since: int = 0, action: str = "") -> Iterator[tuple[int, Event]]:
        """(number, event) of everything after number ``since``, or of one kind of action."""
        while True:
            wanted = select(events).where(events.c.seq > since).order_by(events.c.seq).limit(BATCH)
            if action:
                wanted = wanted.where(events.c.action_name == action)
            with store_errors(), self._engine.connect() as connection:
                page = connection.execute(wanted).all()
            if not page:
                return
            yield from ((row.seq, _event(row)) for row in page)
            since = page[-1].seq

    def queries(self, most: int = MAX_QUERIES) -> list[tuple[str, int]]:
        """Texts that were searched for, and how many different shoppers (or sessions) did; the first ``most`` texts."""
        who: dict[str, set[str]] = {}
        for _, event in self.read(action="search"):
            text = " ".join(str(event.attributes.get("user_query", "")).split())[:MAX_QUERY]
            if text and (text in who or len(who) < most):
                own = who.setdefault(text, set())
                if len(own) < MAX_SHOPPERS:
                    own.add(event.shopper or event.session)
        return [(text, len(own - {""})) for text, own in who.items()]

    def of(self, shopper: str) -> tuple[list[Event], list[Problem]]:
        """What is known of a shopper: their events and the dead letters that name them."""
        with store_errors(), self._engine.connect() as connection:
            who = shoppers.identity(connection, shopper)
            found = [_event(row) for row in shoppers.of_shopper(connection, who)]
            letters = shoppers.letters_of(connection, who)
            return found, [Problem(row.line, "", row.reason, row.body, row.source) for row in letters]

    def remove(self, shopper: str) -> tuple[shoppers.Removed, frozenset[str], bytes]:
        """Take a shopper out, and refuse them from now on; what went, their names, and what stands for their id."""
        with self._gate.writing(), self._engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA secure_delete=ON")
            connection.execute(update(events).where(false()).values(position=events.c.position))
            who = shoppers.identity(connection, shopper)
            removed = shoppers.remove(connection, who)
            subject = shoppers.digest_of(shopper, shoppers.salt(connection))
            connection.commit()
        return removed, who.names, subject

    def unasked(self, texts: Iterable[str], least: int = 3) -> list[str]:
        """Those of some queries that fewer than so many shoppers ask."""
        asked = dict(self.queries())
        named = {" ".join(text.split())[:MAX_QUERY] for text in texts}
        return sorted(text for text in named if asked.get(text, 0) < least)

    def scrub(self, names: Iterable[str]) -> list[str]:
        """Leave no byte of deleted rows in the store, after what was learned of their queries was forgotten.

        Returns
        -------
        Those of the names that stand in nothing that stays.
        """
        with self._gate.writing():
            with self._engine.begin() as connection:
                shoppers.forgotten(connection)
            scrub(self._engine)
        with store_errors(), self._engine.connect() as connection:
            return [name for name in sorted(names) if not shoppers.part_of_others(connection, name)]

    def count(self) -> int:
        """How many events there are."""
        with store_errors(), self._engine.connect() as connection:
            return int(connection.scalar(select(func.count()).select_from(events)) or 0)

    def ingest(self, path: Path) -> EventReport:
        """Append a UBI file, JSON Lines of events and queries, plain or gzip; the same file twice changes nothing."""
        seen = accepted = rejected = refused = 0
        for batch in _batches(read_ubi(path)):
            found = [item for item in batch if isinstance(item, Event)]
            bad = [item for item in batch if not isinstance(item, Event)]
            written, unwelcome = self._append(found)
            accepted, refused = accepted + written, refused + unwelcome
            seen += len(found)
            rejected += len(bad)
            self.bury(path.name, bad)
        return EventReport(accepted, seen - accepted - refused, rejected, refused)

    def dead_letters(self) -> list[Problem]:
        """What could not be an event, by file and line, with the reason and the beginning of what was sent."""
        with store_errors(), self._engine.connect() as connection:
            rows = connection.execute(select(dead_letters).order_by(dead_letters.c.seq)).all()
        return [Problem(row.line, "", row.reason, row.body, row.source) for row in rows]

    def bury(self, source: str, bad: Sequence["DeadLetter"], most: int = MAX_DEAD) -> None:
        """Keep what cannot be an event, once; of one source the newest ``most``."""
        if not bad:
            return
        lines = [{"source": source, "line": item.line, "reason": item.reason, "body": item.body} for item in bad]
        with self._gate.writing(), self._engine.begin() as connection:
            connection.execute(update(dead_letters).where(false()).values(line=dead_letters.c.line))
            columns = (dead_letters.c.line, dead_letters.c.reason, dead_letters.c.body)
            mine = dead_letters.c.source == source
            bodies = dead_letters.c.body.in_([item.body for item in bad])
            rows = connection.execute(select(*columns).where(mine, bodies))
            known = {(row.line, row.reason, row.body) for row in rows}
            fresh = [line for line in lines if (line["line"], line["reason"], line["body"]) not in known]
            fresh = [line for line in fresh if not shoppers.names_erased(connection, str(line["body"]))]
            if fresh:
                connection.execute(insert(dead_letters), fresh)
                newest = select(dead_letters.c.seq).where(mine).order_by(dead_letters.c.seq.desc())
                oldest = newest.offset(most - 1).limit(1).scalar_subquery()
                connection.execute(delete(dead_letters).where(mine, dead_letters.c.seq < oldest))


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A line that cannot be an event."""

    line: int
    reason: str
    body: str


def read_ubi(path: Path) -> Iterator[Event | DeadLetter]:
    """The events of a UBI 1.3 file; a query becomes an event of the action ``search``.

    ``position.ordinal`` counts from 1 there and from 0 here. An event without an id of its own takes one from its
    content, so that sending it twice is harmless. Fields we do not know are kept among the attributes.
    """
    with open_stream(path) as stream:
        for number, line in byte_lines(stream, MAX_LINE):
            if line is None:
                yield DeadLetter(number, "the line is too long", "")
            elif line.strip():
                yield _read_line(number, line)


def _read_line(number: int, line: bytes) -> Event | DeadLetter:
    text = line.decode("utf-8", errors="replace").strip()
    try:
        fields = parse_json(text)
        if not isinstance(fields, dict):
            raise ValueError("the line is no JSON object")
        return read_event(fields, fingerprint(line.strip()))
    except ValueError as error:
        return DeadLetter(number, str(error), text[:MAX_KEPT])


def read_event(fields: dict[str, Any], content_id: str) -> Event:
    """One event of UBI 1.3; ``content_id`` is its id where it brings none.

    Raises
    ------
    ValueError
        With what is missing or wrong.
    """
    attributes = _dict(fields.pop("event_attributes", None), "event_attributes")
    thing = _dict(attributes.pop("object", None), "object")
    position = _dict(attributes.pop("position", None), "position")
    action = _text(fields.pop("action_name", "search" if "user_query" in fields else ""))
    if not action:
        raise ValueError("there is no action_name")
    product = _text(thing.pop("object_id", ""))
    if not product and action != "search":
        raise ValueError("there is no event_attributes.object.object_id")
    problems = Problems(0)
    moment = read_time(_text(fields.pop("timestamp", "")), "timestamp", problems)
    if moment is None:
        raise ValueError("timestamp is missing, or no ISO 8601 time")
    ordinal = position.pop("ordinal", None)
    propensity = attributes.pop("propensity", None)
    if ordinal is not None and not (isinstance(ordinal, int) and not isinstance(ordinal, bool) and ordinal >= 1):
        raise ValueError("position.ordinal must be a whole number from 1")
    if propensity is not None and not (_is_number(propensity) and 0 < propensity <= 1):
        raise ValueError("propensity must be in (0, 1]")
    id = _text(attributes.pop("event_id", "")) or _text(fields.pop("event_id", "")) or content_id
    known = {name: _text(fields.pop(name, "")) for name in ("query_id", "session_id", "user_id", "client_id")}
    kept = {"object": thing, "position": position, "client_id": known["client_id"]} | fields
    return Event(
        id=id,
        action=action,
        product=product,
        time=moment,
        query_id=known["query_id"],
        session=known["session_id"],
        shopper=known["user_id"] or known["client_id"],
        position=None if ordinal is None else ordinal - 1,
        propensity=propensity,
        attributes=attributes | {name: value for name, value in kept.items() if value not in ("", {}, None)},
    )


def _dict(value: Any, name: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"{name} is no JSON object")
    return dict(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()[:500]
    return str(value) if _is_number(value) else ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _batches(items: Iterator[Event | DeadLetter]) -> Iterator[list[Event | DeadLetter]]:
    while batch := list(islice(items, BATCH)):
        yield batch


def _line(event: Event) -> dict[str, Any]:
    return {
        "event_id": event.id,
        "action_name": event.action,
        "timestamp": (event.time - _EPOCH) // timedelta(microseconds=1),
        "object_id": event.product,
        "query_id": event.query_id,
        "session_id": event.session,
        "user_id": event.shopper,
        "position": event.position,
        "propensity": event.propensity,
        "event_attributes": orjson.dumps(event.attributes),
    }


def _event(row: Any) -> Event:
    return Event(
        id=row.event_id,
        action=row.action_name,
        product=row.object_id,
        time=_EPOCH + timedelta(microseconds=row.timestamp),
        query_id=row.query_id,
        session=row.session_id,
        shopper=row.user_id,
        position=row.position,
        propensity=row.propensity,
        attributes=orjson.loads(row.event_attributes),
    )
