"""``wares jobs``, as it is typed."""

import json
import threading

import pytest

from slow_jobs import Ran, eventually
from small_shops import config_of, filled
from test_accesscommands import run  # noqa: F401
from wares.errors import Conflict, NotFound, QueryError
from wares.jobs.queue import JobQueue


@pytest.fixture
def queue(tmp_path):
    filled(tmp_path, 5).close()
    queue = JobQueue(tmp_path / "shop")
    yield queue
    queue.close()


def test_a_job_is_done_here_where_nobody_else_does_it(run, queue):  # noqa: F811
    said = run("jobs", "run", "rebuild")
    assert said.startswith("job 1 (rebuild): done")
    assert "products: 5" in said
    assert json.loads(run("jobs", "list", "--json"))[0]["state"] == "done"
    assert "rebuild" in run("jobs", "list", "--state", "done")
    assert json.loads(run("jobs", "list", "--state", "failed", "--json")) == []


def test_a_job_is_followed_where_somebody_else_does_it(run, queue, tmp_path):  # noqa: F811
    folder = f"folder={tmp_path}"
    ran = Ran(config_of(tmp_path))
    with ran.runner:
        eventually(lambda: (tmp_path / "shop" / "jobs.lock").exists())
        threading.Timer(0.3, (tmp_path / "go").touch).start()
        job = json.loads(run("jobs", "run", "held", folder, "--json"))
        assert (job["state"], job["arguments"]["folder"]) == ("done", str(tmp_path))
        assert json.loads(run("jobs", "follow", str(job["id"]), "--json")) == job
    assert ran.ended == [("held", "done")]


def test_jobs_are_queued_called_off_and_tried_again(run, queue, tmp_path):  # noqa: F811
    said = run("jobs", "run", "erase", "shopper=canary-5", "--queue")
    assert said == "job 1 (erase): waiting"
    assert "canary-5" not in run("jobs", "list")
    assert run("jobs", "cancel", "1") == "job 1 (erase): cancelled"
    with pytest.raises(Conflict):
        run("jobs", "retry", "1")
    said = run("jobs", "run", "failing", f"folder={tmp_path}", "error=FeedError", code=1)
    assert said.splitlines()[-1] == "job 2 (failing): failed [feed] it is so"
    assert "[feed] it is so" in run("jobs", "list")
    run("jobs", "follow", "2", code=1)
    assert "  fix: set ocr = true" in run("jobs", "run", "read", code=1)
    assert run("jobs", "retry", "2") == "job 2 (failing): waiting"


def test_what_cannot_be_is_told(run):  # noqa: F811
    with pytest.raises(QueryError, match="did you mean 'rebuild'"):
        run("jobs", "run", "rebild")
    with pytest.raises(NotFound):
        run("jobs", "follow", "9")
    with pytest.raises(QueryError, match="sofa"):
        run("jobs", "list", "--state", "sofa")
    assert json.loads(run("jobs", "list", "--json")) == []
