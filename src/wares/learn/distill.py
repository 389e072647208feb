"""A smaller network that gives a larger one's vectors: for the words of queries, and for any part of a product.

Its targets are the teacher's rows (Hinton et al., Distilling the knowledge in a neural network, 2015), matched by
cosine, and how near they are to each other within a batch (Park et al., Relational knowledge distillation, CVPR 2019).
torch loads with this module.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from wares.encode.learned import TERMS, LearnedSpace
from wares.errors import TrainingError
from wares.learn.towers import Towers
from wares.protocols import Encoded
from wares.types import Progress, silent

RELATIONS = 0.5  # weight of the second loss


@dataclass(frozen=True, slots=True)
class Distillation:
    """How a student is taught; ``hidden`` is the width of its towers' hidden layer."""

    hidden: int = 128
    epochs: int = 20
    batch: int = 512
    rate: float = 2e-3
    drop: float = 0.3
    seed: int = 0
    threads: int = 2

    def __post_init__(self) -> None:
        if self.hidden < 1 or self.epochs < 1 or self.batch < 2:
            raise TrainingError(f"{self} is out of range", fix="hidden and epochs from 1, batch from 2")


def distill(
    teacher: LearnedSpace,
    inputs: Mapping[str, Encoded],
    how: Distillation | None = None,
    *,
    progress: Progress = silent,
) -> tuple[dict[str, Any], float]:
    """Teach a student.

    Parameters
    ----------
    inputs
        Rows that it is taught on, n of each of the teacher's modalities; those of products with those of queries below
        them, where each has what it has.

    Returns
    -------
    The arrays of a model, and the mean cosine between both on the rows of the last epoch.
    """
    how = how or Distillation()
    torch.set_num_threads(how.threads)
    torch.manual_seed(how.seed)
    names = [name for name in teacher.modalities if name in inputs]
    n = len(inputs[names[0]].present)
    if n < 2:
        raise TrainingError("there is nothing to teach a student on", fix="give it the catalogue's own rows")
    student = Towers.like(teacher, how.hidden)
    features = {
        name: torch.from_numpy(inputs[name].vectors) if name == TERMS else student.standards[name](inputs[name].vectors)
        for name in names
    }
    trained = [parameter for name, parameter in student.named_parameters() if not name.startswith("rows")]
    optimiser = torch.optim.AdamW(trained, lr=how.rate)
    batch, cosine = min(how.batch, n), 0.0
    steps = how.epochs * (n // batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    generator = np.random.default_rng(how.seed)
    for epoch in range(how.epochs):
        order = generator.permutation(n)
        cosines = []
        for step in range(n // batch):
            rows = order[step * batch : (step + 1) * batch]
            part = {}
            for name in names:
                kept = (generator.random(batch) >= how.drop) & inputs[name].present[rows]
                part[name] = Encoded(inputs[name].vectors[rows], kept)
            targets, weights = teacher.project(part)
            known = torch.from_numpy(weights.any(1))
            found = _rows(student, features, part, torch.from_numpy(rows))[:, : teacher.dim]
            loss, near = _loss(found[known], torch.from_numpy(targets)[known])
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
            cosines.append(near)
        cosine = float(np.mean(cosines))
        progress("distill", epoch + 1, how.epochs)
    # what tells labels and knows products by their ids goes with the teacher's rows, which the student's are like
    return {**teacher.arrays, **student.arrays()}, cosine


def _rows(student: Towers, features: Mapping[str, Tensor], part: Mapping[str, Encoded], at: Tensor) -> Tensor:
    rows: Tensor = student.fused(
        {name: each[at] for name, each in features.items()},
        {name: torch.from_numpy(part[name].present) for name in features},
    )
    return rows


def _loss(found: Tensor, targets: Tensor) -> tuple[Tensor, float]:
    found = functional.normalize(found, dim=1)
    near = (found * targets).sum(1).mean()
    relations = functional.mse_loss(found @ found.T, targets @ targets.T)
    return 1 - near + RELATIONS * relations, float(near.detach())
