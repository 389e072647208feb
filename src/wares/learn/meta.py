"""A small head learns to learn: MAML and Reptile find the start from which a few pairs of a new market are enough.

A task is a category, a market or a language: some pairs to adapt on (its support) and others to be judged by (its
query). What is adapted is any module, such as the projection behind a frozen encoder. Whether it was worth it is told
by :func:`compare`: the same steps on tasks that nothing was learned on, from the start that each method found, beside
plain fine-tuning from where all of them began. torch loads with this module.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad

from wares.errors import TrainingError
from wares.types import ScoreArray

Loss = Callable[[Tensor, Tensor], Tensor]
Weights = dict[str, Tensor]
METHODS = ("plain", "pooled", "reptile", "maml")


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """Pairs of one category, market or language.

    Attributes
    ----------
    support : (s, a), (s, b)
        What goes into the head and what should come out, to adapt on.
    query : (q, a), (q, b)
        The same of other pairs, to be judged by.
    """

    support: tuple[Tensor, Tensor]
    query: tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True)
class Settings:
    """How tasks are learned from.

    Attributes
    ----------
    steps
        Of gradient descent on a task's support, in training and afterwards.
    rate
        Of these steps.
    outer_rate
        Of Adam over tasks (MAML, pooled); Reptile moves by ``reptile_rate`` of the way, down to 0 at the end.
    rounds
        How many times tasks are drawn.
    tasks
        Drawn each time.
    first_order
        MAML without second derivatives, which costs a third and loses little (section 5.2 of its paper).
    seed
        Of the order of tasks.
    """

    steps: int = 5
    rate: float = 0.05
    outer_rate: float = 0.003
    reptile_rate: float = 0.5
    rounds: int = 300
    tasks: int = 4
    first_order: bool = False
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """Loss on the query pairs of held-out tasks after 0, 1, … steps, the mean over tasks; (steps + 1,) each.

    Attributes
    ----------
    plain
        From the weights that the head came with.
    pooled
        From ordinary training on the pairs of all training tasks together.
    reptile, maml
        From what the two methods found.
    rates
        Of the steps, by method: each has the one that is best for it on the training tasks.
    """

    plain: ScoreArray
    pooled: ScoreArray
    reptile: ScoreArray
    maml: ScoreArray
    rates: Mapping[str, float]


def maml(head: nn.Module, tasks: Sequence[Task], loss: Loss, settings: Settings | None = None) -> Weights:
    """The start from which steps on the support lower the loss on the query pairs most.

    Source: Finn, Abbeel and Levine, Model-agnostic meta-learning for fast adaptation of deep networks, ICML 2017.

    Parameters
    ----------
    head
        Left as it is; its weights are where the search begins.
    loss
        (what came out, what should) → scalar.

    Returns
    -------
    Weights by name, for ``torch.func.functional_call`` or ``load_state_dict``.

    Raises
    ------
    TrainingError
        No task, a task without pairs, features that are NaN or Inf, targets that are all the same, or a loss that
        is not finite.
    """
    settings = settings or Settings()

    def after_steps(weights: Weights, task: Task) -> Tensor:
        own = descend(head, weights, task.support, loss, settings)[-1]
        return loss(functional_call(head, own, (task.query[0],)), task.query[1])

    return _over_tasks(head, tasks, after_steps, settings)


def pooled(head: nn.Module, tasks: Sequence[Task], loss: Loss, settings: Settings | None = None) -> Weights:
    """Ordinary training on all pairs of the tasks: what meta-learning has to be better than."""

    def at_once(weights: Weights, task: Task) -> Tensor:
        losses = [
            loss(functional_call(head, weights, (given,)), wanted) for given, wanted in (task.support, task.query)
        ]
        return torch.stack(losses).mean()

    return _over_tasks(head, tasks, at_once, settings or Settings())


def reptile(head: nn.Module, tasks: Sequence[Task], loss: Loss, settings: Settings | None = None) -> Weights:
    """The start that lies nearest to what the tasks need: a part of the way to where steps on each of them lead.

    Source: Nichol, Achiam and Schulman, On first-order meta-learning algorithms, 2018. The steps are on all pairs of a
    training task, since none have to be kept back; parameters, results and errors as :func:`maml`.
    """
    settings = replace(settings or Settings(), first_order=True)
    check(tasks)
    weights = _weights(head)
    for number, drawn in enumerate(_drawn(tasks, settings)):
        ends = [descend(head, weights, _joined(task), loss, settings)[-1] for task in drawn]
        part = settings.reptile_rate * (1 - number / settings.rounds)
        weights = {
            name: start + part * (torch.stack([end[name] for end in ends]).mean(dim=0) - start)
            for name, start in weights.items()
        }
        _check_finite(weights, number)
    return weights


def descend(
    head: nn.Module, weights: Weights, pairs: tuple[Tensor, Tensor], loss: Loss, settings: Settings
) -> list[Weights]:
    """The weights after 0, 1, … ``settings.steps`` steps of gradient descent on the pairs; differentiable."""
    given, wanted = pairs

    def at(now: Weights) -> Tensor:
        return loss(functional_call(head, now, (given,)), wanted)

    every = [weights]
    for _ in range(settings.steps):
        slopes = grad(at)(every[-1])
        if settings.first_order:
            slopes = {name: slope.detach() for name, slope in slopes.items()}
        every.append({name: value - settings.rate * slopes[name] for name, value in every[-1].items()})
    return every


def curve(
    head: nn.Module, weights: Weights, tasks: Sequence[Task], loss: Loss, settings: Settings | None = None
) -> ScoreArray:
    """(steps + 1,) loss on the query pairs while the support is learned, the mean over tasks."""
    settings = replace(settings or Settings(), first_order=True)
    check(tasks)
    rows = []
    for task in tasks:
        given, wanted = task.query
        with torch.no_grad():
            rows.append(
                [
                    float(loss(functional_call(head, now, (given,)), wanted))
                    for now in descend(head, weights, task.support, loss, settings)
                ]
            )
    mean: ScoreArray = np.array(rows, np.float64).mean(axis=0)
    return mean


def compare(
    head: nn.Module,
    training: Sequence[Task],
    held_out: Sequence[Task],
    loss: Loss,
    settings: Settings | None = None,
    rates: Sequence[float] = (0.3, 1.0, 3.0),
) -> Curves:
    """What each method's start is worth on tasks that it never saw.

    Parameters
    ----------
    head
        The start that all methods have in common; left as it is.
    rates
        What ``settings.rate`` is multiplied by: every method is fine-tuned at the one that serves it best on the
        training tasks, so that none loses by a rate that was chosen for another.

    Raises
    ------
    TrainingError
        As :func:`maml`, for either set of tasks.
    """
    settings = settings or Settings()
    check(held_out)
    starts = {
        "plain": _weights(head),
        "pooled": pooled(head, training, loss, settings),
        "reptile": reptile(head, training, loss, settings),
        "maml": maml(head, training, loss, settings),
    }
    curves: dict[str, ScoreArray] = {}
    chosen: dict[str, float] = {}
    for method, weights in starts.items():
        tried = [replace(settings, rate=settings.rate * factor) for factor in rates]
        ends = [curve(head, weights, training, loss, one)[-1] for one in tried]
        best = tried[int(np.argmin(np.nan_to_num(ends, nan=np.inf)))]
        chosen[method] = best.rate
        curves[method] = curve(head, weights, held_out, loss, best)
    return Curves(**curves, rates=chosen)


def check(tasks: Sequence[Task]) -> None:
    """TrainingError for what cannot be learned from; see :func:`maml`."""
    if not tasks:
        raise TrainingError("there is no task", fix="give at least one category, market or language with its pairs")
    for number, task in enumerate(tasks):
        for name, (given, wanted) in (("support", task.support), ("query", task.query)):
            if len(given) != len(wanted) or not len(given):
                raise TrainingError(
                    f"the {name} of task {number} has {len(given)} rows and {len(wanted)} targets",
                    fix="give at least one pair, and one target a row",
                )
            if not all(bool(torch.isfinite(rows).all()) for rows in (given, wanted)):
                raise TrainingError(f"the {name} of task {number} has NaN or Inf", fix="leave such pairs out")
        wanted = torch.cat([task.support[1], task.query[1]])
        if bool((wanted == wanted[0]).all()):
            raise TrainingError(
                f"all targets of task {number} are the same", fix="leave the task out: it tells nothing apart"
            )


def _over_tasks(
    head: nn.Module, tasks: Sequence[Task], objective: Callable[[Weights, Task], Tensor], settings: Settings
) -> Weights:
    """Adam on the mean of an objective over drawn tasks."""
    check(tasks)
    weights = {name: value.requires_grad_() for name, value in _weights(head).items()}
    optimiser: Any = torch.optim.Adam(weights.values(), settings.outer_rate)
    for number, drawn in enumerate(_drawn(tasks, settings)):
        optimiser.zero_grad()
        mean: Any = torch.stack([objective(weights, task) for task in drawn]).mean()
        mean.backward()
        optimiser.step()
        _check_finite(weights, number)
    return {name: value.detach() for name, value in weights.items()}


def _weights(head: nn.Module) -> Weights:
    return {name: value.detach().clone() for name, value in head.named_parameters()}


def _drawn(tasks: Sequence[Task], settings: Settings) -> Iterator[list[Task]]:
    generator = np.random.default_rng(settings.seed)
    size = min(settings.tasks, len(tasks))
    for _ in range(settings.rounds):
        yield [tasks[place] for place in generator.choice(len(tasks), size, replace=False)]


def _joined(task: Task) -> tuple[Tensor, Tensor]:
    given, wanted = (torch.cat([task.support[side], task.query[side]]) for side in (0, 1))
    return given, wanted


def _check_finite(weights: Weights, number: int) -> None:
    if not all(bool(torch.isfinite(value).all()) for value in weights.values()):
        raise TrainingError(f"the weights of round {number} are not finite", fix="lower rate or outer_rate")
