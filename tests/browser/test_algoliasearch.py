"""The official ``algoliasearch`` client, unmodified and in full, under node, over a served shop with keys."""

import time

import orjson
import pytest

from browser.bundles import NODE, NoBundle, bundled, ran, required
from browser.site import served
from browser.test_instantsearch import SOURCE
from serve.algolia.conftest import opened, products
from wares.audit import AuditLog
from wares.serve.access.keys import Keys
from wares.serve.access.vault import Vault

pytestmark = pytest.mark.network

INDEX = "products"


@pytest.fixture(scope="module")
def script():
    try:
        return bundled(SOURCE.parent / "algoliasearch", NODE) / NODE[0]
    except NoBundle as error:
        if required():
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def shop(script, tmp_path_factory):
    shop = opened(tmp_path_factory.mktemp("client"), products())
    yield shop
    shop.close()


@pytest.fixture(scope="module")
def client(shop, script):
    """What calls give, one after the other: ``client((client, method, asked), …, scopes=…)``."""
    folder = shop.config.shop.folder
    keys = Keys(Vault(folder), AuditLog(folder))
    with served(shop) as address:

        def call(*calls, scopes=("search", "events")):
            _, secret = keys.create(scopes)
            return orjson.loads(
                ran(script, address.removeprefix("http://"), secret, asked=orjson.dumps(calls).decode())
            )

        yield call


def gave(told):
    assert [each for each in told if "gave" not in each] == []
    return [each["gave"] for each in told]


def test_searches_by_every_method(client):
    every, one, hits, facets, values = gave(
        client(
            ["search", "search", {"requests": [{"indexName": INDEX, "query": "mug", "facets": ["brand"]}]}],
            ["search", "searchSingleIndex", {"indexName": INDEX, "searchParams": {"query": "mug", "hitsPerPage": 3}}],
            ["search", "searchForHits", {"requests": [{"indexName": f"{INDEX}_price_asc", "filters": "brand:Luma"}]}],
            ["search", "searchForFacets", {"requests": [{"indexName": INDEX, "type": "facet", "facet": "brand"}]}],
            [
                "search",
                "searchForFacetValues",
                {"indexName": INDEX, "facetName": "brand", "searchForFacetValuesRequest": {"facetQuery": "lu"}},
            ],
        )
    )
    assert every["results"][0]["facets"]["brand"].items() >= {"Ember": 3, "Kiln": 3, "Luma": 3}.items()
    assert len(one["hits"]) == 3
    assert one["nbHits"] == every["results"][0]["nbHits"]
    prices = [hit["price"] for hit in hits["results"][0]["hits"]]
    assert prices == sorted(prices)
    assert {hit["brand"] for hit in hits["results"][0]["hits"]} == {"Luma"}
    assert {hit["value"] for hit in facets["results"][0]["facetHits"]} >= {"Ember", "Kiln", "Luma"}
    assert values["facetHits"] == [{"value": "Luma", "highlighted": "<em>Lu</em>ma", "count": 9}]


def test_records_and_what_an_index_is(client):
    one, several, exists, settings, listed, pages = gave(
        client(
            ["search", "getObject", {"indexName": INDEX, "objectID": "p3", "attributesToRetrieve": ["name"]}],
            ["search", "getObjects", {"requests": [{"indexName": INDEX, "objectID": id} for id in ("p1", "none")]}],
            ["search", "indexExists", {"indexName": f"{INDEX}_newest"}],
            ["search", "getSettings", {"indexName": INDEX}],
            ["search", "listIndices", {}],
            ["search", "browseObjects", {"indexName": INDEX, "browseParams": {"hitsPerPage": 10}}],
            scopes=("admin",),
        )
    )
    assert one == {"objectID": "p3", "name": "Ember Blue Mug 3"}
    assert [each and each["objectID"] for each in several["results"]] == ["p1", None]
    assert exists is True
    assert f"{INDEX}_rating" in settings["replicas"]
    assert listed["items"][0]["entries"] == len(products())
    browsed = [hit["objectID"] for page in pages for hit in page["hits"]]
    assert sorted(browsed) == sorted(each.id for each in products())


def test_recommendations(client, shop):
    asked = {"requests": [{"indexName": INDEX, "objectID": "p0", "model": "related-products", "threshold": 0}]}
    [answer] = gave(client(["recommend", "getRecommendations", asked]))
    assert [hit["objectID"] for hit in answer["results"][0]["hits"]] == list(shop.similar("p0", 30).ids)


def test_what_shoppers_did(client, shop):
    searched = {"indexName": INDEX, "searchParams": {"query": "lamp", "clickAnalytics": True}}
    [found] = gave(client(["search", "searchSingleIndex", searched]))
    id, before = found["hits"][0]["objectID"], shop._events.count()
    click = {
        "eventType": "click",
        "eventName": "Clicked",
        "index": INDEX,
        "userToken": "anna",
        "objectIDs": [id],
        "positions": [1],
        "queryID": found["queryID"],
        "timestamp": round(1000 * time.time()),
    }
    bought = {**click, "eventType": "conversion", "eventSubtype": "purchase", "eventName": "Bought"}
    del bought["positions"]
    gave(client(["insights", "pushEvents", {"events": [click, bought]}]))
    kept = [event for number, event in shop._events.read() if number > before]
    assert [(event.action, event.product, event.query_id) for event in kept] == [
        ("click", id, found["queryID"]),
        ("purchase", id, found["queryID"]),
    ]


@pytest.mark.parametrize(
    ("method", "asked", "status"),
    [
        ("saveObjects", {"indexName": INDEX, "objects": [{"objectID": "x"}]}, 405),
        ("deleteObject", {"indexName": INDEX, "objectID": "p1"}, 405),
        ("setSettings", {"indexName": INDEX, "indexSettings": {"hitsPerPage": 3}}, 405),
        ("clearObjects", {"indexName": INDEX}, 405),
        ("searchSingleIndex", {"indexName": "elsewhere", "searchParams": {}}, 404),
    ],
)
def test_what_is_not_there_is_refused_at_once_and_changes_nothing(client, shop, method, asked, status):
    [told] = client(["search", method, asked], scopes=("admin",))
    assert (told["name"], told["status"]) == ("ApiError", status)
    assert "docs/instantsearch.md" in told["message"] or "there are products" in told["message"]
    assert shop.product("p1").title


def test_scopes_hold(client):
    view = {"eventType": "view", "eventName": "Seen", "index": INDEX, "userToken": "anna", "objectIDs": ["p1"]}
    search, push = ["search", "searchSingleIndex", {"indexName": INDEX}], ["insights", "pushEvents", {"events": [view]}]
    [searched, pushed] = client(search, push, scopes=("events",))
    assert searched["status"] == 403
    assert "gave" in pushed
    [searched, pushed] = client(search, push, scopes=("search",))
    assert "gave" in searched
    assert pushed["status"] == 403
