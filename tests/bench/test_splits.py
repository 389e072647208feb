import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.bench.splits import folds
from wares.errors import ConfigError


@given(st.lists(st.integers(0, 30), min_size=5, max_size=120), st.integers(2, 5), st.integers(0, 99))
def test_test_parts_cover_every_row_once_and_no_group_is_on_both_sides(groups: list[int], k: int, seed: int) -> None:
    if len(set(groups)) < k:
        with pytest.raises(ConfigError):
            folds(groups, k, seed)
        return
    parts = folds(groups, k, seed)
    assert len(parts) == k
    assert sorted(np.concatenate([test for _, test in parts])) == list(range(len(groups)))
    for train, test in parts:
        assert len(train) + len(test) == len(groups)
        assert not {groups[row] for row in train} & {groups[row] for row in test}
    sizes = [len({groups[row] for row in test}) for _, test in parts]
    assert max(sizes) - min(sizes) <= 1


def test_folds_follow_the_seed_and_the_groups_not_the_order_of_rows() -> None:
    groups = [f"q{i % 17}" for i in range(60)]
    first = [{groups[row] for row in test} for _, test in folds(groups, 5, seed=3)]
    assert first == [{groups[::-1][row] for row in test} for _, test in folds(groups[::-1], 5, seed=3)]
    assert first != [{groups[row] for row in test} for _, test in folds(groups, 5, seed=4)]
