import numpy as np
import pytest

from wares.protocols import IndexQuery, Matches
from wares.search.hybrid import Hybrid

NAN = np.nan
# Three products by words, coverage, a boost and the cosine of their text.
SCORES = np.array([[2.0, 1.0, 1.0, 0.2], [1.0, 0.4, NAN, 0.9], [NAN, NAN, NAN, 0.9]])
QUERY = IndexQuery(("red", "shoe"), {"text": np.ones(1, np.float32)}, boosts={"brand": ()})


def matches(scores=SCORES):
    everything = np.ones(len(scores), np.bool_)
    return Matches(
        QUERY, np.arange(len(scores)), everything, scores, ("words", "coverage", "brand", "text"), ceiling=4.0
    )


def test_evidence_leaves_out_words_that_match_too_little():
    hybrid = Hybrid()
    evidence = hybrid.evidence(matches(), hybrid.parts(matches()))
    assert evidence == pytest.approx([2 / 4 + 0.75 + 0.2, 0.9, 0.9])
    assert hybrid.lexical(matches()).tolist() == [True, False, False]


def test_parts_are_summed_and_boosts_are_one():
    hybrid = Hybrid()
    joined, names = hybrid.joined(matches(), hybrid.parts(matches()), np.ones(3, np.bool_))
    assert names == ("words", "coverage", "text", "boosts")
    assert np.nan_to_num(joined) == pytest.approx(
        np.array([[0.5, 0.75, 0.2, 0.25], [0.25, 0.3, 0.9, 0], [0, 0, 0.9, 0]])
    )


def test_reciprocal_ranks_by_hand():
    """Places 1 and 2 by words; 3, 1 and 1 by text, where equals share a place; boosts stay as they are."""
    hybrid = Hybrid(join="ranks")
    joined, _ = hybrid.joined(matches(), hybrid.parts(matches()), np.ones(3, np.bool_))
    second, third = 61 / 62, 61 / 63
    expected = [[1, 0.75, third, 0.25], [second, 0.75 * second, 1, NAN], [NAN, NAN, 1, NAN]]
    assert np.nan_to_num(joined) == pytest.approx(np.nan_to_num(np.array(expected)))


def test_ranks_are_among_what_is_listed():
    hybrid = Hybrid(join="ranks")
    joined, _ = hybrid.joined(matches(), hybrid.parts(matches()), np.array([True, False, True]))
    assert joined[:, 2] == pytest.approx([61 / 62, NAN, 1.0], nan_ok=True)


def test_ranks_do_not_ask_how_far_apart_the_scores_are():
    spread = SCORES.copy()
    spread[:, 3] = [0.2, 0.21, 0.21]
    hybrid = Hybrid(join="ranks")
    one, other = (
        hybrid.joined(each, hybrid.parts(each), np.ones(3, np.bool_))[0] for each in map(matches, (SCORES, spread))
    )
    assert one == pytest.approx(other, nan_ok=True)
