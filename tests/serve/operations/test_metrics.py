"""What is counted, with which labels, and who may read it."""

import re
import shutil

import pytest
from starlette.testclient import TestClient

from serve.operations.scraped import scraped, value
from serve.small_shop import SmallShop
from small_shops import filled
from wares import stages
from wares.errors import StoreError
from wares.serve.app import create_app
from wares.serve.operations.answered import Answered
from wares.serve.operations.metrics import MOST_NAMES, Metrics, codes
from wares.serve.operations.operated import Operated
from wares.serve.storefront.rendering import static
from wares.stages import CacheStats, Timed
from wares.types import Standing

HERE = ("127.0.0.1", 50000)


def answered(**facts) -> Answered:
    usual = {"method": "GET", "route": "/", "status": 200, "seconds": 0.02, "timed": Timed(), "asked": 0}
    return Answered(**{**usual, "request_id": "r", "trace": "a" * 32, "span": "b" * 16, **facts})


def read(metrics: Metrics) -> dict:
    return scraped(metrics.text())


def test_answers_are_counted_by_pattern_and_status_and_never_by_address(shop):
    with TestClient(create_app(shop), client=HERE, raise_server_exceptions=False) as client:
        for path in ("/?q=mug", "/?q=plate", "/p/mug", "/p/plate1", "/secret-of-a-shopper", "/p/nothing"):
            client.get(path)
        assert client.get(static("icon.svg")).status_code == 200
        client.request("BREW", "/")
        assert client.get("/?q=boom").status_code == 500
        page = client.get("/metrics")
    assert page.headers["content-type"].startswith("text/plain")
    found = scraped(page.text)
    for route, status, count in (
        ("/", "200", 2),
        ("/", "500", 1),
        ("/", "405", 1),
        ("/p/{id:path}", "200", 2),
        ("/p/{id:path}", "404", 1),
        ("none", "404", 1),
        ("/static", "200", 1),
    ):
        assert value(found, "request_seconds_count", route=route, status=status) == count, (route, status)
    assert value(found, "errors_total", code="not_found") == 2
    assert value(found, "errors_total", code="error") == 1
    assert value(found, "requests_in_flight") == 1
    assert "secret" not in page.text
    assert "BREW" not in page.text
    assert "mug" not in page.text


def test_steps_and_outcomes_of_a_search(tmp_path):
    shop = filled(tmp_path, 5)
    try:
        with TestClient(create_app(shop), client=HERE) as client:
            client.get("/v1/search", params={"q": "lamp"})
            client.get("/v1/search", params={"q": "zzzzqqqq xxyyzz", "filter": "brand:none"})
            found = scraped(client.get("/metrics").text)
    finally:
        shop.close()
    for stage in ("wait", "follow", "understand", "encode", "index", "rank", "page", "serialise"):
        assert value(found, "stage_seconds_count", stage=stage) >= 1, stage
    assert value(found, "stage_seconds_count", stage="other") == 0
    assert value(found, "searches_total", outcome="found") == 1
    assert value(found, "searches_total", outcome="nothing") == 1
    assert value(found, "queue_seconds_count") == 2
    assert value(found, "index_products") == 5
    assert value(found, "index_segments") == 1
    assert value(found, "index_bytes") > 0
    assert value(found, "index_lag_changes") == 0
    assert value(found, "generation_timestamp_seconds") > 1.7e9
    assert value(found, "cache_misses_total", cache="query_vectors") >= 1


def test_notes_of_a_request_are_counted_where_they_belong():
    metrics = Metrics()
    timed = Timed(notes=[("total", 0), ("total", 3), ("degraded", "vectors"), ("shed", "queue"), ("events", (4, 1))])
    timed.notes += [("queued", 0.25), ("query", "never a label"), ("degraded", "made up"), ("shed", "made up")]
    metrics.answered(answered(timed=timed, error="busy"))
    metrics.answered(answered(error="made up by a caller"))
    found = read(metrics)
    assert [value(found, "searches_total", outcome=each) for each in ("found", "nothing")] == [1, 1]
    assert [value(found, "degraded_total", part=each) for each in ("vectors", "other")] == [1, 1]
    assert [value(found, "shed_total", reason=each) for each in ("queue", "other")] == [1, 1]
    assert [value(found, "events_total", outcome=each) for each in ("accepted", "rejected")] == [4, 1]
    assert value(found, "queue_seconds_sum") == 0.25
    assert [value(found, "errors_total", code=each) for each in ("busy", "other")] == [1, 1]
    assert "never" not in metrics.text().decode()
    assert "made" not in re.sub("(?m)^#.*", "", metrics.text().decode())


def test_events_of_shoppers_and_requests_beyond_a_limit(tmp_path):
    shop = filled(tmp_path, 3, **{"access.rate": "2/hour"})
    events = [{"action_name": "click", "query_id": "q", "client_id": "c"}, {"action_name": "no such"}, 7]
    try:
        app = create_app(shop)
        with TestClient(app, client=("192.0.2.7", 1)) as client:
            report = client.post("/v1/events", json={"events": events}).json()
            statuses = [client.get("/v1/search", params={"q": "lamp"}).status_code for _ in range(3)]
        with TestClient(app, client=HERE) as client:
            found = scraped(client.get("/metrics").text)
    finally:
        shop.close()
    assert len(report["rejected"]) >= 1
    assert value(found, "events_total", outcome="accepted") == report["accepted"]
    assert value(found, "events_total", outcome="rejected") == len(report["rejected"])
    assert statuses == [200, 429, 429]
    assert value(found, "shed_total", reason="rate") == 2
    assert value(found, "shed_total", reason="queue") == 0


def test_errors_of_ours_are_labels_each():
    assert {"busy", "not_found", "filter", "store_locked", "corrupt_index", "http", "error"} <= codes()


def test_jobs_and_their_kinds():
    metrics = Metrics()
    metrics.job("rebuild", "done", 2.0)
    metrics.job("Robert'); DROP", "exploded", 2.0)
    for n in range(2 * MOST_NAMES):
        metrics.job("kind-" + "abcdefghij"[n % 10] * (1 + n // 10), "done", 1.0)
    metrics.waiting(3)
    found = read(metrics)
    assert value(found, "jobs_total", kind="rebuild", outcome="done") == 1
    assert value(found, "jobs_total", kind="other", outcome="other") == 1
    assert len({labels for name, labels in found if name == "wares_job_seconds_count"}) == MOST_NAMES + 1
    assert value(found, "job_seconds_sum", kind="rebuild") == 2.0
    assert value(found, "jobs_waiting") == 3


def test_a_cache_that_is_gone_takes_no_count_back():
    metrics, stats = Metrics(), CacheStats("of_a_test")
    stats.hits, stats.misses, stats.evictions, stats.bytes, stats.entries = 5, 2, 1, 700, 3
    assert value(read(metrics), "cache_hits_total", cache="of_a_test") == 5
    stats.hits = 7
    assert value(read(metrics), "cache_hits_total", cache="of_a_test") == 7
    del stats
    another = CacheStats("of_a_test")
    another.hits, another.bytes = 2, 10
    found = read(metrics)
    assert value(found, "cache_hits_total", cache="of_a_test") == 7
    assert value(found, "cache_bytes", cache="of_a_test") == 10
    another.hits = 4
    assert value(read(metrics), "cache_hits_total", cache="of_a_test") == 9
    assert stages.caches()["of_a_test"] == [another]


def test_the_process_and_the_build():
    found = read(Metrics())
    for name in ("process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_files"):
        assert value(found, name) > 0, name
    assert value(found, "process_max_open_files") > value(found, "process_open_files")
    assert value(found, "workers") == 1
    assert [number for (name, _), number in found.items() if name == "wares_build_info"] == [1]
    assert value(read(Metrics(worker=False)), "workers") == 0


class Standard(SmallShop):
    """A shop that says where it stands."""

    now = Standing("g2", 1.8e9, served=7, written=19, products=11, segments=3, bytes=1000)
    failure: Exception | None = None

    @property
    def standing(self) -> Standing:
        if self.failure is not None:
            raise self.failure
        return self.now


def test_a_part_that_is_missing_shows_until_it_is_back(tmp_path):
    shop = Standard([], tmp_path, **{"serve.disk_reserve": 0})
    metrics = Metrics()
    with TestClient(create_app(shop, operated=Operated(shop.config, metrics)), client=HERE) as client:
        shop.degraded = ("vectors", "of another version")
        found = scraped(client.get("/metrics").text)
        assert value(found, "part_degraded", part="vectors") == 1
        assert value(found, "part_degraded", part="other") == 1
        assert value(found, "index_lag_changes") == 12
        shop.degraded = ()
        found = scraped(client.get("/metrics").text)
        assert value(found, "part_degraded", part="vectors") == 0
        assert value(found, "part_degraded", part="other") == 0


def test_what_readyz_says_shows_in_metrics_too(tmp_path):
    shop = Standard([], tmp_path, **{"serve.disk_reserve": 10**18, "shop.folder": tmp_path})
    with TestClient(create_app(shop), client=HERE) as client:
        found = scraped(client.get("/metrics").text)
        assert value(found, "part_degraded", part="disk") == 1
        assert value(found, "disk_free_bytes") == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.2)
        shop.failure = StoreError("the store cannot be read", fix="mend it")
        found = scraped(client.get("/metrics").text)
        assert value(found, "part_degraded", part="generation") == 1
        shop.failure = None
        shop.now = Standing("", 0.0, 0, 0, 0, 0, 0)
        assert value(scraped(client.get("/metrics").text), "part_degraded", part="generation") == 1


@pytest.mark.parametrize(("scope", "status"), [("admin", 200), ("search", 403), ("", 401)])
def test_a_key_that_may_read_the_numbers_from_anywhere(tmp_path, scope, status):
    shop = SmallShop([], tmp_path, **{"shop.folder": tmp_path / "shop"})
    app = create_app(shop)
    text = app.state.access.keys.create((scope,))[1] if scope else "wk_made_up"
    with TestClient(app, client=("192.0.2.7", 1)) as client:
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == status
    assert ("wares_build_info" in answer.text) is (status == 200)


@pytest.mark.parametrize(
    ("host", "headers", "setting", "status"),
    [
        ("127.0.0.1", {}, "local", 200),
        ("::1", {}, "local", 200),
        ("192.0.2.7", {}, "local", 403),
        ("testclient", {}, "local", 403),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, "local", 403),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.7"}, "local", 403),
        ("127.0.0.1", {"X-Real-IP": "192.0.2.7"}, "local", 403),
        ("192.0.2.7", {}, "open", 200),
    ],
)
def test_who_may_read_the_numbers(tmp_path, host, headers, setting, status):
    shop = SmallShop([], tmp_path, **{"serve.metrics": setting})
    with TestClient(create_app(shop), client=(host, 1)) as client:
        answer = client.get("/metrics", headers=headers)
    assert answer.status_code == status
    assert ("wares_build_info" in answer.text) is (status == 200)
