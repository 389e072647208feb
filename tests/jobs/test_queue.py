"""The queue follows the records: nothing that waits is lost, and what is queued twice is done once."""

import sqlite3

import pytest

from slow_jobs import Ran, eventually
from small_shops import config_of
from wares.audit import AuditLog, acting
from wares.errors import Conflict, NotFound, QueryError
from wares.jobs.queue import JobQueue


@pytest.fixture
def config(tmp_path):
    return config_of(tmp_path)


@pytest.fixture
def queue(config):
    queue = JobQueue(config.shop.folder)
    yield queue
    queue.close()


@pytest.fixture
def go(tmp_path):
    (tmp_path / "go").touch()
    return {"folder": str(tmp_path)}


def began(tmp_path) -> int:
    path = tmp_path / "began"
    return path.stat().st_size if path.exists() else 0


def test_an_identical_job_that_waits_is_answered_instead(queue, go):
    first, new = queue.start("held", go)
    again, other = queue.start("held", go)
    assert (new, other, again.id) == (True, False, first.id)
    assert queue.start("held", {**go, "shop": True})[0].id != first.id


def test_a_job_that_is_queued_twice_is_done_once(queue, config, go, tmp_path):
    job, _ = queue.start("held", go)
    queue.queue(job.id)
    ran = Ran(config)
    assert ran.runner.until(job.id).state == "done"
    while ran.runner._queue.step():
        pass
    assert began(tmp_path) == 1
    ran.runner._queue.close()


@pytest.mark.parametrize("lost", ["before it was queued", "with the queue"])
def test_a_job_that_is_not_in_the_queue_is_found(queue, config, go, lost, monkeypatch):
    if lost == "before it was queued":
        monkeypatch.setattr(queue, "queue", lambda id, delay=0.0: None)
    job, _ = queue.start("held", go)
    if lost == "with the queue":
        queue._huey.storage.flush_queue()
    assert Ran(config).runner.until(job.id).state == "done"


def test_whoever_asks_again_queues_what_was_not_queued(queue, config, go, monkeypatch):
    with Ran(config).runner:
        first, _ = queue.start("held", go)
        eventually(lambda: queue.records.get(first.id).over)  # from here on nobody looks at the records
        with monkeypatch.context() as patched:
            patched.setattr(queue, "queue", lambda id, delay=0.0: None)
            job, _ = queue.start("held", go)
        assert queue.start("held", go)[0].id == job.id
        assert eventually(lambda: queue.records.get(job.id).over)


def test_what_lies_in_the_queue_is_json_and_names_nobody(queue):
    queue.start("erase", {"shopper": "canary-7"})
    queue.queue(1, delay=60)
    with sqlite3.connect(queue.records.path) as other:
        held = [data for table in ("task", "schedule") for (data,) in other.execute(f"SELECT data FROM {table}")]
    other.close()
    assert len(held) == 2
    for data in held:
        assert data.startswith(b'["')
        assert b"canary" not in data


def test_who_did_what_is_on_the_audit_log_without_names(queue, config):
    with acting("key:k1"):
        job, _ = queue.start("erase", {"shopper": "canary-7"})
        queue.start("erase", {"shopper": "canary-7"})
        queue.cancel(job.id)
    assert job.actor == "key:k1"
    told = [(each["actor"], each["action"], each["target"]) for each in AuditLog(config.shop.folder).lines()]
    assert told == [("key:k1", "job.start", "erase 1"), ("key:k1", "job.cancel", "erase 1")]
    assert b"canary-7" not in b"".join(path.read_bytes() for path in config.shop.folder.iterdir())


def test_what_cannot_be_is_refused(queue, go):
    with pytest.raises(NotFound):
        queue.cancel(1)
    with pytest.raises(NotFound):
        queue.retry(1)
    with pytest.raises(QueryError):
        queue.start("none", {})
    job, _ = queue.start("held", go)
    with pytest.raises(Conflict):
        queue.retry(job.id)
    assert queue.cancel(job.id).state == "cancelled"
    with pytest.raises(Conflict):
        queue.cancel(job.id)


def test_a_kind_that_is_not_left_half_done_is_cancelled_before_it_runs_alone(queue):
    for id in (1, 2):
        queue.start("erase", {"shopper": f"canary-{id}"})
    queue.records.claim(1)
    with pytest.raises(Conflict, match="half done"):
        queue.cancel(1)
    assert queue.cancel(2).state == "cancelled"
