"""Jobs of a shop as it runs: two workers that answer, a writer that does them, all told to end."""

import json

import httpx
import pytest

from serve.operations import test_served
from serve.operations.scraped import scraped, value
from serve.operations.test_processes import eventually, writes
from serve.operations.test_served import serving
from small_shops import filled
from wares.audit import AuditLog
from wares.serve.access.keys import Keys
from wares.serve.access.vault import Vault


@pytest.fixture
def served(tmp_path, monkeypatch):
    """Makes a served shop that knows jobs which can be held, and gives the headers of its admin."""
    monkeypatch.setattr(test_served, "PROGRAM", f"import slow_jobs\n{test_served.PROGRAM}")
    filled(tmp_path, 5).close()
    vault = Vault(tmp_path / "shop")
    _, key = Keys(vault, AuditLog(tmp_path / "shop")).create(("admin",))
    vault.close()

    def make(**settings: object):
        return serving(tmp_path, **{"serve.workers": 2, **settings}), {"Authorization": f"Bearer {key}"}

    return make


def test_how_far_a_job_is_is_told_by_every_worker_while_shoppers_search(served, tmp_path):
    running, key = served()
    with running as (client, _, said):
        url = str(client.base_url)
        asked = {"kind": "held", "arguments": {"folder": str(tmp_path), "shop": True}}
        id = client.post("/v1/jobs", json=asked, headers=key).json()["id"]

        def job() -> dict:  # on a connection of its own, so that any worker is asked
            return httpx.get(f"{url}/v1/jobs/{id}", headers=key).json()

        eventually(lambda: (job()["progress"] or {}).get("done", 0) > 1)
        first = job()["progress"]["done"]
        eventually(lambda: job()["progress"]["done"] > first)
        for _ in range(10):
            assert httpx.get(f"{url}/v1/search", params={"q": "lamp"}).json()["total"] == 5
        assert value(scraped(client.get("/metrics").text), "jobs_waiting") == 1
        assert client.delete("/v1/products/p1", headers=key).json()["deleted"] == 1  # what writes shares the shop
        (tmp_path / "go").touch()
        done = eventually(lambda: job() if job()["ended"] else None)
        assert (done["state"], done["attempts"]) == ("done", 1)
        assert done["actor"].startswith("key:")
        id = client.post("/v1/jobs", json={"kind": "rebuild"}, headers=key).json()["id"]
        eventually(lambda: job()["ended"])
        rebuilt = job()
        assert (rebuilt["state"], rebuilt["result"]["products"]) == ("done", 4)
        found = scraped(client.get("/metrics").text)
        assert value(found, "jobs_total", kind="held", outcome="done") == 1
        assert value(found, "jobs_total", kind="rebuild", outcome="done") == 1
        assert value(found, "jobs_waiting") == 0
        wanted = rebuilt["result"]["generation"]
        eventually(lambda: client.get("/v1/search", params={"q": "lamp"}).json()["generation"] == wanted)
        asked = {"kind": "failing", "arguments": {"folder": str(tmp_path), "error": "FeedError"}}
        client.post("/v1/jobs", json=asked, headers=key)
        failed = eventually(lambda: client.get("/v1/jobs?state=failed", headers=key).json()["jobs"])
        assert failed[0]["error"]["code"] == "feed"
        assert value(scraped(client.get("/metrics").text), "jobs_total", kind="failing", outcome="failed") == 1
        assert client.get("/v1/jobs").status_code == 403
    lines = [json.loads(line) for line in said.read_text().splitlines() if line.startswith("{")]
    assert [line["code"] for line in lines if line.get("event") == "job failed"] == ["feed"]


def test_a_job_that_runs_is_called_off_while_writes_wait(served, tmp_path):
    running, key = served()
    with running as (client, _, _):
        asked = {"kind": "held", "arguments": {"folder": str(tmp_path)}}
        id = client.post("/v1/jobs", json=asked, headers=key).json()["id"]
        eventually(lambda: client.get(f"/v1/jobs/{id}", headers=key).json()["state"] == "running")
        assert client.post(f"/v1/jobs/{id}/cancel", headers=key).status_code == 200
        eventually(lambda: client.get(f"/v1/jobs/{id}", headers=key).json()["state"] == "cancelled")


def test_a_shop_that_is_told_to_end_does_the_job_at_its_next_start(served, tmp_path):
    running, key = served(**{"serve.workers": 1})
    with running as (client, process, _):
        asked = {"kind": "held", "arguments": {"folder": str(tmp_path), "shop": True}}
        id = client.post("/v1/jobs", json=asked, headers=key).json()["id"]
        eventually(lambda: client.get(f"/v1/jobs/{id}", headers=key).json()["progress"])
    assert process.returncode == 0
    (tmp_path / "go").touch()
    running, key = served(**{"serve.workers": 1})
    with running as (client, _, _):
        eventually(lambda: client.get(f"/v1/jobs/{id}", headers=key).json()["state"] == "done")
        assert client.get(f"/v1/jobs/{id}", headers=key).json()["attempts"] == 1
        eventually(lambda: writes(client))
