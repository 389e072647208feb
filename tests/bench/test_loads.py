"""The load generator against servers whose answers are known."""

import asyncio
import threading
from contextlib import contextmanager

import numpy as np
import pytest

from wares.bench import loads
from wares.bench.loads import Answers, closed, get, paced

ANSWERS = {b"/ok": b"200 OK", b"/busy": b"429 Too Many Requests", b"/bad": b"500 Internal Server Error"}


@contextmanager
def server(delay=0.0):
    """Answers by path; ``/gone`` closes the connection without a word, and ``/last`` after its answer."""
    loop, started, found = asyncio.new_event_loop(), threading.Event(), {"asked": 0, "connections": 0}

    async def answer(reader, writer):
        found["connections"] += 1
        while head := await reader.readuntil(b"\r\n\r\n"):
            found["asked"] += 1
            path = head.split(b" ")[1].split(b"?")[0]
            await asyncio.sleep(delay)
            if path == b"/gone":
                break
            close = b"Connection: close\r\n" if path == b"/last" else b""
            writer.write(b"HTTP/1.1 %s\r\n%sContent-Length: 2\r\n\r\n{}" % (ANSWERS.get(path, b"200 OK"), close))
            if close:
                break
        writer.close()

    async def listen():
        listening = await asyncio.start_server(answer, "127.0.0.1", 0)
        found["port"] = listening.sockets[0].getsockname()[1]
        started.set()

    loop.set_exception_handler(lambda *_: None)  # connections that end in the middle are what is tried here
    thread = threading.Thread(target=lambda: (loop.create_task(listen()), loop.run_forever()))
    thread.start()
    started.wait(10)
    try:
        yield found
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def test_each_request_is_asked_once_and_counted_for_what_it_was_answered():
    requests = [get("/ok")] * 30 + [get("/busy")] * 20 + [get("/bad")] * 10 + [get("/gone")] * 5
    with server() as there:
        for answers in (closed(there["port"], requests, 4), paced(there["port"], requests, 2000)):
            assert answers.good.sum() == 30
            assert answers.shed.sum() == 20
            assert answers.failed == 15
        assert there["asked"] == 2 * len(requests)


def test_a_connection_is_kept_until_the_server_closes_it():
    with server() as there:
        assert closed(there["port"], [get("/ok")] * 50, 2).good.all()
        assert there["connections"] == 2
        assert closed(there["port"], [get("/last")] * 5, 1).good.all()
        assert there["connections"] == 7


def test_what_is_due_waits_from_its_moment_even_where_the_server_is_late(monkeypatch):
    monkeypatch.setattr(loads, "AT_ONCE", 1)
    with server(delay=0.02) as there:
        answers = paced(there["port"], [get("/ok")] * 10, 1000)
    np.testing.assert_allclose(answers.due, np.arange(10) / 1000)
    assert answers.waited[-1] > 0.19 - 0.009  # nine answers before it
    assert (answers.waited >= answers.served - 1e-3).all()


def test_nobody_there_is_a_lost_request_and_no_endless_wait():
    assert (closed(1, [get("/ok")] * 3, 2).status == 0).all()


def test_percentiles_are_of_good_answers_alone():
    seconds = np.array([0.1, 0.2, 9.0])
    answers = Answers(seconds, seconds, seconds, np.array([200, 200, 429]), 1.0)
    assert answers.percentile(100) == pytest.approx(200)
    assert np.isnan(Answers(seconds, seconds, seconds, np.array([0, 500, 429]), 1.0).percentile(50))


def test_a_request_says_what_is_asked():
    assert get("/v1/search", q="red & 红", page="2").startswith(
        b"GET /v1/search?q=red+%26+%E7%BA%A2&page=2 HTTP/1.1\r\n"
    )
