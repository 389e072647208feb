"""A key with filters sees its part of the catalogue on this wire too, and nothing of the others."""

import orjson
import pytest
from starlette.testclient import TestClient

from serve.algolia.test_family import page_of_requests
from wares.serve.access.caller import Caller
from wares.serve.app import create_app
from wares.types import OneOf

LUMA = Caller("k", frozenset(("search", "events")), (OneOf("brand", ("Luma",)),))
OTHERS = ("Ember", "Kiln")


@pytest.fixture
def tenant(opened_shop):
    app = create_app(opened_shop)

    async def as_tenant(scope, receive, send):
        await app({**scope, "state": {"caller": LUMA}}, receive, send)

    return TestClient(as_tenant)


def asked(client: TestClient, requests: list[dict]) -> list[dict]:
    body = {"requests": [{"indexName": "products", **request} for request in requests]}
    answer = client.post("/1/indexes/*/queries", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


@pytest.mark.parametrize("query", ["", "mug", "red mug under 30", "Ember", "kiln plate"])
def test_hits_counts_and_values_name_nobody_else(tenant, query):
    requests = [
        *page_of_requests(query),
        {"query": query, "facets": ["*"]},
        {"query": query, "type": "facet", "facet": "brand", "facetFilters": [["color:Red"]]},
    ]
    for batch in (requests, *([request] for request in requests)):
        for result in asked(tenant, batch):
            for own in ("params", "query"):  # what was asked comes back
                result.pop(own, None)
            result.get("_wares", {}).pop("understood", None)
            text = orjson.dumps(result).decode()
            assert not [name for name in OTHERS if name in text]


def test_ids_and_recommendations_of_others_are_not_there(tenant):
    assert tenant.get("/1/indexes/products/p0").status_code == 404
    assert tenant.get("/1/indexes/products/p20").status_code == 200
    request = {"indexName": "products", "objectID": "p20", "model": "related-products"}
    answer = tenant.post("/1/indexes/*/recommendations", json={"requests": [request]})
    assert {hit["brand"] for hit in answer.json()["results"][0]["hits"]} == {"Luma"}


def test_what_the_tenants_shoppers_did_is_kept(tenant):
    event = {"eventType": "click", "eventName": "x", "index": "products", "userToken": "a", "objectIDs": ["p20"]}
    answer = tenant.post("/1/events", json={"events": [event]})
    assert (answer.status_code, answer.json()) == (200, {"status": 200, "message": "OK"})
