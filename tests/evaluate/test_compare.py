import numpy as np
import pytest

from wares.errors import JudgementError
from wares.evaluate.compare import interval, paired, paired_by_query


def test_the_interval_covers_the_true_mean_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for trial in range(200):
        low, high = interval(rng.exponential(1.0, 80), seed=trial, level=0.9, samples=400)
        covered += low <= 1.0 <= high
    assert 0.82 <= covered / 200 <= 0.96


def test_it_follows_the_seed() -> None:
    values = np.random.default_rng(1).random(30)
    assert interval(values, 5) == interval(values, 5)
    assert interval(values, 5) != interval(values, 6)


def test_one_value_and_equal_values_have_no_width() -> None:
    assert interval([0.25], 0) == (0.25, 0.25)
    assert interval([0.5] * 9, 0) == (0.5, 0.5)


def test_many_values_are_resampled_in_parts() -> None:
    low, high = interval(np.linspace(0, 1, 400_000), seed=0, samples=20)
    assert 0.498 < low <= high < 0.502


@pytest.mark.parametrize("values", [[], [0.1, float("nan")], [[1.0]]])
def test_nothing_to_compare_is_an_error(values: list[float]) -> None:
    with pytest.raises(JudgementError):
        interval(values, 0)


def test_a_clear_difference_is_told_from_chance() -> None:
    rng = np.random.default_rng(2)
    theirs = rng.random(60)
    clear = paired(theirs + 0.1 + rng.normal(0, 0.02, 60), theirs, seed=0)
    assert clear.p < 0.001
    assert 0 < clear.low <= clear.difference <= clear.high
    chance = paired(rng.random(60), rng.random(60), seed=0)
    assert chance.p > 0.05
    assert chance.low < 0 < chance.high


def test_p_by_hand() -> None:
    # differences 1, 1, 1: of the 8 assignments only +++ and --- are as large, so p = 1/4
    assert paired([1.0, 1.0, 1.0], [0.0, 0.0, 0.0], seed=0, samples=20000).p == pytest.approx(0.25, abs=0.02)


def test_equal_systems_differ_by_nothing() -> None:
    same = paired([0.1, 0.2], [0.1, 0.2], seed=0)
    assert (same.difference, same.low, same.high, same.p) == (0, 0, 0, 1)


def test_only_the_same_queries_are_compared() -> None:
    assert paired_by_query({"b": 1.0, "a": 0.0}, {"a": 0.0, "b": 1.0}, 0).difference == 0
    with pytest.raises(JudgementError, match="q9"):
        paired_by_query({"q9": 1.0}, {"q1": 1.0}, 0)
    with pytest.raises(JudgementError):
        paired([1.0], [1.0, 2.0], 0)
