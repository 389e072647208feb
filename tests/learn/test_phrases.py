"""Queries that nobody typed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wares.learn.catalogue import ABSENT, Label
from wares.learn.phrases import EACH, MOST_LABELS, holds, phrases

COLOUR = Label(np.array([0, 1, 0, ABSENT, 1]), {"en": ("red", "blue"), "zh": ("红", "蓝")})
KIND = Label(np.array([0, 0, 1, 1, ABSENT]), {"en": ("lamp", "chair")})
LABELS = {"colour": COLOUR, "kind": KIND}


def said(labels, language, row):
    return {
        label.words[language][label.codes[row]]
        for label in labels.values()
        if language in label.words and label.codes[row] != ABSENT
    }


def test_by_hand():
    made = phrases(LABELS, "en", 0, [0, 3], each=50)
    assert (made.kind, made.language) == ("phrase", "en")
    assert {frozenset(text.split()) for text in made.texts} == {
        frozenset(words) for words in (["red"], ["lamp"], ["red", "lamp"], ["chair"])
    }
    assert len(made.texts) == 4, "red lamp and lamp red are one"
    asks = {(made.texts[query], row) for row, query in zip(made.rows, made.queries, strict=True)}
    assert asks == {(text, 3 if text == "chair" else 0) for text in made.texts}
    wanted = {text: tuple(row) for text, row in zip(made.texts, made.wanted, strict=True)}
    assert wanted["red"] == (0, ABSENT)
    assert wanted["chair"] == (ABSENT, 1)


def test_words_of_a_language_without_spaces_stand_together():
    labels = {"colour": COLOUR, "kind": Label(KIND.codes, {"zh": ("灯", "椅")})}
    assert {"红灯", "灯红"} & set(phrases(labels, "zh", 0, [0], each=60).texts)
    assert not any(" " in text for text in phrases(labels, "zh", 0, range(5)).texts)


@pytest.mark.parametrize(("labels", "language", "rows"), [
    ({}, "en", range(5)), (LABELS, "fr", range(5)), (LABELS, "en", []),
    ({"none": Label(np.full(5, ABSENT), {"en": ("a", "b")})}, "en", range(5)),
])  # fmt: skip
def test_where_nothing_is_said_nothing_is_asked(labels, language, rows):
    made = phrases(labels, language, 0, rows)
    assert made.texts == ()
    assert len(made.rows) == len(made.queries) == len(made.grades) == 0


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_everything_that_holds_is_relevant(data):
    n, seed = data.draw(st.integers(1, 12)), data.draw(st.integers(0, 5))
    labels = {
        name: Label(
            np.array(data.draw(st.lists(st.integers(ABSENT, 2), min_size=n, max_size=n)), np.int64),
            {"en": tuple(f"{name}{value}" for value in range(3))},
        )
        for name in data.draw(st.lists(st.sampled_from("abcdef"), unique=True, min_size=1))
    }
    made = phrases(labels, "en", seed, range(n))
    assert len(set(made.texts)) == len({frozenset(text.split()) for text in made.texts}) == len(made.texts)
    assert len(set(zip(made.rows.tolist(), made.queries.tolist(), strict=True))) == len(made.rows)
    if made.texts:
        relevant = holds(made.wanted, labels)
        expected = [[set(text.split()) <= said(labels, "en", row) for row in range(n)] for text in made.texts]
        np.testing.assert_array_equal(relevant, expected)
        assert relevant[made.queries, made.rows].all(), "who is asked for has what is asked"
        assert max(len(text.split()) for text in made.texts) <= MOST_LABELS
        assert np.bincount(made.rows).max() <= EACH


def test_the_same_seed_asks_the_same_and_another_one_other_things():
    labels = {str(place): Label(np.arange(30) % (place + 2), {"en": tuple("abcdefghij")}) for place in range(6)}
    one, again, other = (phrases(labels, "en", seed, range(30)) for seed in (0, 0, 1))
    assert one.texts == again.texts != other.texts
