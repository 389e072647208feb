"""What training processes run: spawned, they import it by name."""

import torch
from torch import nn

from wares.errors import TrainingError
from wares.learn.distributed import Precision, TwoTowers, gather, rank, share, train, world
from wares.learn.losses import info_nce, same


def objective(seed=3):
    torch.manual_seed(seed)
    left = nn.Sequential(nn.Linear(6, 16), nn.GELU(), nn.Linear(16, 8))
    return TwoTowers(left, nn.Linear(5, 8))


def batches(n=6, rows=12, seed=4):
    """Pairs of one hidden vector each, some products twice."""
    generator = torch.Generator().manual_seed(seed)
    ways = torch.randn(4, 6, generator=generator), torch.randn(4, 5, generator=generator)
    made = []
    for _ in range(n):
        ids = torch.randint(0, 2 * rows, (rows,), generator=generator)
        hidden = torch.randn(2 * rows, 4, generator=generator)[ids]
        made.append({"left": hidden @ ways[0], "right": hidden @ ways[1], "id": ids})
    return made


def trained(rows, half=False, make=torch.optim.SGD):
    """Losses and parameters after some steps."""
    model = objective()
    losses = train(model, batches(rows=rows), lambda parameters: make(parameters, 0.05), precision=Precision(half=half))
    return losses, [parameter.detach().numpy() for parameter in model.parameters()]


class Sometimes(TwoTowers):
    """A second right tower that only some batches have something for."""

    def __init__(self):
        towers = objective()
        super().__init__(towers.left, towers.right)
        self.other = nn.Linear(5, 8)

    def forward(self, batch):
        loss = super().forward({**batch, "right": batch["right"].float()})
        if bool((gather(batch["id"]) == 0).any()):
            ids, left = gather(batch["id"]), gather(self.left(batch["left"]))
            loss = loss + info_nce(self.temperature(left, gather(self.other(batch["right"]))) / 50, same(ids, ids))
        return loss


def with_a_tower_that_is_not_always_used():
    model = Sometimes()
    made = batches()
    assert 0 < sum(bool((batch["id"] == 0).any()) for batch in made) < len(made)
    losses = train(model, made, lambda parameters: torch.optim.SGD(parameters, 0.01), find_unused=True)
    return losses, [parameter.detach().numpy() for parameter in model.parameters()]


def several():
    """Plain steps, shares that differ in length, and steps that are not linear in the gradient."""
    every = [trained(12), trained(11), trained(12, make=torch.optim.Adam)]
    return [*every, with_a_tower_that_is_not_always_used()]


def trained_without_gradients_of_others(rows):
    """The guard switched off: what others embedded is a constant here."""
    from wares.learn import distributed

    class Constant(distributed._Gather):
        @staticmethod
        def backward(ctx, gradient):
            return gradient.split(ctx.lengths)[rank()]

    distributed._Gather = Constant
    return trained(rows)


def gathered():
    rows = share({"a": torch.arange(5.0).requires_grad_()})["a"]
    every = gather(rows)
    (gradient,) = torch.autograd.grad((every * torch.arange(1.0, 6.0)).sum() * (rank() + 1), rows)
    return world(), every.tolist(), gradient.tolist()


def large():
    return torch.zeros(300_000).numpy()


def failing(at):
    if rank() == at:
        raise TrainingError("the sofa is on fire", fix="put it out")
    gather(torch.zeros(1))  # waits for the others
