import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.index.reference import ReferenceIndex
from wares.protocols import IndexEntry, Schema, TextField, Token, VariantEntry
from wares.search.counterfactual import BEST_RATING, MOST, explanation, frequencies_of, standing, supposed
from wares.types import Between, Chip, Counterfactual, Entry, Explanation, Hit, Ledger, OneOf, Query, Understood

LEDGER = Ledger((Entry("text", 0.1), Entry("words:title:red", 0.42), Entry("diversity", -0.2)))
HIT = Hit("1", "1-a", 0.32, 0.9, LEDGER)
RED = Chip("color:red", "boost", "red", OneOf("color", ("Red",)))
CHEAP = OneOf("brand", ("Luma",))


def test_the_examples_of_what_may_be_otherwise():
    query = Query("red cap", photo=b"x", filters=(CHEAP,))

    def rank_of(asked):
        if asked.photo is None:
            return 8
        if asked.text == "cap":
            return 3
        if not asked.filters:
            return None
        return 5 if asked.dropped else 1

    def rank_with(features):
        return {("in_stock", 1.0): 2, ("rating", BEST_RATING): 1}[next(iter(features.items()))]

    told = explanation(
        HIT,
        query,
        Understood("red cap", "en", (RED,)),
        rank_of,
        rank_with,
        words=("red",),
        features={"in_stock": 0.0, "rating": math.nan},
    )
    assert told == Explanation(
        HIT,
        1,
        (
            Counterfactual("without the filter brand:Luma", 1, None),
            Counterfactual("without the photo", 1, 8),
            Counterfactual("if “red” were not taken as a condition", 1, 5),
            Counterfactual("without the word “red”", 1, 3),
            Counterfactual("in stock", 1, 2),
            Counterfactual("with the highest rating", 1, 1),
        ),
    )
    assert standing(told) == "It is 2nd."
    assert supposed(told) == [
        "Without the filter brand:Luma it would not be found.",
        "Without the photo it would be 9th.",
        "If “red” were not taken as a condition it would be 6th.",
        "Without the word “red” it would be 4th.",
        "In stock it would be 3rd.",
        "With the highest rating it would still be 2nd.",
    ]


def test_it_speaks_chinese():
    told = explanation(
        HIT, Query("红帽"), Understood("红帽", "zh"), lambda query: 0, lambda features: 11, words=("红",)
    )
    assert standing(told, "zh-CN") == "排在第 1 位。"
    assert supposed(told, "zh-CN") == [
        "若评分最高，会排在第 12 位。",
        "若去掉“红”一词，仍会排在第 1 位。",
    ]


def test_what_is_not_found_says_so():
    told = Explanation(Hit("1", "1", 0.0), None, (Counterfactual("in stock", None, None),))
    assert (standing(told), supposed(told)) == (
        "It is not among the results.",
        ["In stock it would still not be found."],
    )
    assert (standing(told, "zh"), supposed(told, "zh")) == ("不在搜索结果中。", ["若in stock，仍不会出现在结果中。"])


def test_the_only_word_and_the_only_photo_are_not_taken_away():
    def told(query, words=()):
        found = explanation(HIT, query, Understood(), lambda query: 0, lambda features: 0, words=words)
        return [each.change for each in found.counterfactuals]

    assert told(Query("cap"), ("cap",)) == ["with the highest rating"]
    assert told(Query(photo=b"x")) == ["with the highest rating"]
    assert told(Query("cap", photo=b"x"), ("cap",)) == [
        "without the photo",
        "with the highest rating",
        "without the word “cap”",
    ]


@pytest.mark.parametrize(
    ("position", "told"),
    [(0, "1st"), (1, "2nd"), (2, "3rd"), (3, "4th"), (10, "11th"), (12, "13th"), (21, "22nd"), (110, "111th")],
)
def test_places_are_counted_as_people_do(position, told):
    assert standing(Explanation(Hit("1", "1", 0.0), position)) == f"It is {told}."


@given(
    st.lists(st.text(alphabet="abc{} 红", max_size=4), max_size=9),
    st.lists(st.sampled_from((CHEAP, Between("price", 1, None))), max_size=9).map(tuple),
    st.integers(0, 12),
    st.sampled_from(("en", "zh")),
    st.data(),
)
def test_it_asks_a_bounded_number_of_times_and_what_moves_most_comes_first(words, filters, chips, language, data):
    asked = []

    def rank(question):
        asked.append(question)
        return data.draw(st.none() | st.integers(0, 50))

    understood = Understood("", language, (RED,) * chips)
    query = Query(" ".join(words), filters=filters, photo=b"x")
    told = explanation(HIT, query, understood, rank, rank, words=words, features={"in_stock": 0.0})
    assert len(told.counterfactuals) <= MOST
    assert len(asked) == len(told.counterfactuals) + 1
    assert asked[0] == query
    moves = [
        0 if each.now == each.then else math.inf if None in (each.now, each.then) else abs(each.now - each.then)
        for each in told.counterfactuals
    ]
    assert moves == sorted(moves, reverse=True)
    assert all(isinstance(line, str) and line for line in (standing(told, language), *supposed(told, language)))


def test_words_are_counted_as_they_stand_in_the_text():
    class Analyzer:
        def tokens(self, text, language):
            return [
                Token(0, 3, ("red",)),
                Token(4, 7, ()),
                Token(8, 15, ("tshirt", "t", "shirt")),
                Token(16, 19, ("qq",)),
            ]

    index = ReferenceIndex(Schema((TextField("title"),)))
    index.upsert(
        [
            IndexEntry("1", (VariantEntry("1"),), {"title": ("red", "shirt")}),
            IndexEntry("2", (VariantEntry("2"),), {"title": ("blue", "shirt")}),
        ]
    )
    assert frequencies_of("Red the T-Shirt qqq", "en", Analyzer(), index) == {"Red": 1, "T-Shirt": 2, "qqq": 0}
    assert frequencies_of("", "en", type("None", (), {"tokens": lambda *_: []})(), index) == {}
