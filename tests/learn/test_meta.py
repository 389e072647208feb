from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

from wares.errors import TrainingError  # noqa: E402
from wares.learn.losses import info_nce  # noqa: E402
from wares.learn.meta import METHODS, Settings, Task, compare, curve, descend, maml, pooled, reptile  # noqa: E402

pytestmark = pytest.mark.torch


def sines(n, generator, shots=10):
    """Waves of one period, whose height and shift are each task's own (section 5.1 of the MAML paper)."""
    made = []
    for _ in range(n):
        height, shift = 0.5 + 2 * torch.rand(1, generator=generator), 3.14 * torch.rand(1, generator=generator)
        x = 10 * torch.rand(2 * shots, 1, generator=generator) - 5
        y = height * torch.sin(x - shift)
        made.append(Task((x[:shots], y[:shots]), (x[shots:], y[shots:])))
    return made


def markets(n, generator, ways, shots=8, d=12):
    """Queries and products of a shared space, which each market sees through directions of its own.

    What markets differ in is two of the many directions: ``ways`` (3, d, d) are common to all.
    """
    unit = functional.normalize
    made = []
    for _ in range(n):
        mix = torch.randn(2, generator=generator)
        turn = ways[0] + mix[0] * ways[1] + mix[1] * ways[2]
        x = unit(torch.randn(2 * shots, d, generator=generator))
        y = unit(x @ turn + 0.02 * torch.randn(2 * shots, d, generator=generator))
        made.append(Task((x[:shots], y[:shots]), (x[shots:], y[shots:])))
    return made


def contrast(found, wanted):
    return info_nce(10 * functional.normalize(found, dim=1) @ wanted.T, torch.eye(len(wanted)))


def wave_curves(seed):
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    head = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))
    settings = Settings(steps=5, rate=0.05, outer_rate=0.005, rounds=100, tasks=4, seed=seed)
    return compare(head, sines(20, generator), sines(20, generator), functional.mse_loss, settings)


def market_curves(seed):
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    ways = torch.randn(3, 12, 12, generator=generator) / 12**0.5
    head = nn.Linear(12, 12, bias=False)
    settings = Settings(steps=3, rate=0.6, outer_rate=0.05, rounds=60, tasks=4, seed=seed)
    training, held_out = markets(30, generator, ways), markets(20, generator, ways)
    return compare(head, training, held_out, contrast, settings)


@pytest.mark.parametrize(("curves", "best"), [(wave_curves, "maml"), (market_curves, "reptile")])
def test_a_few_pairs_are_enough_after_meta_learning(curves, best):
    """Loss of tasks that nothing was learned on, the mean of three seeds."""
    found = [curves(seed) for seed in range(3)]
    end = {name: float(np.mean([getattr(one, name)[-1] for one in found])) for name in METHODS}
    print({name: round(value, 3) for name, value in end.items()})
    assert end["reptile"] < 0.8 * end["plain"]
    assert end["maml"] < 0.8 * end["plain"]
    assert min(end, key=end.__getitem__) == best, "a line cannot bend: for it MAML's start is no better than pooled"
    for one in found:
        assert getattr(one, best)[-1] < getattr(one, best)[0]
        assert set(one.rates) == set(METHODS)


def test_one_step_by_hand():
    # loss w²/2 at w = 1 on support (slope w) and on query: after a step of .1, w = .9
    head = nn.Linear(1, 1, bias=False)
    head.weight.data.fill_(1.0)
    pairs = (torch.tensor([[1.0]]), torch.tensor([[0.0]]))

    def half_square(found, wanted):
        return ((found - wanted) ** 2).sum() / 2

    start = {"weight": head.weight.detach().clone().requires_grad_()}
    end = descend(head, start, pairs, half_square, Settings(steps=2, rate=0.1))[-1]["weight"]
    assert end.item() == pytest.approx(0.81)
    (slope,) = torch.autograd.grad(end, start["weight"])
    assert slope.item() == pytest.approx(0.81), "dw″/dw = (1 − .1)²: the second derivative is in it"
    end = descend(head, start, pairs, half_square, Settings(steps=2, rate=0.1, first_order=True))[-1]["weight"]
    (slope,) = torch.autograd.grad(end, start["weight"])
    assert slope.item() == pytest.approx(1.0)


def test_one_round_of_reptile_by_hand():
    # two tasks that pull w from 1 towards 0 and 2 by the same: the start stays; towards 0 alone: half of the way to .9
    head = nn.Linear(1, 1, bias=False)
    head.weight.data.fill_(1.0)

    def half_square(found, wanted):
        return ((found - wanted) ** 2).sum() / 4  # support and query come joined

    def towards(value):
        # the second row says nothing of the weight, only that targets differ
        pairs = torch.tensor([[1.0], [0.0]]), torch.tensor([[value], [5.0]])
        return Task(pairs, pairs)

    settings = Settings(steps=1, rate=0.1, reptile_rate=0.5, rounds=1, tasks=2)
    assert reptile(head, [towards(0.0), towards(2.0)], half_square, settings)["weight"].item() == pytest.approx(1.0)
    assert reptile(head, [towards(0.0)], half_square, settings)["weight"].item() == pytest.approx(0.95)
    # a second round goes half as far of the way: from .95 a quarter of the way to .855
    twice = reptile(head, [towards(0.0)], half_square, replace(settings, rounds=2))
    assert twice["weight"].item() == pytest.approx(0.95 - 0.25 * 0.095)


def test_the_head_is_left_as_it_is_and_a_seed_repeats():
    generator = torch.Generator().manual_seed(1)
    tasks = sines(5, generator)
    head = nn.Linear(1, 1)
    before = {name: value.clone() for name, value in head.state_dict().items()}
    for method in (maml, reptile, pooled):
        one, other = (method(head, tasks, functional.mse_loss, Settings(rounds=5, rate=0.01)) for _ in range(2))
        for name, value in before.items():
            assert torch.equal(head.state_dict()[name], value)
            assert torch.equal(one[name], other[name])
            assert not torch.equal(one[name], value)
        head.load_state_dict(one)
        head.load_state_dict(before)


@pytest.mark.parametrize("method", [maml, reptile, pooled])
def test_bad_tasks_are_told(method):
    head, loss = nn.Linear(1, 1), functional.mse_loss
    good = (torch.tensor([[1.0], [2.0]]), torch.tensor([[1.0], [0.0]]))
    nan = (good[0] * torch.nan, good[1])
    same = (good[0], torch.ones(2, 1))
    none = (torch.zeros(0, 1), torch.zeros(0, 1))
    for tasks, said in (
        ([], "at least one category"),
        ([Task(good, none)], "at least one pair"),
        ([Task(good, (good[0], good[1][:1]))], "one target a row"),
        ([Task(good, good), Task(nan, good)], "support of task 1 has NaN"),
        ([Task(same, same)], "tells nothing apart"),
    ):
        with pytest.raises(TrainingError, match=said):
            method(head, tasks, loss)
    with pytest.raises(TrainingError, match="lower rate"):
        method(head, [Task(good, good)], lambda found, wanted: (found.sum() * 1e30) ** 2, Settings(rounds=3))
    with pytest.raises(TrainingError, match="at least one category"):
        curve(head, dict(head.named_parameters()), [], loss)
