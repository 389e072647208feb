"""The exactness contract of the house, each line over random catalogues, writes, filters and page sizes."""

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from strategies_of_index import COLORS, SCHEMA, WORDS, entries, filters, unit
from wares.errors import EncodeError, FilterError, NotFound, QueryError
from wares.index.exact import ExactIndex
from wares.index.reference import ReferenceIndex
from wares.protocols import IndexEntry, Token, VariantEntry
from wares.rank.linear import LinearRanker
from wares.search.calibrate import Calibration, Curve, Curves
from wares.search.hybrid import Hybrid
from wares.search.searcher import Searcher
from wares.search.understand import Reading
from wares.types import Between, Chip, Correction, OneOf, Query, Region, Understood

thorough = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
KINDS = ("words", "photo", "words+photo")
CUT = Calibration(dict.fromkeys(KINDS, Curves(Curve(4.0, -4.0, -np.inf), Curve(4.0, -4.0, 1.0))))
DOUBTFUL = Calibration(dict.fromkeys(KINDS, Curves(Curve(4.0, -4.0, 1.3), Curve(4.0, -4.0, 1.0))))


class Splits:
    fingerprint = "splits"

    def terms(self, text, language=""):
        return text.lower().split()

    def tokens(self, text, language=""):
        return [Token(word.start(), word.end(), (word.group().lower(),)) for word in re.finditer(r"\S+", text)]


def encode(text, photo, clip, language, region=None):
    """Words point into a corner that their letters choose; a photo is its own vector."""
    vectors = {}
    if text:
        vector = np.array([len(text), len(set(text)), text.count("e") + 1], np.float32)
        vectors["text"] = vector / np.linalg.norm(vector)
    if photo:
        vector = np.frombuffer(photo, np.int8).astype(np.float32)
        vectors["image"] = vector / np.linalg.norm(vector)
    return vectors


def searcher(catalogue, kind=ExactIndex, encode=encode, calibration=CUT, **settings_):
    index = kind(SCHEMA)
    index.upsert(catalogue)
    return Searcher(index, Splits(), encode, LinearRanker(), calibration, **settings_)


catalogues = st.lists(entries(), min_size=1, max_size=10)
photos = st.none() | unit(2).map(lambda v: (np.sign(v) * np.ceil(abs(v) * 3)).astype(np.int8).tobytes())
queries = st.builds(
    Query,
    text=st.lists(st.sampled_from((*WORDS, "unheard")), max_size=3).map(" ".join),
    photo=photos,
    filters=st.lists(filters, max_size=2).map(tuple).filter(lambda parts: "nowhere" not in repr(parts)),
    facets=st.sampled_from(((), ("color", "category", "price"))),
    sort=st.sampled_from(("relevance", "price", "-price", "newest", "rating")),
    page_size=st.integers(1, 5),
)


def every_page(search, query):
    """All pages up to the first empty one."""
    pages = []
    for page in range(50):
        try:
            hits = search.search(Query(**{**fields(query), "page": page}))
        except FilterError:
            assume(False)
        pages.append(hits)
        if not len(hits):
            return pages
    raise AssertionError("the pages do not end")


def fields(query):
    return {name: getattr(query, name) for name in query.__slots__}


def found(search, query):
    pages = every_page(search, query)
    return [] if pages[0].total == 0 else [id for hits in pages for id in hits.ids]


@given(catalogues, queries)
@thorough
def test_1_to_4_pages_partition_the_result_set_whatever_their_size(catalogue, query):
    search = searcher(catalogue)
    ids = found(search, query)
    assert len(ids) == len(set(ids)), "a product stands on two pages"
    whole = search.search(Query(**{**fields(query), "page_size": 100}))
    assert whole.total == len(ids), "the total is not the size of the set"
    if whole.total:
        assert list(whole.ids) == ids, "the page size changes the order"
    for hits in every_page(search, query)[:-1]:
        assert hits.total == whole.total
        assert hits.facets == whole.facets


@given(catalogues, queries)
@thorough
def test_1_the_set_is_lexical_matches_and_those_that_reach_the_cut_off(catalogue, query):
    search = searcher(catalogue)
    try:
        judged = search.judge(query)
    except FilterError:
        assume(False)
    coverage = np.zeros(len(judged.member))
    if "coverage" in judged.matches.routes:
        coverage = np.nan_to_num(judged.matches.scores[:, judged.matches.routes.index("coverage")])
    asked = bool(query.text or query.photo)
    expected = (judged.evidence >= 1.0) | (coverage >= 0.5) if asked else np.ones(len(coverage), np.bool_)
    members = judged.matches.rows[expected & judged.matches.passing]
    ids = {search._index.ids(members[[place]])[0] for place in range(len(members))}
    assert set(found(search, query)) == ids


@given(catalogues, queries)
@thorough
def test_it_finds_the_same_in_the_reference(catalogue, query):
    ours, plain = searcher(catalogue), searcher(catalogue, ReferenceIndex)
    try:
        hits = ours.search(query)
    except FilterError:
        with pytest.raises(FilterError):
            plain.search(query)
        return
    expected = plain.search(query)
    judged, hybrid = plain.judge(query), Hybrid()
    meaning = hybrid.meaning(judged.matches, hybrid.parts(judged.matches))
    assume(not (np.abs(meaning - 1.0) < 1e-4).any())
    assert (hits.total, hits.notices) == (expected.total, expected.notices)
    assert hits.facets.keys() == expected.facets.keys()
    assert repr(hits.facets) == repr(expected.facets)
    assert hits.scores == pytest.approx(expected.scores, abs=1e-4)


@given(catalogues, queries, st.data())
@thorough
def test_3_a_facet_count_is_the_total_after_its_selection(catalogue, query, data):
    """Disjunctive within a field, narrowing across fields."""
    field = data.draw(st.sampled_from(("color", "category", "in_stock")))
    others = tuple(part for part in query.filters if field not in repr(part))
    chosen = (OneOf(field, (data.draw(st.sampled_from(COLORS)),)),) if field == "color" else ()
    search = searcher(catalogue)
    asked = Query(**{**fields(query), "filters": (*others, *chosen), "facets": (field,), "page": 0})
    try:
        hits = search.search(asked)
    except FilterError:
        assume(False)
    if hits.total == 0:
        return
    for value in hits.facets[field].values:
        narrowed = Query(**{**fields(asked), "filters": (*others, OneOf(field, (value.value,)))})
        assert search.search(narrowed).total == value.count


@given(catalogues, queries)
@thorough
def test_5_the_variant_shown_passes_the_filters(catalogue, query):
    search = searcher(catalogue)
    oracle = ReferenceIndex(SCHEMA)
    oracle.upsert(catalogue)
    try:
        hits = search.search(query)
    except FilterError:
        assume(False)
    if hits.total == 0:
        return
    for id, variant in zip(hits.ids, hits.variants, strict=True):
        passing = [each.id for each in oracle._passing(oracle.get(id), search.judge(query).matches.query.filters)]
        assert variant in passing


@given(catalogues, entries(id="new"), queries)
@thorough
def test_6_writes_are_seen_by_the_next_query(catalogue, fresh, query):
    search = searcher(catalogue)
    everything = Query(page_size=100)
    before = set(search.search(everything).ids)
    search._index.upsert([fresh])
    assert set(search.search(everything).ids) == before | {"new"}
    search._index.delete(["new"])
    assert set(search.search(everything).ids) == before
    assume(not query.filters)
    assert found(search, query) == found(searcher(catalogue), query)


@given(catalogues, queries, st.sampled_from(("sum", "ranks")))
@thorough
def test_7_and_8_pages_repeat_and_ledgers_sum_to_falling_scores(catalogue, query, join):
    search = searcher(catalogue, hybrid=Hybrid(join=join))
    try:
        plain = search.search(query)
    except FilterError:
        assume(False)
    for hits in (plain, search.search(Query(**{**fields(query), "explain": True}))):
        assert hits.ids == plain.ids
        assert hits.scores == pytest.approx(plain.scores)
        assert all(np.diff(hits.scores) <= 1e-9), "scores rise"
        assert np.isfinite(hits.scores).all()
        for hit in hits:
            assert hit.ledger.total == pytest.approx(hit.score, abs=1e-6)


def product(id, title, photo=None, **columns):
    variant = VariantEntry(id, {"price": 100.0, "in_stock": True})
    vectors = {} if photo is None else {"image": np.array([photo], np.float32)}
    return IndexEntry(id, (variant,), {"title": tuple(title.split())}, columns, vectors)


def test_a_true_match_stands_before_a_match_of_one_frequent_word():
    catalogue = [product(f"x{i}", "red shirt") for i in range(10)] + [product("y", "red wool shoe")]
    assert searcher(catalogue, hybrid=Hybrid(match_share=0.0)).search(Query("red wool shoe")).ids[0] == "y"


def test_what_the_shop_does_not_carry_is_said_with_the_nearest():
    hits = searcher([product("a", "red shirt"), product("b", "shoe")]).search(Query("violet dishwasher"))
    assert (hits.total, hits.facets) == (0, {})
    assert len(hits.ids) == 2
    assert [each.code for each in hits.notices] == ["no_match"]
    zh = searcher([product("a", "red shirt")]).search(Query("洗碗机"))
    assert "本店" in zh.notices[0].text
    assert len(searcher([product("a", "red")]).search(Query("dishwasher", page=1))) == 0


def test_words_that_match_by_chance_alone_do_not_make_it_carried():
    """One word of two is a lexical match, but not one product makes it likely that the shop has green shorts."""
    catalogue = [product("a", "short cable"), product("b", "short throw"), product("c", "lamp")]
    query = Query("green short")
    assert searcher(catalogue, hybrid=Hybrid(match_share=0.1)).search(query).total == 2
    hits = searcher(catalogue, calibration=DOUBTFUL, hybrid=Hybrid(match_share=0.1)).search(query)
    assert (hits.total, hits.facets, [each.code for each in hits.notices]) == (0, {}, ["no_match"])
    assert set(hits.ids) >= {"a", "b"}, "the nearest are listed"
    likely = searcher([*catalogue, product("d", "green lamp")], calibration=DOUBTFUL, hybrid=Hybrid(match_share=0.1))
    evidence = likely.judge(query).evidence
    assert evidence.max() < 1.3
    sure = Calibration({"words": Curves(Curve(4.0, -4.0, evidence.max()), Curve(4.0, -4.0, 1.0))})
    likely = searcher([*catalogue, product("d", "green lamp")], calibration=sure, hybrid=Hybrid(match_share=0.1))
    assert likely.search(query).total == 3, "one product that is likely makes all matches a result set"


def test_what_stands_in_a_title_is_carried_however_little_is_made_of_it():
    never = Calibration({"words": Curves(Curve(4.0, -4.0, 9.0), Curve(4.0, -4.0, 9.0))})
    search = searcher([product("a", "lino perros belt"), product("b", "lino shirt")], calibration=never)
    assert search.search(Query("lino perros")).ids == ("a",)
    assert search.search(Query("perros")).ids == ("a",)
    assert search.search(Query("lino perros shoe")).total == 0, "a word is missing"
    assert search.search(Query("lino belt")).total == 0, "they do not stand side by side"


@given(catalogues, queries)
@thorough
def test_filters_do_not_decide_what_is_carried(catalogue, query):
    """The result set under filters is the whole one, less what does not pass."""
    search = searcher(catalogue, calibration=DOUBTFUL)
    try:
        judged = search.judge(query)
    except FilterError:
        assume(False)
    everything = search.judge(Query(**{**fields(query), "filters": ()}))
    whole = set(everything.matches.rows[everything.inside].tolist())
    passing = set(judged.matches.rows[judged.matches.passing].tolist())
    assert set(judged.matches.rows[judged.inside].tolist()) == whole & passing


def test_filters_that_leave_nothing_are_said():
    search = searcher([product("a", "red shirt", color="red"), product("b", "red shoe", color="blue")])
    hits = search.search(Query("shirt", filters=(OneOf("color", ("blue",)),)))
    assert (hits.total, hits.ids) == (0, ())
    assert [each.code for each in hits.notices] == ["no_filter_match"]


def test_browsing_needs_no_words():
    hits = searcher([product("a", "x", rating=2.0, reviews=90.0), product("b", "x", rating=5.0, reviews=90.0)]).search(
        Query()
    )
    assert hits.ids == ("b", "a")
    assert np.isnan(hits.relevance).all()


def test_sorting_by_price_puts_the_unknown_last():
    def priced(id, price):
        return IndexEntry(id, (VariantEntry(id, {} if price is None else {"price": price}),))

    search = searcher([priced("a", 300.0), priced("b", None), priced("c", 100.0)])
    assert search.search(Query(sort="price")).ids == ("c", "a", "b")
    assert search.search(Query(sort="-price")).ids == ("a", "c", "b")


def test_values_are_matched_without_case_when_nothing_else_passes():
    search = searcher([product("a", "x", color="Dark Red"), product("b", "x", color="blue")])
    assert search.search(Query(filters=(OneOf("color", ("dark red",)),))).ids == ("a",)


def test_an_unknown_field_names_the_nearest():
    with pytest.raises(FilterError, match="color"):
        searcher([product("a", "x", color="red")]).search(Query(filters=(OneOf("colour", ("red",)),)))


@pytest.mark.parametrize(
    "query", [Query(page=-1), Query(page_size=0), Query(page_size=10**9), Query(page=10**9), Query(sort="x")]
)
def test_what_cannot_be_answered_is_refused(query):
    with pytest.raises(QueryError):
        searcher([product("a", "x")]).search(query)


def test_words_go_on_when_their_encoder_fails_and_say_so():
    def broken(**asked):
        raise EncodeError("no weights")

    hits = searcher([product("a", "red")], encode=broken).search(Query("red"))
    assert (hits.ids, hits.degraded, [each.code for each in hits.notices]) == (("a",), ("vectors",), ["words_only"])
    doubtful = searcher([product("a", "red")], encode=broken, calibration=DOUBTFUL)
    assert doubtful.search(Query("red")).ids == ("a",), "without vectors little evidence is no sign of doubt"
    with pytest.raises(EncodeError):
        searcher([product("a", "red")], encode=broken).search(Query(photo=b"x"))


def test_a_step_of_the_ladder_that_lost_its_encoder_is_said_though_it_found_nothing():
    def read(query):
        right = Correction("shoe", query.text)
        return Reading(query.text, "en", tuple(query.text.split()), understood=Understood(query.text, "en", (), right))

    def broken(text, **asked):
        if text == "shoe":
            raise EncodeError("no weights")
        return encode(text, **asked)

    search = searcher([product("a", "red")], encode=broken, read=read)
    assert search.search(Query("sheo")).degraded == ("vectors",)
    assert search.search(Query("red")).degraded == ()


def test_similar_products_leave_the_product_itself_out():
    search = searcher(
        [product("a", "x", (1, 0)), product("b", "x", (0.8, 0.6)), product("c", "x", (0, 1)), product("d", "x")]
    )
    hits = search.similar("a", 2)
    assert (hits.ids, hits.total) == (("b", "c"), 2)
    with pytest.raises(NotFound):
        search.similar("nowhere")


def test_a_product_outside_the_result_set_is_explained_too():
    search = searcher([product("a", "red shirt", color="red"), product("b", "shoe", color="blue")])
    told = search.explain(Query("red shirt", filters=(OneOf("color", ("red",)), Between("price", 0, 1))), "a")
    assert {"words:title:red", "words:title:shirt"} <= {entry.name for entry in told.hit.ledger.entries}
    assert told.hit.ledger.total == pytest.approx(told.hit.score)
    assert told.position is None
    assert search.explain(Query("red"), "b").position is None


def test_an_explanation_says_what_would_move_a_product():
    shirts = [product(f"x{i}", "red shirt") for i in range(3)]
    late = IndexEntry("late", (VariantEntry("late", {"in_stock": False}),), {"title": ("red", "shirt")})
    search = searcher([late, *shirts])
    told = search.explain(Query("red shirt"), "late")
    assert told.position == 3
    stock = next(each for each in told.counterfactuals if each.change == "in stock")
    assert (stock.now, stock.then) == (3, 0)


def test_an_unknown_product_cannot_be_explained():
    search = searcher([product("a", "red shirt")])
    with pytest.raises(NotFound):
        search.explain(Query("red"), "c")


@pytest.mark.parametrize("text", ["\u202eder", "\ud800", "a\u0301" * 1000, "\0", "   ", "!!!", "x" * 100_000, "👩‍👩‍👧"])
def test_any_text_is_answered(text):
    searcher([product("a", "red")]).search(Query(text))


def test_facets_are_chosen_when_none_are_asked():
    catalogue = [
        product(f"p{i}", "x", brand=f"b{i % 3}", lot=f"n{i}", same="one", rating=float(i % 5)) for i in range(60)
    ]
    hits = searcher(catalogue).search(Query())
    assert list(hits.facets) == ["brand", "rating"]


def test_a_hierarchy_is_counted_whole():
    catalogue = [product(f"p{i}", "x", brand=f"b{i % 70}", category=f"A > B{i % 70}") for i in range(140)]
    found = searcher(catalogue).search(Query()).facets
    assert len(found["category"].values) == 71
    assert len(found["brand"].values) == 50


def test_a_product_can_be_meant_beside_the_words():
    """Like "a" alone finds its neighbour, not itself; "like a, but shoe" finds what the words add."""
    search = searcher([product("a", "Red"), product("b", "Red"), product("c", "Blue")])
    hits = search.search(Query(like="a", page_size=10))
    assert "a" not in hits.ids
    with pytest.raises(NotFound):
        search.search(Query(like="nowhere"))


@pytest.mark.parametrize("region", [Region(0.5, 0, 0.5, 1), Region(-0.1, 0, 1, 1), Region(0, 0, 1, 1.5)])
def test_a_region_that_is_no_part_of_a_photo_is_refused(region):
    with pytest.raises(QueryError, match="part of a photo"):
        searcher([product("a", "Red")]).search(Query(photo=b"\1\1", region=region))


def test_a_boost_lifts_and_a_number_comes_first_and_the_ledger_names_both():
    catalogue = [
        IndexEntry(id, (VariantEntry(f"{id}-1", {"color": color, "code": (id,)}),), {"title": ("red", "shoe")})
        for id, color in (("x100", "blue"), ("x200", "red"), ("x300", "blue"))
    ]

    def read(query):
        boosts = {"color": OneOf("color", ("red",)), "code": OneOf("code", ("x300",))}
        return Reading(query.text, "en", ("red", "shoe"), boosts=boosts)

    hits = searcher(catalogue, read=read).search(Query("red shoe x300", explain=True))
    assert hits.ids[:2] == ("x300", "x200")
    assert hits.relevance[0] >= 0.99
    names = [{entry.name for entry in hit.ledger.entries} for hit in hits]
    assert "code" in names[0]
    assert "boost:color" in names[1]
    assert {"words:title:red", "words:title:shoe", "coverage", "calibration"} <= names[2]
    for hit in hits:
        assert hit.ledger.total == pytest.approx(hit.score, abs=1e-6)


def test_a_condition_read_out_of_words_that_leaves_only_the_unlikely_is_undone_aloud():
    catalogue = [
        IndexEntry("dress", (VariantEntry("dress", {"color": "red"}),), {"title": ("dress",)}),
        IndexEntry("jeans", (VariantEntry("jeans", {"color": "blue"}),), {"title": ("jeans",)}),
    ]
    blue = OneOf("color", ("blue",))
    chip = Chip("color:blue", "filter", "blue", blue)

    def read(query):
        kept = chip.key not in query.dropped
        return Reading(
            query.text,
            "en",
            ("dress",),
            filters=(blue,) if kept else (),
            understood=Understood(query.text, "en", (chip,) if kept else ()),
        )

    hits = searcher(catalogue, read=read).search(Query("blue dress"))
    assert hits.ids == ("dress",)
    assert [notice.code for notice in hits.notices] == ["chip_dropped"]
    by_hand = searcher(catalogue, read=read).search(Query("blue dress", filters=(blue,)))
    assert by_hand.total == 0
