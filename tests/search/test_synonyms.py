import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.small_lexicon import analyzer, lexicon
from wares.search.synonymfile import parse
from wares.search.synonyms import Synonyms


def widened(text, rules="", lexicon=None):
    found = Synonyms(analyzer, parse(rules), lexicon)(analyzer.tokens(text), text)
    return found.terms, {term: dict(forms) for term, forms in found.forms.items()}


def test_equal_words_are_forms_of_one_another_by_their_terms():
    assert widened("red sofas", "sofa, couch") == (("red", "sofa"), {"sofa": {"couch": 1.0}})
    assert widened("couch", "sofa, couch") == (("couch",), {"couch": {"sofa": 1.0}})


def test_an_arrow_goes_one_way():
    assert widened("sneaker", "sneaker => boots") == (("sneaker",), {"sneaker": {"boot": 1.0}})
    assert widened("boots", "sneaker => boots") == (("boot",), {})


def test_a_chinese_word_is_matched_by_what_stands_for_it():
    terms, forms = widened("连衣裙", "连衣裙, dress")
    assert terms == ("连衣", "衣裙", "连衣裙", "裙")
    assert forms == {term: {"dress": 1.0} for term in terms}
    assert widened("dresses", "連衣裙, dress") == (("dress",), {"dress": {"连衣裙": 1.0}})


def test_a_phrase_becomes_one_word():
    terms, forms = widened("red running shoes", "running shoes, trainers")
    assert terms == ("red", "run", "shoe")
    assert forms == {"run": {"trainer": 1.0}, "shoe": {"trainer": 1.0}}


def test_one_word_becomes_a_phrase_that_counts_in_full_only_as_a_whole():
    assert widened("trainers", "running shoes, trainers") == (
        ("run", "shoe"),
        {"run": {"trainer": 1.0}, "shoe": {"trainer": 1.0}},
    )


def test_the_longest_phrase_is_taken():
    forms = widened("mobile phone case", "mobile phone, handy\nphone case, cover\nmobile phone case, etui")[1]
    assert {form for own in forms.values() for form in own} == {"etui"}


def test_words_inside_a_phrase_keep_their_own():
    forms = widened("red sofa", "red sofa, lips\nsofa, couch")[1]
    assert forms == {"red": {"lip": 1.0}, "sofa": {"lip": 1.0, "couch": 1.0}}


def test_the_catalogue_translates_itself():
    assert widened("dresses", lexicon=lexicon())[1] == {"dress": {"连衣裙": 0.8}}
    assert set(widened("红色", lexicon=lexicon())[1]["红色"]) == {"red"}


def test_curated_words_are_worth_more_than_learned_ones():
    assert widened("dresses", "dress, gown", lexicon())[1]["dress"] == {"gown": 1.0, "连衣裙": 0.8}


@pytest.mark.parametrize(
    ("text", "terms", "forms"),
    [
        ("head phones", ("head", "phone"), {"head": {"headphon": 0.8}, "phone": {"headphon": 0.8}}),
        ("runningshoes", ("run", "shoe"), {"run": {"runningsho": 1.0}, "shoe": {"runningsho": 1.0}}),
    ],
)
def test_words_are_joined_and_parted_as_the_catalogue_writes_them(text, terms, forms):
    assert widened(text, lexicon=lexicon()) == (terms, forms)


sides = st.sampled_from(("a b", "a", "b c d", "c", "沙发", "连衣裙 女", "the"))
lines = st.lists(sides, min_size=2, max_size=3, unique=True).map(", ".join)
rules = st.lists(lines, max_size=4).map("\n".join)


@settings(max_examples=150, deadline=None)
@given(rules, st.lists(st.sampled_from(("a", "b", "c", "d", "the", "沙发", "连衣裙", "女")), max_size=6).map(" ".join))
def test_forms_are_of_terms_and_worth_something(rules, text):
    terms, forms = widened(text, rules)
    assert bool(terms) == bool(analyzer.terms(text))
    assert set(forms) <= set(terms)
    for term, own in forms.items():
        assert term not in own
        assert all(0 < worth <= 1 for worth in own.values())
    reached = {*terms, *(form for own in forms.values() for form in own)}
    assert {max(t.terms, key=len) for t in analyzer.tokens(text) if t.terms} <= reached
