"""D5, as far as the application sees it: a body that trickles in is refused after a while, others are answered."""

import asyncio

import pytest

from small_shops import filled
from wares.serve import security
from wares.serve.app import create_app


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    shop = filled(tmp_path_factory.mktemp("shop"))
    yield create_app(shop)
    shop.close()


async def asked(app, pieces) -> int:
    """The status of a POST whose body comes piece by piece; None is one that never comes."""
    remaining, said = list(pieces), []

    async def receive():
        piece = remaining.pop(0) if remaining else b""
        if piece is None:
            await asyncio.Event().wait()
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": piece, "more_body": bool(remaining)}

    async def send(message):
        said.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/v1/search", "raw_path": b"/v1/search", "query_string": b"", "root_path": "",
        "headers": [(b"host", b"shop")], "client": ("127.0.0.1", 1), "server": ("shop", 80),
    }  # fmt: skip
    await app(scope, receive, send)
    return said[0]["status"]


def statuses(app, *bodies_) -> list[int]:
    async def together():
        return await asyncio.wait_for(asyncio.gather(*(asked(app, pieces) for pieces in bodies_)), 30)

    return asyncio.run(together())


GOOD = [b'{"text": ', b'"lamp"}']
STUCK = [b'{"text": "l', None]
TRICKLE = [b"{", *[b" "] * 400, b"}"]


def assert_held(app) -> None:
    assert statuses(app, STUCK, TRICKLE, GOOD, GOOD) == [408, 408, 200, 200]


def test_a_body_that_does_not_come_is_refused_and_others_are_answered(app, monkeypatch):
    monkeypatch.setattr(security, "SECONDS", 1.5)
    assert_held(app)


def test_a_body_that_keeps_coming_is_waited_for(app, monkeypatch):
    monkeypatch.setattr(security, "SECONDS", 1.5)
    monkeypatch.setattr(security, "SPEED", 10)
    assert statuses(app, TRICKLE) == [200]


def test_without_its_guard_the_case_fails(app, monkeypatch):
    monkeypatch.setattr(security, "SECONDS", 3600.0)
    with pytest.raises((AssertionError, TimeoutError)):
        asyncio.run(asyncio.wait_for(asked(app, STUCK), 1))
