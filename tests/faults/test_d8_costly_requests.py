"""D8: requests that ask for too much are refused or cut; the work is counted, not timed."""

import pytest
from starlette.testclient import TestClient

from small_shops import filled
from wares.errors import FilterError, QueryError
from wares.search import filters
from wares.serve.app import create_app
from wares.serve.native import searching
from wares.serve.storefront.address import MAX_NAME, MAX_PAGE, MAX_PICKED, MAX_TEXT, Address
from wares.types import AllOf, AnyOf, Not, OneOf, Query

MANY = 10**9
ONE = OneOf("sku", ("p1-v",))
POSTED = [
    ({"page_size": MANY}, 400),
    ({"page": MANY}, 400),
    ({"page": MANY, "page_size": MANY}, 400),
    ({"page_size": 0}, 400),
    ({"page": -1}, 400),
    ({"filters": "sku:x " * 10_000}, 400),
    ({"filters": "(" * 299}, 400),
    ({"text": "lamp " * 10_000}, 400),
    ({"text": "x" * (1 << 20)}, 413),
    ({"facets": ["sku"] * 21}, 400),
    ({"facets": ["x" * (MAX_NAME + 1)]}, 400),
]
GOT = [
    ([("page", str(MANY))], {}),
    ([("page", "9" * 300)], {}),
    ([("page_size", str(MANY))], {}),
    ([(f"f.sku{n}", "x") for n in range(10_000)], {}),
    ([("f.sku", f"x{n}") for n in range(10_000)], {}),
    ([("q", "x" * (1 << 20))], {}),
    ([("f", "sku:x " * 10_000)], {}),
    ([(f"x{n}", "y") for n in range(100_000)], {}),
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    shop = filled(tmp_path_factory.mktemp("shop"), products=300)
    yield shop
    shop.close()


@pytest.fixture
def client(shop):
    with TestClient(create_app(shop), raise_server_exceptions=False) as client:
        yield client


def assert_refused(client, body: dict, status: int) -> None:
    answer = client.post("/v1/search", json=body)
    assert answer.status_code == status
    assert answer.json()["code"] in ("query", "filter", "too_large")
    assert len(answer.content) < 1000


@pytest.mark.parametrize(("body", "status"), POSTED, ids=lambda value: str(value)[:30])
def test_a_body_that_asks_too_much_is_refused(client, body, status):
    assert_refused(client, body, status)


@pytest.mark.parametrize(("pairs", "_"), GOT, ids=lambda value: str(value)[:30])
def test_an_address_that_asks_too_much_is_cut(pairs, _):
    address = Address.parse(pairs, "USD")
    assert len(address.text) <= MAX_TEXT
    assert len(address.filter_text) <= MAX_TEXT
    assert len(address.picked) <= MAX_PICKED
    assert address.page < MAX_PAGE


def test_a_cut_address_is_looked_at_no_further():
    seen = []

    def pairs():
        for n in range(10_000):
            seen.append(n)
            yield f"f.x{n}", "y"

    Address.parse(pairs(), "USD")
    assert len(seen) <= 501


def test_a_page_far_past_the_end_is_empty(client):
    found = client.get("/v1/search", params={"q": "lamp", "page": str(MAX_PAGE)}).json()
    assert (found["total"], found["hits"]) == (300, [])
    assert client.get("/v1/search", params={"q": "lamp", "page": str(MANY)}).json()["page"] == 1


def test_counts_of_a_field_where_every_product_differs_are_cut(client):
    found = client.post("/v1/search", json={"text": "lamp", "facets": ["sku"]}).json()
    assert found["total"] == 300
    assert len(found["facets"]["sku"]["values"]) == 50


def deep(depth: int):
    part = ONE
    for _ in range(depth):
        part = Not(part)
    return part


@pytest.mark.parametrize(
    "asked",
    [
        (ONE,) * 10_000,
        (AnyOf((ONE,) * 10_000),),
        (AllOf((AnyOf((ONE,) * 150), AnyOf((ONE,) * 150))),),
        (OneOf("sku", tuple(map(str, range(10_000)))),),
        (deep(100_000),),
    ],
    ids=["many", "alternatives", "spread", "values", "deep"],
)
def test_filters_that_were_built_are_counted_too(shop, asked):
    with pytest.raises(FilterError, match="too large"):
        shop.search(Query("lamp", filters=asked))


def test_many_facets_are_refused(shop):
    with pytest.raises(QueryError, match="facets"):
        shop.search(Query("lamp", facets=("sku",) * 1000))


def test_without_its_guard_the_case_fails(shop, client, monkeypatch):
    monkeypatch.setattr(searching, "MAX_BODY", 1 << 30)
    with pytest.raises(AssertionError):
        assert_refused(client, *POSTED[8])
    monkeypatch.setattr(filters, "check", lambda asked: None)
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        test_filters_that_were_built_are_counted_too(shop, (ONE,) * 10_000)
