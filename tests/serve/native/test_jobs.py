"""``/v1/jobs``: asked for, looked at and called off by whoever may, wherever it is answered."""

from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from serve.native.conftest import ADMIN, as_caller
from slow_jobs import Ran
from small_shops import filled
from wares.audit import AuditLog
from wares.serve.access.caller import PUBLIC, Caller
from wares.serve.app import create_app
from wares.serve.native.api import OPERATIONS
from wares.serve.native.jobs import Jobs
from wares.shop import Shop
from wares.types import OneOf

EVERY = [(each.method, each.path.replace("{id}", "1")) for each in OPERATIONS if each.room is Jobs]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A worker's: open for reading."""
    writer = filled(tmp_path_factory.mktemp("shop"))
    writer.close()
    shop = Shop.open(writer.config)
    yield shop
    shop.close()


@pytest.fixture(autouse=True)
def no_jobs(shop):
    for path in (*shop.config.shop.folder.glob("jobs.sqlite*"), *shop.config.shop.folder.glob("requests.sqlite*")):
        path.unlink()


def client_of(shop, caller=ADMIN):
    return TestClient(as_caller(create_app(shop), caller), raise_server_exceptions=False)


@pytest.fixture
def admin(shop):
    with client_of(shop) as client:
        yield client


def test_a_job_is_asked_for_and_found_where_the_answer_says(admin):
    answer = admin.post("/v1/jobs", json={"kind": "rebuild"})
    job = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (202, f"/v1/jobs/{job['id']}")
    assert (job["kind"], job["state"], job["attempts"], job["repeated"]) == ("rebuild", "waiting", 0, False)
    assert (job["progress"], job["error"], job["result"], job["ended"]) == (None, None, None, None)
    found = admin.get(answer.headers["location"])
    assert found.json() == {name: value for name, value in job.items() if name != "repeated"}
    assert "no-store" in found.headers["cache-control"]
    again = admin.post("/v1/jobs", json={"kind": "rebuild"}).json()
    assert (again["id"], again["repeated"]) == (job["id"], True)


def test_a_job_that_was_done_tells_its_result_and_jobs_are_listed_by_state(admin, shop):
    first = admin.post("/v1/jobs", json={"kind": "rebuild"}).json()["id"]
    Ran(shop.config).runner.until(first)
    second = admin.post("/v1/jobs", json={"kind": "rebuild"}).json()["id"]
    done = admin.get(f"/v1/jobs/{first}").json()
    assert (done["state"], done["result"]["products"], done["progress"]) == ("done", 30, None)
    assert [each["id"] for each in admin.get("/v1/jobs").json()["jobs"]] == [second, first]
    assert [each["id"] for each in admin.get("/v1/jobs?state=done").json()["jobs"]] == [first]
    assert [each["id"] for each in admin.get("/v1/jobs?limit=1").json()["jobs"]] == [second]
    assert admin.get("/v1/jobs?state=sofa").status_code == 400


def test_a_job_is_called_off_and_one_that_failed_is_tried_again(admin, shop):
    waiting = admin.post("/v1/jobs", json={"kind": "rebuild"}).json()["id"]
    assert admin.post(f"/v1/jobs/{waiting}/cancel").json()["state"] == "cancelled"
    assert admin.post(f"/v1/jobs/{waiting}/cancel").json()["code"] == "conflict"
    assert admin.post(f"/v1/jobs/{waiting}/retry").status_code == 409
    failing = admin.post("/v1/jobs", json={"kind": "read"}).json()["id"]  # no reader is switched on
    Ran(shop.config).runner.until(failing)
    told = admin.get(f"/v1/jobs/{failing}").json()
    assert (told["state"], told["error"]["code"]) == ("failed", "config")
    assert told["error"]["fix"]
    assert admin.post(f"/v1/jobs/{failing}/retry").json()["state"] == "waiting"


@pytest.mark.parametrize("id", ["99", "0", "x", "1/2", "9" * 40, "-1", "١", "01x"])
def test_a_job_that_is_not_there_is_not_found(admin, id):
    admin.post("/v1/jobs", json={"kind": "rebuild"})
    for method, path in (("GET", ""), ("POST", "/cancel"), ("POST", "/retry")):
        answer = admin.request(method, f"/v1/jobs/{id}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"kind": "rebild"}, "rebild"),
        ({"kind": "rebuild", "arguments": {"x": 1}}, "arguments.x"),
        ({"kind": "erase"}, "arguments.shopper"),
        ({"kind": ""}, "kind"),
        ({}, "kind"),
        ({"kind": "rebuild", "sofa": 1}, "sofa"),
        ([], "body"),
    ],
)
def test_a_job_that_cannot_be_is_refused(admin, body, said):
    answer = admin.post("/v1/jobs", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "query")
    assert said in answer.json()["title"]
    assert admin.get("/v1/jobs").json()["jobs"] == []


def test_the_same_key_asks_for_one_job(admin, shop):
    headers = {"Idempotency-Key": "k"}
    first = admin.post("/v1/jobs", json={"kind": "rebuild"}, headers=headers)
    Ran(shop.config).runner.until(first.json()["id"])
    with client_of(shop) as other:  # a worker beside
        again = other.post("/v1/jobs", json={"kind": "rebuild"}, headers=headers)
    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotent-replayed"] == "true"
    assert admin.post("/v1/jobs", json={"kind": "read"}, headers=headers).json()["code"] == "key_reused"
    assert len(admin.get("/v1/jobs").json()["jobs"]) == 1


def test_too_many_are_refused_for_now_even_with_a_key(admin, monkeypatch):
    from wares.jobs import records

    monkeypatch.setattr(records, "MOST_WAITING", 0)
    headers = {"Idempotency-Key": "k"}
    refused = admin.post("/v1/jobs", json={"kind": "rebuild"}, headers=headers)
    assert (refused.status_code, refused.headers["retry-after"] != "") == (429, True)
    monkeypatch.undo()
    assert admin.post("/v1/jobs", json={"kind": "rebuild"}, headers=headers).status_code == 202


@pytest.mark.parametrize(
    "caller",
    [
        PUBLIC,
        Caller("k", frozenset(("search", "events"))),
        Caller("k", frozenset(("admin",)), (OneOf("brand", ("Ember",)),)),
    ],
    ids=["nobody", "no admin", "a tenant"],
)
def test_only_who_may_do_everything_sees_and_asks_for_jobs(shop, admin, caller):
    assert admin.post("/v1/jobs", json={"kind": "rebuild"}).status_code == 202
    with client_of(shop, caller) as client:
        for method, path in EVERY:
            answer = client.request(method, path, json={"kind": "rebuild"} if method == "POST" else None)
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), path
    assert [each["state"] for each in admin.get("/v1/jobs").json()["jobs"]] == ["waiting"]
    assert len(EVERY) == 5


def test_a_shopper_is_erased_over_http_and_no_byte_of_their_name_is_left(admin, shop):
    name = "canary-shopper-4711"
    event = {
        "action_name": "view",
        "timestamp": datetime.now(UTC).isoformat(),
        "user_id": name,
        "event_attributes": {"object": {"object_id": "p1"}},
    }
    assert admin.post("/v1/events", json={"events": [event]}).json()["accepted"] == 1
    body = {"kind": "erase", "arguments": {"shopper": name}}
    answer = admin.post("/v1/jobs", json=body, headers={"Idempotency-Key": "once"})
    assert answer.json()["arguments"] == {"shopper": "[personal]"}
    id = answer.json()["id"]
    assert Ran(shop.config).runner.until(id).state == "done"
    found = admin.get(f"/v1/jobs/{id}")
    assert (found.json()["result"]["events"], found.json()["result"]["remaining"]) == (1, [])
    for told in (answer.text, found.text, admin.get("/v1/jobs").text):
        assert name not in told
    holding = [
        path for path in shop.config.shop.folder.rglob("*") if path.is_file() and name.encode() in path.read_bytes()
    ]
    assert holding == []
    erased = [each for each in AuditLog(shop.config.shop.folder).lines() if each["action"] == "privacy.erase"]
    assert erased[-1]["facts"]["events"] == 1
    assert admin.post("/v1/events", json={"events": [event]}).json()["accepted"] == 0
    assert admin.post("/v1/jobs", json=body).json()["id"] != id


def test_what_waits_is_counted_where_numbers_are_read(admin, shop):
    config = shop.config.model_copy(update={"serve": shop.config.serve.model_copy(update={"metrics": "open"})})

    class Open:
        def __getattr__(self, name):
            return getattr(shop, name)

        def __init__(self):
            self.config = config

    with client_of(Open()) as client:
        assert b"wares_jobs_waiting 0.0" in client.get("/metrics").content
        client.post("/v1/jobs", json={"kind": "rebuild"})
        assert b"wares_jobs_waiting 1.0" in client.get("/metrics").content
