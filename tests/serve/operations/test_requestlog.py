"""Which requests get a line, and what never stands in one."""

import io
import json

import pytest
import structlog
from starlette.testclient import TestClient

from serve.small_shop import SmallShop
from wares.serve.app import create_app
from wares.serve.operations.answered import Answered
from wares.serve.operations.requestlog import RequestLog, facts, write_json
from wares.stages import Timed


def answered(**more) -> Answered:
    usual = {"method": "GET", "route": "/", "status": 200, "seconds": 0.02, "timed": Timed(), "asked": 0}
    return Answered(**{**usual, "request_id": "r", "trace": "a" * 32, "span": "b" * 16, **more})


@pytest.fixture
def written():
    before = structlog.get_config()
    file = io.StringIO()
    yield file
    structlog.configure(**before)


def lines(file: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in file.getvalue().splitlines()]


def test_slow_and_failed_requests_have_a_line_and_others_have_none():
    log = RequestLog(slow=1.0)
    with structlog.testing.capture_logs() as told:
        log(answered())
        log(answered(status=404, error="not_found"))
        log(answered(seconds=1.0))
        log(answered(status=503, error="busy", raised="Busy"))
        log(answered(status=503, route="/readyz"))  # asked every few seconds while a process leaves
    assert [(line["event"], line["log_level"]) for line in told] == [
        ("request slow", "warning"),
        ("request failed", "error"),
    ]
    assert (told[1]["code"], told[1]["error"]) == ("busy", "Busy")


@pytest.mark.parametrize(("share", "low", "high"), [(0.0, 0, 0), (0.1, 60, 140), (1.0, 1000, 1000)])
def test_a_share_of_all_requests_is_drawn(share, low, high):
    log = RequestLog(slow=1.0, share=share, seed=7)
    with structlog.testing.capture_logs() as told:
        for _ in range(1000):
            log(answered())
    assert low <= len(told) <= high


def test_a_line_tells_where_the_time_went():
    timed = Timed(spans=[("index", 0, 2_000_000), ("rank", 0, 500_000), ("index", 0, 1_000_000)])
    timed.notes += [("degraded", "vectors"), ("degraded", "vectors"), ("total", 0)]
    told = facts(answered(timed=timed, seconds=0.0123456))
    assert told == {
        "method": "GET",
        "route": "/",
        "status": 200,
        "ms": 12.346,
        "trace": "a" * 32,
        "stages_ms": {"index": 3.0, "rank": 0.5},
        "degraded": ["vectors"],
        "total": 0,
        "request_id": "r",
    }


def test_nothing_of_a_shopper_is_in_a_line(tmp_path, written):
    write_json(file=written)
    shop = SmallShop([], tmp_path, **{"serve.log_share": 1.0})
    with TestClient(create_app(shop), raise_server_exceptions=False, client=("198.51.100.7", 1)) as client:
        assert client.get("/?q=mug", headers={"Authorization": "Bearer canary1"}).status_code == 401
        headers = {"Cookie": "session=canary2", "User-Agent": "canary3"}
        assert client.get("/?q=boom+canary4", headers=headers).status_code == 500
        assert client.get("/p/canary5", headers=headers).status_code == 404
        client.post("/v1/search", json={"q": "canary6"}, headers=headers)
    told = lines(written)
    assert {line["event"] for line in told} == {"request failed", "request"}
    assert [(line["route"], line.get("code")) for line in told[:3]] == [
        ("none", "unauthenticated"),
        ("/", "error"),
        ("/p/{id:path}", "not_found"),
    ]
    assert told[1]["error"] == "RuntimeError"
    for canary in ("canary", "198.51.100.7", "secret inside"):
        assert canary not in written.getvalue()


def test_every_line_is_json_and_passes_the_masks_last(written):
    def mask(logger, method, line):
        return {name: "***" if name == "email" else value for name, value in line.items()}

    write_json([mask], file=written)
    log = structlog.get_logger("any")
    log.info("said", email="a@b.example", many={1: {"x"}}, text="line\nbreak")
    try:
        raise ValueError("why")
    except ValueError:
        log.exception("failed")
    first, second = lines(written)
    assert (first["event"], first["email"], first["text"], first["level"]) == ("said", "***", "line\nbreak", "info")
    assert first["timestamp"].endswith("Z")
    assert second["exception"][0]["exc_type"] == "ValueError"
