import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from wares.errors import TrainingError  # noqa: E402
from wares.learn.losses import (  # noqa: E402
    Noise,
    Temperature,
    UncertaintyWeights,
    conflicts,
    info_nce,
    same,
    sigmoid,
    surgery,
)

pytestmark = pytest.mark.torch
LN3 = math.log(3)
SEEDS = st.integers(0, 10_000)
NOISES = st.sampled_from([Noise(), Noise(smoothing=0.1), Noise(q=0.7), Noise(reverse=0.5), Noise(0.1, 0.5, 0.2)])


def batch(seed, n=5, m=7):
    """Logits, grades 0 to 3 and what is known of them."""
    generator = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(n, m, generator=generator)
    relevance = torch.randint(0, 4, (n, m), generator=generator).float()
    return logits, relevance, torch.rand(n, m, generator=generator) > 0.3


# --- worked by hand: both rows and both columns give 3/4 to what is right ---------------------------------------------

PAIR, RIGHT = torch.tensor([[LN3, 0.0], [0.0, LN3]]), torch.eye(2)


@pytest.mark.parametrize(
    ("noise", "expected"),
    [
        (Noise(), -math.log(0.75)),
        (Noise(q=0.5), (1 - math.sqrt(0.75)) / 0.5),
        (Noise(q=1), 0.25),
        (Noise(reverse=1), -math.log(0.75) + 4 * 0.25),
        (Noise(smoothing=0.2), 0.9 * math.log(0.9 / 0.75) + 0.1 * math.log(0.1 / 0.25)),
    ],
)
def test_two_pairs_by_hand(noise, expected):
    assert info_nce(PAIR, RIGHT, noise=noise).item() == pytest.approx(expected, abs=1e-6)


def test_grades_by_hand():
    # row: p = (1/2, 1/2), t = (2/3, 1/3); each column has one row, which it is sure of
    row = 2 / 3 * math.log(4 / 3) + 1 / 3 * math.log(2 / 3)
    assert info_nce(torch.zeros(1, 2), torch.tensor([[2.0, 1.0]])).item() == pytest.approx(row / 2, abs=1e-6)


def test_the_sigmoid_by_hand():
    logits, right = torch.tensor([[LN3, -LN3]]), torch.tensor([[1.0, 0.0]])
    assert sigmoid(logits, right).item() == pytest.approx(-2 * math.log(0.75), abs=1e-6)
    smoothed = -2 * (0.9 * math.log(0.75) + 0.1 * math.log(0.25))
    assert sigmoid(logits, right, smoothing=0.2).item() == pytest.approx(smoothed, abs=1e-6)
    half = sigmoid(torch.zeros(1, 1), torch.tensor([[0.5]]))
    assert half.item() == pytest.approx(math.log(2), abs=1e-6)


def test_uncertainty_by_hand():
    weights = UncertaintyWeights(["photo", "words"])
    weights.log_variance.data = torch.tensor([0.0, math.log(2)])
    losses = {"photo": torch.tensor(2.0), "words": torch.tensor(0.5)}
    assert weights(losses).item() == pytest.approx(2 + 0.25 + math.log(2) / 2, abs=1e-6)
    assert weights({"words": torch.tensor(0.5)}).item() == pytest.approx(0.25 + math.log(2) / 2, abs=1e-6)
    assert weights.weights() == pytest.approx({"photo": 1.0, "words": 0.5})


def test_conflicts_by_hand():
    shared, unused = torch.zeros(2, requires_grad=True), torch.zeros(1, requires_grad=True)
    x, y = shared
    found = conflicts({"a": x, "b": y - x, "none": unused.sum() * 0 + 3 * unused.sum()}, [shared])
    assert found.cosine[0, 1] == pytest.approx(-1 / math.sqrt(2))
    assert found.norms == pytest.approx([1, math.sqrt(2), 0])
    assert np.isnan(found.cosine[2]).all()
    assert found.pairs == [("b", "a", pytest.approx(-1 / math.sqrt(2)))]
    assert shared.grad is None


def test_surgery_by_hand():
    """g₁ = (1, 0, 3) and g₂ = (−1, 1, 0) give g₁ + g₂/2 = (½, ½, 3) and g₂ + g₁/10 = (−.9, 1, .3)."""
    at = torch.zeros(2, requires_grad=True)
    alone = torch.zeros(1, requires_grad=True)
    losses = [at[0] + 3 * alone[0], at[1] - at[0]]
    surgery(losses, [at, alone], np.random.default_rng(0))
    np.testing.assert_allclose(at.grad.numpy(), [-0.4, 1.5], atol=1e-6)
    np.testing.assert_allclose(alone.grad.numpy(), [3.3], atol=1e-6)


def test_surgery_leaves_tasks_that_agree_as_they_are():
    at = torch.zeros(3, requires_grad=True)
    losses = [at.sum(), 2 * at[0] + at[2]]
    surgery(losses, [at], np.random.default_rng(0))
    np.testing.assert_allclose(at.grad.numpy(), [3, 1, 2], atol=1e-6)


def test_same_products():
    assert same(torch.tensor([4, 9]), torch.tensor([9, 4, 9])).tolist() == [[0, 1, 0], [1, 0, 1]]


# --- properties -------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(SEEDS, NOISES)
def test_the_order_of_a_batch_says_nothing(seed, noise):
    logits, relevance, known = batch(seed)
    rows, columns = torch.randperm(5), torch.randperm(7)
    moved = [one[rows][:, columns] for one in (logits, relevance, known)]
    torch.testing.assert_close(info_nce(logits, relevance, known, noise), info_nce(*moved, noise))
    moved = [one[rows][:, columns] for one in (logits, relevance / 3, known)]
    torch.testing.assert_close(sigmoid(logits, relevance / 3, known), sigmoid(*moved))


@settings(deadline=None)
@given(SEEDS, NOISES)
def test_both_sides_count_alike(seed, noise):
    logits, relevance, known = batch(seed)
    torch.testing.assert_close(
        info_nce(logits, relevance, known, noise), info_nce(logits.T, relevance.T, known.T, noise)
    )


def row_loss(logits, relevance, noise):
    """Of the first row alone: a mask of all other rows leaves the columns one row each, which cannot be wrong."""
    return 2 * info_nce(logits[:1], relevance[:1], noise=noise).item()


@settings(deadline=None)
@given(SEEDS, st.integers(1, 4), st.sampled_from([Noise(), Noise(q=0.7), Noise(reverse=0.5)]))
def test_a_copy_of_the_right_product_never_raises_its_rows_loss(seed, copies, noise):
    logits, _, _ = batch(seed)
    right = torch.zeros(5, 7)
    right[:, 0] = 1
    alone = row_loss(logits, right, noise)
    logits = torch.cat([logits, logits[:, :1].expand(5, copies)], dim=1)
    marked = row_loss(logits, torch.cat([right, torch.ones(5, copies)], dim=1), noise)
    as_wrong = row_loss(logits, torch.cat([right, torch.zeros(5, copies)], dim=1), noise)
    assert marked <= alone + 1e-5
    assert marked < as_wrong


@settings(deadline=None)
@given(SEEDS, NOISES)
def test_what_is_unknown_says_nothing(seed, noise):
    logits, relevance, known = batch(seed)
    known[2] = False
    logits = logits.requires_grad_()
    for loss in (info_nce(logits, relevance, known, noise), sigmoid(logits, relevance / 3, known)):
        (gradient,) = torch.autograd.grad(loss, logits)
        assert torch.isfinite(loss)
        assert torch.isfinite(gradient).all()
        assert (gradient[~known] == 0).all()
    other = torch.where(known, logits.detach(), 50.0)
    lied = torch.where(known, relevance, torch.nan)
    torch.testing.assert_close(info_nce(other, lied, known, noise), info_nce(logits, relevance, known, noise))
    kept = [0, 1, 3, 4]  # a row of which nothing is known might as well not be there
    torch.testing.assert_close(
        info_nce(logits, relevance, known, noise), info_nce(logits[kept], relevance[kept], known[kept], noise)
    )


@settings(deadline=None)
@given(SEEDS)
def test_only_the_proportion_of_grades_counts(seed):
    logits, relevance, known = batch(seed)
    torch.testing.assert_close(info_nce(logits, relevance, known), info_nce(logits, 7 * relevance, known))


@settings(deadline=None)
@given(SEEDS)
def test_a_perfect_order_costs_nothing_and_nothing_costs_less(seed):
    logits, relevance, _ = batch(seed)
    relevance += 1
    assert info_nce(logits, relevance).item() >= -1e-6
    row = relevance[:1]
    assert row_loss(row.log(), row, Noise()) == pytest.approx(0, abs=1e-6)


def test_nothing_known_is_zero_with_a_gradient_of_zero():
    logits = torch.zeros(3, 3, requires_grad=True)
    nothing = torch.zeros(3, 3, dtype=torch.bool)
    for loss in (
        info_nce(logits, torch.eye(3), nothing, Noise(0.1, 0.5, 1)),
        info_nce(logits, torch.zeros(3, 3)),
        sigmoid(logits, torch.eye(3), nothing),
    ):
        loss.backward()
        assert loss.item() == 0
        assert (logits.grad == 0).all()


def test_distrust_bounds_what_a_wrong_label_can_do():
    logits = torch.tensor([[30.0, 0.0], [0.0, 30.0]])
    wrong = 1 - torch.eye(2)
    assert info_nce(logits, wrong).item() > 29
    assert info_nce(logits, wrong, noise=Noise(q=1)).item() <= 1


def test_labels_of_which_two_in_five_are_wrong_mislead_less_under_distrust():
    """A linear map is learned from 40 % wrong pairs; what counts is the loss on right ones."""

    def learned(noise, seed):
        generator = torch.Generator().manual_seed(seed)
        turn = torch.linalg.qr(torch.randn(8, 8, generator=generator))[0]
        x, x_new = torch.randn(60, 8, generator=generator), torch.randn(60, 8, generator=generator)
        unit = torch.nn.functional.normalize
        y, y_new = unit(x @ turn), unit(x_new @ turn)
        y[:24] = y[:24].roll(1, dims=0)
        weight = torch.zeros(8, 8).add_(0.1 * torch.randn(8, 8, generator=generator)).requires_grad_()
        optimiser = torch.optim.Adam([weight], 0.02)
        for _ in range(150):
            optimiser.zero_grad()
            info_nce(14 * unit(x @ weight) @ y.T, torch.eye(60), noise=noise).backward()
            optimiser.step()
        return info_nce(14 * unit(x_new @ weight) @ y_new.T, torch.eye(60)).item()

    plain, distrusting = (np.mean([learned(noise, seed) for seed in range(3)]) for noise in (Noise(), Noise(q=0.8)))
    assert distrusting < 0.9 * plain


# --- temperature and weights ------------------------------------------------------------------------------------------


def test_a_temperature_at_its_limit_can_come_back():
    temperature = Temperature(scale=1e4)
    rows = torch.eye(2)
    assert temperature(rows, rows)[0, 0].item() == pytest.approx(100, rel=1e-5)
    info_nce(temperature(rows, rows), 1 - torch.eye(2)).backward()
    assert temperature.log_scale.grad > 0, "lower is better where the labels are wrong"


def test_a_bias_is_added():
    rows = torch.eye(2)
    torch.testing.assert_close(Temperature(10.0, bias=-10.0)(rows, rows), 10 * rows - 10)


def test_uncertainty_settles_where_the_paper_says():
    weights = UncertaintyWeights(["loud", "quiet", "perfect"])
    optimiser = torch.optim.Adam(weights.parameters(), 0.1)
    for _ in range(500):
        optimiser.zero_grad()
        weights({"loud": torch.tensor(4.0), "quiet": torch.tensor(0.1), "perfect": torch.tensor(0.0)}).backward()
        optimiser.step()
    found = weights.weights()  # the minimum is at σ² = 2 · loss
    assert (found["loud"], found["quiet"]) == pytest.approx((1 / 8, 5), rel=0.02)
    assert math.isfinite(found["perfect"])


# --- bad input --------------------------------------------------------------------------------------------------------


def test_bad_input_is_told():
    logits, right = torch.zeros(2, 2), torch.eye(2)
    for loss in (info_nce, sigmoid):
        with pytest.raises(TrainingError, match="learning rate"):
            loss(torch.full((2, 2), torch.nan), right)
        with pytest.raises(TrainingError, match="mask what is unknown"):
            loss(logits, -right)
        with pytest.raises(TrainingError, match="mask what is unknown"):
            loss(logits, right * torch.nan)
        with pytest.raises(TrainingError, match="differ"):
            loss(logits, torch.ones(2, 3))
    with pytest.raises(TrainingError, match="highest"):
        sigmoid(logits, 3 * right)
    with pytest.raises(TrainingError, match="out of range"):
        Noise(q=2)
    weights = UncertaintyWeights(["a"])
    with pytest.raises(TrainingError, match="at least one"):
        weights({})
    with pytest.raises(TrainingError, match="of these"):
        weights({"b": torch.tensor(1.0)})
    with pytest.raises(TrainingError, match="at least one"):
        conflicts({}, [logits])
