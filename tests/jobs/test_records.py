"""Whatever is done to jobs in whatever order, and whenever the process is killed, the table says what is so."""

import sqlite3
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from slow_jobs import SecretJob
from wares.errors import Conflict, Interrupted, NewerState, NotFound, StoreError, TooMany
from wares.jobs import records as module
from wares.jobs.erase import EraseJob
from wares.jobs.rebuild import RebuildJob
from wares.jobs.records import NAME, JobRecords

KINDS = {"rebuild": RebuildJob(), "ann": EraseJob(shopper="ann"), "bo": EraseJob(shopper="bo")}
ERROR = StoreError("the disk", fix="wait")
MOST = 3


class Jobs(RuleBasedStateMachine):
    """A table beside a plain model of it; a kill lets go of the connection and forgets what was under way."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.records = JobRecords(Path(self.folder.name))
        self.model: dict[int, dict] = {}

    def teardown(self) -> None:
        self.records.close()
        self.folder.cleanup()

    def of(self, *states: str) -> list[int]:
        return [id for id, each in self.model.items() if each["state"] in states]

    @rule(which=st.sampled_from(sorted(KINDS)))
    def start(self, which: str) -> None:
        kind = "rebuild" if which == "rebuild" else "erase"
        waiting = [id for id in self.of("waiting") if self.model[id]["which"] == which]
        id, new = self.records.add(KINDS[which], kind, "me")
        assert new == (not waiting)
        if new:
            assert id == len(self.model) + 1
            self.model[id] = {"which": which, "state": "waiting", "attempts": 0, "cancelling": False}
        else:
            assert id in waiting

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def claim(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.model)))
        job = self.records.claim(id)
        assert (job is not None) == (self.model[id]["state"] == "waiting")
        if job is not None:
            self.model[id] |= {"state": "running", "attempts": self.model[id]["attempts"] + 1}
            assert self.records.arguments(id) == KINDS[self.model[id]["which"]].model_dump()

    @precondition(lambda self: self.of("running"))
    @rule(data=st.data(), how=st.sampled_from(["done", "failed", "cancelled", "again", "stopped"]))
    def leave(self, data: st.DataObject, how: str) -> None:
        id = data.draw(st.sampled_from(self.of("running")))
        assert self.records.tell(id, "step", 1, 2) == self.model[id]["cancelling"]
        if how in ("again", "stopped"):
            self.records.give_back(id, ERROR if how == "again" else None)
            self.model[id] |= {"state": "waiting", "attempts": self.model[id]["attempts"] - (how == "stopped")}
        else:
            self.records.end(id, how, error=ERROR if how == "failed" else None)
            self.model[id] |= {"state": how, "cancelling": False}

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.model)))
        match self.model[id]["state"]:
            case "waiting":
                self.records.cancel(id)
                self.model[id] |= {"state": "cancelled", "cancelling": False}
            case "running":
                self.records.cancel(id)
                self.model[id]["cancelling"] = True
            case _:
                with pytest.raises(Conflict):
                    self.records.cancel(id)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.model)))
        which = self.model[id]["which"]
        identical = [other for other in self.of("waiting") if self.model[other]["which"] == which]
        if self.model[id]["state"] == "failed" and not identical:
            self.records.retry(id)
            self.model[id] |= {"state": "waiting", "attempts": 0}
        else:
            with pytest.raises(Conflict):
                self.records.retry(id)

    @rule()
    def kill(self) -> None:
        self.records.close()
        self.records = JobRecords(Path(self.folder.name))
        failed = {job.id for job in self.records.found_again(MOST, Interrupted("killed"))}
        for id in self.of("running"):
            each = self.model[id]
            state = "cancelled" if each["cancelling"] else "failed" if each["attempts"] >= MOST else "waiting"
            assert (id in failed) == (state == "failed")
            each |= {"state": state, "cancelling": False}

    @invariant()
    def the_table_is_true(self) -> None:
        found = {job.id: job for job in self.records.newest()}
        assert sorted(found) == sorted(self.model)
        for id, each in self.model.items():
            job = found[id]
            assert (job.state, job.attempts, job.cancelling) == (each["state"], each["attempts"], each["cancelling"])
            assert job.over == (job.state in ("done", "failed", "cancelled"))
        assert self.records.waiting() == sorted(self.of("waiting"))
        if self.model:
            assert self.records.unfinished() == len(self.of("waiting", "running"))

    @invariant()
    def a_name_is_kept_as_long_as_it_is_needed(self) -> None:
        needed = [id for id in self.of("waiting", "running", "failed") if self.model[id]["which"] != "rebuild"]
        if self.model:
            with sqlite3.connect(self.records.path) as other:
                rows = other.execute("SELECT id FROM jobs WHERE sealed IS NOT NULL OR pad IS NOT NULL").fetchall()
            other.close()
            assert sorted(id for (id,) in rows) == sorted(needed)


Jobs.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestJobs = Jobs.TestCase


@pytest.fixture
def records(tmp_path):
    records = JobRecords(tmp_path)
    yield records
    records.close()


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def test_no_byte_of_a_name_is_written_and_seal_and_key_are_gone_when_it_is_done(records, tmp_path):
    id, _ = records.add(SecretJob(name="canary-1"), "secret", "me")
    assert b"canary-1" not in bytes_of(tmp_path)
    with records._reading() as connection:
        pad, sealed = connection.execute("SELECT pad, sealed FROM jobs").fetchone()
    assert pad in bytes_of(tmp_path)
    records.claim(id)
    assert records.arguments(id) == {"name": "canary-1"}
    assert records.get(id).arguments == {"name": "[personal]"}
    records.end(id, "done", result={})
    for part in (pad, sealed):
        assert part not in bytes_of(tmp_path)
    assert b"canary-1" not in bytes_of(tmp_path)


def test_the_file_is_its_owners_alone_and_a_look_makes_none(records):
    assert (records.newest(), records.path.exists()) == ([], False)
    assert module.unfinished(records.path.parent) == 0
    records.add(RebuildJob(), "rebuild", "me")
    assert records.path.stat().st_mode & 0o077 == 0
    assert module.unfinished(records.path.parent) == 1


def test_the_table_is_bounded(records, monkeypatch):
    monkeypatch.setattr(module, "KEPT", 3)
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    for _ in range(6):
        id, _ = records.add(RebuildJob(), "rebuild", "me")
        records.claim(id)
        records.end(id, "done")
    assert [job.id for job in records.newest()] == [6, 5, 4, 3]  # as many as are kept, and the one that ended last
    with pytest.raises(NotFound):
        records.get(1)
    for name in ("a", "b"):
        records.add(EraseJob(shopper=name), "erase", "me")
    with pytest.raises(TooMany):
        records.add(EraseJob(shopper="c"), "erase", "me")
    assert records.add(EraseJob(shopper="a"), "erase", "me") == (7, False)


def test_many_processes_start_the_same_at_once_and_one_job_waits(tmp_path):
    every = [JobRecords(tmp_path) for _ in range(6)]
    assert [each.unfinished() for each in every] == [0] * len(every)  # they are open
    together = threading.Barrier(len(every))
    found = []

    def start(records: JobRecords) -> None:
        for number in range(20):
            together.wait(30)
            found.append((number, *records.add(EraseJob(shopper=str(number)), "erase", "me")))

    threads = [threading.Thread(target=start, args=(each,)) for each in every]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 120
    assert len({(number, id) for number, id, _ in found}) == 20
    assert sum(new for _, _, new in found) == 20
    for each in every:
        each.close()


def test_of_many_who_claim_a_job_one_has_it(tmp_path):
    records = [JobRecords(tmp_path) for _ in range(8)]
    records[0].add(RebuildJob(), "rebuild", "me")
    claimed = []
    threads = [threading.Thread(target=lambda each=each: claimed.append(each.claim(1))) for each in records]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([job for job in claimed if job is not None]) == 1
    for each in records:
        each.close()


def test_a_broken_or_newer_table_is_told(tmp_path):
    (tmp_path / NAME).write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match="cannot be used"):
        JobRecords(tmp_path).newest()
    (tmp_path / NAME).unlink()
    with sqlite3.connect(tmp_path / NAME) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(NewerState):
        JobRecords(tmp_path).newest()
