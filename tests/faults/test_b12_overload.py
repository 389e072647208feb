"""B12: many times more is asked than can be answered: some are told to come back, the others are answered."""

import asyncio
import threading
import time

import httpx
import pytest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from wares.serve.operations import listening
from wares.serve.operations.admission import Admission

WORK = 0.02  # seconds of one answer
SLOTS, MAX_WAIT, SENT = 2, 0.2, 300
KEPT = round(SLOTS * MAX_WAIT / WORK)  # that can wait


async def work(_: Request) -> PlainTextResponse:
    await run_in_threadpool(time.sleep, WORK)
    return PlainTextResponse("done")


@pytest.fixture
def served():
    """An application that takes a while for each answer, behind its door: its address, and the door's numbers."""
    doors = []

    class Door(Admission):
        def __init__(self, app) -> None:
            super().__init__(app, slots=SLOTS, max_wait=MAX_WAIT)
            doors.append(self)

    sock = listening.listen("127.0.0.1", 0)
    server = listening.server_of(Starlette(routes=[Route("/", work)], middleware=[Middleware(Door)]))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    address = f"http://127.0.0.1:{sock.getsockname()[1]}"
    httpx.get(address)
    yield address, doors[0]
    server.should_exit = True
    thread.join(10)
    sock.close()


async def _all_at_once(address: str) -> list[httpx.Response]:
    limits = httpx.Limits(max_connections=SENT)
    async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits) as client:
        return await asyncio.gather(*(client.get("/") for _ in range(SENT)))


def assert_it_sheds(address: str, door: Admission) -> None:
    door.stats.seconds = WORK
    answers = asyncio.run(_all_at_once(address))
    served = [each for each in answers if each.status_code == 200]
    refused = [each for each in answers if each.status_code == 429]
    assert len(served) + len(refused) == SENT
    assert len(served) >= KEPT // 2
    assert refused
    assert all(each.json()["code"] == "too_many" and int(each.headers["retry-after"]) >= 1 for each in refused)
    assert (door.stats.refused, door.stats.inside, door.stats.waiting) == (len(refused), 0, 0)
    assert httpx.get(address).status_code == 200


def test_who_would_wait_too_long_is_refused_and_the_others_are_answered(served):
    assert_it_sheds(*served)


def test_it_is_whole_again_at_once(served):
    address, door = served
    asyncio.run(_all_at_once(address))
    assert door.expected_wait() == 0
    assert [httpx.get(address).status_code for _ in range(20)] == [200] * 20


def test_without_a_bound_all_of_them_would_wait(served, monkeypatch):
    address, door = served
    monkeypatch.setattr(door, "expected_wait", lambda: 0.0)
    with pytest.raises(AssertionError):
        assert_it_sheds(address, door)
