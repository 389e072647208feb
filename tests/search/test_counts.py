"""Counts beside a search are what searches of their own would count."""

import math
import re
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from strategies_of_index import COLORS, SCHEMA, WORDS, entries, filters, leaves
from wares.errors import FilterError, QueryError
from wares.index.exact import ExactIndex
from wares.index.reference import ReferenceIndex
from wares.protocols import IndexEntry, Token, VariantEntry
from wares.rank.linear import LinearRanker
from wares.search.calibrate import Calibration, Curve, Curves
from wares.search.counts import EVERY, filters_of
from wares.search.searcher import MAX_COUNTS, Searcher
from wares.search.understand import Reading
from wares.types import Between, Chip, Count, OneOf, Query, Understood

thorough = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
CURVES = Curves(Curve(4.0, -4.0, 1.3), Curve(4.0, -4.0, 1.0))
FIELDS = ("color", "category", "in_stock", "price")


class Splits:
    fingerprint = "splits"

    def terms(self, text, language=""):
        return text.lower().split()

    def tokens(self, text, language=""):
        return [Token(word.start(), word.end(), (word.group().lower(),)) for word in re.finditer(r"\S+", text)]


def encode(text, photo, clip, language, region=None):
    vector = np.array([len(text), len(set(text)), text.count("e") + 1], np.float32)
    return {"text": vector / np.linalg.norm(vector)} if text else {}


def read(query):
    """Half of the words become a condition, so that a search can find nothing and take a step of the ladder."""
    words = [word for word in query.text.split() if word not in COLORS]
    chips = tuple(
        Chip(f"color:{word}", "filter", word, OneOf("color", (word,)))
        for word in dict.fromkeys(query.text.split())
        if word in COLORS and f"color:{word}" not in query.dropped
    )
    text = " ".join(words)
    read = tuple(chip.filter for chip in chips)
    return Reading(text, "en", tuple(words), filters=read, understood=Understood(text, "en", chips))


def searcher(catalogue, kind=ExactIndex):
    index = kind(SCHEMA)
    index.upsert(catalogue)
    calibration = Calibration(dict.fromkeys(("words", "photo", "words+photo"), CURVES))
    return Searcher(index, Splits(), encode, LinearRanker(), calibration, read=read)


queries = st.builds(
    Query,
    text=st.lists(st.sampled_from(WORDS), max_size=2).map(" ".join),
    filters=st.lists(filters, max_size=3).map(tuple).filter(lambda parts: "nowhere" not in repr(parts)),
    page_size=st.integers(1, 3),
)
counts = st.builds(
    Count,
    without=st.sampled_from(("", *FIELDS)),
    within=st.lists(leaves, max_size=1).map(tuple).filter(lambda parts: "nowhere" not in repr(parts)),
    facets=st.lists(st.sampled_from(FIELDS), unique=True).map(tuple),
)


def alone(search, query, count):
    """The same count as a search of its own, which has nothing to leave out."""
    own = filters_of(count, query.filters)
    return search.search(replace(query, filters=own, counts=(Count("", (), count.facets),)))


@pytest.mark.parametrize("kind", [ExactIndex, ReferenceIndex])
@given(st.lists(entries(), min_size=1, max_size=8), queries, st.lists(counts, min_size=1, max_size=4))
@thorough
def test_a_count_beside_is_a_search_of_its_own(kind, catalogue, query, asked):
    search = searcher(catalogue, kind)
    try:
        hits = search.search(replace(query, counts=tuple(asked)))
        expected = [alone(search, query, each) for each in asked]
    except FilterError:
        assume(False)
    for counted, other in zip(hits.counts, expected, strict=True):
        assert counted.total == other.total
        assert dict(counted.facets) == dict(other.counts[0].facets)
    assert search.search(query).ids == hits.ids, "counting changes what is found"


@given(st.lists(entries(), min_size=1, max_size=8), queries)
@thorough
def test_every_filter_narrows_every_facet(catalogue, query):
    search = searcher(catalogue)
    try:
        hits = search.search(replace(query, counts=(Count("", (), FIELDS, 100),)))
    except FilterError:
        assume(False)
    assume(not any(chip.kind == "filter" for chip in hits.understood.chips))
    assume(search.search(query).total)
    [counted] = hits.counts
    assert counted.total == hits.total
    for name in ("color", "category", "in_stock"):
        for value in counted.facets[name].values:
            narrowed = replace(query, filters=(*query.filters, OneOf(name, (value.value,))))
            assert search.search(narrowed).total == value.count, (name, value)
    price = counted.facets["price"]
    if not math.isnan(price.low):
        outside = replace(query, filters=(*query.filters, Between("price", None, price.low - 0.5)))
        with suppress(FilterError):  # where nothing passes, an unknown field is told
            assert search.search(outside).total == 0


def test_only_what_was_asked_can_be_left_out():
    brand, forced = OneOf("brand", ("Luma",)), OneOf("brand", ("Nike", "Luma"))
    assert filters_of(Count("brand"), (brand,), (forced,)) == (forced,)
    assert filters_of(Count("brand"), (brand,), (brand,)) == (brand,)
    assert filters_of(Count("brand", (brand,)), (brand, forced)) == (brand,)
    assert filters_of(Count("color"), (brand,), (forced,)) == (brand, forced)


def test_what_was_read_out_of_the_words_is_never_left_out():
    """Even where the shopper ticked the same: without the tick the word still says it."""
    red, blue = (
        IndexEntry(color, (VariantEntry(f"{color}-0"),), {"title": ("shoe",)}, {"color": color})
        for color in ("red", "blue")
    )
    search = searcher([red, blue])
    query = Query("red", filters=(OneOf("color", ("red",)),), counts=(Count("color", (), ("color",)),))
    [counted] = search.search(query).counts
    assert (counted.total, [value.value for value in counted.facets["color"].values]) == (1, ["red"])


@given(st.lists(entries(), min_size=1, max_size=8))
@thorough
def test_every_facet_worth_it_is_counted(catalogue):
    search = searcher(catalogue)
    hits = search.search(Query(counts=(Count("", (), (EVERY,)),)))
    assert set(hits.counts[0].facets) == set(search._candidates())


def test_too_many_counts_are_refused():
    search = searcher([])
    with pytest.raises(QueryError, match="counts"):
        search.search(Query(counts=(Count(),) * (MAX_COUNTS + 1)))
    with pytest.raises(FilterError, match="too large"):
        search.search(Query(counts=(Count("", (OneOf("color", ("x",) * 2000),)),)))
