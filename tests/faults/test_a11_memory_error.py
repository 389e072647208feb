"""A11: memory runs out while one query is scored: that request is answered 503, the next one as ever."""

import resource

import numpy as np
import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from small_shops import filled
from wares.search.judge import Judge
from wares.serve import app as app_module
from wares.serve.app import create_app

HUGE = 64 << 30


@pytest.fixture
def scored(tmp_path, monkeypatch):
    """A shop; scoring a query with "huge" in it asks the system for more than it may have."""
    shop = filled(tmp_path)
    understand = Judge.understand

    def greedy(self, query):
        if "huge" in query.text:
            limits = resource.getrlimit(resource.RLIMIT_AS)
            resource.setrlimit(resource.RLIMIT_AS, (HUGE // 2, limits[1]))
            try:
                np.empty(HUGE, np.uint8)
            finally:
                resource.setrlimit(resource.RLIMIT_AS, limits)
        return understand(self, query)

    monkeypatch.setattr(Judge, "understand", greedy)
    yield shop
    shop.close()


def assert_only_one_suffers(shop) -> None:
    with TestClient(create_app(shop), raise_server_exceptions=False) as client, capture_logs() as logs:
        refused = client.get("/v1/search?q=huge lamp")
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["code"] == "busy"
        assert "Traceback" not in refused.text
        page = client.get("/?q=huge lamp")
        assert (page.status_code, page.headers["retry-after"]) == (503, "1")
        assert client.get("/v1/search?q=lamp p7").json()["hits"][0]["id"] == "p7"
        assert client.get("/readyz").json()["status"] == "ok"
    assert [line["event"] for line in logs] == ["request failed"] * 2
    assert not any("huge" in str(line) for line in logs), "what a shopper asked stays out of the log"


def test_only_the_request_that_asked_too_much_suffers(scored):
    assert_only_one_suffers(scored)


def test_without_its_guard_the_case_fails(scored, monkeypatch):
    monkeypatch.setattr(app_module, "Busy", lambda message, fix: RuntimeError(message))
    with pytest.raises(AssertionError):
        assert_only_one_suffers(scored)
