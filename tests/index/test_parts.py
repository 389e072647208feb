"""What is counted within a part: the same by both indexes, and nothing of the rest."""

import numpy as np
import pytest

from wares.index.exact import ExactIndex
from wares.index.reference import ReferenceIndex
from wares.protocols import IndexEntry, IndexQuery, Schema, TextField, VariantEntry
from wares.types import Always, OneOf

SCHEMA = Schema((TextField("title", 2.0),))
ACME = (Always(OneOf("seller", ("acme",))),)


def entry(id: str, seller: str, *words: str) -> IndexEntry:
    columns = {"seller": seller, "color": "red" if seller == "acme" else "green"}
    return IndexEntry(id, (VariantEntry(f"{id}-v"),), terms={"title": words}, columns=columns)


ENTRIES = [
    entry("a1", "acme", "lamp", "red"),
    entry("a2", "acme", "lamp"),
    entry("b1", "globex", "lamp", "lampshade"),
    entry("b2", "globex", "chair"),
]


@pytest.fixture(params=[ExactIndex, ReferenceIndex])
def index(request):
    index = request.param(SCHEMA)
    index.upsert(ENTRIES[:2])
    index.upsert(ENTRIES[2:])
    return index


def test_words_are_counted_within_a_part(index):
    terms = ["lamp", "chair", "red", "nothing"]
    assert index.frequencies(terms).tolist() == [3, 1, 1, 0]
    assert index.frequencies(terms, ACME).tolist() == [2, 0, 1, 0]
    assert index.expand("lamp") == ("lamp", "lampshade")
    assert index.expand("lamp", 20, ACME) == ("lamp",)
    index.delete(["a2"])
    assert index.frequencies(terms, ACME).tolist() == [1, 0, 1, 0]


def test_a_word_of_others_weighs_as_one_of_nobody(index):
    def scores(word: str, filters) -> np.ndarray:
        return index.search(IndexQuery(terms=("lamp", word), filters=filters)).scores

    assert np.array_equal(scores("chair", ACME), scores("nothing", ACME), equal_nan=True)
    plain = (OneOf("seller", ("acme",)),)
    assert not np.array_equal(scores("chair", plain), scores("nothing", plain), equal_nan=True)


def test_a_facet_does_not_go_beyond_what_always_holds(index):
    def sellers(filters) -> dict[str, int]:
        matches = index.search(IndexQuery(filters=filters, facets=("seller", "color")))
        facets = index.facet(matches, np.ones(len(matches.rows), np.bool_), ("seller", "color"))
        return {value.value: value.count for facet in facets.values() for value in facet.values}

    assert sellers((OneOf("seller", ("acme",)),)) == {"acme": 2, "globex": 2, "red": 2}
    assert sellers(ACME) == {"acme": 2, "red": 2}
    assert sellers((*ACME, OneOf("color", ("green",)))) == {"red": 2}


def test_rows_of_ids(index):
    assert index.ids(index.rows(("b1", "a2"))) == ("b1", "a2")
    index.delete(["b1"])
    assert index.rows(("b1", "nowhere")).tolist() == [-1, -1]
