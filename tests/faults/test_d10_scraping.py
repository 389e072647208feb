"""D10: whoever reads the catalogue page by page, by price, by id or by likeness is stopped, whichever way they go."""

import re
from contextlib import contextmanager

import pytest
from starlette.testclient import TestClient

from serve.access.tenant_shop import suggested
from small_shops import filled
from wares.serve.access.meter import Products, Refused
from wares.serve.access.tally import Tally
from wares.serve.app import create_app

PRODUCTS, MOST = 120, 40
SCRAPER, SHOPPER = ("203.0.113.5", 1), ("203.0.113.6", 1)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    shop = filled(tmp_path_factory.mktemp("scraped"), PRODUCTS, **{"access.products": MOST, "access.rate": ""})
    yield shop
    shop.close()


def pages(client):
    return (client.get("/v1/search", params={"page": page}) for page in range(1, 8))


def large_pages(client):
    return (client.post("/v1/search", json={"page": page, "page_size": 20}) for page in range(1, 8))


def html_pages(client):
    return (client.get("/", params={"page": page}) for page in range(1, 8))


def ids(client):
    return (client.get(f"/p/p{number}") for number in range(PRODUCTS))


def queries(client):
    return (client.get("/v1/search", params={"q": f"lamp p{number}"}) for number in range(PRODUCTS))


def suggestions(client):
    return (suggested(client, f"lamp p{number}") for number in range(PRODUCTS))


WAYS = [pages, large_pages, html_pages, ids, queries, suggestions]


@contextmanager
def clients(shop, *addresses):
    app = create_app(shop)
    yield [TestClient(app, client=each, raise_server_exceptions=False) for each in addresses]
    app.state.access.vault.close()


def assert_stopped(shop, way) -> None:
    with clients(shop, SCRAPER, SHOPPER) as (scraper, shopper):
        seen: set[str] = set()
        statuses = []
        for answer in way(scraper):
            statuses.append(answer.status_code)
            if answer.status_code == 200:
                seen |= set(re.findall(r"\bp\d{1,3}\b", answer.text))
            else:
                assert answer.status_code == 429, answer.text[:200]
                assert 3000 <= int(answer.headers["Retry-After"]) <= 3600
        assert statuses[0] == 200
        assert 429 in statuses, f"{len(seen)} products were read"
        assert shopper.get("/v1/search?q=lamp p7").status_code == 200, "another shopper was stopped too"


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_every_way_of_reading_it_all_comes_to_an_end(shop, way):
    assert_stopped(shop, way)


def test_looking_at_the_same_again_costs_nothing(shop):
    with clients(shop, SHOPPER) as (shopper,):
        for _ in range(30):
            assert shopper.get("/v1/search?q=lamp p7").status_code == 200
            assert shopper.get("/p/p7").status_code == 200


def test_a_key_has_a_number_of_its_own(shop):
    with clients(shop, SCRAPER) as (client,):
        _, any_number = client.app.state.access.keys.create(["search"], products=0)
        _, few = client.app.state.access.keys.create(["search"], products=24)
        statuses = [
            client.get(f"/v1/search?page={n}", headers={"X-API-Key": any_number}).status_code for n in (1, 2, 3)
        ]
        assert statuses == [200] * 3
        statuses = [client.get(f"/v1/search?page={n}", headers={"X-API-Key": few}).status_code for n in (1, 2)]
        assert statuses == [200, 429]


def test_an_hour_later_there_is_more():
    now = [0.0]
    products = Products(Tally(clock=lambda: now[0]))
    products.see(2, ("a",), ["1", "2"])
    with pytest.raises(Refused) as refused:
        products.see(2, ("a",), ["3"])
    assert refused.value.retry_after == 3600
    now[0] = 3600.0
    products.see(2, ("a",), ["3"])


def test_without_the_count_the_case_fails(shop, monkeypatch):
    """The mutation check."""
    monkeypatch.setattr(Products, "see", lambda *_: None)
    with pytest.raises(AssertionError, match="products were read"):
        assert_stopped(shop, pages)
