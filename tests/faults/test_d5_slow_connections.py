"""D5: a megabyte of headers, headers and bodies that drip, connections that say nothing: let go; others go on."""

import socket
import threading
import time
from contextlib import ExitStack, suppress

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from wares.serve.operations import listening

IDLE = 200


async def echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(listening, "PATIENCE", 0.3)


@pytest.fixture
def address():
    sock = listening.listen("127.0.0.1", 0)
    port = sock.getsockname()[1]
    server = listening.server_of(Starlette(routes=[Route("/", echo, methods=["GET", "POST"])]))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield "127.0.0.1", port
    server.should_exit = True
    thread.join(10)
    sock.close()


def connected(address) -> socket.socket:
    return socket.create_connection(address, timeout=10)


def said(sender: socket.socket) -> bytes:
    """Everything that comes until the connection is closed."""
    text = b""
    try:
        while more := sender.recv(65536):
            text += more
    except ConnectionResetError:
        pass
    return text


def assert_others_are_answered(address) -> None:
    with connected(address) as other:
        other.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert said(other).startswith(b"HTTP/1.1 200")


def flood_headers(address) -> bytes:
    with connected(address) as sender:
        sender.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        try:
            for n in range(1_000):
                sender.sendall(b"X-%d: %s\r\n" % (n, b"a" * 1_000))
            sender.sendall(b"Connection: close\r\n\r\n")
        except OSError:
            pass
        return said(sender)


def test_a_header_of_a_megabyte_is_refused(address):
    assert b"200 OK" not in flood_headers(address)
    assert_others_are_answered(address)


def test_without_the_bound_it_would_be_read(address, monkeypatch):
    monkeypatch.setattr(listening, "HEADERS", 1 << 30)
    assert b"200 OK" in flood_headers(address)


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Drip: ",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
    ],
)
def test_who_stops_sending_is_let_go(impatient, address, begun):
    with connected(address) as sender:
        sender.sendall(begun)
        assert_others_are_answered(address)
        assert b"200" not in said(sender)


def test_headers_that_drip_have_as_long_as_headers_that_stop(impatient, address):
    with connected(address) as sender:
        sender.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Drip: ")
        sent = 0
        with suppress(OSError):
            while sent < 1_000:
                sender.sendall(b"a")
                sent += 1
                time.sleep(0.02)
        assert sent < 1_000


def test_idle_connections_are_let_go_and_cost_nobody_an_answer(impatient, address):
    with ExitStack() as held:
        idle = [held.enter_context(connected(address)) for _ in range(IDLE)]
        assert_others_are_answered(address)
        assert [said(each) for each in idle] == [b""] * IDLE


def test_a_connection_that_is_kept_serves_one_request_after_the_other(impatient, address):
    with connected(address) as sender:
        for n in (1, 20, 300):
            body = b"x" * n
            sender.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (n, body))
            text = b""
            while not text.endswith(b"\r\n\r\n%d" % n):
                text += sender.recv(65536)
            time.sleep(0.4)  # longer than headers may take: between two requests there is the time to keep alive


def test_without_the_protocol_who_drips_stays(impatient, address, monkeypatch):
    monkeypatch.setattr(listening, "BoundedProtocol", HttpToolsProtocol)
    sock = listening.listen("127.0.0.1", 0)
    server = listening.server_of(Starlette(routes=[Route("/", echo)]))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    with connected(sock.getsockname()) as sender:
        sender.settimeout(1.0)
        sender.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Drip: ")
        with pytest.raises(TimeoutError):
            sender.recv(100)
    server.should_exit = True
    thread.join(10)
    sock.close()
