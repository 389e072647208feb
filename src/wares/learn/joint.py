"""One space for products and whatever asks for them, learned from the catalogue's own pairs.

Each step takes some products twice: as words that ask for them, and as a part of what is known of them. Both go through
the same towers, and a contrastive loss pulls together what belongs together. Which words ask for a product: its title,
what is said of it, its description, its reviews, and what shoppers typed before they took it. torch loads with this
module.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from wares.errors import TrainingError
from wares.learn.catalogue import ABSENT, FEWEST, Catalogue, EncodeTexts, TermsOf
from wares.learn.checkpoint import Checkpoint
from wares.learn.losses import Temperature, UncertaintyWeights, info_nce
from wares.learn.towers import Standard, Towers, frequent
from wares.learn.views import Questions, Shelf, kept, relevance
from wares.types import IntArray, Progress, silent

LOGITS = 16.0  # length of what labels are predicted from: weights that decay cannot make it of a unit row
TASKS = ("title", "phrase", "description", "review", "query", "links", "labels", "rating")


@dataclass(frozen=True, slots=True)
class Settings:
    """How the space is learned.

    Attributes
    ----------
    weights
        Of each task's loss; 0: it is left out.
    uncertainty
        Learn the weights from how noisy each loss is instead.
    seen
        Share of products that are shown by their photos alone.
    drop
        Chance that a product is shown without one of its modalities.
    nested
        Dimensions of which the first alone are to do as well as they can: a vector may be cut to so many (Kusupati et
        al., Matryoshka representation learning, NeurIPS 2022).
    steps
        Least and most of them, whatever ``epochs`` of a catalogue would be.
    """

    dim: int = 256
    epochs: int = 30
    batch: int = 512
    rate: float = 1.5e-3
    decay: float = 0.1
    dropout: float = 0.3
    drop: float = 0.1
    seen: float = 0.7
    forget: float = 0.1
    nested: tuple[int, ...] = (32, 64, 128)
    steps: tuple[int, int] = (300, 3000)
    weights: Mapping[str, float] = field(
        default_factory=lambda: {
            "title": 1.0, "phrase": 1.0, "description": 0.3, "review": 0.2, "query": 1.0, "links": 0.2,
            "labels": 0.3, "rating": 0.05,
        }
    )  # fmt: skip
    uncertainty: bool = False
    seed: int = 0
    threads: int = 2

    def __post_init__(self) -> None:
        if unknown := set(self.weights) - set(TASKS):
            raise TrainingError(f"no task is called {min(unknown)!r}", fix=f"tasks are {', '.join(TASKS)}")


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """A space that was learned, and how.

    ``history`` has a row for each epoch: its number, seconds since the start, and the mean loss of each task.
    """

    objective: "Objective"
    history: Sequence[Mapping[str, float]]

    @property
    def towers(self) -> Towers:
        return self.objective.towers

    @property
    def heads(self) -> dict[str, nn.Module]:
        """What predicts each label."""
        return dict(zip(self.objective.catalogue.labels, self.objective.heads.values(), strict=False))

    def let_go(self) -> None:
        """Forget the features that it was learned from, which may be large; nothing more can be learned."""
        self.objective.shelf, self.objective.questions = Shelf({}, {}), []

    def arrays(self) -> dict[str, Any]:
        """What is kept of it."""
        found = self.towers.arrays()
        for place, head in enumerate(self.heads.values()):
            parts = head.state_dict()
            found[f"label.{place}.weight"] = LOGITS * parts["weight"].numpy()
            found[f"label.{place}.bias"] = parts["bias"].numpy().copy()
        return found

    def card(self) -> dict[str, Any]:
        """What the model's card says of its learning."""
        labels = self.objective.catalogue.labels
        return self.towers.card() | {
            "labels": {name: list(next(iter(labels[name].words.values()))) for name in self.heads},
            "settings": asdict(self.objective.settings),
            "weights": self.objective.weights,
            "history": list(self.history),
        }


class Objective(nn.Module):  # type: ignore[misc, unused-ignore]
    """The losses of one batch of products, by task."""

    def __init__(
        self, catalogue: Catalogue, towers: Towers, encode: EncodeTexts, terms: TermsOf, settings: Settings
    ) -> None:
        super().__init__()
        self.catalogue = catalogue
        self.towers = towers
        self.settings = settings
        self.shelf = Shelf.of(catalogue, towers)
        wanted = {name for name, weight in settings.weights.items() if weight > 0}
        standard = towers.standards["text"]
        self.questions = [
            Questions.of(each, towers, standard, encode, terms, len(catalogue))
            for each in catalogue.asked
            if each.kind in wanted
        ]
        self.temperature = Temperature(15.0)
        self.heads = nn.ModuleDict(
            {str(place): nn.Linear(towers.dim, label.size) for place, label in enumerate(catalogue.labels.values())}
            if "labels" in wanted
            else {}
        )
        self.rating = nn.Linear(towers.dim, 1) if "rating" in wanted and catalogue.ratings is not None else None
        self.uncertainty = UncertaintyWeights(TASKS) if settings.uncertainty else None

    def products(self, rows: IntArray, seen: float, generator: np.random.Generator) -> Tensor:
        """(n, D) products by a part of what is known of them."""
        names = self.towers.modalities
        rows_of: Tensor = self.towers(
            *self.shelf.side(rows, names, kept(names, len(rows), seen, self.settings.drop, generator)),
            self.settings.forget,
        )
        return rows_of

    def forward(self, rows: IntArray, generator: np.random.Generator) -> dict[str, Tensor]:
        """The loss of each task on some products."""
        settings, catalogue = self.settings, self.catalogue
        shown = self.products(rows, settings.seen, generator)
        shorter = [cut for cut in settings.nested if cut < settings.dim]
        cut = int(generator.choice(shorter)) if shorter else 0
        losses: dict[str, list[Tensor]] = {}
        for questions in self.questions:
            some, picked = questions.draw(rows, generator)
            if len(some) < 2:
                continue
            numbers, grades = questions.queries[picked], questions.grades[picked]
            features, present = questions.side(numbers)
            if len(features) > 1:
                dropped = kept(tuple(features), len(some), 0.0, settings.drop, generator)
                present = {name: each & torch.from_numpy(dropped[name]) for name, each in present.items()}
            asked = self.towers(features, present, settings.forget)
            answers = shown[torch.from_numpy(np.flatnonzero(np.isin(rows, some)))]
            matches = torch.from_numpy(relevance(catalogue, questions.asked, numbers, some, grades))
            known = asked.detach().any(1)[:, None] & answers.detach().any(1)[None]
            loss = info_nce(self.temperature(asked, answers), matches, known)
            if cut:
                logits = self.temperature(*(functional.normalize(side[:, :cut], dim=1) for side in (asked, answers)))
                loss = (loss + info_nce(logits, matches, known)) / 2
            losses.setdefault(questions.asked.kind, []).append(loss)
        return {kind: torch.stack(some).mean() for kind, some in losses.items()} | self._others(rows, shown, generator)

    @property
    def weights(self) -> dict[str, float]:
        """What each task counts for, now."""
        return self.uncertainty.weights() if self.uncertainty is not None else dict(self.settings.weights)

    def total(self, losses: Mapping[str, Tensor]) -> Tensor:
        """What is minimised."""
        if self.uncertainty is not None:
            weighted: Tensor = self.uncertainty(losses)
            return weighted
        return sum((self.settings.weights[name] * loss for name, loss in losses.items()), torch.zeros(()))

    def _others(self, rows: IntArray, shown: Tensor, generator: np.random.Generator) -> dict[str, Tensor]:
        """What is predicted of a product, and what goes with it."""
        catalogue, found = self.catalogue, {}
        there = shown.detach().any(1)
        if self.heads:
            parts = []
            for place, label in enumerate(catalogue.labels.values()):
                codes = torch.from_numpy(label.codes[rows])
                codes = torch.where(there, codes, ABSENT)
                if bool((codes != ABSENT).any()):
                    parts.append(
                        functional.cross_entropy(self.heads[str(place)](LOGITS * shown), codes, ignore_index=ABSENT)
                    )
            if parts:
                found["labels"] = torch.stack(parts).mean()
        if self.rating is not None and catalogue.ratings is not None:
            ratings = torch.from_numpy(catalogue.ratings[rows])
            rated = torch.isfinite(ratings) & there
            if bool(rated.any()):
                predicted = torch.sigmoid(self.rating(shown)[:, 0])
                found["rating"] = functional.mse_loss(predicted[rated], ratings[rated])
        links = catalogue.links
        if links is not None and len(links) > 1 and self.settings.weights.get("links"):
            pairs = links[generator.choice(len(links), min(len(rows), len(links)), replace=False)]
            left, right = (self.products(pairs[:, side], 0.0, generator) for side in (0, 1))
            groups = catalogue.groups[pairs]
            same = torch.from_numpy((groups[:, 1][:, None] == groups[:, 1][None]).astype(np.float32))
            known = left.detach().any(1)[:, None] & right.detach().any(1)[None]
            found["links"] = info_nce(self.temperature(left, right), same, known)
        return found


def learn(
    catalogue: Catalogue,
    encode: EncodeTexts,
    terms: TermsOf,
    settings: Settings | None = None,
    *,
    progress: Progress = silent,
    watch: Callable[[int, Towers, Mapping[str, float]], None] | None = None,
    checkpoint: Checkpoint | None = None,
) -> Learned:
    """Learn a space from a catalogue.

    Parameters
    ----------
    encode
        Texts → vectors of the modality ``text``.
    terms
        (text, language) → its terms.
    watch
        Told of each epoch: its number, the towers, and the mean loss of each task.
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
    settings = settings or Settings()
    catalogue.check(FEWEST // 2)  # some of a small catalogue are kept aside
    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    objective = Objective(catalogue, made(catalogue, terms, settings), encode, terms, settings)
    if not objective.questions:
        raise TrainingError("nothing asks for the products", fix="give them titles or attributes")
    run = _Run(objective)
    history = (checkpoint.restore(objective, run.optimiser, run.schedule) if checkpoint is not None else None) or []
    start = time.perf_counter()
    for epoch in range(len(history), run.epochs):
        means = run.epoch(epoch)
        history.append({"epoch": epoch, "seconds": time.perf_counter() - start, **means})
        progress("learn", epoch + 1, run.epochs)
        if watch is not None:
            watch(epoch, objective.towers, means)
        if checkpoint is not None:
            checkpoint.save(objective, run.optimiser, run.schedule, history)
    objective.eval()
    return Learned(objective, history)


class _Run:
    """The steps of one learning; what an epoch draws depends on the seed and its number alone."""

    def __init__(self, objective: Objective) -> None:
        settings, n = objective.settings, len(objective.catalogue)
        self._objective = objective
        self._batch = min(settings.batch, n)
        self._each = max(1, n // self._batch)
        least, most = settings.steps
        self.epochs = max(1, min(max(settings.epochs, math.ceil(least / self._each)), most // self._each))
        self.optimiser = torch.optim.AdamW(_groups(objective, settings.decay), lr=settings.rate)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimiser, settings.rate, total_steps=self.epochs * self._each + 1, pct_start=0.1
        )

    def epoch(self, number: int) -> dict[str, float]:
        """Go once through the catalogue; the mean loss of each task."""
        objective, seed = self._objective, self._objective.settings.seed
        torch.manual_seed(seed * 100_003 + number)
        generator = np.random.default_rng([seed, number])
        order = generator.permutation(len(objective.catalogue))
        sums: dict[str, list[float]] = {}
        objective.train()
        for step in range(self._each):
            losses = objective(np.sort(order[step * self._batch : (step + 1) * self._batch]), generator)
            total = objective.total(losses)
            if not torch.isfinite(total):
                raise TrainingError("the loss is not finite", fix="lower the learning rate")
            self.optimiser.zero_grad()
            torch.autograd.backward(total)
            self.optimiser.step()
            self.schedule.step()
            for name, loss in losses.items():
                sums.setdefault(name, []).append(float(loss.detach()))
        return {name: float(np.mean(values)) for name, values in sums.items()}


def made(catalogue: Catalogue, terms: TermsOf, settings: Settings) -> Towers:
    """Towers for what a catalogue has and is asked for, before they have learned anything."""
    standards = {name: Standard.of(part) for name, part in catalogue.parts.items() if part.present.sum() > 1}
    if "text" not in standards:
        raise TrainingError("no product has words", fix="give the products titles")
    asked = (terms(text, each.language) for each in catalogue.asked for text in each.texts)
    return Towers(standards, frequent([*catalogue.terms, *asked]), settings.dim, settings.dropout)


def _groups(objective: Objective, decay: float) -> list[dict[str, Any]]:
    """Weights decay; gates, scales and biases do not."""
    named = list(objective.named_parameters())
    return [
        {"params": [p for _, p in named if p.ndim > 1], "weight_decay": decay},
        {"params": [p for _, p in named if p.ndim <= 1], "weight_decay": 0.0},
    ]
