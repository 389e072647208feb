import socket
import threading
import time
from contextlib import contextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from wares.serve.native.api import OPERATIONS, is_write
from wares.serve.native.writing import Writing
from wares.serve.operations.forwarding import Forwarding
from wares.serve.operations.listening import server_of

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


async def local(request: Request) -> PlainTextResponse:
    return PlainTextResponse("reader")


async def echo(request: Request) -> StreamingResponse:
    body = await request.body()
    told = f"{request.method} {request.url.path}?{request.url.query} {request.headers.get('x-told')}".encode()

    async def pieces():
        yield told + b"\n"
        yield body

    return StreamingResponse(pieces(), 207, headers={"X-Answer": "kept"})


@contextmanager
def writer(path):
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.listen()
    server = server_of(Starlette(routes=[Route("/{rest:path}", echo, methods=METHODS)]))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("w") / "s"


def client(path) -> TestClient:
    return TestClient(Forwarding(Starlette(routes=[Route("/{rest:path}", local, methods=METHODS)]), path))


def test_what_writes_is_handed_on_whole_and_what_reads_is_not(path):
    with writer(path), client(path) as asked:
        body = b"x" * 300_000
        for method in ("POST", "PUT"):
            found = asked.request(method, "/v1/products?force=1", content=body, headers={"X-Told": "yes"})
            assert found.status_code == 207
            assert found.headers["x-answer"] == "kept"
            assert found.content == f"{method} /v1/products?force=1 yes\n".encode() + body
        assert asked.delete("/v1/products/a%2Fb").text.startswith("DELETE /v1/products/a/b")
        assert asked.get("/v1/products/p7").text == "reader"
        assert asked.post("/v1/search").text == "reader"
        assert asked.post("/v1/productsearch").text == "reader"


def test_every_operation_that_writes_products_is_handed_on_and_no_other():
    for each in OPERATIONS:
        path = each.path.replace("{id}", "a/b")
        assert is_write(each.method, path) == (each.room is Writing), (each.method, path)
    assert not is_write("GET", "/v1/products/delete")


def test_without_a_writer_the_answer_says_when_to_come_back(path):
    with client(path) as asked:
        found = asked.post("/v1/products", content=b"[]")
        assert (found.status_code, found.headers["retry-after"]) == (503, "2")
        assert found.json()["code"] == "busy"
        assert asked.get("/v1/search").text == "reader"
