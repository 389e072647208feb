"""The rest of the protocol: recommendations, browsing, other origins, who may ask what, and hostile input."""

import json

import orjson
import pytest
from starlette.testclient import TestClient

from serve.small_shop import SmallShop
from wares.serve.access.caller import Caller
from wares.serve.app import create_app


def recommend(client, status=200, **request):
    sent = {"requests": [{"indexName": "products", "model": "related-products", **request}]}
    answer = client.post("/1/indexes/*/recommendations", json=sent)
    assert answer.status_code == status, answer.text
    return answer.json()["results"][0] if status == 200 else answer.json()


def test_recommendations_are_products_like_one(client, opened_shop):
    found = recommend(client, objectID="p0", maxRecommendations=5)
    assert [hit["objectID"] for hit in found["hits"]] == list(opened_shop.similar("p0", 5).ids)
    assert all(0 <= hit["_score"] <= 100 for hit in found["hits"])
    filtered = recommend(client, objectID="p0", queryParameters={"filters": "brand:Luma"}, model="looking-similar")
    assert {hit["brand"] for hit in filtered["hits"]} == {"Luma"}
    least = min(hit["_score"] for hit in found["hits"][:2])
    assert len(recommend(client, objectID="p0", threshold=least)["hits"]) >= 2
    assert all(hit["_score"] >= 99.9 for hit in recommend(client, objectID="p0", threshold=99.9)["hits"])


def test_a_model_that_was_not_learned_recommends_nothing_and_says_so(client):
    found = recommend(client, objectID="p0", model="bought-together")
    assert (found["hits"], found["_wares"]["notices"][0]["code"]) == ([], "no_model")
    assert "model" in recommend(client, 400, objectID="p0", model="magic")["message"]
    assert recommend(client, 404, objectID="nothing")["status"] == 404


@pytest.fixture
def admin(shop):
    """A client whose requests come with an admin's key."""
    app = create_app(shop)

    async def let_in(scope, receive, send):
        await app({**scope, "state": {"caller": Caller("k1", frozenset(("admin",)))}}, receive, send)

    return TestClient(let_in, raise_server_exceptions=False)


def test_everything_is_browsed_once(admin):
    seen, cursor = [], None
    for _ in range(10):
        body = {"cursor": cursor} if cursor else {"hitsPerPage": 10, "filters": "rating > 0"}
        found = admin.post("/1/indexes/products/browse", json=body).json()
        seen += [hit["objectID"] for hit in found["hits"]]
        if not (cursor := found.get("cursor")):
            break
    assert len(seen) == len(set(seen)) == 27
    for wrong in ("x", 5, "bnVsbA=="):
        answer = admin.post("/1/indexes/products/browse", json={"cursor": wrong})
        assert (answer.status_code, answer.json()["status"]) == (400, 400)


def test_indexes_and_settings_are_told(admin):
    listed = admin.get("/1/indexes").json()
    assert [each["name"] for each in listed["items"]][:2] == ["products", "products_price_asc"]
    assert listed["items"][0]["entries"] == 28
    assert admin.get("/1/indexes/products_rating/settings").json()["primary"] == "products"
    assert admin.get("/1/indexes/elsewhere/settings").status_code == 404


def test_scopes_hold(client, shop):
    for path in ("/1/indexes", "/1/indexes/products/settings", "/1/indexes/products/browse"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["status"]) == (403, 403)
        assert "scope admin" in answer.json()["message"]
    app = create_app(shop)

    async def events_only(scope, receive, send):
        await app({**scope, "state": {"caller": Caller("k2", frozenset(("events",)))}}, receive, send)

    other = TestClient(events_only, raise_server_exceptions=False)
    batch = {"requests": [{"indexName": "products", "objectID": "p0", "model": "related-products"}]}
    for path in ("*/queries", "*/objects", "*/recommendations", "products/query", "products/facets/brand/query"):
        assert other.post(f"/1/indexes/{path}", json=batch).status_code == 403
    assert other.get("/1/indexes/products/p0").status_code == 403


def test_pages_of_other_origins_may_ask_here_and_only_here(client):
    asks = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-algolia-api-key,x-algolia-application-id,content-type",
    }
    answer = client.options("/1/indexes/*/queries", headers=asks)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "x-algolia-api-key" in answer.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in answer.headers
    origin = {"Origin": "https://shop.example"}
    for found in (
        client.post("/1/indexes/*/queries", json={"requests": []}, headers=origin),
        client.post("/1/indexes/*/queries", content=b"{", headers=origin),
        client.get("/1/indexes/products/nothing", headers=origin),
    ):
        assert found.headers["access-control-allow-origin"] == "*"
        assert found.headers["cross-origin-resource-policy"] == "cross-origin"
    assert client.get("/media/x").headers["cross-origin-resource-policy"] == "cross-origin"
    assert client.get("/", headers=origin).headers["cross-origin-resource-policy"] == "same-origin"
    for path in ("/v1/search?q=mug", "/", "/healthz", "/media/x"):
        assert "access-control-allow-origin" not in client.get(path, headers=origin).headers
    assert client.options("/v1/search", headers=asks).headers.get("access-control-allow-origin") is None


def test_what_breaks_inside_says_nothing_of_it(tmp_path):
    with TestClient(create_app(SmallShop([], tmp_path)), raise_server_exceptions=False) as client:
        answer = client.post(
            "/1/indexes/products/query", json={"query": "boom"}, headers={"Origin": "https://a.example"}
        )
    assert (answer.status_code, answer.json()["status"]) == (500, 500)
    assert "secret" not in answer.text
    assert answer.headers["access-control-allow-origin"] == "*"


DEEP = "[" * 900 + "]" * 900
HOSTILE = [
    {"facetFilters": [f"brand:{n}" for n in range(10_000)]},
    {"facetFilters": [[f"brand:{n}" for n in range(10_000)]]},
    {"facetFilters": [[f"f{n}:x" for n in range(900)]]},
    {"facetFilters": [f"f{n}:x" for n in range(900)]},
    {"facetFilters": orjson.loads(DEEP)},
    {"facetFilters": DEEP},
    {"unknown": orjson.loads(DEEP)},
    {"facetFilters": {"$gt": ""}},
    {"facetFilters": [["brand:" + "x" * 100_000]]},
    {"numericFilters": ["price>" + "9" * 400]},
    {"numericFilters": ["price>" + "9" * 30, "price<-" + "9" * 30]},
    {"numericFilters": [f"price>{n}" for n in range(999)]},
    {"numericFilters": ["price>NaN", "price>Infinity"]},
    {"numericFilters": [["rating>1e99"], "price:1e99 TO 1e-99"]},
    {"filters": "(" * 50_000},
    {"filters": " OR ".join(f"brand:{n}" for n in range(1_200))},
    {"filters": "NOT " * 10_000 + "brand:x"},
    {"filters": 'brand:"\'; DROP TABLE products; --"'},
    {"filters": "brand:\x00\ud7ff\u202e"},
    {"filters": 5},
    {"tagFilters": [[["x"]]]},
    {"page": 10**9},
    {"page": 10**18},
    {"page": -1},
    {"page": 1.5},
    {"page": "9" * 5000},
    {"page": "٣"},
    {"page": True},
    {"hitsPerPage": 10**9},
    {"hitsPerPage": -5},
    {"hitsPerPage": []},
    {"hitsPerPage": 1000, "page": 10**9},
    {"facets": [f"f{n}" for n in range(10_000)]},
    {"facets": {"a": 1}},
    {"facets": ["nowhere", "__proto__", "category", "*", "title", ""]},
    {"maxValuesPerFacet": 10**12},
    {"query": "x" * 200_000},
    {"query": "\u202e\x00" * 500},
    {"query": None, "page": None, "facets": None, "filters": None},
    {"query": 5},
    {"attributesToSnippet": ["description:" + "9" * 5000, "name:0", "*:3", ":"]},
    {"attributesToRetrieve": ["-"] * 50},
    {"highlightPreTag": "<" * 10_000},
    {"params": "&".join(f"p{n}=1" for n in range(5_000))},
    {"params": "%FF%00=%&=&&"},
    {"params": "facetFilters=%5B%5B"},
    {"params": 5},
    {"type": "facet"},
    {"type": "facet", "facet": "price", "facetQuery": "("},
    {"type": "facet", "facet": "brand", "facetQuery": "(" * 300, "maxFacetHits": 100},
    {"clickAnalytics": "maybe"},
    {"queryLanguages": ["x" * 1000]},
    {"responseFields": ["__class__"]},
    {f"unknown{n}": n for n in range(3_000)},
]


@pytest.mark.parametrize("at", range(len(HOSTILE)))
def test_hostile_requests_are_answered_or_refused(client, at):
    request = {"indexName": "products", "query": "mug", **HOSTILE[at]}
    for answer in (
        client.post("/1/indexes/*/queries", content=json.dumps({"requests": [request]})),
        client.post("/1/indexes/products/query", content=json.dumps(request)),
    ):
        assert answer.status_code in (200, 400, 413), answer.text
        told = answer.json()
        if answer.status_code != 200:
            assert told["status"] == answer.status_code
            assert len(told["message"]) > 10


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"5", b'"x"', b"\xff\xfe", b'{"requests": 5}', b'{"requests": [null]}',
     b'{"requests": [[]]}', b'{"requests": [{"indexName": "products", "hitsPerPage": 1e400}]}',
     b'{"requests": [{"indexName": 5}]}', b'{"requests": [{"indexName": "\\ud800"}]}', b"[" * 100_000, b" " * 300_000,
     b'{"requests": [' + b",".join([b"{}"] * 51) + b"]}",
     b'{"requests":[' + b",".join([b'{"indexName":"products","hitsPerPage":1000}'] * 3) + b"]}"],
)  # fmt: skip
@pytest.mark.parametrize(
    "path", ["*/queries", "*/objects", "*/recommendations", "products/query", "products/facets/x/query"]
)
def test_hostile_bodies_are_refused(client, path, body):
    answer = client.post(f"/1/indexes/{path}", content=body)
    assert answer.status_code in (200, 400, 404, 413), answer.text
    assert answer.headers["content-type"] == "application/json"
    if answer.status_code != 200:
        assert answer.json().keys() == {"message", "status"}


@pytest.mark.parametrize(
    "request_",
    [
        {"model": ["x"]},
        {"objectID": {"a": 1}},
        {"objectID": "x" * 100_000},
        {"objectID": "p0", "maxRecommendations": 10**30},
        {"objectID": "p0", "maxRecommendations": "5"},
        {"objectID": "p0", "threshold": "high"},
        {"objectID": "p0", "threshold": -1},
        {"objectID": "p0", "queryParameters": []},
        {"objectID": "p0", "queryParameters": {"filters": "((("}},
        {"objectID": "p0", "indexName": None},
    ],
)
def test_hostile_recommendations_are_refused(client, request_):
    sent = {"requests": [{"indexName": "products", "model": "related-products", **request_}]}
    answer = client.post("/1/indexes/*/recommendations", json=sent)
    assert answer.status_code in (200, 400, 404)
    assert "results" in answer.json() or answer.json()["status"] == answer.status_code


@pytest.mark.parametrize(
    ("guard", "text"),
    [("MAX_DEPTH", "(" * 40_000), ("MAX_DEPTH", "NOT " * 10_000), ("MAX_CHARS", "brand:" + "x" * 60_000)],
)
def test_without_its_limits_filters_would_break_or_pass(client, monkeypatch, guard, text):
    """The guards are what refuses: each of them off, the same request is no longer answered 400."""
    request = {"filters": text}
    assert client.post("/1/indexes/products/query", json=request).status_code == 400
    monkeypatch.setattr(f"wares.serve.algolia.filtertext.{guard}", 10**9)
    monkeypatch.setattr("wares.serve.algolia.filtertext.MAX_VALUES", 10**9)
    assert client.post("/1/indexes/products/query", json=request).status_code in (200, 500)
