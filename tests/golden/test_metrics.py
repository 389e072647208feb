"""Every metric on one ranking, worked by hand.

Grades in the order of the run: 3, unjudged, 0, 2, 1. Judged: 3, 0, 2, 1 and a 3 that was not found.
"""

from math import log2, nan

import numpy as np
import pytest

from wares.evaluate.metrics import metric

RANKED = np.array([3, nan, 0, 2, 1])
JUDGED = np.array([3.0, 0, 2, 1, 3])

# positions 1, 4, 5 gain; the ideal order is 3 3 2 1 0
DCG = 3 / log2(2) + 2 / log2(5) + 1 / log2(6)
IDEAL = 3 / log2(2) + 3 / log2(3) + 2 / log2(4) + 1 / log2(5)

CASES = {
    "nDCG": DCG / IDEAL,
    "nDCG@10": DCG / IDEAL,
    "nDCG@1": 1.0,
    "nDCG@2": 3 / (3 + 3 / log2(3)),
    # without the unjudged one: 3 0 2 1
    "nDCG(judged_only=True)@10": (3 + 2 / log2(4) + 1 / log2(5)) / IDEAL,
    "RR": 1.0,
    "RR(rel=4)": 0.0,
    "R": 3 / 4,
    "R@4": 2 / 4,
    "R(rel=3)@1": 1 / 2,
    "P@1": 1.0,
    "P@5": 3 / 5,
    "P@10": 3 / 10,  # positions that are not there are not relevant
    "P(rel=2)@4": 2 / 4,
    # relevant at 1, 4, 5 of 4 relevant ones
    "AP": (1 / 1 + 2 / 4 + 3 / 5) / 4,
    "AP(rel=3)": (1 / 1) / 2,
    "Judged@2": 1 / 2,
    "Judged@10": 4 / 5,  # of the five that were returned
}


@pytest.mark.parametrize(("name", "by_hand"), CASES.items())
def test_metric(name: str, by_hand: float) -> None:
    assert metric(name)(RANKED, JUDGED) == pytest.approx(by_hand, abs=1e-12)


def test_reciprocal_rank_of_the_third() -> None:
    assert metric("RR")(np.array([0, nan, 1.0, 3]), np.array([0, 1.0, 3])) == pytest.approx(1 / 3)
    assert metric("RR@2")(np.array([0, nan, 1.0, 3]), np.array([0, 1.0, 3])) == 0.0


@pytest.mark.parametrize("name", ["nDCG@10", "nDCG(judged_only=True)@10", "RR", "R@10", "P@10", "AP", "Judged@10"])
def test_nothing_relevant_or_nothing_found_is_0(name: str) -> None:
    assert metric(name)(np.array([]), np.array([1.0])) == 0.0
    if name != "Judged@10":
        assert metric(name)(np.array([0.0, nan]), np.array([0.0])) == 0.0
