import math
import re
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strategies_of_index import FACETS, SCHEMA, WORDS, entries, queries, writes
from wares.errors import ContractError
from wares.index.exact import ExactIndex
from wares.index.reference import ReferenceIndex
from wares.protocols import IndexEntry, IndexQuery, Reach, Schema, Space, TextField, VariantEntry
from wares.testing import agree_on
from wares.types import OneOf

thorough = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def product(id, *colors, terms=(), **columns):
    variants = tuple(VariantEntry(f"{id}-{color}", {"color": color}, (color,)) for color in colors or ("none",))
    return IndexEntry(id, variants, {"title": tuple(terms)}, columns)


def write(index, oracle, history, folder):
    for number, (what, given_) in enumerate(history):
        if what == "upsert":
            index.upsert(given_)
            oracle.upsert(given_)
        elif what == "delete":
            assert index.delete(given_) == oracle.delete(given_)
        elif what == "update":
            _update(index, oracle, *given_)
        else:
            index.snapshot(folder / str(number))
            index = ExactIndex.restore(folder / str(number))
    return index


def _update(index, oracle, products, variants):
    """Both change the same columns, or both refuse and stay as they are."""
    try:
        oracle.update(products, variants)
    except ContractError as error:
        with pytest.raises(ContractError, match=re.escape(str(error))):
            index.update(products, variants)
    else:
        index.update(products, variants)


@given(history=writes, asked=st.lists(queries, min_size=1, max_size=4))
@thorough
def test_it_answers_as_the_reference_through_any_writes(history, asked, tmp_path_factory):
    oracle = ReferenceIndex(SCHEMA)
    index = write(ExactIndex(SCHEMA), oracle, history, tmp_path_factory.mktemp("index"))
    assert list(index.scroll()) == list(oracle.scroll())
    for query in asked:
        agree_on(index, oracle, query)


@given(history=writes, asked=st.lists(queries, min_size=1, max_size=4))
@thorough
def test_it_answers_as_the_reference_when_bytes_are_scanned_first(history, asked, tmp_path_factory):
    with patch("wares.index.vectors.MANY", 1):
        oracle = ReferenceIndex(SCHEMA)
        index = write(ExactIndex(SCHEMA), oracle, history, tmp_path_factory.mktemp("index"))
        for query in asked:
            agree_on(index, oracle, query)


@given(history=writes)
@thorough
def test_a_product_comes_back_as_it_was_written(history, tmp_path_factory):
    oracle = ReferenceIndex(SCHEMA)
    index = write(ExactIndex(SCHEMA), oracle, history, tmp_path_factory.mktemp("index"))
    for id in (f"p{n}" for n in range(10)):
        found, expected = index.get(id), oracle.get(id)
        if expected is None:
            assert found is None
            continue
        assert (found.id, found.columns) == (id, expected.columns)
        assert found.terms == {name: words for name, words in expected.terms.items() if words}
        for own, other in zip(found.variants, expected.variants, strict=True):
            rows = {name: shown for name, shown in other.rows.items() if shown}
            assert (own.id, own.columns, own.terms, own.rows) == (other.id, other.columns, other.terms, rows)
        for name, rows in expected.vectors.items():
            assert np.allclose(found.vectors.get(name, np.zeros((0, rows.shape[1]))), rows, atol=2e-5)


@given(catalogue=st.lists(entries(), min_size=1, max_size=8), query=queries, value=st.data())
@thorough
def test_a_facet_count_is_the_total_after_its_selection(catalogue, query, value):
    """Contract 3: choosing a value of a facet finds as many products as the facet said."""
    index = ExactIndex(SCHEMA)
    index.upsert(catalogue)
    field = value.draw(st.sampled_from(("color", "category", "in_stock")))
    matches = index.search(replace(query, reach=None))
    facet = index.facet(matches, np.ones(len(matches.rows), np.bool_), (field,))[field]
    others = tuple(part for part in query.filters if not (isinstance(part, OneOf) and part.field == field))

    if any(field in repr(part) for part in others):
        return
    for each in facet.values:
        chosen = index.search(IndexQuery(filters=(*others, OneOf(field, (each.value,)))))
        assert int(chosen.passing.sum()) == each.count


def test_filters_must_hold_for_one_variant():
    index = ExactIndex(SCHEMA)
    variants = (
        VariantEntry("a-1", {"color": "red", "size": "S"}),
        VariantEntry("a-2", {"color": "blue", "size": "L"}),
    )
    index.upsert([IndexEntry("a", variants)])
    red_large = IndexQuery(filters=(OneOf("color", ("red",)), OneOf("size", ("L",))))
    assert not index.search(red_large).passing.any()
    blue = index.search(IndexQuery(filters=(OneOf("color", ("blue",)),)))
    assert index.variants(blue, blue.rows) == ("a-2",)


def test_a_variant_hides_its_products_value_and_inherits_the_rest():
    index = ExactIndex(SCHEMA)
    index.upsert(
        [IndexEntry("a", (VariantEntry("a-1", {"color": "red"}), VariantEntry("a-2")), columns={"color": "blue"})]
    )
    for color in ("red", "blue"):
        matches = index.search(IndexQuery(filters=(OneOf("color", (color,)),)))
        assert index.variants(matches, matches.rows) == ({"red": "a-1", "blue": "a-2"}[color],)


def test_bm25f_by_hand():
    """One field of weight 2, b = 0.5 and length 3; "red" is in one of them, twice among four words."""
    index = ExactIndex(Schema((TextField("title", 2.0, 0.5, 3.0),)))
    index.upsert([product("a", terms=("red", "red", "shoe", "sale")), product("b", terms=("shoe", "box"))])
    matches = index.search(IndexQuery(("red",)))
    weighted = 2.0 * 2 / (1 - 0.5 + 0.5 * 4 / 3)
    expected = math.log(1 + 1.5 / 1.5) * weighted / (1.2 + weighted)
    assert matches.scores[0, 0] == pytest.approx(expected)
    assert np.isnan(matches.scores[1, 0])
    assert index.explain(matches, matches.rows) == [{"title:red": pytest.approx(expected)}, {}]


def test_coverage_is_the_share_of_the_idf():
    index = ExactIndex(SCHEMA)
    index.upsert([product("a", terms=("red", "shoe")), product("b", terms=("shoe",))])
    matches = index.search(IndexQuery(("red", "shoe", "unheard")))
    red, shoe, unheard = (math.log(1 + (2 - df + 0.5) / (df + 0.5)) for df in (1, 2, 0))
    assert matches.ceiling == pytest.approx(red + shoe + unheard)
    assert matches.scores[:, 1] == pytest.approx([(red + shoe) / matches.ceiling, shoe / matches.ceiling])


def test_many_single_writes_leave_few_segments():
    index = ExactIndex(SCHEMA)
    for number in range(300):
        index.upsert([product(f"p{number}", "red", terms=("red",))])
    for number in range(0, 300, 2):
        index.upsert([product(f"p{number}", "blue", terms=("blue",))])
    assert index.stats().products == 300
    assert index.stats().details["segments"] <= 6
    assert int(index.search(IndexQuery(filters=(OneOf("color", ("blue",)),))).passing.sum()) == 150


def test_a_bad_entry_refuses_the_whole_write():
    index = ExactIndex(SCHEMA)
    index.upsert([product("a", "red")])
    good = product("b", "red")
    wrong = IndexEntry("c", good.variants, vectors={"text": np.ones((1, 5), np.float32)})
    empty = IndexEntry("c", ())
    hollow = IndexEntry("c", good.variants, vectors={"text": np.full((1, 3), np.nan, np.float32)})
    long = IndexEntry("c", good.variants, vectors={"text": np.ones((1, 3), np.float32)})
    unknown = IndexEntry("c", good.variants, {"no such field": ("x",)})
    for bad in (wrong, empty, hollow, long, unknown):
        with pytest.raises(ContractError, match="'c'"):
            index.upsert([good, bad])
    assert list(index.scroll()) == ["a"]


def test_a_query_vector_of_a_wrong_dimension_is_refused():
    with pytest.raises(ContractError, match="image"):
        ExactIndex(SCHEMA).search(IndexQuery(vectors={"image": np.ones(5, np.float32)}))


def test_counting_a_filtered_field_that_was_not_named_is_refused():
    index = ExactIndex(SCHEMA)
    index.upsert([product("a", "red")])
    matches = index.search(IndexQuery(filters=(OneOf("color", ("red",)),)))
    with pytest.raises(ContractError, match="color"):
        index.facet(matches, np.ones(1, np.bool_), ("color",))


@given(
    history=writes,
    terms=st.lists(st.sampled_from((*WORDS, "unheard")), max_size=4),
    prefix=st.text("rebl裙鞋", max_size=2),
)
@thorough
def test_it_knows_its_terms(history, terms, prefix, tmp_path_factory):
    oracle = ReferenceIndex(SCHEMA)
    index = write(ExactIndex(SCHEMA), oracle, history, tmp_path_factory.mktemp("index"))
    assert index.frequencies(terms).tolist() == oracle.frequencies(terms).tolist()
    assert index.expand(prefix) == oracle.expand(prefix)
    assert index.expand(prefix, 1) == oracle.expand(prefix, 1)


def test_an_empty_index_answers():
    index = ExactIndex(SCHEMA)
    matches = index.search(IndexQuery(("red",), {"text": np.array([1, 0, 0], np.float32)}, (), FACETS))
    assert len(matches.rows) == 0
    assert matches.scores.shape == (0, 4)
    assert index.facet(matches, matches.passing, ("color",))["color"].values == ()


def test_a_scan_over_many_blocks_is_exact():
    generator = np.random.default_rng(5)
    rows = generator.normal(size=(2500, 8)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    index = ExactIndex(Schema((TextField("title"),), (Space("text", 8),)))
    variant = (VariantEntry("v"),)
    index.upsert([IndexEntry(str(i), variant, vectors={"text": row[None]}) for i, row in enumerate(rows)])
    matches = index.search(IndexQuery(vectors={"text": rows[7]}))
    assert np.allclose(matches.scores[:, 0], rows @ rows[7], atol=2e-5)


@pytest.mark.parametrize("many", [1, 4096])
def test_what_has_no_vector_is_nearer_than_its_opposite(many):
    variants = (VariantEntry("v"),)
    with patch("wares.index.vectors.MANY", many):
        index = ExactIndex(SCHEMA)
        opposite = {"image": np.array([[1.0, 0.0]], np.float32)}
        index.upsert([IndexEntry("none", variants), IndexEntry("opposite", variants, vectors=opposite)])
        reach = Reach(weights={"image": 1.0}, most=1)
        found = index.search(IndexQuery(vectors={"image": np.array([-1.0, 0.0], np.float32)}, reach=reach))
    assert "none" in index.ids(found.rows)


@pytest.mark.parametrize("kept", [1.0, 0.6, 0.05])
@pytest.mark.parametrize("weights", [{"text": 1.0, "image": 0.6}, {"text": 0.5, "image": 2.0}, {"image": 1.0}])
def test_no_product_whose_weighted_cosines_reach_the_floor_is_missed(weights, kept):
    """Products with one text each and none to three photos; filters leave all of them, most, or a few."""
    g, n = np.random.default_rng(7), 1500
    dims = {"text": 300, "image": 70}

    def unit(rows, name):
        rows = g.standard_normal((rows, dims[name])) * np.linspace(1.5, 0.1, dims[name])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    held = [{"text": unit(1, "text"), "image": unit(int(g.integers(0, 4)), "image")} for _ in range(n)]
    passes = g.random(n) < kept
    index = ExactIndex(Schema((TextField("title"),), tuple(Space(name, dim) for name, dim in dims.items())))
    query = {name: unit(1, name)[0] for name in dims}
    cosines = {name: np.array([max((each[name] @ query[name]).tolist(), default=0) for each in held]) for name in dims}
    sums = sum(weight * cosines[name] for name, weight in weights.items())
    filters = () if kept == 1 else (OneOf("kept", ("True",)),)
    red = np.arange(n) % 9 == 0
    entries = [
        IndexEntry(str(i), (VariantEntry(f"v{i}"),), {"title": ("red",) * int(red[i])}, {"kept": str(passes[i])}, each)
        for i, each in enumerate(held)
    ]
    with patch("wares.index.vectors.MANY", 1):
        index.upsert(entries)
        for floor in np.quantile(sums, [0.2, 0.7, 0.95, 0.999]):
            found = index.search(IndexQuery(("red",), query, filters, reach=Reach(0.5, weights, float(floor))))
            near = {str(i) for i in np.flatnonzero(passes & (red | (sums >= floor + 1e-4)))}
            ids = index.ids(found.rows)
            assert near <= set(ids) <= {str(i) for i in np.flatnonzero(passes)}
            for name in dims:
                scores = np.nan_to_num(found.scores[:, found.routes.index(name)])
                assert scores == pytest.approx(cosines[name][[int(id) for id in ids]], abs=1e-4)


@pytest.mark.parametrize("most", [1, 9, 10, 11, 50])
def test_the_most_are_never_fewer(most):
    """float32 makes other sums of the same row among other rows."""
    generator = np.random.default_rng(1)
    rows = generator.normal(size=(2000, 32)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    index = ExactIndex(Schema((TextField("title"),), (Space("text", 32),)))
    index.upsert([IndexEntry(str(i), (VariantEntry("v"),), vectors={"text": row[None]}) for i, row in enumerate(rows)])
    for query in rows[:30] + 0.1:
        unit = query / np.linalg.norm(query)
        assert (
            len(index.search(IndexQuery(vectors={"text": unit}, reach=Reach(weights={"text": 1.0}, most=most))).rows)
            >= most
        )
