"""D8 on every route of the API: what asks for too much is refused, and the shop is not asked."""

import pytest
from starlette.testclient import TestClient

from serve.native.conftest import ADMIN, as_caller
from small_shops import Recorded, filled
from wares.serve.app import create_app
from wares.serve.native import bodies, schemas
from wares.serve.native.api import OPERATIONS

MANY = 10**9
LONG = "x" * (1 << 20)
DEEP: dict = {"says": ["x"]}
for _ in range(300):
    DEEP = {"not": DEEP}
ONE = {"field": "sku", "one_of": ["p1-v"]}
COSTLY = [
    ("/v1/search", {"facet_values": MANY}, 400),
    ("/v1/search", {"fields": ["id"] * 1000}, 400),
    ("/v1/search", {"cursor": "x" * 300}, 400),
    ("/v1/search", {"filters": DEEP}, 400),
    ("/v1/search", {"filters": [ONE] * 201}, 400),
    ("/v1/search", {"filters": {"any_of": [{"all_of": [ONE] * 150}, {"all_of": [ONE] * 150}]}}, 400),
    ("/v1/search", {"filters": {"field": "sku", "one_of": ["x"] * 1001}}, 400),
    ("/v1/search", {"filters": {"field": LONG, "one_of": ["x"]}}, 413),
    ("/v1/search/batch", {"queries": [{}] * 10_000}, 400),
    ("/v1/search/batch", {"queries": [{"text": LONG}]}, 413),
    ("/v1/similar", {"id": "p1", "k": MANY}, 400),
    ("/v1/similar", {"id": LONG}, 413),
    ("/v1/recommend", {"ids": ["p1"], "k": MANY}, 400),
    ("/v1/recommend", {"ids": ["p1"] * 10_000}, 400),
    ("/v1/recommend", {"kind": "popular", "filters": DEEP}, 400),
    ("/v1/suggest", {"text": "lamp", "k": MANY}, 400),
    ("/v1/suggest", {"text": LONG}, 413),
    ("/v1/explain", {"id": "p1", "page_size": MANY}, 400),
    ("/v1/explain", {"id": "p1", "text": LONG}, 413),
    ("/v1/products/delete", {"ids": ["x"] * 10_001}, 400),
    ("/v1/events", {"events": [{}] * 1_001}, 413),
]
ADDRESSES = [
    f"/v1/search?page_size={MANY}",
    f"/v1/search?facet_values={MANY}",
    f"/v1/search?facets={','.join(['sku'] * 21)}",
    f"/v1/search?fields={','.join(['id'] * 100)}",
    f"/v1/search?cursor={'x' * 300}",
    f"/v1/similar?id=p1&k={MANY}",
    f"/v1/suggest?q=lamp&k={MANY}",
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    shop = filled(tmp_path_factory.mktemp("shop"))
    yield shop
    shop.close()


@pytest.fixture
def asked(shop):
    return Recorded(shop)


@pytest.fixture
def client(asked):
    with TestClient(as_caller(create_app(asked), ADMIN), raise_server_exceptions=False) as client:
        yield client


def assert_refused(answer, status: int) -> None:
    assert (answer.status_code, answer.json()["code"] in ("query", "filter", "too_large")) == (status, True)
    assert answer.json()["fix"]
    assert len(answer.content) < 1_000


@pytest.mark.parametrize(("path", "body", "status"), COSTLY, ids=lambda value: str(value)[:40])
def test_a_body_that_asks_too_much_is_refused(client, path, body, status):
    assert_refused(client.post(path, json=body), status)


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda value: value[:40])
def test_an_address_that_asks_too_much_is_refused_unasked(client, asked, address):
    assert_refused(client.get(address), 400)
    assert asked.queries == []


@pytest.mark.parametrize(
    "query", [{"page_size": MANY}, {"filters": DEEP}, {"text": "x" * 301}], ids=lambda q: str(q)[:20]
)
def test_a_query_of_a_batch_is_bounded_as_one_alone_is(client, asked, query):
    [found] = client.post("/v1/search/batch", json={"queries": [query]}).json()["results"]
    assert found["status"] == 400
    assert asked.queries == []


def test_odd_ids_lead_nowhere(client):
    for id in ("x" * 60_000, "..%2F..%2Fetc%2Fpasswd", "%00", "a%2F..%2Fb", "', --"):
        for method in ("GET", "DELETE", "PATCH"):
            answer = client.request(method, f"/v1/products/{id}", content=b"{}" if method == "PATCH" else b"")
            assert answer.status_code == 404, (method, id[:20])
            assert len(answer.content) < 1_000


def test_large_headers_and_addresses_are_no_crash(client):
    headers = {"If-None-Match": '"x",' * 50_000, "Accept-Language": "x," * 50_000}
    assert client.get("/v1/search?q=lamp", headers=headers).status_code == 200
    assert client.get(f"/v1/search?q=lamp&{'x=y&' * 15_000}").status_code == 200
    answer = client.delete("/v1/products/none", headers={"Idempotency-Key": "x" * 100_000})
    assert_refused(answer, 400)


def test_every_operation_with_a_body_is_bounded(client):
    for each in OPERATIONS:
        if each.body is not None or each.path == "/v1/photos":
            answer = client.request(each.method, each.path.format(id="p1"), content=iter([b"[" * (1 << 20)] * 60))
            assert_refused(answer, 413)


def test_without_its_guards_the_cases_fail(client, asked, monkeypatch):
    monkeypatch.setattr(schemas.SearchParameters.model_fields["page_size"], "metadata", [])
    schemas.SearchParameters.model_rebuild(force=True)
    answer = client.get(ADDRESSES[0])
    assert (answer.status_code, len(asked.queries)) == (400, 1)  # refused all the same, but by the search itself
    monkeypatch.undo()
    schemas.SearchParameters.model_rebuild(force=True)

    async def endless(request, most, *, fix=""):
        return b"".join([chunk async for chunk in request.stream()])

    monkeypatch.setattr(bodies, "read", endless)
    with pytest.raises(AssertionError):
        assert_refused(client.post("/v1/suggest", json={"text": LONG}), 413)
