"""E9: a shopper who is erased is in no file any more, does not come back with a feed, and there is proof of it."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from small_shops import config_of, write_feed
from wares import erasure
from wares.audit import AuditLog
from wares.catalog import database, shoppers
from wares.catalog.events import EventLog
from wares.catalog.unfound import UnfoundQueries
from wares.live import Live
from wares.shop import Shop

USER, SESSION, CLIENT, LETTER = "canaryuser-8f2a", "canarysession-77", "canaryclient-c3", "canaryuser-8f2a"
QUERY, SHARED = "pluto zanzibar", "sharedquery lamp"
MAIL = "canary@mail.example"
CANARIES = [USER, SESSION, CLIENT, QUERY, MAIL, "canaryfield"]
OTHERS = [f"othershopper-{n}" for n in range(4)]


def ubi(id, user, session, **more) -> dict:
    fields = {"timestamp": "2026-11-01T10:00:00Z", "user_id": user, "session_id": session}
    return {"event_id": id, **fields, **more}


def lines() -> list[dict | str]:
    """What the canary did, signed in and not, what is no event and names them, and what others did."""
    thing = {"object": {"object_id": "p1"}}
    # Before they sign in, the three sessions look like three shoppers: enough for a query to be suggested.
    every: list[dict | str] = [ubi(f"{USER}-{n}", "", f"{SESSION}{n or ''}", user_query=QUERY) for n in range(3)]
    every += [ubi(f"in{n}", USER, f"{SESSION}{n}", action_name="view", event_attributes=thing) for n in (1, 2)]
    every += [
        ubi(
            "e1",
            USER,
            SESSION,
            action_name="click",
            client_id=CLIENT,
            event_attributes={**thing, "mail": MAIL},
        ),
        ubi("e2", "", SESSION, action_name="view", event_attributes={**thing, "note": "canaryfield"}),
        ubi("e3", "", "another-session", action_name="view", client_id=CLIENT, event_attributes=thing),
        ubi("e4", "", "", action_name="view", event_attributes={**thing, "referred_by": {"user": USER}}),
        f'{{"action_name": "click", "user_id": "{LETTER}", "timestamp": "never"',
        {"action_name": "click", "user_id": USER, "timestamp": "never", "event_attributes": thing},
    ]
    for n, other in enumerate(OTHERS):
        every.append(ubi(f"o{n}", other, f"s{n}", user_query=SHARED))
        every.append(ubi(f"shared{n}", other, SESSION, action_name="view", event_attributes=thing))
    every.append(ubi("q", USER, SESSION, user_query=SHARED))
    return every


def write_events(path: Path, every: list[dict | str]) -> Path:
    path.write_text("\n".join(each if isinstance(each, str) else json.dumps(each) for each in every))
    return path


@pytest.fixture
def shop(tmp_path):
    """A shop with some history: what nobody but the canary asked is suggested by two generations."""
    shop = Shop.open(config_of(tmp_path), write=True)
    shop.ingest(write_feed(tmp_path / "feed.jsonl", ("p0", "p1", "p2 pluto", "p3 zanzibar", "p4 sharedquery")))
    shop.feedback(write_events(tmp_path / "events.jsonl", lines()))
    for text in (QUERY, f"gift for {USER}"):
        shop.unfound.add(text, "not_carried")
    shop.unfound.flush()
    shop.rebuild()
    shop.rebuild()
    assert QUERY in [each.text for each in shop.suggest("pluto z")]
    yield shop
    shop.close()


def holding(folder: Path, word: str) -> list[str]:
    return [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and word.encode() in path.read_bytes()
    ]


def assert_gone(shop: Shop) -> None:
    folder = shop.config.shop.folder
    for word in CANARIES:
        assert holding(folder, word) == [], f"{word} is still there"


def test_no_byte_is_left_in_any_file(shop):
    folder = shop.config.shop.folder
    assert all(holding(folder, word) for word in CANARIES), "there is something to erase"
    proof = shop.erase(USER)
    assert_gone(shop)
    assert proof.clean
    # e1…e4, four searches and two views; a line and a half as dead letters; four links of others
    assert (proof.events, proof.dead_letters, proof.unlinked) == (10, 2, 4)
    assert (proof.names, proof.generations) == (5, 2)
    assert (proof.looked_for, proof.files > 5) == (5, True)
    assert proof.seconds < 60


@pytest.mark.parametrize("at", ["forget", "scrub"])
def test_an_erasure_that_is_killed_is_finished_by_the_next(shop, monkeypatch, at):
    class Killed(BaseException):
        pass

    def die(*_, **__):
        raise Killed

    owner = Live if at == "forget" else EventLog
    with monkeypatch.context() as patched:
        patched.setattr(owner, at, die)
        with pytest.raises(Killed):
            shop.erase(USER)
    proof = shop.erase(USER)
    assert_gone(shop)
    assert (proof.clean, proof.events) == (True, 0)
    assert not shop.erase(USER).generations


def test_what_others_did_stays(shop):
    shop.erase(USER)
    kept = [event for _, event in shop._events.read()]
    assert sorted(event.id for event in kept) == sorted([f"o{n}" for n in range(4)] + [f"shared{n}" for n in range(4)])
    assert {event.session for event in kept if event.id.startswith("shared")} == {""}
    shop.rebuild()
    assert SHARED in [text for text, _ in shop._events.queries()]
    assert QUERY not in [each.text for each in shop.suggest("pluto z")]


def test_a_feed_that_comes_again_brings_nobody_back(shop, tmp_path):
    shop.erase(USER)
    before = shop._events.count()
    report = shop._events.ingest(write_events(tmp_path / "events.jsonl", lines()))
    assert (report.accepted, report.repeated, report.refused) == (0, 8, 10)
    renamed = [ubi("fresh-1", USER, "new"), ubi("fresh-2", "", SESSION), ubi("fresh-3", "", "x", client_id=CLIENT)]
    again = [{**each, "action_name": "view", "event_attributes": {"object": {"object_id": "p1"}}} for each in renamed]
    other = ubi("fresh-4", "somebody-else", SESSION, client_id=CLIENT) | {"action_name": "view"}
    again.append({**other, "event_attributes": {"object": {"object_id": "p1"}, "friend": USER}})
    assert shop.feedback(write_events(tmp_path / "more.jsonl", again)) == 1, "what another did is kept"
    before += 1
    assert shop._events.count() == before
    assert_gone(shop)


def test_there_is_a_proof_on_the_log_without_the_id(shop):
    proof = shop.erase(USER)
    log = AuditLog(shop.config.shop.folder)
    line = list(log.lines())[-1]
    assert (line["action"], line["target"], line["facts"]["events"]) == ("privacy.erase", proof.subject, 10)
    assert line["facts"]["remaining"] == []
    assert log.verify().whole
    assert len(proof.subject) == 64
    assert shop.erase(USER).subject == proof.subject


def test_everything_that_is_known_can_be_handed_over(shop):
    events, letters = shop.shopper(USER)
    assert len(events) == 10
    assert len(letters) == 2
    assert {event.attributes.get("mail") for event in events} >= {MAIL}
    shop.erase(USER)
    assert shop.shopper(USER) == ([], [])


def test_an_id_that_is_part_of_anothers_is_erased_alone(shop, tmp_path):
    view = {"action_name": "view", "event_attributes": {"object": {"object_id": "p1"}}}
    other = [ubi("long", "customer-100", "s100") | view, ubi("short", "customer-10", "s10") | view]
    shop.feedback(write_events(tmp_path / "more.jsonl", other))
    proof = shop.erase("customer-10")
    assert (proof.events, proof.looked_for, proof.clean) == (1, 0, True)
    assert [event.shopper for _, event in shop._events.read() if event.id == "long"] == ["customer-100"]


def test_without_consent_nobody_is_kept(shop, tmp_path):
    attributes = {"object": {"object_id": "p2"}, "consent": False, "note": "secretnote"}
    refusing = ubi("refuser-1", "refuseruser", "refusersession", action_name="click", event_attributes=attributes)
    searched = ubi("refuser-2", "refuseruser", "refusersession", user_query="refuserquery", consent=False)
    path = write_events(tmp_path / "more.jsonl", [refusing, searched])
    assert shop.feedback(path) == 2
    assert shop.feedback(path) == 0, "sent twice counts once"
    kept = {event.action: event for _, event in shop._events.read() if event.id.startswith("anonymous-")}
    assert kept["click"].product == "p2"
    assert kept["click"].time == datetime(2026, 11, 1, 10, tzinfo=UTC)
    assert {(event.shopper, event.session, event.query_id) for event in kept.values()} == {("", "", "")}
    for word in ("refuser", "secretnote"):
        assert holding(shop.config.shop.folder, word) == []


# --- mutation checks: with one guard off, the case fails


def skip(*_, **__):
    return 0


GUARDS = {
    "the files are not cleaned": (database, "scrub", skip, assert_gone),
    "what was learned is kept": (Live, "forget", skip, assert_gone),
    "letters are kept": (shoppers, "letters_of", lambda *_: [], assert_gone),
    "what was not found is kept": (UnfoundQueries, "forget", skip, assert_gone),
    "sessions are kept": (shoppers, "_unlink", skip, assert_gone),
}


@pytest.mark.parametrize("name", GUARDS)
def test_without_a_guard_the_case_fails(shop, monkeypatch, name):
    owner, attribute, off, check = GUARDS[name]
    monkeypatch.setattr(owner, attribute, off)
    if attribute == "scrub":
        monkeypatch.setattr("wares.catalog.events.scrub", off)
    shop.erase(USER)
    with pytest.raises(AssertionError, match="is still there"):
        check(shop)


def test_without_the_look_through_the_files_there_is_no_proof(shop, monkeypatch):
    """What the proof says is what the files hold: with the cleaning off it names them."""
    monkeypatch.setattr("wares.catalog.events.scrub", skip)
    proof = shop.erase(USER)
    assert not proof.clean
    assert any(name.startswith("catalogue.sqlite") for name in proof.remaining)
    monkeypatch.setattr(erasure, "_holds", lambda *_: False)
    assert shop.erase(USER).clean


def test_without_tombstones_a_feed_brings_them_back(shop, tmp_path, monkeypatch):
    shop.erase(USER)
    monkeypatch.setattr(EventLog, "_append", lambda self, new: _append_all(self, new))
    shop.feedback(write_events(tmp_path / "events.jsonl", lines()))
    with pytest.raises(AssertionError, match="is still there"):
        assert_gone(shop)


def _append_all(log: EventLog, new) -> tuple[int, int]:
    with closing(sqlite3.connect(log._engine.url.database)) as connection, connection:
        for event in new:
            row = (event.id, event.action, 0, event.product, "", event.session, event.shopper, b"{}")
            connection.execute(
                "INSERT OR IGNORE INTO events (event_id, action_name, timestamp, object_id, query_id, session_id,"
                " user_id, event_attributes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )
    return 1, 0
