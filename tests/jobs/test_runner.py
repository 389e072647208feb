"""Jobs are done one after the other, tried again where that is worth it, and end when they shall."""

from contextlib import contextmanager

import pytest

from slow_jobs import Ran, eventually
from small_shops import config_of, filled
from wares.audit import AuditLog, acting
from wares.catalog.lock import WriterLock
from wares.errors import DiskFull, StoreLocked
from wares.jobs import runner as module
from wares.jobs.queue import ATTEMPTS, JobQueue
from wares.shop import Shop


@pytest.fixture
def config(tmp_path):
    return config_of(tmp_path)


@pytest.fixture
def queue(config):
    queue = JobQueue(config.shop.folder)
    yield queue
    queue.close()


def state(queue, id):
    return queue.records.get(id).state


def began(tmp_path) -> int:
    path = tmp_path / "began"
    return path.stat().st_size if path.exists() else 0


def test_a_rebuild_is_a_new_generation_by_whom_it_was_asked_for(tmp_path):
    shop = filled(tmp_path)
    config, before = shop.config, shop.generation
    shop.close()
    queue = JobQueue(config.shop.folder)
    with acting("key:k1"):
        job, _ = queue.start("rebuild", {})
    ran = Ran(config)
    job = ran.runner.until(job.id)
    assert (job.state, job.attempts, job.result["products"]) == ("done", 1, 30)
    assert job.result["generation"] > before
    assert ran.ended == [("rebuild", "done")]
    assert [each["actor"] for each in AuditLog(config.shop.folder).lines() if each["action"] == "rebuild"] == ["key:k1"]
    queue.close()


@pytest.mark.parametrize("error", ["StoreLocked", "Busy", "DiskFull", "MemoryError"])
def test_what_failed_because_of_the_moment_is_tried_again(queue, config, tmp_path, error):
    job, _ = queue.start("failing", {"folder": str(tmp_path), "error": error, "times": 2})
    ran = Ran(config)
    job = ran.runner.until(job.id)
    assert (job.state, job.attempts, job.code) == ("done", 3, "")
    assert [outcome for _, outcome in ran.ended] == ["retried", "retried", "done"]


def test_it_waits_longer_from_attempt_to_attempt_and_says_why_it_waits(queue, config, tmp_path, monkeypatch):
    job, _ = queue.start("failing", {"folder": str(tmp_path), "error": "Busy"})
    ran = Ran(config, first=10.0)
    waited = []
    own = ran.runner._queue
    monkeypatch.setattr(own, "queue", lambda id, delay=0.0: waited.append((delay, own.records.get(id))))
    for _ in range(ATTEMPTS):
        ran.runner._do(job.id)
    assert [delay for delay, _ in waited] == [10.0, 30.0, 90.0, 270.0]
    assert {(each.state, each.code, each.message) for _, each in waited} == {("waiting", "busy", "it is so")}
    job = queue.records.get(job.id)
    assert (job.state, job.attempts, job.code) == ("failed", ATTEMPTS, "busy")
    own.close()


def test_an_attempt_that_is_to_wait_is_not_made_at_once(queue, config, tmp_path):
    job, _ = queue.start("failing", {"folder": str(tmp_path), "error": "Busy"})
    ran = Ran(config, first=600.0)
    own = ran.runner._queue
    assert own.step()
    for _ in range(5):
        assert not own.step()
    assert (state(queue, job.id), began(tmp_path)) == ("waiting", 1)
    own.close()


@pytest.mark.parametrize("error", ["FeedError", "WeightsError", "DiskFailed", "NewerState", "CorruptIndex"])
def test_what_another_attempt_does_not_change_fails_at_once(queue, config, tmp_path, error):
    job, _ = queue.start("failing", {"folder": str(tmp_path), "error": error})
    ran = Ran(config)
    job = ran.runner.until(job.id)
    assert (job.state, job.attempts, job.message) == ("failed", 1, "it is so")
    assert job.code
    assert ran.ended == [("failing", "failed")]
    queue.retry(job.id)
    assert (state(queue, job.id), queue.records.get(job.id).code) == ("waiting", "")
    (tmp_path / "began").write_text("x" * 2_000)
    assert Ran(config).runner.until(job.id).state == "done"


def test_what_nobody_expected_fails_without_its_text(queue, config, tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(module.log, "error", lambda event, **facts: said.append((event, facts["reason"])))
    job, _ = queue.start("held", {"folder": str(tmp_path / "nowhere")})
    job = Ran(config).runner.until(job.id)
    assert (job.state, job.code, job.message) == ("failed", "error", "it broke: FileNotFoundError")
    assert said[0][0] == "job broke"
    assert "nowhere" in said[0][1]


def test_a_personal_argument_is_not_in_an_error_and_stays_for_another_attempt(queue, config, monkeypatch):
    said = []
    monkeypatch.setattr(module.log, "error", lambda event, **facts: said.append(str(facts)))
    job, _ = queue.start("secret", {"name": "canary-3"})
    job = Ran(config).runner.until(job.id)
    assert (job.state, job.message, job.fix) == ("failed", "there is nobody called [personal]", "call [personal]")
    assert said
    assert "canary-3" not in str(said)
    assert b"canary-3" not in b"".join(path.read_bytes() for path in config.shop.folder.iterdir())
    assert queue.records.arguments(job.id) == {"name": "canary-3"}


def test_another_writer_is_waited_for(tmp_path):
    shop = filled(tmp_path)
    queue = JobQueue(shop.config.shop.folder)
    job, _ = queue.start("rebuild", {})
    ran = Ran(shop.config)
    with ran.runner:
        eventually(lambda: queue.records.get(job.id).code == "store_locked")
        shop.close()
        assert eventually(lambda: queue.records.get(job.id).over)
    assert state(queue, job.id) == "done"
    assert ran.ended[0] == ("rebuild", "retried")
    queue.close()


def test_a_running_job_is_cancelled_and_tells_how_far_it_was(queue, config, tmp_path):
    job, _ = queue.start("held", {"folder": str(tmp_path)})
    ran = Ran(config)
    with ran.runner:
        eventually(lambda: queue.records.get(job.id).stage == "hold")
        assert queue.records.get(job.id).total == 1_000
        assert queue.cancel(job.id).cancelling
        eventually(lambda: queue.records.get(job.id).over)
    assert state(queue, job.id) == "cancelled"
    assert ran.ended == [("held", "cancelled")]


def test_a_cancelled_rebuild_leaves_what_is_served(tmp_path):
    shop = filled(tmp_path)
    config, before = shop.config, shop.generation
    shop.close()
    queue = JobQueue(config.shop.folder)
    job, _ = queue.start("rebuild", {})

    class Cancels:
        def __call__(self, *_: object) -> None:
            if state(queue, job.id) == "running":
                queue.cancel(job.id)

    ran = Ran(config, progress=Cancels())
    assert ran.runner.until(job.id).state == "cancelled"
    shop = Shop.open(config)
    assert shop.generation == before
    shop.close()
    queue.close()


def test_a_job_of_a_process_that_ends_waits_for_the_next_one(queue, config, tmp_path):
    job, _ = queue.start("held", {"folder": str(tmp_path)})
    with Ran(config).runner:
        eventually(lambda: queue.records.get(job.id).stage)
    found = queue.records.get(job.id)
    assert (found.state, found.attempts) == ("waiting", 0)
    (tmp_path / "go").touch()
    assert Ran(config).runner.until(job.id).state == "done"
    assert began(tmp_path) == 2


def test_what_fails_because_its_process_ends_is_no_failure(queue, config, tmp_path):
    job, _ = queue.start("failing", {"folder": str(tmp_path), "error": "FeedError"})
    ran = Ran(config)
    ran.runner._stop.set()
    ran.runner._do(job.id)
    assert state(queue, job.id) == "running"
    assert not ran.runner._queue.recover()
    assert state(queue, job.id) == "waiting"
    ran.runner._queue.close()


def test_a_job_that_ends_its_process_again_and_again_fails(queue, config, tmp_path, monkeypatch):
    job, _ = queue.start("held", {"folder": str(tmp_path)})
    for _ in range(ATTEMPTS):
        assert queue.records.claim(job.id)
        queue.records.found_again(ATTEMPTS + 1, StoreLocked("x"))
    queue.records.claim(job.id)
    ran = Ran(config)
    job = ran.runner.until(job.id)
    assert (job.state, job.code) == ("failed", "interrupted")
    assert ran.ended == [("held", "failed")]
    assert began(tmp_path) == 0


def test_one_process_does_jobs_and_another_takes_over(queue, config, tmp_path):
    first, second = Ran(config), Ran(config)
    (tmp_path / "go").touch()
    with second.runner:
        with first.runner:
            eventually(lambda: (config.shop.folder / module.LOCK).exists())
            for number in range(3):
                queue.start("held", {"folder": str(tmp_path), "shop": bool(number % 2)})
                eventually(lambda: not queue.records.unfinished())
        assert bool(first.ended) != bool(second.ended)
        job, _ = queue.start("held", {"folder": str(tmp_path)})
        assert eventually(lambda: queue.records.get(job.id).over)
    assert second.ended


def test_whoever_is_to_do_a_job_here_is_told_that_another_process_does(queue, config, tmp_path):
    job, _ = queue.start("held", {"folder": str(tmp_path)})
    with WriterLock(config.shop.folder, module.LOCK), pytest.raises(StoreLocked):
        Ran(config).runner.until(job.id)


def test_a_record_that_cannot_be_written_is_found_again(queue, config, tmp_path, monkeypatch):
    (tmp_path / "go").touch()
    job, _ = queue.start("held", {"folder": str(tmp_path)})
    ran = Ran(config)
    own = ran.runner._queue.records
    kept, failures = own.end, []

    def end(*arguments, **more):
        if not failures:
            failures.append(1)
            raise OSError(28, "no space")
        return kept(*arguments, **more)

    monkeypatch.setattr(own, "end", end)
    monkeypatch.setattr(module.log, "error", lambda *_, **__: None)
    with ran.runner:
        eventually(lambda: queue.records.get(job.id).over)
    assert (state(queue, job.id), began(tmp_path)) == ("done", 2)


def test_progress_that_cannot_be_kept_does_not_end_a_job(queue, config, tmp_path, monkeypatch):
    job, _ = queue.start("held", {"folder": str(tmp_path)})

    def full(*_: object) -> bool:
        (tmp_path / "go").touch()
        raise DiskFull("no space")

    ran = Ran(config)
    monkeypatch.setattr(ran.runner._queue.records, "tell", full)
    job = ran.runner.until(job.id)
    assert (job.state, job.attempts) == ("done", 1)


def test_progress_is_kept_now_and_then(queue, config, tmp_path, monkeypatch):
    job, _ = queue.start("held", {"folder": str(tmp_path)})
    ran = Ran(config)
    told = []
    monkeypatch.setattr(ran.runner._queue.records, "tell", lambda id, *rest: told.append(rest) or False)
    clock = iter([0.0, 0.1, 0.2, 0.3, 0.4])
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    tell = ran.runner._telling(job.id, module.made("held", {"folder": str(tmp_path)}))
    for done, stage in enumerate(["a", "a", "b", "b", "b"]):
        tell(stage, done, 9)
    assert told == [("a", 0, 9), ("b", 2, 9)]


def test_reading_takes_the_shop_at_its_end_alone(config, tmp_path, monkeypatch):
    from wares.jobs import read
    from wares.reading import ReadReport

    asked = []

    @contextmanager
    def shop():
        asked.append(1)
        yield None

    def read_media(given, progress, shop):
        assert not asked
        progress("photos read", 1, 2)
        with shop():
            return ReadReport(2, 1, 0)

    monkeypatch.setattr(read, "read_media", read_media)
    queue = JobQueue(config.shop.folder)
    job, _ = queue.start("read", {})
    ran = Ran(config)
    ran.runner._shop = shop
    job = ran.runner.until(job.id)
    assert (job.state, dict(job.result), len(asked)) == ("done", {"photos": 2, "worded": 1, "failed": 0}, 1)
    queue.close()


def test_nobody_reads_where_no_reader_is_switched_on(queue, config):
    job, _ = queue.start("read", {})
    job = Ran(config).runner.until(job.id)
    assert (job.state, job.code, job.attempts) == ("failed", "config", 1)
    assert "ocr = true" in job.fix
