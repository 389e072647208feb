"""A2: SIGKILL at the Nth write, sync or rename of the store: the old or the new generation, never mixed."""

import shutil
from pathlib import Path

import pytest

from killed_runs import generation_of, prepared, url_of
from wares.bench.kills import can_trace, every_call, killed_at_call
from wares.catalog import database
from wares.catalog.feeds import open_feed
from wares.catalog.ingest import ingest
from wares.catalog.store import CatalogStore

pytestmark = pytest.mark.skipif(not can_trace(), reason="strace cannot inject signals here")


def ingested(folder: Path, name: str = "", number: int = 0) -> list[str]:
    """Ingest generation 2 in a child that is killed at its Nth call of a name; the calls that it made."""

    def work() -> None:
        ingest(open_feed(folder / "feed.jsonl"), CatalogStore(url_of(folder)))

    return killed_at_call(work, folder.with_suffix(".trace"), name, number)


def assert_old_or_new(tmp_path: Path, step: int) -> None:
    start = prepared(tmp_path / "start")
    every = every_call(ingested(shutil.copytree(start, tmp_path / "counted")))
    assert len(every) > 20, "the calls of an ingest were not seen"
    ends = []
    for place in range(0, len(every), step):
        folder = shutil.copytree(start, tmp_path / str(place))
        calls = ingested(folder, *every[place])
        assert calls[-1] == every[place][0], "it was killed somewhere else"
        ends.append(generation_of(folder))
    assert ends == sorted(ends), f"it went back and forth: {ends}"
    assert set(ends) == {1, 2}


def test_a_kill_at_some_system_calls_leaves_one_generation(tmp_path):
    assert_old_or_new(tmp_path, step=4)


@pytest.mark.slow
def test_a_kill_at_every_system_call_leaves_one_generation(tmp_path):
    assert_old_or_new(tmp_path, step=1)


def test_without_its_guard_the_case_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "_begin_sqlite", lambda connection: None)
    with pytest.raises(AssertionError, match=r"mixed|of 40 products|assert all"):
        assert_old_or_new(tmp_path, step=2)
