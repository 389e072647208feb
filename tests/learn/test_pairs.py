import math
from dataclasses import replace

import numpy as np
import pytest

from wares.errors import TrainingError
from wares.learn.pairs import Grades, Pair, check, data_hash, split


def pairs(seed=0):
    generator = np.random.default_rng(seed)
    return [
        Pair(f"q{generator.integers(9)}", f"text {number}", float(number % 4), f"p{number}") for number in range(20)
    ]


def test_a_batch_knows_what_other_pairs_say():
    shoe, boot, other = Pair("shoe", "a shoe", 2), Pair("shoe", "a boot", 1, "p1"), Pair("boot", "boots", 3, "p1")
    grades = Grades([shoe, boot, other, Pair("boot", "a shoe", math.nan)])
    queries, texts, wanted = grades.matrix([shoe, other])
    assert (queries, texts, grades.highest) == (["shoe", "boot"], ["a shoe", "boots"], 3)
    # "boots" is the product that "shoe" has grade 1 for under another text; "a shoe" for "boot" nobody knows
    np.testing.assert_array_equal(wanted, np.array([[2, 1], [math.nan, 3]], np.float32))


def test_one_text_of_two_products_is_right_for_both():
    one, other = Pair("x", "black tee", 1, "p1"), Pair("y", "black tee", 1, "p2")
    _, texts, wanted = Grades([one, other]).matrix([one, other])
    assert texts == ["black tee"]
    np.testing.assert_array_equal(wanted, [[1], [1]])


def test_a_product_under_another_text_of_its_own_is_known():
    tee, twin, other = Pair("x", "black tee", 1, "p1"), Pair("y", "black tee", 1, "p2"), Pair("z", "noir", 2, "p2")
    queries, texts, wanted = Grades([tee, twin, other]).matrix([tee, twin, other])
    assert (queries, texts) == (["x", "y", "z"], ["black tee", "noir"])
    np.testing.assert_array_equal(wanted, [[1, 0], [1, 1], [2, 2]])


@pytest.mark.parametrize("grades", [(1, 3), (3, 1), (3, math.nan), (math.nan, 3)])
def test_of_several_grades_the_highest_that_is_known_counts(grades):
    every = [Pair("x", "a", grade) for grade in grades]
    assert Grades(every).matrix(every)[2].tolist() == [[3]]


def test_no_query_is_on_both_sides():
    every = pairs()
    training, validation = split(every, 0.3, 2)
    assert not {pair.query for pair in training} & {pair.query for pair in validation}
    assert sorted(map(repr, training + validation)) == sorted(map(repr, every))
    assert split(every, 0.3, 2) == (training, validation)
    both = split(every[:2], 0.0, 0)
    assert [len(side) for side in both] == [1, 1]


def test_the_hash_of_pairs_is_of_what_they_say():
    one, other = pairs(0), pairs(1)
    assert data_hash(one, other) == data_hash(one[::-1], other)
    assert data_hash(one, other) != data_hash(other, one)
    assert data_hash(one, other) != data_hash([replace(one[0], grade=0.5), *one[1:]], other)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ([], "give pairs"),
        ([Pair("", "b", 1)], "leave it out"),
        ([Pair("a", " ", 1)], "leave it out"),
        ([Pair("a", "b", -1)], "grades from 0"),
        ([Pair("a", "b", math.inf)], "grades from 0"),
        ([Pair("a", "b", 0), Pair("a", "c", math.nan)], "belong together"),
        ([Pair("a", "b", 1, "p"), Pair("c", "d", 1, "p")], "tells nothing apart"),
    ],
)
def test_pairs_that_teach_nothing_are_told(bad, said):
    with pytest.raises(TrainingError, match=said):
        check(bad)
