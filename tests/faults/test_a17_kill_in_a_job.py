"""A17: a job whose process is killed in its middle is found and done again, by the next writer or the next shop."""

import os
import signal

from serve.operations.test_processes import children, eventually
from serve.operations.test_served_jobs import served  # noqa: F401
from slow_jobs import Ran
from small_shops import config_of
from wares.catalog.lock import WriterLock
from wares.errors import StoreLocked
from wares.jobs.queue import ATTEMPTS, JobQueue
from wares.jobs.runner import LOCK


def writer_of(folder) -> int:
    """Who does jobs, as the lock says."""
    return int((folder / "shop" / LOCK).read_text())


def began(folder) -> int:
    path = folder / "began"
    return path.stat().st_size if path.exists() else 0


def is_free(config) -> bool:
    try:
        WriterLock(config.shop.folder, LOCK).release()
    except StoreLocked:
        return False
    return True


def claim_and_die(config) -> None:
    """What a process does that is killed right after it began a job."""

    def work(id: int) -> None:
        own.records.claim(id)
        os.kill(os.getpid(), signal.SIGKILL)

    own = JobQueue(config.shop.folder, work)
    with WriterLock(config.shop.folder, LOCK):
        own.recover()
        own.step()
    os._exit(1)


def test_the_next_writer_does_it_again(served, tmp_path):  # noqa: F811
    running, key = served(**{"serve.workers": 1})
    with running as (client, process, _):
        asked = {"kind": "held", "arguments": {"folder": str(tmp_path), "shop": True}}
        id = client.post("/v1/jobs", json=asked, headers=key).json()["id"]

        def job() -> dict:
            return client.get(f"/v1/jobs/{id}", headers=key).json()

        for times in (1, 2):
            eventually(lambda times=times: began(tmp_path) == times and job()["progress"])
            assert writer_of(tmp_path) in children(process)
            os.kill(writer_of(tmp_path), signal.SIGKILL)
        assert client.get("/v1/search", params={"q": "lamp"}).json()["total"] == 5
        (tmp_path / "go").touch()
        eventually(lambda: job()["ended"])
        assert (job()["state"], job()["attempts"], job()["error"]) == ("done", 3, None)


def test_the_next_shop_does_it_again(served, tmp_path):  # noqa: F811
    running, key = served()
    with running as (client, process, _):
        asked = {"kind": "held", "arguments": {"folder": str(tmp_path)}}
        id = client.post("/v1/jobs", json=asked, headers=key).json()["id"]
        eventually(lambda: client.get(f"/v1/jobs/{id}", headers=key).json()["progress"])
        for pid in (process.pid, *children(process)):
            os.kill(pid, signal.SIGKILL)
    (tmp_path / "go").touch()
    config = config_of(tmp_path)
    eventually(lambda: is_free(config))  # a process that was killed is gone a moment later
    queue = JobQueue(config.shop.folder)
    assert queue.records.get(id).state == "running"
    ran = Ran(config)
    job = ran.runner.until(id)
    assert (job.state, job.attempts) == ("done", 2)
    queue.close()


def test_it_is_not_done_again_for_ever(tmp_path):
    config = config_of(tmp_path)
    queue = JobQueue(config.shop.folder)
    job, _ = queue.start("held", {"folder": str(tmp_path)})
    for _ in range(ATTEMPTS):
        child = os.fork()
        if not child:
            claim_and_die(config)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL
        assert queue.records.get(job.id).state == "running"
    found = Ran(config).runner.until(job.id)
    assert (found.state, found.code, found.attempts) == ("failed", "interrupted", ATTEMPTS)
    assert began(tmp_path) == 0
    assert queue.retry(job.id).state == "waiting"
    queue.close()


def test_without_the_look_at_what_was_running_it_would_be_lost(tmp_path, monkeypatch):
    config = config_of(tmp_path)
    queue = JobQueue(config.shop.folder)
    job, _ = queue.start("held", {"folder": str(tmp_path)})
    queue.records.claim(job.id)
    queue._huey.dequeue()
    ran = Ran(config)
    monkeypatch.setattr(ran.runner._queue.records, "found_again", lambda *_: [])
    with ran.runner._alone():
        assert not ran.runner._queue.step()
    assert queue.records.get(job.id).state == "running"
    ran.runner._queue.close()
    queue.close()
