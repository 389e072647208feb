"""Searches as the protocol asks for them, against a real shop."""

import math
import re
from urllib.parse import parse_qs

import orjson
import pytest

from serve.algolia.conftest import HOSTILE


def ids(result):
    return [hit["objectID"] for hit in result["hits"]]


def test_a_search_has_every_field_of_a_result(ask):
    [found] = ask({"query": "mug", "hitsPerPage": 4, "facets": ["brand", "price"], "clickAnalytics": True})
    assert len(found["hits"]) == 4
    assert found["nbHits"] >= 9
    assert found["nbPages"] == math.ceil(found["nbHits"] / 4)
    assert (found["page"], found["hitsPerPage"], found["query"], found["index"]) == (0, 4, "mug", "products")
    assert found["exhaustiveNbHits"] is found["exhaustiveFacetsCount"] is True
    assert re.fullmatch("[0-9a-f]{32}", found["queryID"])
    assert parse_qs(found["params"])["query"] == ["mug"]
    assert isinstance(found["processingTimeMS"], int)
    assert found["_wares"]["notices"] == []
    assert found["_wares"]["understood"]["text"] == "mug"


def test_a_hit_is_a_flat_product(ask):
    [found] = ask({"filters": "sku:p3-L"})
    [hit] = found["hits"]
    assert (hit["objectID"], hit["name"], hit["brand"], hit["sku"]) == ("p3", "Ember Blue Mug 3", "Ember", "p3-L")
    assert (hit["price"], hit["currency"]) == (13.49, "USD")
    assert hit["categories"] == ["Home", "Home > Kitchen", "Home > Kitchen > Mugs"]
    assert hit["hierarchicalCategories"] == {
        "lvl0": "Home",
        "lvl1": "Home > Kitchen",
        "lvl2": "Home > Kitchen > Mugs",
    }
    assert (hit["rating"], hit["rating_count"], hit["in_stock"], hit["tags"]) == (4.5, 4, False, ["gift"])
    assert (hit["color"], hit["size"], hit["material"]) == (["Blue"], ["S", "L"], "glass")
    assert hit["url"] == "http://testserver/p/p3?variant=p3-L"


def test_prices_follow_the_exponent_of_their_currency(tmp_path):
    from starlette.testclient import TestClient

    from serve.algolia.conftest import opened
    from wares.serve.app import create_app
    from wares.types import Money, Product, Variant

    every = [Product(f"y{n}", f"Bowl {n}", (Variant(f"y{n}", price=Money(500 * n, "JPY")),)) for n in (1, 2, 3)]
    shop = opened(tmp_path, every, **{"shop.currency": "JPY"})
    try:
        with TestClient(create_app(shop)) as client:
            body = {"filters": "price >= 1000 AND price < 1500", "facets": "price"}
            found = client.post("/1/indexes/products/query", json=body).json()
    finally:
        shop.close()
    assert [(hit["objectID"], hit["price"]) for hit in found["hits"]] == [("y2", 1000.0)]
    assert found["facets_stats"] == {"price": {"min": 1000.0, "max": 1000.0}}


def test_parameters_come_flat_as_an_object_or_as_a_text(ask):
    flat, inside, text = ask(
        {"query": "lamp", "hitsPerPage": 2, "facets": ["brand"], "facetFilters": [["brand:Luma"]]},
        {"params": {"query": "lamp", "hitsPerPage": 2, "facets": ["brand"], "facetFilters": [["brand:Luma"]]}},
        {"params": "query=lamp&hitsPerPage=2&facets=%5B%22brand%22%5D&facetFilters=%5B%5B%22brand%3ALuma%22%5D%5D"},
    )
    assert ids(flat) == ids(inside) == ids(text)
    assert flat["facets"] == inside["facets"] == text["facets"] == {"brand": {"Luma": flat["nbHits"]}}


def test_the_body_is_json_whatever_it_is_sent_as(client):
    body = orjson.dumps({"requests": [{"indexName": "products", "query": "mug"}]})
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json"):
        answer = client.post("/1/indexes/*/queries?x-algolia-agent=A", content=body, headers={"content-type": kind})
        assert answer.json()["results"][0]["nbHits"] > 0


@pytest.mark.parametrize(
    ("parameters", "fits"),
    [
        ({"facetFilters": ["brand:Luma", "color:Red"]}, lambda hit: hit["brand"] == "Luma" and "Red" in hit["color"]),
        ({"facetFilters": [["color:Red", "color:Blue"]]}, lambda hit: hit["color"][0] in ("Red", "Blue")),
        ({"facetFilters": "brand:-Luma"}, lambda hit: hit["brand"] != "Luma"),
        ({"facetFilters": [["brand:Luma", "color:Red"]]}, lambda hit: hit["brand"] == "Luma" or "Red" in hit["color"]),
        (
            {"facetFilters": ["hierarchicalCategories.lvl1:Home > Kitchen"]},
            lambda hit: "Home > Kitchen" in hit["categories"],
        ),
        ({"numericFilters": ["price>=12", "price<=15.5"]}, lambda hit: 12 <= hit["price"] <= 15.5),
        ({"numericFilters": ["price:12 TO 15.5"]}, lambda hit: 12 <= hit["price"] <= 15.5),
        ({"numericFilters": [["rating=3", "rating>4.5"]]}, lambda hit: hit["rating"] == 3 or hit["rating"] > 4.5),
        ({"numericFilters": "rating<4"}, lambda hit: hit["rating"] < 4),
        ({"numericFilters": ["rating!=4"]}, lambda hit: hit["rating"] != 4),
        ({"tagFilters": ["gift"]}, lambda hit: "gift" in hit.get("tags", ())),
        ({"filters": "gift"}, lambda hit: "gift" in hit.get("tags", ())),
        ({"filters": "in_stock = 0"}, lambda hit: not hit["in_stock"]),
        (
            {"filters": "brand:Ember OR brand:Kiln AND rating >= 4"},
            lambda hit: hit["brand"] == "Ember" or (hit["brand"] == "Kiln" and hit["rating"] >= 4),
        ),
        (
            {"filters": "(brand:Ember OR brand:Kiln) AND NOT color:'Red' AND in_stock:true"},
            lambda hit: hit["brand"] in ("Ember", "Kiln") and "Red" not in hit["color"] and hit["in_stock"],
        ),
        ({"filters": 'categories:"Home > Lighting"'}, lambda hit: "Home > Lighting" in hit["categories"]),
    ],
)  # fmt: skip
def test_filters_hold_for_every_hit_and_for_no_other(ask, parameters, fits):
    parameters = {"hitsPerPage": 100, **parameters}
    everything, found = ask({"hitsPerPage": 100, "facetFilters": ["brand:-x", "material:-x"]}, parameters)
    plain = [hit for hit in everything["hits"] if hit["objectID"].startswith("p")]
    assert len(plain) == 27
    # A mug has two sizes at two prices: a record shows the one that passes.
    sizes = {"p0": (9.99, 10.49)} | {
        hit["objectID"]: (hit["price"], hit["price"] + 0.5) for hit in plain if len(hit["size"]) > 1
    }
    expected = {
        hit["objectID"]
        for hit in plain
        if any(fits(hit | {"price": price}) for price in sizes.get(hit["objectID"], (hit["price"],)))
    }
    got = {id for id in ids(found) if id.startswith("p")}
    assert got == expected
    assert 0 < len(got) < 27


def test_orders_are_replicas(client):
    def asked(index, attribute):
        found = client.post(f"/1/indexes/{index}/query", json={"hitsPerPage": 100, "filters": "rating >= 0"}).json()
        return [hit[attribute] for hit in found["hits"]]

    assert (up := asked("products_price_asc", "price")) == sorted(up)
    assert (down := asked("products_price_desc", "price")) == sorted(down, reverse=True)
    assert (stars := asked("products_rating", "rating")) == sorted(stars, reverse=True)
    assert (days := asked("products_newest", "created")) == sorted(days, reverse=True)


def test_pages_partition_the_hits(ask):
    pages = ask(*({"query": "plate", "hitsPerPage": 4, "page": page} for page in range(4)))
    every = [id for page in pages for id in ids(page)]
    assert len(every) == len(set(every)) == pages[0]["nbHits"]
    assert [page["page"] for page in pages] == [0, 1, 2, 3]
    assert pages[3]["hits"] == []


def test_facets_are_counts_by_value_cut_and_ordered_as_asked(ask):
    many, few, named, every = ask(
        {"facets": ["color", "hierarchicalCategories.lvl1"]},
        {"facets": "color", "maxValuesPerFacet": 2},
        {"facets": ["brand"], "sortFacetValuesBy": "alpha", "filters": "rating > 0"},
        {"facets": ["*"]},
    )
    assert many["facets"]["color"] == {"Red": 9, "Blue": 9, "White": 9}
    assert many["facets"]["hierarchicalCategories.lvl1"] == {"Home > Kitchen": 18, "Home > Lighting": 9}
    assert len(few["facets"]["color"]) == 2
    assert list(named["facets"]["brand"]) == ["Ember", "Kiln", "Luma"]
    assert {"brand", "color", "material", "rating", "hierarchicalCategories.lvl0"} <= every["facets"].keys()
    assert every["facets_stats"]["price"] == {"min": 0.01, "max": 35.99}
    order = every["renderingContent"]["facetOrdering"]["facets"]["order"]
    assert {"brand", "price", "hierarchicalCategories.lvl0"} <= set(order)
    assert not {"categories", "hierarchicalCategories.lvl1"} & set(order)
    assert every["facets_stats"]["rating"] == {"min": 3.0, "max": 5.0}


def test_categories_are_in_the_language_of_the_page(ask):
    english, chinese = ask(
        {"query": "mug", "facets": ["hierarchicalCategories.lvl2"]},
        {"query": "杯", "facets": ["hierarchicalCategories.lvl2"], "queryLanguages": ["zh"]},
    )
    assert next(iter(english["facets"]["hierarchicalCategories.lvl2"])) == "Home > Kitchen > Mugs"
    assert "家居 > 厨房 > 杯子" in chinese["facets"]["hierarchicalCategories.lvl2"]
    assert not any(value.startswith("Home") for value in chinese["facets"]["hierarchicalCategories.lvl2"])
    assert chinese["hits"][0]["name"].startswith(("Ember", "Kiln", "Luma"))
    assert "杯" in chinese["hits"][0]["name"]


def test_values_of_a_facet_are_searched(ask, client):
    [found] = ask(
        {"type": "facet", "facet": "brand", "facetQuery": "lu", "highlightPreTag": "[", "highlightPostTag": "]"}
    )
    assert found["facetHits"] == [{"value": "Luma", "highlighted": "[Lu]ma", "count": 9}]
    body = {"facetQuery": "mug", "params": "filters=brand%3AKiln"}
    told = client.post("/1/indexes/products/facets/hierarchicalCategories.lvl2/query", json=body).json()
    assert [(each["value"], each["count"]) for each in told["facetHits"]] == [("Home > Kitchen > Mugs", 3)]
    assert told["facetHits"][0]["highlighted"] == "Home &gt; Kitchen &gt; <em>Mug</em>s"


def test_what_the_shop_does_not_carry_has_no_hits_but_the_nearest_beside(ask):
    [found] = ask({"query": "diesel engine oil 5W-30", "facets": ["brand"]})
    assert (found["nbHits"], found["hits"], found["nbPages"]) == (0, [], 0)
    assert found["_wares"]["notices"][0]["code"] == "no_match"
    assert found["_wares"]["nearest"]


def test_attributes_are_chosen_and_unknown_parameters_named(ask):
    some, without, lean = ask(
        {"query": "mug", "attributesToRetrieve": ["name", "hierarchicalCategories.lvl0"], "attributesToHighlight": []},
        {"query": "mug", "attributesToRetrieve": ["*", "-description"], "aroundLatLng": "1,2"},
        {"query": "mug", "responseFields": ["nbHits", "query"]},
    )
    assert some["hits"][0].keys() == {"objectID", "name", "hierarchicalCategories"}
    assert "description" not in without["hits"][0]
    assert without["hits"][0]["price"]
    assert without["_wares"]["ignored"] == ["aroundLatLng"]
    assert lean.keys() == {"nbHits", "query"}


def test_ranking_info_is_the_ledger(ask):
    [found] = ask({"query": "red mug", "getRankingInfo": True})
    info = found["hits"][0]["_rankingInfo"]
    assert sum(entry["value"] for entry in info["ledger"]) == pytest.approx(info["score"], abs=1e-6)
    assert 0 <= info["relevance"] <= 1


def test_highlights_are_plain_for_pages_that_escape_and_escaped_for_tags_of_html(ask):
    ais = {"highlightPreTag": "__ais-highlight__", "highlightPostTag": "__/ais-highlight__"}
    plain, html = ask({"filters": "sku:h", "query": "mug", **ais}, {"filters": "sku:h", "query": "mug"})
    name = plain["hits"][0]["_highlightResult"]["name"]
    assert name["value"] == HOSTILE.replace("Mug", "__ais-highlight__Mug__/ais-highlight__")
    assert (name["matchLevel"], name["matchedWords"], name["fullyHighlighted"]) == ("full", ["mug"], False)
    escaped = html["hits"][0]["_highlightResult"]["name"]["value"]
    assert "<em>Mug</em>" in escaped
    assert escaped.startswith("5 &lt; 6")


def test_snippets_are_cut_around_the_first_match(ask):
    [found] = ask({"query": "hand", "filters": "sku:p3-L", "attributesToSnippet": ["description:5"]})
    hits = found["hits"] or found["_wares"]["nearest"]
    snippet = hits[0]["_snippetResult"]["description"]
    assert "<em>hand</em>" in snippet["value"]
    assert snippet["value"].startswith("…")
    assert snippet["value"].endswith("…")
    assert len(re.findall(r"\w+", re.sub("<[^>]+>", "", snippet["value"]))) == 5


def test_records_are_fetched_by_id(client):
    assert client.get("/1/indexes/products/p3").json()["name"] == "Ember Blue Mug 3"
    assert client.get("/1/indexes/products/p3?attributesToRetrieve=brand").json() == {
        "objectID": "p3",
        "brand": "Ember",
    }
    assert client.get("/1/indexes/products/a%2Fb%3Fc%23d").json()["name"] == HOSTILE
    missing = client.get("/1/indexes/products/nothing")
    assert (missing.status_code, missing.json()["status"]) == (404, 404)
    assert missing.json()["message"].startswith("ObjectID does not exist")
    sent = [{"indexName": "products", "objectID": id} for id in ("p1", "nothing")]
    found = client.post("/1/indexes/*/objects", json={"requests": sent}).json()["results"]
    assert [record and record["objectID"] for record in found] == ["p1", None]


def test_an_unknown_index_is_not_found(client, ask):
    told = ask({"indexName": "elsewhere"}, status=404)
    assert told["status"] == 404
    assert told["message"].startswith("Index elsewhere does not exist")
    for path in ("/1/indexes/elsewhere/p1", "/1/nothing"):
        assert client.get(path).json()["status"] == 404


@pytest.mark.parametrize("most", [6, 10, 100])
@pytest.mark.parametrize("filters", ["", "brand:Luma", "rating >= 4", "rating = 4.5", "rating:3 TO 4"])
def test_stars_from_n_up_sum_to_what_is_found(ask, filters, most):
    [counted] = ask({"filters": filters, "facets": ["rating"], "maxValuesPerFacet": most, "hitsPerPage": 0})
    for stars in (1, 2, 3, 4, 5):
        both = f"rating >= {stars}" + (f" AND {filters}" if filters else "")
        [found] = ask({"filters": both, "hitsPerPage": 0})
        assert sum(n for low, n in counted["facets"]["rating"].items() if float(low) >= stars) == found["nbHits"], stars
    assert set(counted["facets"]["rating"]) <= set("012345")
