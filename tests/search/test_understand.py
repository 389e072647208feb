from dataclasses import dataclass, field
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.small_lexicon import analyzer, expand, frequencies, having, lexicon, products
from wares.index.entries import entry, schema
from wares.index.reference import ReferenceIndex
from wares.rank.linear import LinearRanker
from wares.search.searcher import Searcher
from wares.search.synonymfile import parse
from wares.search.synonyms import Synonyms
from wares.search.understand import UNFINISHED, Understander
from wares.types import Between, Chip, Correction, Notice, OneOf, Query

synonyms = Synonyms(analyzer, parse("smartphone, mobile phone\ngown => evening dress"), lexicon())


@dataclass
class Read:
    text: str
    chips: tuple = ()
    filters: tuple = ()
    boosts: dict = field(default_factory=dict)
    notices: tuple = ()


class CheapReader:
    """Reads "cheap" as a price, and tells of it."""

    filter = Between("price", None, 5000)

    def read(self, text, language, dropped):
        if "cheap" not in text or "cheap" in dropped:
            return Read(text)
        chip = Chip("cheap", "filter", "cheap", self.filter)
        left = " ".join(text.replace("cheap", "").split())
        return Read(left, (chip,), (self.filter,), {"brand": OneOf("brand", ("Luma",))}, (Notice("told", "so"),))


understand = Understander(analyzer, lexicon(), synonyms, CheapReader(), frequencies, expand, "en")


def test_by_default_words_are_searched_for_as_they_stand():
    reading = Understander(analyzer)(Query("  runing Shoes"))
    assert (reading.text, reading.terms, reading.forms) == ("runing Shoes", ("rune", "shoe"), {})
    assert reading.understood.correction is None


def test_intents_are_read_out_and_the_correction_shows_the_whole_query():
    reading = understand(Query("cheap runing shoes"))
    assert reading.text == reading.understood.text == "running shoes"
    assert reading.terms == ("run", "shoe")
    assert reading.filters == (CheapReader.filter,)
    assert set(reading.boosts) == {"brand"}
    assert [chip.key for chip in reading.understood.chips] == ["cheap"]
    assert [notice.code for notice in reading.notices] == ["told"]
    assert reading.understood.correction == Correction("cheap running shoes", "cheap runing shoes", applied=True)


def test_what_is_only_offered_is_not_searched_for():
    reading = understand(Query("lyq"))
    assert reading.text == "lyq"
    assert (reading.understood.correction.text, reading.understood.correction.applied) == ("连衣裙", False)


def test_a_dropped_chip_gives_its_words_back():
    reading = understand(Query("cheap shoes", dropped=("cheap",)))
    assert (reading.text, reading.filters, reading.understood.chips) == ("cheap shoes", (), ())


def test_literal_searches_for_the_words_as_they_stand():
    reading = understand(Query("cheap runing smartphone", literal=True))
    assert reading.text == "cheap runing smartphone"
    assert (reading.filters, reading.understood.chips, reading.understood.correction, reading.forms) == (
        (),
        (),
        None,
        {},
    )


def test_synonyms_and_translations_become_forms_where_the_index_has_them():
    assert understand(Query("dresses")).forms == {"dress": {"连衣裙": 0.8}}
    assert understand(Query("smartphone")).terms == ("mobil", "phone")
    assert understand(Query("mobile phone")).forms == {}  # nothing is called smartphone


@pytest.mark.parametrize(("typed", "form"), [("bluetooth headp", "headphon"), ("stainl", "stainless")])
def test_an_unfinished_last_word_is_completed(typed, form):
    reading = understand(Query(typed))
    assert reading.text == typed
    assert reading.forms[reading.terms[-1]] == {form: UNFINISHED}


def test_a_known_last_word_is_not_completed():
    assert "runner" not in str(understand(Query("shoes run")).forms)
    assert understand(Query("phone")).forms.get("phone") is None


def test_traditional_and_full_width_are_read_alike():
    alike = [understand(Query(text)).terms for text in ("蓝牙耳机 5g", "藍牙耳機 ５Ｇ", "藍牙耳机　５g")]
    assert alike[0] == alike[1] == alike[2]
    assert understand(Query("藍牙耳機")).language == "zh"


texts = st.text(st.characters(codec=None) | st.sampled_from("连衣裙runing 手几\u0301\ud800\u202e"), max_size=400)


@settings(max_examples=150, deadline=None)
@given(texts, st.booleans(), st.sampled_from(("", "en", "zh-CN", "xx")))
def test_any_query_is_read_the_same_twice(text, literal, language):
    query = Query(text, literal=literal, language=language)
    reading = understand(query)
    assert reading == understand(query)
    assert set(reading.forms) <= set(reading.terms)
    assert all(having()[form] for forms in reading.forms.values() for form in forms)
    if reading.understood.correction is None and not literal:
        assert "cheap" in text or Understander(analyzer)(query).text == reading.text


@pytest.mark.parametrize("text", ["a" * 10**6, "连" * 10**5, "e" + "\u0301" * 1000, "\ud800" * 1000, "手几 " * 10**4])
def test_a_query_of_any_length_is_read(text):
    assert len(understand(Query(text)).text) <= 600


def test_an_index_finds_what_was_meant():
    index = ReferenceIndex(schema({}))
    index.upsert([entry(product, analyzer, {}) for product in islice(products(), 12)])
    read = Understander(analyzer, lexicon(), synonyms, None, index.frequencies, index.expand, "en")
    searcher = Searcher(index, analyzer, lambda **asked: {}, LinearRanker(), read=read)
    titles = {product.id: product.title for product in products()}
    for typed, title in [
        ("lianyiqun", "Women's floral summer dress"),
        ("平果手机", "Apple phone"),
        ("headphoens", "Bluetooth headphones"),
        ("gown", "Evening dress"),
        ("smartphone samsung", "Samsung mobile phone"),
        ("stainl", "Stainless steel bottle 500ml"),
    ]:
        hits = searcher.search(Query(typed))
        assert titles[hits.ids[0]] == title, typed
    corrected = searcher.search(Query("headphoens"))
    assert corrected.understood.correction == Correction("headphones", "headphoens", applied=True)
    assert searcher.search(Query("headphoens", literal=True)).understood.correction is None
    assert searcher.search(Query("headphoens", literal=True)).total == 0


def test_the_words_of_a_filter_are_no_terms_unless_nothing_else_is_said():
    """ "red shoes" with a filter for red asks how much of "shoes" a product has."""

    @dataclass
    class RedReader:
        def read(self, text, language, dropped):
            red = OneOf("color", ("Red",))
            return Read(text, (Chip("color:Red", "filter", "red", red),), (red,))

    reading = Understander(analyzer, read=RedReader())(Query("red shoes"))
    assert (reading.text, reading.terms) == ("red shoes", ("shoe",))
    assert Understander(analyzer, read=RedReader())(Query("red")).terms == ("red",)
