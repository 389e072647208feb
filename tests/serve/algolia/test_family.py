"""A family of requests is one search, and answers what each request alone would have been answered."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from serve.algolia.conftest import Counting
from wares.serve.algolia.family import difference
from wares.serve.app import create_app
from wares.types import AnyOf, Between, Not, OneOf

# What the requests of a page have in common, and what each refined facet leaves out: as algoliasearch-helper sends it.
LEVELS = [f"hierarchicalCategories.lvl{level}" for level in range(3)]
ALONE = {"hitsPerPage": 0, "page": 0, "analytics": False, "clickAnalytics": False}
BRAND, COLOUR = ["brand:Ember", "brand:Kiln"], ["color:Red", "color:Blue"]
PRICE = ["price>=10", "price<=30"]
MIXED = ["color:Red", "brand:Kiln"]
MUGS = ["hierarchicalCategories.lvl2:Home > Kitchen > Mugs"]


def page_of_requests(query=""):
    """One keystroke with two refined lists, a price range and a category two steps down."""
    shared = {"query": query, "maxValuesPerFacet": 20}
    facets = ["brand", "color", "price", *LEVELS]
    return [
        {**shared, "facets": facets, "facetFilters": [BRAND, COLOUR, MUGS], "numericFilters": PRICE, "hitsPerPage": 5},
        {**shared, **ALONE, "facets": "brand", "facetFilters": [COLOUR, MUGS], "numericFilters": PRICE},
        {**shared, **ALONE, "facets": "color", "facetFilters": [BRAND, MUGS], "numericFilters": PRICE},
        {**shared, **ALONE, "facets": "price", "facetFilters": [BRAND, COLOUR, MUGS]},
        {
            **shared,
            **ALONE,
            "facets": LEVELS,
            "facetFilters": [BRAND, COLOUR, ["hierarchicalCategories.lvl1:Home > Kitchen"]],
            "numericFilters": PRICE,
        },
        {**shared, **ALONE, "facets": LEVELS[:1], "facetFilters": [BRAND, COLOUR], "numericFilters": PRICE},
    ]


def told(result):
    """What does not differ from search to search."""
    return {name: value for name, value in result.items() if name not in ("processingTimeMS", "queryID", "_wares")}


@pytest.mark.parametrize("query", ["", "mug", "red mug under 30"])
def test_one_keystroke_is_one_search(shop, ask, query):
    requests = page_of_requests(query)
    together = ask(*requests)
    assert len(shop.asked) == 1
    alone = [ask(request)[0] for request in requests]
    assert len(shop.asked) == 1 + len(requests)
    assert [told(result) for result in together] == [told(result) for result in alone]
    assert together[0]["nbHits"] > 0
    assert together[1]["facets"]["brand"].keys() > together[0]["facets"]["brand"].keys()
    if not query:
        assert together[4]["facets"][LEVELS[2]].keys() == {"Home > Kitchen > Mugs", "Home > Kitchen > Plates"}


def test_a_search_within_a_facet_joins_the_family(shop, ask):
    within = {"type": "facet", "facet": "brand", "facetQuery": "l", "query": "", "facetFilters": [COLOUR]}
    hits = {"facets": ["brand", "color"], "facetFilters": [BRAND, COLOUR]}
    _, found = ask(hits, within)
    assert len(shop.asked) == 1
    assert found["facetHits"] == ask(within)[0]["facetHits"]
    assert found["facetHits"][0]["value"] == "Luma"


def test_lists_joined_by_and_narrow_themselves(shop, ask):
    """``operator: 'and'``: the list's own filters narrow its counts, and no second request is sent."""
    [found] = ask({"facets": ["brand", "color", "in_stock"], "facetFilters": ["brand:Ember", "in_stock:true"]})
    assert found["facets"]["brand"] == {"Ember": found["nbHits"]}
    assert found["facets"]["in_stock"] == {"true": found["nbHits"]}


def test_other_words_pages_and_orders_are_searches_of_their_own(shop, ask):
    ask(
        {"query": "mug"},
        {"query": "plate"},
        {"query": "mug", "page": 1},
        {"query": "mug", "indexName": "products_rating"},
    )
    assert len(shop.asked) == 4
    ask(
        {"query": "mug"}, {"query": "mug", "facets": ["brand"]}, {"query": "mug", "hitsPerPage": 0, "facets": ["color"]}
    )
    assert len(shop.asked) == 5


filters = st.fixed_dictionaries(
    {},
    optional={
        "facetFilters": st.lists(
            st.sampled_from((BRAND, COLOUR, MUGS, "brand:Luma", "brand:-Kiln", "in_stock:true", MIXED)),
            max_size=3,
            unique_by=str,
        ),
        "numericFilters": st.lists(st.sampled_from((*PRICE, "rating>=4", ["price<12", "rating=5"])), max_size=2),
        "filters": st.sampled_from(("", "brand:Ember OR color:Red", "NOT in_stock:true", "price > 15")),
    },
)  # fmt: skip
requests = st.builds(
    lambda query, facets, filters, size: {"query": query, "facets": facets, "hitsPerPage": size, **filters},
    st.sampled_from(("", "mug", "lamp", "diesel engine oil")),
    st.lists(st.sampled_from(("brand", "color", "price", "in_stock", *LEVELS, "*")), unique=True, max_size=4),
    filters,
    st.sampled_from((0, 0, 3)),
)


@given(st.lists(requests, min_size=2, max_size=5))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_batch_answers_what_its_requests_answer_alone(opened_shop, batch):
    shop = Counting(opened_shop)
    client = TestClient(create_app(shop))

    def ask(*sent):
        body = {"requests": [{"indexName": "products", **request} for request in sent]}
        return client.post("/1/indexes/*/queries", json=body).json()["results"]

    together = [told(result) for result in ask(*batch)]
    assert len(shop.asked) <= len(batch)
    assert together == [told(ask(request)[0]) for request in batch]


def test_a_difference_leaves_out_no_more_than_one_field():
    brand, colour, both = (
        OneOf("brand", ("A",)),
        OneOf("color", ("B",)),
        AnyOf((OneOf("brand", ("A",)), Between("price", 1))),
    )
    assert difference((brand, colour), (colour,)) == ("brand", ())
    assert difference((brand, colour), (colour, Not(brand))) == ("brand", (Not(brand),))
    assert difference((brand,), (brand, colour)) == ("", (colour,))
    assert difference((brand, Not(brand), colour), (Not(brand), colour)) == ("brand", (Not(brand),))
    assert difference((brand, colour), ()) is None
    assert difference((both, colour), (colour,)) is None
