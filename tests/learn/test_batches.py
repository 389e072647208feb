"""Which products are shown together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.learn.batches import Batches


def drawn(batches: Batches, rows=None, seed=0) -> list[np.ndarray]:
    return list(batches.epoch(np.random.default_rng(seed), rows))


@given(n=st.integers(1, 90), size=st.integers(1, 40), seed=st.integers(0, 9))
def test_an_epoch_is_once_through_the_catalogue_but_for_what_is_left_over(n, size, seed):
    batches = Batches(np.arange(n), size)
    every = np.concatenate(drawn(batches, seed=seed))
    assert len(np.unique(every)) == len(every) > n - size
    assert len(drawn(batches)) == batches.steps


@given(n=st.integers(4, 90), size=st.integers(4, 40), share=st.floats(0, 0.8), fresh=st.integers(0, 90))
def test_batches_are_sorted_distinct_rows_and_no_larger_than_asked(n, size, share, fresh):
    batches = Batches(np.arange(n), size, share, np.arange(min(fresh, n)))
    rows = np.random.default_rng(1).normal(size=(n, 5)).astype(np.float32)
    for batch in drawn(batches, rows):
        assert 0 < len(batch) <= size
        assert (np.diff(batch) > 0).all()
        assert 0 <= batch[0] <= batch[-1] < n


def test_what_is_hard_to_tell_apart_is_shown_together_and_look_alikes_are_not_what_is_hard():
    """Rows come in fours that lie together: two of one group, and two of others."""
    generator = np.random.default_rng(0)
    corners = np.repeat(generator.normal(size=(100, 20)), 4, axis=0)
    rows = (corners + 0.01 * generator.normal(size=corners.shape)).astype(np.float32)
    groups = np.arange(400)
    groups[1::4] = groups[::4]

    def together(batches: Batches, apart: int) -> float:
        """Share of the first of four that are shown with the one so many places on."""
        return float(np.mean([np.isin(batch[batch % 4 == 0] + apart, batch).mean() for batch in drawn(batches, rows)]))

    easy, hard = Batches(groups, 40), Batches(groups, 40, 0.5)
    strangers = [together(each, 2) + together(each, 3) for each in (easy, hard)]
    assert strangers[0] < 0.4
    assert strangers[1] > 0.8
    assert together(hard, 1) < 0.4
    assert len(drawn(hard)[0]) == 40, "nobody knows what is hard yet: the batch is drawn"


def test_half_of_a_batch_is_new_and_an_epoch_goes_once_through_what_is_new():
    batches = Batches(np.arange(100), 20, fresh=np.arange(90, 100))
    assert batches.steps == 1
    (batch,) = drawn(batches)
    assert (batch >= 90).sum() == 10
    assert len(batch) == 20
    many = drawn(Batches(np.arange(100), 20, fresh=np.arange(40, 100)))
    assert len(many) == 6
    assert all((batch >= 40).sum() == 10 for batch in many)
    assert len(np.unique(np.concatenate(many)[np.concatenate(many) >= 40])) == 60


@pytest.mark.parametrize("fresh", [None, np.arange(0), np.arange(50)])
def test_where_all_or_none_is_new_it_is_learned_as_ever(fresh):
    for one, other in zip(
        drawn(Batches(np.arange(50), 16)), drawn(Batches(np.arange(50), 16, fresh=fresh)), strict=True
    ):
        np.testing.assert_array_equal(one, other)
