import pytest

from wares.serve.playground.comparing import difference, kendall, rank_biased_overlap


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("abc", "abc", 1.0),
        ("abc", "xyz", 0.0),
        # agreement 0 at depth 1 and 1 at depth 2: (.1 / .9) · (1 · .81) + 1 · .81
        ("ab", "ba", 0.9),
        # agreement 1 and then 1/2, as it goes on: (.1 / .9) · (.9 + .5 · .81) + .5 · .81
        ("ab", "ax", 0.55),
        # a list that ends is taken to go on as it was: all of "a" is in "ab"
        ("a", "ab", 1.0),
        # (.1 / .9) · (0 + 1 · .81 / 2 + 1 · .81 · 1 / 2) + ((1 - 0) / 2 + 0) · .81, with nothing agreed at depth 1
        ("b", "ab", 0.45),
        ("", "", 1.0),
        ("", "a", 0.0),
    ],
)
def test_rank_biased_overlap_worked_by_hand(one, other, expected):
    assert rank_biased_overlap(one, other) == pytest.approx(expected)
    assert rank_biased_overlap(other, one) == pytest.approx(expected)


def test_the_upper_places_count_more():
    assert rank_biased_overlap("abcdef", "bacdef") < rank_biased_overlap("abcdef", "abcdfe")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("abc", "abc", 1.0), ("abc", "cba", -1.0), ("abc", "acb", 1 / 3), ("axb", "yba", -1.0), ("a", "a", None)],
)
def test_kendall_is_of_what_both_hold(one, other, expected):
    assert kendall(one, other) == (expected if expected is None else pytest.approx(expected))


def test_what_became_of_each_place():
    found = difference("abcde", "acxb")
    assert (found.depth, found.overlap) == (5, 3 / 5)
    assert (found.same, found.up, found.down, found.new, found.gone) == (1, 1, 1, 1, 2)
    assert difference("", "").overlap == 1.0
