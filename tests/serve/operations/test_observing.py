"""Each request is listened to, whatever becomes of it."""

import re

import pytest
import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from serve.operations.scraped import scraped, value
from wares.serve.operations.draining import Drain
from wares.serve.operations.metrics import Metrics
from wares.serve.operations.observing import Observe
from wares.serve.operations.tracecontext import request_id, trace_context
from wares.stages import note, stage

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def fine(request: Request) -> PlainTextResponse:  # in a thread, as handlers of a shop are
    with stage("index"):
        note("degraded", "vectors")
    return PlainTextResponse("fine")


async def fails(request: Request) -> PlainTextResponse:
    raise RuntimeError("secret inside")


@pytest.fixture
def heard():
    return []


@pytest.fixture
def metrics():
    return Metrics()


@pytest.fixture
def client(heard, metrics):
    def broken(answer):
        raise OSError("a listener of somebody else")

    observe = Middleware(Observe, metrics=metrics, drain=Drain(), listeners=(broken, heard.append))
    inner = Mount("/inner", routes=[Route("/{name}", fine)])
    app = Starlette(routes=[Route("/fine", fine), Route("/fails", fails), inner], middleware=[observe])
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_what_is_known_of_an_answer(client, heard):
    assert client.get("/inner/of-a-shopper?q=secret").text == "fine"
    [answer] = heard
    assert (answer.method, answer.route, answer.status) == ("GET", "/inner/{name}", 200)
    assert list(answer.timed.seconds()) == ["index"]
    assert answer.timed.noted("degraded") == ["vectors"]
    assert answer.seconds >= answer.timed.seconds()["index"]
    assert (answer.error, answer.raised) == ("", "")
    assert "secret" not in repr(answer)


def test_what_is_raised_is_counted_with_its_kind_and_without_its_words(client, heard, metrics):
    assert client.get("/fails").status_code == 500
    [answer] = heard
    assert (answer.status, answer.error, answer.raised) == (500, "error", "RuntimeError")
    assert "secret" not in repr(answer)
    found = scraped(metrics.text())
    assert value(found, "errors_total", code="error") == 1
    assert value(found, "requests_in_flight") == 0


def test_a_listener_that_fails_harms_no_answer(client, heard):
    with structlog.testing.capture_logs() as lines:
        assert client.get("/fine").status_code == 200
    assert len(heard) == 1
    assert [(line["event"], line["error"]) for line in lines] == [("an answer was not counted", "OSError")]


def test_every_answer_has_an_id_and_a_trace(client, heard):
    answer = client.get("/fine", headers={"X-Request-ID": "from-a-proxy.1", "traceparent": f"00-{TRACE}-{PARENT}-01"})
    assert answer.headers["x-request-id"] == heard[0].request_id == "from-a-proxy.1"
    assert answer.headers["traceparent"] == f"00-{TRACE}-{heard[0].span}-01"
    assert (heard[0].trace, heard[0].parent, heard[0].sampled) == (TRACE, PARENT, True)
    first, second = (client.get("/fine").headers for _ in range(2))
    assert first["x-request-id"] != second["x-request-id"]
    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-00", first["traceparent"])


def test_an_answer_says_once_what_each_of_its_searches_did_without():
    def answers(request: Request) -> PlainTextResponse:
        for part in request.query_params.getlist("part"):
            note("degraded", part)
        return PlainTextResponse("")

    with TestClient(
        Starlette(routes=[Route("/", answers)], middleware=[Middleware(Observe, metrics=Metrics(), drain=Drain())])
    ) as client:
        assert client.get("/?part=vectors&part=ranker&part=vectors").headers["x-wares-degraded"] == "vectors, ranker"
        assert "x-wares-degraded" not in client.get("/").headers


def test_lines_that_are_logged_during_a_request_have_its_id(heard):
    def logs(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(structlog.contextvars.get_contextvars()))

    observe = Middleware(Observe, metrics=Metrics(), drain=Drain(), listeners=(heard.append,))
    with TestClient(Starlette(routes=[Route("/", logs)], middleware=[observe])) as client:
        assert client.get("/", headers={"X-Request-ID": "r7"}).text == "{'request_id': 'r7'}"
    assert structlog.contextvars.get_contextvars() == {}


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"made up",
        f"ff-{TRACE}-{PARENT}-01".encode(),
        f"00-{'0' * 32}-{PARENT}-01".encode(),
        f"00-{TRACE}-{'0' * 16}-01".encode(),
        f"00-{TRACE.upper()}-{PARENT}-01".encode(),
        f"00-{TRACE}-{PARENT}-01-more".encode(),
        f"00-{TRACE}-{PARENT}-01\r\nX: y".encode(),
    ],
)
def test_a_trace_that_says_nothing_valid_begins_anew(header):
    context = trace_context(header)
    assert context.trace != TRACE
    assert (context.parent, context.sampled) == ("", False)


def test_a_later_version_of_traces_is_understood():
    context = trace_context(f"42-{TRACE}-{PARENT}-00-what.comes".encode())
    assert (context.trace, context.parent, context.sampled) == (TRACE, PARENT, False)


@pytest.mark.parametrize("header", [b"", b"a b", b"a\nb", b'"}', b"x" * 65, "é".encode()])
def test_an_id_that_could_harm_is_replaced(header):
    assert re.fullmatch("[0-9a-f]{32}", request_id(header))
