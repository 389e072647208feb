"""What tasks count for: three ways of weighing them, each left out, and gradients that pull apart."""

import numpy as np
import pytest

from learned_spaces import data
from wares.learn.objective import TASKS

pytestmark = pytest.mark.torch
pytest.importorskip("torch")

from wares.learn.multitask import Compared, compare  # noqa: E402
from wares.learn.objective import Settings  # noqa: E402

QUICK = Settings(dim=16, epochs=1, batch=64, steps=(6, 6), nested=(), threads=1)


@pytest.fixture(scope="module")
def compared() -> Compared:
    return compare(data(), QUICK, trials=2)


def test_three_ways_are_compared(compared):
    assert set(compared.worth) == set(compared.weights) == {"shipped", "uncertainty", "surgery", "searched"}
    assert compared.worth[compared.best] == max(compared.worth.values())
    assert set(compared.weights["uncertainty"]) == set(TASKS)


def test_every_task_that_there_is_something_for_is_left_out_once(compared):
    assert set(compared.without) == {"title", "phrase", "links", "labels", "rating"}


def test_gradients_are_compared_pair_by_pair(compared):
    found = compared.conflicts
    assert set(found.names) == set(compared.without)
    np.testing.assert_allclose(np.diag(found.cosine), 1, atol=1e-6)
    np.testing.assert_allclose(found.cosine, found.cosine.T)
    assert (found.norms > 0).all()


def test_as_shipped_stays_where_nothing_is_better():
    from wares.learn.losses import Conflicts

    tied = Compared({"shipped": 0.5, "searched": 0.5}, {}, {}, Conflicts((), np.zeros((0, 0)), np.zeros(0)))
    assert tied.best == "shipped"
