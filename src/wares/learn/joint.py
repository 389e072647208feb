"""One space for products and whatever asks for them, learned from the catalogue's own pairs.

Each step takes some products twice: as words that ask for them, and as a part of what is known of them. Both go through
the same towers, and a contrastive loss pulls together what belongs together. Which words ask for a product: its title,
what is said of it, its description, its reviews, and what shoppers typed before they took it. torch loads with this
module.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from wares.encode.learned import BEHAVIOUR, PRODUCTS, LearnedSpace
from wares.errors import TrainingError
from wares.learn.batches import Batches
from wares.learn.behaviour import lookup
from wares.learn.catalogue import FEWEST, SEEN, Catalogue, EncodeTexts, TermsOf, numbered
from wares.learn.checkpoint import Checkpoint
from wares.learn.losses import surgery
from wares.learn.objective import Objective, Settings
from wares.learn.towers import Standard, Towers, frequent
from wares.learn.trial import NDCG
from wares.learn.views import Shelf
from wares.types import IntArray, Progress, silent

READ_RATE = 2.5  # of the rate of everything else
LOOKS = 10  # at the towers while they learn

Watch = Callable[[int, Towers, Mapping[str, float]], None]
"""Told of each epoch: its number, the towers, and losses, weights, rate, gradient and figures by name."""


@dataclass(frozen=True, slots=True)
class Onlookers:
    """Those who look at a run while it goes on; nothing that is learned depends on them.

    Attributes
    ----------
    watch
        Told of each epoch.
    look
        What the towers are worth as they are, by figure; asked a few times of a run.
    """

    watch: Watch | None = None
    look: Callable[[Towers], Mapping[str, float]] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """A space that was learned, and how.

    ``history`` has a row for each epoch: its number, seconds since the start, the mean loss of each task, and what was
    seen of the towers after it, where they were looked at.
    """

    objective: Objective
    history: Sequence[Mapping[str, float]]

    @property
    def towers(self) -> Towers:
        return self.objective.towers

    def let_go(self) -> None:
        """Forget the features that it was learned from, which may be large; nothing more can be learned."""
        self.objective.shelf, self.objective.questions = Shelf({}, {}), []

    def arrays(self) -> dict[str, Any]:
        """What is kept of it."""
        catalogue = self.objective.catalogue
        found = self.towers.arrays() | self.objective.labels.arrays()
        if BEHAVIOUR in self.towers.modalities:
            found |= lookup(catalogue.ids, catalogue.parts[BEHAVIOUR])
        return found | {PRODUCTS: np.sort(numbered(catalogue.ids))}

    def card(self) -> dict[str, Any]:
        """What the model's card says of its learning."""
        labels = self.objective.catalogue.labels
        return self.towers.card() | {
            "labels": {name: list(next(iter(labels[name].words.values()))) for name in self.objective.labels.names},
            "settings": asdict(self.objective.settings),
            "weights": self.objective.weights,
            "history": list(self.history),
        }


def learn(
    catalogue: Catalogue,
    encode: EncodeTexts,
    terms: TermsOf,
    settings: Settings | None = None,
    *,
    start: LearnedSpace | None = None,
    progress: Progress = silent,
    onlookers: Onlookers | None = None,
    checkpoint: Checkpoint | None = None,
) -> Learned:
    """Learn a space from a catalogue.

    Parameters
    ----------
    encode
        Texts → vectors of the modality ``text``.
    terms
        (text, language) → its terms.
    start
        A model to go on from: products that it has not learned from are learned beside some that it has.
    onlookers
        Those who look at it meanwhile.
    checkpoint
        Where the run is kept, so that one that was killed goes on; the result is the same.

    Raises
    ------
    TrainingError
        There is nothing to learn from, or the losses are not finite.

    Notes
    -----
    Cost grows with products × epochs: 512 products take about .15 s on one core; above ``steps`` batches there are
    fewer epochs.
    """
    settings, by = settings or Settings(), onlookers or Onlookers()
    catalogue.check(FEWEST // 2)  # some of a small catalogue are kept aside
    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    objective = Objective(catalogue, made(catalogue, terms, settings, start), encode, terms, settings)
    if start is not None:
        objective.labels.warm(start, catalogue.labels)
    if not objective.questions:
        raise TrainingError("nothing asks for the products", fix="give them titles or attributes")
    run = _Run(objective, _new_to(start, catalogue))
    history = (checkpoint.restore(objective, run.optimiser, run.schedule) if checkpoint is not None else None) or []
    began = time.perf_counter()
    for epoch in range(len(history), run.epochs):
        means = run.epoch(epoch)
        seen = by.look(objective.towers) if by.look is not None and run.looks(epoch) else {}
        history.append({"epoch": epoch, "seconds": time.perf_counter() - began, **means, **prefixed(NDCG, seen)})
        progress(standing(history, objective.weights), epoch + 1, run.epochs)
        if by.watch is not None:
            by.watch(epoch, objective.towers, run.told(means) | prefixed(NDCG, seen))
        if checkpoint is not None:
            checkpoint.save(objective, run.optimiser, run.schedule, history)
    objective.eval()
    return Learned(objective, history)


def standing(history: Sequence[Mapping[str, float]], weights: Mapping[str, float]) -> str:
    """How a run stands, in a few words: its loss, and the first of the figures as they were seen last."""
    text = f"learn · loss {_weighed(history[-1], weights):.2f}"
    for row in reversed(history):
        for name, value in row.items():
            if name.startswith(NDCG):
                return f"{text} · {name.removeprefix(NDCG).partition('_')[0]} {f'{value:.2f}'.removeprefix('0')}"
    return text


def prefixed(before: str, values: Mapping[str, float]) -> dict[str, float]:
    """The same values, their names behind another."""
    return {f"{before}{name}": value for name, value in values.items()}


def _weighed(means: Mapping[str, float], weights: Mapping[str, float]) -> float:
    return sum(weight * means[name] for name, weight in weights.items() if name in means)


class _Run:
    """The steps of one learning; what an epoch draws depends on the seed, its number and what was learned before."""

    def __init__(self, objective: Objective, fresh: IntArray | None = None) -> None:
        settings, groups = objective.settings, objective.catalogue.groups
        self._objective = objective
        self._batches = Batches(groups, settings.batch, settings.hard, fresh)
        each = self._batches.steps
        least, most = settings.steps
        self.epochs = max(1, min(max(settings.epochs, math.ceil(least / each)), most // each))
        self.optimiser = torch.optim.AdamW(_groups(objective), lr=settings.rate)
        rates = [group["lr"] for group in self.optimiser.param_groups]
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimiser, rates, total_steps=self.epochs * each + 1, pct_start=0.1
        )
        self._gradient = 0.0

    def epoch(self, number: int) -> dict[str, float]:
        """Go once through the catalogue; the mean loss of each task."""
        objective, settings = self._objective, self._objective.settings
        torch.manual_seed(settings.seed * 100_003 + number)
        generator = np.random.default_rng([settings.seed, number])
        if number >= self.epochs / 2:  # before that, its guesses are worth nothing
            objective.guess()
        rows = objective.rows(SEEN) if settings.hard and number else None
        sums: dict[str, list[float]] = {}
        objective.train()
        for batch in self._batches.epoch(generator, rows):
            losses = objective(batch, generator)
            self._step(objective.weighted(losses), generator)
            for name, loss in losses.items():
                sums.setdefault(name, []).append(float(loss.detach()))
        last = [each.grad for each in objective.parameters() if each.grad is not None]
        self._gradient = float(torch.nn.utils.get_total_norm(last))
        return {name: float(np.mean(values)) for name, values in sums.items()}

    def _step(self, losses: Sequence[torch.Tensor], generator: np.random.Generator) -> None:
        total = sum(losses, torch.zeros(()))
        if not torch.isfinite(total):
            raise TrainingError("the loss is not finite", fix="lower the learning rate")
        self.optimiser.zero_grad()
        if self._objective.settings.surgery:
            surgery(losses, list(self._objective.parameters()), generator)
        else:
            torch.autograd.backward(total)
        self.optimiser.step()
        self.schedule.step()

    def looks(self, epoch: int) -> bool:
        """Whether the towers are looked at after an epoch: at most :data:`LOOKS` times, and after the last one."""
        return epoch + 1 == self.epochs or (epoch + 1) % math.ceil(self.epochs / LOOKS) == 0

    def told(self, means: Mapping[str, float]) -> dict[str, float]:
        """What is known of an epoch: losses and weights of the tasks, the rate, and the gradient of its last step."""
        weights = self._objective.weights
        return {
            "loss": _weighed(means, weights),
            **prefixed("loss/", means),
            **prefixed("weight/", {name: weights[name] for name in means}),
            "rate": float(self.optimiser.param_groups[0]["lr"]),
            "gradient": self._gradient,
        }


def made(catalogue: Catalogue, terms: TermsOf, settings: Settings, start: LearnedSpace | None = None) -> Towers:
    """Towers for what a catalogue has and is asked for, before they have learned from it.

    Raises
    ------
    TrainingError
        No product has words, or the model to start from is of other dimensions.
    """
    standards = {name: Standard.of(part) for name, part in catalogue.parts.items() if part.present.sum() > 1}
    if "text" not in standards:
        raise TrainingError("no product has words", fix="give the products titles")
    asked = (terms(text, each.language) for each in catalogue.asked for text in each.texts)
    towers = Towers(standards, frequent([*catalogue.terms, *asked]), settings.dim, settings.dropout)
    return towers if start is None else towers.warm(start)


def _new_to(start: LearnedSpace | None, catalogue: Catalogue) -> IntArray | None:
    """Rows of the products that a model was not learned from."""
    if start is None or PRODUCTS not in start.arrays:
        return None
    return np.flatnonzero(~np.isin(numbered(catalogue.ids), start.arrays[PRODUCTS]))


def _groups(objective: Objective) -> list[dict[str, Any]]:
    """Weights decay; gates, scales and biases do not. What reads labels alone has as few steps and farther to go."""
    settings, named = objective.settings, list(objective.named_parameters())
    groups = []
    for reads in (False, True):
        rate = settings.rate * (READ_RATE if reads else 1)
        some = [parameter for name, parameter in named if name.startswith(("labels.read", "labels.out")) == reads]
        groups += [
            {"params": [p for p in some if p.ndim > 1], "weight_decay": settings.decay, "lr": rate},
            {"params": [p for p in some if p.ndim <= 1], "weight_decay": 0.0, "lr": rate},
        ]
    return [group for group in groups if group["params"]]
