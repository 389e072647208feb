"""B10: the same idempotency key a hundred times at once is applied once, and everyone gets the same answer."""

import asyncio

import httpx
import pytest

from small_shops import filled
from wares.serve.access.caller import Caller
from wares.serve.app import create_app
from wares.serve.native import idempotency
from wares.types import Query

ADMIN = Caller("k1", frozenset(("admin",)))
AT_ONCE = 100


@pytest.fixture
def shop(tmp_path):
    shop = filled(tmp_path)
    yield shop
    shop.close()


def at_once(shop, requests) -> list[httpx.Response]:
    """All requests in flight together."""
    app = create_app(shop)

    async def known(scope, receive, send):
        scope.setdefault("state", {})["caller"] = ADMIN
        await app(scope, receive, send)

    async def send():
        transport = httpx.ASGITransport(known, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop", timeout=60) as client:
            return await asyncio.gather(*(client.request(*args, **more) for args, more in requests))

    return asyncio.run(send())


def counted(shop, monkeypatch) -> list[str]:
    """Every write that reaches the shop."""
    seen = []
    patch = shop.patch
    monkeypatch.setattr(shop, "patch", lambda id, changes: (seen.append(id), patch(id, changes))[1])
    return seen


def assert_applied_once(shop, monkeypatch) -> None:
    seen = counted(shop, monkeypatch)
    request = ("PATCH", "/v1/products/p7"), {"json": {"title": "lantern"}, "headers": {"Idempotency-Key": "one"}}
    answers = at_once(shop, [request] * AT_ONCE)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == AT_ONCE - 1
    assert seen == ["p7"]
    assert shop.search(Query("lantern")).ids == ("p7",)


def test_one_key_at_once_is_applied_once(shop, monkeypatch):
    assert_applied_once(shop, monkeypatch)


def test_another_request_with_the_key_is_refused_though_the_first_still_runs(shop, monkeypatch):
    seen = counted(shop, monkeypatch)
    requests = [
        (("PATCH", f"/v1/products/p{number}"), {"json": {"title": "x"}, "headers": {"Idempotency-Key": "one"}})
        for number in range(20)
    ]
    answers = at_once(shop, requests)
    assert sorted(answer.status_code for answer in answers) == [200, *[422] * 19]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 422} == {"key_reused"}
    assert len(seen) == 1


def test_many_keys_at_once_are_all_applied_and_searching_goes_on(shop):
    writes = [
        (("PATCH", f"/v1/products/p{n % 30}"), {"json": {"tags": [str(n)]}, "headers": {"Idempotency-Key": str(n)}})
        for n in range(60)
    ]
    searches = [(("GET", "/v1/search?q=lamp"), {})] * 20
    answers = at_once(shop, [*writes, *searches])
    assert {answer.status_code for answer in answers} == {200}


def test_without_its_guard_the_case_fails(shop, monkeypatch):
    async def straight(self, caller, key, fingerprint, work):
        return await work()

    monkeypatch.setattr(idempotency.Idempotency, "once", straight)
    with pytest.raises(AssertionError):
        assert_applied_once(shop, monkeypatch)


def test_without_waiting_for_the_first_the_case_fails(shop, monkeypatch):
    once = idempotency.Idempotency.once

    async def forgetful(self, *asked):
        self._running.clear()
        return await once(self, *asked)

    monkeypatch.setattr(idempotency.Idempotency, "once", forgetful)
    with pytest.raises(AssertionError):
        assert_applied_once(shop, monkeypatch)
