"""A3: SIGKILL before every single statement of a run's commit: the old or the new generation, never mixed."""

import os
import shutil
import signal

import pytest
from sqlalchemy import event

from killed_runs import generation_of, in_a_child, prepared, url_of
from wares.catalog import database
from wares.catalog.feeds import open_feed
from wares.catalog.ingest import ingest
from wares.catalog.staging import Staging
from wares.catalog.store import CatalogStore


def ingest_and_die(folder, statement: int) -> None:
    """Ingest what the feed holds; die at the Nth statement of the commit, counted from 1."""
    store = CatalogStore(url_of(folder))
    seen = 0

    def count(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    commit = Staging.commit

    def watched(staging: Staging) -> int:
        event.listen(store.engine, "before_cursor_execute", count)
        event.listen(store.engine, "commit", count)
        return commit(staging)

    Staging.commit = watched  # in a child of its own, nobody puts it back
    ingest(open_feed(folder / "feed.jsonl"), store)
    os._exit(0)


def assert_old_or_new(tmp_path) -> None:
    start = prepared(tmp_path / "start")
    ends = []
    for statement in range(1, 40):
        folder = shutil.copytree(start, tmp_path / str(statement))
        ended = in_a_child(lambda folder=folder, statement=statement: ingest_and_die(folder, statement))
        ends.append(generation_of(folder))
        if ended == 0:
            break
    old = ends.count(1)
    assert ends == [1] * old + [2] * (len(ends) - old), f"it went back and forth: {ends}"
    assert old > 8, "the commit has more statements than that: the kills missed it"
    assert ends[-1] == 2


def test_a_kill_at_every_statement_of_the_commit(tmp_path):
    assert_old_or_new(tmp_path)


def test_without_its_guard_the_case_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "_begin_sqlite", lambda connection: None)
    with pytest.raises(AssertionError, match=r"mixed|of 40 products|assert all"):
        assert_old_or_new(tmp_path)
