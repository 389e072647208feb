from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from wares.index.histogram import BUCKETS, as_buckets, edges_of

numbers = st.floats(-1e9, 1e9) | st.integers(-10_000, 10_000).map(lambda n: n / 100)


@given(numbers, numbers)
@example(4.0, 4.6)
@example(0.1, 0.7)
@example(-0.3, 0.0)
def test_every_number_lies_in_one_bucket(one, other):
    low, high = min(one, other), max(one, other)
    edges = edges_of(low, high)
    assert edges[0] <= low
    assert high < edges[-1]
    assert all(a < b for a, b in pairwise(edges))
    assert len(edges) <= BUCKETS + 1


def test_edges_are_read_easily():
    assert edges_of(3.0, 97.0) == (0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100)
    assert edges_of(5.0, 5.0) == (5, 6)
    assert edges_of(4.999999999999, 5.0) == (4, 6)
    assert edges_of(1e300, 1e300) == edges_of(float("nan"), float("nan")) == ()
    assert [(each.low, each.high, each.count) for each in as_buckets((0, 1, 2), [3, 4])] == [(0, 1, 3), (1, 2, 4)]


@given(st.floats(0, 5), st.floats(0, 5))
def test_whole_stars_are_edges_wherever_ratings_lie(one, other):
    low, high = min(one, other), max(one, other)
    edges = edges_of(low, high)
    assert {star for star in range(6) if low < star <= high} <= set(edges)
