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


KNOWN = {("laptop",): {("notebook", "pc"): 0.8, ("ultrabook",): 0.8}, ("mobil", "phone"): {("cell", "phone"): 0.8}}
KNOWN |= {("extern", "batteri"): {("power", "bank"): 0.8}}


def beside(text, carried, rules=""):
    """Terms and forms of a text in a catalogue that has these terms."""
    synonyms = Synonyms(analyzer, parse(rules), learned=KNOWN)
    found = synonyms(analyzer.tokens(text), text, lambda terms: set(terms) <= carried)
    return found.terms, {term: dict(forms) for term, forms in found.forms.items()}


def test_a_learned_phrase_does_not_take_the_place_of_a_word_that_the_catalogue_has():
    assert beside("laptop", {"laptop", "notebook", "pc"}) == (("laptop",), {"laptop": {"ultrabook": 0.8}})


def test_a_learned_phrase_that_the_catalogue_has_stands_for_a_word_that_it_has_not():
    assert beside("laptop", {"notebook", "pc"})[0] == ("notebook", "pc")
    assert beside("laptop", {"pc"})[0] == ("laptop",)


def test_a_learned_phrase_beside_known_words_differs_in_one():
    everything = {"mobil", "cell", "phone", "extern", "batteri", "power", "bank"}
    assert beside("mobile phone", everything)[1] == {"mobil": {"cell": 0.8}}
    assert beside("external battery", everything)[1] == {}
    assert beside("external battery", {"power", "bank"})[1] == {"extern": {"power": 0.8}, "batteri": {"bank": 0.8}}


def test_what_the_merchant_says_holds_whatever_the_catalogue_has():
    terms, _ = beside("laptop", {"laptop", "notebook", "pc"}, "laptop, portable computer")
    assert terms == ("portabl", "comput")
