"""What is known of one shopper, how it is taken out again, and who may not come back.

A shopper is known by an id, by the sessions in which that id was seen, and by the clients (browsers) it came from.
What is erased leaves a tombstone: a keyed hash from which the id cannot be read, and by which later events with it
are refused. An event whose attributes say ``consent: false`` is kept without anybody: what was done to a product in an
hour.
"""

import hmac
import re
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Table, delete, func, insert, or_, select, update

from wares.catalog.tables import dead_letters, erased, events, salts
from wares.types import Event

SALT, UNFORGOTTEN = "erased", "unforgotten"
CLIENT = "client_id"
PAGE = 500
_WORD = re.compile(r"[\w.@:+-]+")


@dataclass(frozen=True, slots=True)
class Identity:
    """Everything that names one shopper in the events."""

    id: str
    sessions: frozenset[str]
    clients: frozenset[str]

    @property
    def names(self) -> frozenset[str]:
        return frozenset((self.id,)) | self.sessions | self.clients


@dataclass(frozen=True, slots=True)
class Removed:
    """What was taken out of the store: events, dead letters, links in the events of others, and what was asked."""

    events: int
    dead_letters: int
    unlinked: int
    queries: frozenset[str]


def identity(connection: Connection, id: str) -> Identity:
    """Who somebody is, by the id that a shop calls them."""
    rows = connection.execute(select(events.c.session_id, events.c.event_attributes).where(events.c.user_id == id))
    sessions, clients = set(), set()
    for row in rows:
        sessions.add(row.session_id)
        client = orjson.loads(row.event_attributes).get(CLIENT)
        clients |= {client} if isinstance(client, str) else set()
    return Identity(id, frozenset(sessions - {"", id}), frozenset(clients - {"", id}))


def of_shopper(connection: Connection, who: Identity) -> Iterator[Any]:
    """The rows of a shopper's events: theirs by id, and nobody else's in their sessions or that name them."""
    mine = or_(events.c.user_id == who.id, events.c.session_id == who.id)
    nobodys = events.c.user_id.in_(("", *who.clients))
    sessions = [nobodys & events.c.session_id.in_(part) for part in _parts(who.sessions)]
    clients = [events.c.user_id.in_(part) for part in _parts(who.clients)]
    rows = connection.execute(select(events).where(or_(mine, *sessions, *clients)).order_by(events.c.seq)).all()
    seen = {row.seq for row in rows}
    yield from rows
    naming = nobodys & _holds(connection, events.c.event_attributes, who.id)
    for row in connection.execute(select(events).where(naming)).all():
        if row.seq not in seen and who.id in _values(orjson.loads(row.event_attributes)):
            yield row


def letters_of(connection: Connection, who: Identity) -> Iterator[Any]:
    """The dead letters that name a shopper."""
    for row in connection.execute(select(dead_letters).order_by(dead_letters.c.seq)):
        if names_in(row.body) & who.names:
            yield row


def remove(connection: Connection, who: Identity) -> Removed:
    """Take everything of a shopper out, and leave a tombstone for each of their names.

    What they asked is kept until :func:`forgotten`, so that who is killed in between forgets it the next time.
    """
    rows = list(of_shopper(connection, who))
    asked = frozenset(str(orjson.loads(row.event_attributes).get("user_query", "")) for row in rows) - {""}
    asked |= _unforgotten(connection)
    letters = [row.seq for row in letters_of(connection, who)]
    _delete(connection, events, [row.seq for row in rows])
    _delete(connection, dead_letters, letters)
    unlinked = sum(_unlink(connection, name) for name in sorted(who.names))
    key, now = salt(connection), int(time.time())
    new = {digest_of(name, key) for name in who.names} - _known(connection, {digest_of(n, key) for n in who.names})
    if new:
        connection.execute(insert(erased), [{"digest": digest, "erased_at": now} for digest in sorted(new)])
    forgotten(connection)
    if asked:
        connection.execute(insert(salts).values(name=UNFORGOTTEN, value=orjson.dumps(sorted(asked))))
    return Removed(len(rows), len(letters), unlinked, asked)


def forgotten(connection: Connection) -> None:
    """Nothing is kept any more that was learned from what shoppers asked who are gone."""
    connection.execute(delete(salts).where(salts.c.name == UNFORGOTTEN))


def _unforgotten(connection: Connection) -> frozenset[str]:
    """What was asked by shoppers who are gone, where a process was killed before it forgot what was learned of it."""
    found = connection.scalar(select(salts.c.value).where(salts.c.name == UNFORGOTTEN))
    return frozenset(orjson.loads(bytes(found))) if found is not None else frozenset()


def welcome(connection: Connection, batch: Iterable[Event]) -> list[Event]:
    """The events that may be kept: none of whoever was erased, and nobody's name where there is no consent.

    What somebody else did stays, without the names of those who were erased.
    """
    kept = [_anonymous(event, salt(connection)) if _refuses(event) else event for event in batch]
    if connection.scalar(select(func.count()).select_from(erased)) == 0:
        return kept
    key = salt(connection)
    digests = {name: digest_of(name, key) for event in kept for name in _named(event)}
    found = _known(connection, {*digests.values()})
    gone = {name for name, digest in digests.items() if digest in found}
    left = (_without(event, gone & _named(event)) for event in kept)
    return [event for event in left if event is not None]


def names_erased(connection: Connection, text: str) -> bool:
    """Whether a text, such as a line that is no event, names somebody who was erased."""
    if connection.scalar(select(func.count()).select_from(erased)) == 0:
        return False
    key = salt(connection)
    return bool(_known(connection, {digest_of(name, key) for name in names_in(text)}))


def salt(connection: Connection) -> bytes:
    """The key of this store's hashes; made in the transaction that first needs it."""
    found = connection.scalar(select(salts.c.value).where(salts.c.name == SALT))
    if found is None:
        found = secrets.token_bytes(32)
        connection.execute(insert(salts).values(name=SALT, value=found))
    return bytes(found)


def digest_of(name: str, key: bytes) -> bytes:
    """What stands for a name in a tombstone and in a proof."""
    return hmac.digest(key, name.encode("utf-8", "surrogatepass"), "sha256")


def names_in(text: str) -> set[str]:
    """Everything in a text that may be a name: its words, and the values of JSON."""
    found = set(_WORD.findall(text))
    with suppress(ValueError):
        found |= _values(orjson.loads(text))
    return found


def part_of_others(connection: Connection, name: str) -> bool:
    """Whether what stays holds a longer text that this name is a part of."""
    columns = (events.c.event_id, events.c.user_id, events.c.session_id, events.c.query_id, events.c.object_id)
    anywhere = or_(*(column.contains(name, autoescape=True) for column in columns))
    held = or_(anywhere, _holds(connection, events.c.event_attributes, name))
    letters = select(dead_letters.c.seq).where(dead_letters.c.body.contains(name, autoescape=True))
    return any(connection.execute(each.limit(1)).first() for each in (select(events.c.seq).where(held), letters))


def _anonymous(event: Event, key: bytes) -> Event:
    """What may be counted of an event of somebody who did not consent."""
    hour = event.time.replace(minute=0, second=0, microsecond=0)
    id = f"anonymous-{digest_of(event.id, key).hex()[:32]}"
    return replace(event, id=id, time=hour, query_id="", session="", shopper="", attributes={"consent": False})


def _without(event: Event, gone: set[str]) -> Event | None:
    """The event without some names; None where nobody else did it."""
    if not gone:
        return event
    if not event.shopper or event.shopper in gone:
        return None
    attributes = event.attributes
    for name in gone:
        attributes = _blanked(attributes, name)
    return replace(event, session="" if event.session in gone else event.session, attributes=attributes)


def _refuses(event: Event) -> bool:
    return str(event.attributes.get("consent", "")).lower() == "false"


def _named(event: Event) -> set[str]:
    return {event.shopper, event.session, *_values(event.attributes)} - {""}


def _values(found: object) -> set[str]:
    """Every text and number in a tree, as text."""
    if isinstance(found, Mapping):
        return set[str]().union(*(_values(each) for each in found.values()))
    if isinstance(found, list | tuple):
        return set[str]().union(*(_values(each) for each in found))
    return {str(found)} if isinstance(found, str | int) and not isinstance(found, bool) else set()


def _unlink(connection: Connection, name: str) -> int:
    """Take a name out of the events of other people, who shared a session or a client or spoke of it."""
    shared = connection.execute(update(events).where(events.c.session_id == name).values(session_id="")).rowcount
    rows = connection.execute(select(events).where(_holds(connection, events.c.event_attributes, name))).all()
    for row in rows:
        attributes = orjson.loads(row.event_attributes)
        if name in _values(attributes):
            body = orjson.dumps(_blanked(attributes, name))
            connection.execute(update(events).where(events.c.seq == row.seq).values(event_attributes=body))
            shared += 1
    return shared


def _blanked(found: Any, name: str) -> Any:
    if isinstance(found, Mapping):
        return {key: _blanked(each, name) for key, each in found.items()}
    if isinstance(found, list):
        return [_blanked(each, name) for each in found]
    return "" if not isinstance(found, bool) and str(found) == name else found


def _holds(connection: Connection, column: Any, name: str) -> ColumnElement[bool]:
    """Whether the JSON in a column has the text in it, or in a longer one."""
    written = orjson.dumps(name)[1:-1]
    if connection.dialect.name == "sqlite":
        return func.instr(column, written) > 0
    return func.strpos(func.convert_from(column, "UTF8"), written.decode()) > 0


def _known(connection: Connection, digests: set[bytes]) -> set[bytes]:
    found: set[bytes] = set()
    for part in _parts(digests):
        found |= {bytes(each) for each in connection.scalars(select(erased.c.digest).where(erased.c.digest.in_(part)))}
    return found


def _delete(connection: Connection, table: Table, numbers: list[int]) -> None:
    for part in _parts(numbers):
        connection.execute(delete(table).where(table.c.seq.in_(part)))


def _parts(items: Iterable[Any]) -> Iterator[list[Any]]:
    every = list(items)
    yield from (every[start : start + PAGE] for start in range(0, len(every), PAGE))
