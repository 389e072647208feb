"""Every peer of the whole search finds a product by its words and, where it has vectors, by its vector."""

import pytest

from installed import need
from wares.bench.clouds import cloud
from wares.bench.hybrids import HYBRIDS, Row

VECTORS = cloud(400, 32, 0)
WORDS = ("wool dress", "cotton shirt", "running shoe", "男鞋")
ROWS = [
    Row(f"{WORDS[number % 4]} number{number}", VECTORS[number], {"category": WORDS[number % 4], "color": "red"})
    for number in range(400)
]


@pytest.mark.parametrize("name", HYBRIDS)
def test_a_page_is_found_by_words_and_by_vector(name, tmp_path):
    need(name)
    peer = HYBRIDS[name]()
    peer.build(ROWS, tmp_path)
    page = peer.page("number37 running", VECTORS[37], 24)
    assert page[0] == 37 or 37 in page[:3]
    assert len(set(page)) == len(page) <= 24
    by_vector = peer.page("nothingatall", VECTORS[5], 24)
    assert (5 in by_vector) is (name != "tantivy")
    assert peer.lacks


@pytest.mark.parametrize("name", HYBRIDS)
@pytest.mark.parametrize("text", ['a" AND (', "男鞋", "+-*:[]"])
def test_what_shoppers_type_is_no_query_language(name, text, tmp_path):
    need(name)
    peer = HYBRIDS[name]()
    peer.build(ROWS, tmp_path)
    assert all(0 <= row < 400 for row in peer.page(text, VECTORS[0], 5))
