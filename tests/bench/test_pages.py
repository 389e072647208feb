from itertools import islice

import pytest

from wares.bench.pages import different, repeated, searches
from wares.types import Category, Product, Variant

PRODUCTS = [Product(str(n), f"Luma {n}", (Variant(str(n)),), categories=(Category("Clothes > Dress"),)) for n in "123"]


def test_no_query_comes_twice_however_few_products_there_are():
    texts = list(islice(different(PRODUCTS, 0), 3000))
    assert len(set(texts)) == len(texts)
    assert texts == list(islice(different(PRODUCTS, 0), 3000))


def test_repeated_queries_follow_zipf():
    drawn = repeated(["a", "b", "c", "d"], 20_000, seed=0)
    counts = [drawn.count(text) for text in "abcd"]
    assert counts[0] / counts[1] == pytest.approx(2, rel=0.1)
    assert counts[0] / counts[3] == pytest.approx(4, rel=0.1)
    assert drawn == repeated(["a", "b", "c", "d"], 20_000, seed=0)


def test_a_page_is_asked_for_with_its_facets():
    texts = iter(["red & 红", "blue", "black"])
    first, second = searches(texts, 2)
    assert first.startswith(b"GET /v1/search?q=red+%26+%E7%BA%A2&page_size=24&facets=category%2Ccolor")
    assert b"q=blue" in second
    assert next(texts) == "black"
