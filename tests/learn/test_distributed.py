import numpy as np
import pytest

torch = pytest.importorskip("torch")

from learn import two_towers  # noqa: E402
from wares.errors import TrainingError  # noqa: E402
from wares.learn.distributed import Precision, TwoTowers, gather, launch, rank, share, train, world  # noqa: E402

pytestmark = pytest.mark.torch


def test_two_processes_learn_what_one_does():
    """Also where their shares differ in length, and with Adam."""
    for (losses, alone), (theirs, together) in zip(two_towers.several(), launch(two_towers.several, 2), strict=True):
        assert losses[-1] < losses[0]
        np.testing.assert_allclose(theirs, losses, atol=1e-5)
        for one, other in zip(alone, together, strict=True):
            np.testing.assert_allclose(other, one, atol=1e-5)


def test_without_the_gradients_of_other_processes_they_would_not():
    _, parameters = two_towers.trained(12)
    _, theirs = launch(two_towers.trained_without_gradients_of_others, 2, 12)
    assert max(np.abs(other - mine).max() for mine, other in zip(parameters, theirs, strict=True)) > 1e-3


def test_rows_of_all_come_by_rank_and_gradients_are_summed():
    found, every, gradient = launch(two_towers.gathered, 2)
    assert (found, every) == (2, [0, 1, 2, 3, 4])
    assert gradient == [3, 6, 9], "its own three rows, weighted 1 by the first process and 2 by the second"


def test_a_large_result_comes_back():
    assert launch(two_towers.large, 2).shape == (300_000,)


@pytest.mark.parametrize("at", [0, 1])
def test_a_process_that_fails_is_told_and_holds_nobody_up(at):
    with pytest.raises(TrainingError, match="the sofa is on fire"):
        launch(two_towers.failing, 2, at)


def test_one_process_needs_no_group():
    rows = torch.ones(2, 3)
    assert (world(), rank()) == (1, 0)
    assert gather(rows) is rows
    assert share({"a": rows})["a"].shape == (2, 3)
    assert launch(two_towers.gathered, 1)[0] == 1


def test_half_precision_learns_nearly_the_same():
    (half, _), (full, _) = two_towers.trained(12, half=True), two_towers.trained(12)
    assert half == pytest.approx(full, rel=0.05)
    assert half != full


def test_bad_input_is_told():
    def sgd(parameters):
        return torch.optim.SGD(parameters, 0.1)

    with pytest.raises(TrainingError, match="at least one pair"):
        train(two_towers.objective(), [], sgd)
    bad = two_towers.batches(1)
    bad[0]["left"][3, 2] = torch.nan
    with pytest.raises(TrainingError, match="left of batch 0 has NaN"):
        train(two_towers.objective(), bad, sgd)
    towers = TwoTowers(torch.nn.Linear(6, 8), torch.nn.Linear(5, 8), loss=lambda logits, _: logits.sum() * torch.inf)
    with pytest.raises(TrainingError, match="learning rate"):
        train(towers, two_towers.batches(1), sgd)


def test_too_few_rows_for_the_processes_are_told():
    with pytest.raises(TrainingError, match="make batches larger"):
        launch(two_towers.trained, 2, 1)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_a_gpu_trains_in_half_precision():
    losses = train(
        two_towers.objective(), two_towers.batches(), lambda p: torch.optim.SGD(p, 0.05),
        precision=Precision("cuda", half=True),
    )  # fmt: skip
    assert losses[-1] < losses[0]
