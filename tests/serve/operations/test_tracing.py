"""Spans of requests and their stages, as OpenTelemetry sees them."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from starlette.testclient import TestClient

from serve.small_shop import SmallShop
from small_shops import config_of, environment, filled
from wares.serve.app import create_app
from wares.serve.operations.answered import Answered
from wares.serve.operations.operated import Operated
from wares.stages import Timed

pytest.importorskip("opentelemetry.sdk")
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from wares.serve.operations.tracing import Tracing

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
MISSING = """
import sys
sys.modules["opentelemetry"] = None
from wares.config import Config
from wares.errors import ConfigError
from wares.serve.operations.operated import Operated
Operated(Config.load(options={}, environment={}))
try:
    Operated(Config.load(options={"serve.otlp_endpoint": "http://localhost:4318/v1/traces"}, environment={}))
except ConfigError as error:
    print(error)
"""


@pytest.fixture
def exporter():
    return InMemorySpanExporter()


@pytest.fixture
def traced(exporter):
    made = []

    def make(share: float = 1.0) -> Tracing:
        made.append(Tracing("http://nowhere.invalid", share=share, exporter=exporter))
        return made[-1]

    yield make
    for tracing in made:
        tracing.close()


def answered(**facts) -> Answered:
    timed = Timed(began=1_000, spans=[("index", 3_000, 9_000), ("rank", 9_000, 12_000)])
    usual = {"method": "GET", "route": "/v1/search", "status": 200, "seconds": 20e-6, "timed": timed, "asked": 10**18}
    return Answered(**{**usual, "request_id": "r", "trace": "a" * 32, "span": "b" * 16, **facts})


def spans(tracing: Tracing, exporter: InMemorySpanExporter) -> dict:
    assert tracing.flush()
    return {span.name: span for span in exporter.get_finished_spans()}


def test_a_span_for_the_request_and_one_for_each_stage(traced, exporter):
    tracing = traced()
    tracing(answered(trace=TRACE, parent=PARENT, sampled=True))
    found = spans(tracing, exporter)
    assert set(found) == {"GET /v1/search", "index", "rank"}
    root = found["GET /v1/search"]
    assert f"{root.context.trace_id:032x}" == TRACE
    assert f"{root.context.span_id:016x}" == "b" * 16  # as the answer's traceparent said
    assert f"{root.parent.span_id:016x}" == PARENT
    assert (root.start_time, root.end_time) == (10**18, 10**18 + 20_000)
    assert root.kind.name == "SERVER"
    assert root.attributes["http.route"] == "/v1/search"
    assert root.attributes["http.response.status_code"] == 200
    assert root.resource.attributes["service.name"] == "wares"
    for name, start, end in (("index", 2_000, 8_000), ("rank", 8_000, 11_000)):
        span = found[name]
        assert (span.start_time - 10**18, span.end_time - 10**18) == (start, end)
        assert span.parent.span_id == root.context.span_id
        assert span.context.trace_id == root.context.trace_id
        assert span.context.span_id != root.context.span_id


def test_errors_and_what_was_done_without(traced, exporter):
    tracing = traced()
    timed = Timed(notes=[("degraded", "vectors"), ("degraded", "vectors"), ("degraded", "index")])
    tracing(answered(status=503, error="busy", timed=timed))
    root = spans(tracing, exporter)["GET /v1/search"]
    assert root.status.status_code.name == "ERROR"
    assert root.attributes["error.type"] == "busy"
    assert root.attributes["wares.degraded"] == ("index", "vectors")
    assert root.parent is None


@pytest.mark.parametrize(
    ("share", "parent", "sampled", "count"),
    [(0.0, "", False, 0), (1.0, "", False, 200), (0.0, PARENT, True, 200), (1.0, PARENT, False, 0)],
)
def test_the_caller_decides_and_else_the_share(traced, exporter, share, parent, sampled, count):
    tracing = traced(share)
    for n in range(200):
        trace = f"{n * 0x9E3779B97F4A7C15 % 2**128 + 1:032x}"
        tracing(answered(trace=trace, parent=parent, sampled=sampled, timed=Timed()))
    assert tracing.flush()
    assert len(exporter.get_finished_spans()) == count


def test_every_process_draws_the_same_traces(traced, exporter):
    drawn = []
    for _ in range(2):
        tracing = traced(0.3)
        for n in range(500):
            tracing(answered(trace=f"{n * 0x9E3779B97F4A7C15 % 2**128 + 1:032x}", timed=Timed()))
        assert tracing.flush()
        drawn.append({span.context.trace_id for span in exporter.get_finished_spans()})
        exporter.clear()
    assert drawn[0] == drawn[1]
    assert 100 < len(drawn[0]) < 200


def test_a_search_is_traced_from_end_to_end(tmp_path, traced, exporter):
    shop = filled(tmp_path, 3)
    operated = Operated(shop.config, None, traced())
    try:
        with TestClient(create_app(shop, operated=operated)) as client:
            headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
            answer = client.get("/v1/search", params={"q": "lamp canary"}, headers=headers)
    finally:
        shop.close()
    found = spans(operated._listeners[-1], exporter)
    root = found["GET /v1/search"]
    assert answer.headers["traceparent"] == f"00-{TRACE}-{root.context.span_id:016x}-01"
    assert {"understand", "encode", "index", "rank", "page", "serialise"} <= set(found)
    assert {span.context.trace_id for span in found.values()} == {int(TRACE, 16)}
    assert all(root.start_time <= span.start_time <= span.end_time <= root.end_time for span in found.values())
    assert "canary" not in "".join(span.to_json() for span in found.values())


def test_spans_are_sent_to_the_endpoint(tmp_path):
    taken = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(
                (self.path, self.headers["Content-Type"], self.rfile.read(int(self.headers["Content-Length"])))
            )
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        endpoint = f"http://127.0.0.1:{server.server_port}/v1/traces"
        shop = SmallShop([], tmp_path, **{"serve.otlp_endpoint": endpoint, "serve.trace_share": 1.0})
        operated = Operated(shop.config)
        with TestClient(create_app(shop, operated=operated)) as client:
            assert client.get("/?q=canary").status_code == 200
        operated.close()
        server.shutdown()
    [(path, kind, body)] = taken
    assert (path, kind) == ("/v1/traces", "application/x-protobuf")
    assert b"GET /" in body
    assert b"canary" not in body


def test_without_the_extra_the_message_says_how_to_install_it():
    said = subprocess.run(
        [sys.executable, "-c", MISSING], env=environment(), capture_output=True, text=True, check=True
    )
    assert "pip install 'wares[tracing]'" in said.stdout
    assert json.dumps("serve.otlp_endpoint").strip('"') in said.stdout


def test_nothing_is_traced_where_no_endpoint_is_set(tmp_path):
    assert Operated(config_of(tmp_path)).tracing is None
