"""What is minimised: the losses of a batch of products by task, and how they become one. torch loads with this."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from wares.errors import TrainingError
from wares.learn.catalogue import ABSENT, SEEN, Catalogue, EncodeTexts, TermsOf
from wares.learn.labels import Labels
from wares.learn.losses import Temperature, UncertaintyWeights, info_nce
from wares.learn.towers import Towers
from wares.learn.views import Questions, Shelf, Side, kept, relevance
from wares.types import FloatArray, IntArray

TASKS = ("title", "phrase", "description", "review", "query", "links", "labels", "rating")
CHUNK = 4096  # products that are looked at together


@dataclass(frozen=True, slots=True)
class Settings:
    """How the space is learned.

    Attributes
    ----------
    weights
        Of each task's loss; 0: it is left out.
    uncertainty
        Learn the weights from how noisy each loss is instead.
    surgery
        Take from the gradient of each task what goes against another's.
    hard
        Share of a batch that is the nearest of other products to the rest of it, so that wrong answers are hard.
    sure
        Probability from which a label that nobody gave is learned from; 1: none is.
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
    surgery: bool = False
    hard: float = 0.0
    sure: float = 0.95
    seed: int = 0
    threads: int = 2

    def __post_init__(self) -> None:
        if unknown := set(self.weights) - set(TASKS):
            raise TrainingError(f"no task is called {min(unknown)!r}", fix=f"tasks are {', '.join(TASKS)}")


def going_on(settings: Settings, dim: int) -> Settings:
    """The same for going on from a model of so many dimensions with what is new since: fewer and smaller steps."""
    return replace(settings, dim=dim, epochs=max(1, settings.epochs // 5), rate=settings.rate / 3, steps=(60, 600))


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
        told = catalogue.labels if "labels" in wanted else {}
        self.labels = Labels(told, towers.standards, towers.dim)
        self.rating = nn.Linear(towers.dim, 1) if "rating" in wanted and catalogue.ratings is not None else None
        self.uncertainty = UncertaintyWeights(TASKS) if settings.uncertainty else None

    def side(self, rows: IntArray, seen: float, generator: np.random.Generator) -> Side:
        """n products by a part of what is known of them; a share of them is only ``seen``."""
        names = self.towers.modalities
        return self.shelf.side(rows, names, kept(names, len(rows), seen, self.settings.drop, generator))

    def rows(self, modalities: Sequence[str]) -> FloatArray:
        """(n, D) all products by some modalities, as the towers are now; nothing is learned."""
        return self._looked(modalities, lambda rows, *_: [rows])[0]

    def guess(self) -> None:
        """Tell labels of products of which nothing is said, and learn from them where they are sure."""
        labels = self.catalogue.labels.values() if self.labels.names and self.settings.sure < 1 else ()
        if any((label.codes == ABSENT).any() for label in labels):
            told = self._looked(self.towers.modalities, lambda *side: list(self.labels(*side).sure()))
            self.labels.guess(told, self.catalogue.labels, self.settings.sure)

    def forward(self, rows: IntArray, generator: np.random.Generator) -> dict[str, Tensor]:
        """The loss of each task on some products."""
        settings, catalogue = self.settings, self.catalogue
        shown = self.towers(*self.side(rows, settings.seen, generator), settings.forget)
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
        found = {kind: torch.stack(some).mean() for kind, some in losses.items()}
        return found | self._others(rows, shown, generator)

    @property
    def weights(self) -> dict[str, float]:
        """What each task counts for, now."""
        return self.uncertainty.weights() if self.uncertainty is not None else dict(self.settings.weights)

    def weighted(self, losses: Mapping[str, Tensor]) -> list[Tensor]:
        """The parts of what is minimised: their sum is the loss."""
        if self.uncertainty is not None:
            return self.uncertainty.parts(losses)
        return [self.settings.weights[name] * loss for name, loss in losses.items()]

    def _others(self, rows: IntArray, shown: Tensor, generator: np.random.Generator) -> dict[str, Tensor]:
        """What is predicted of a product, and what goes with it."""
        catalogue = self.catalogue
        found: dict[str, Tensor] = {}
        there = shown.detach().any(1)
        if self.labels.names:
            loss = self.labels.loss(self.labels(shown, *self.shelf.side(rows, SEEN)), rows, there)
            found |= {"labels": loss} if loss is not None else {}
        if self.rating is not None and catalogue.ratings is not None:
            ratings = torch.from_numpy(catalogue.ratings[rows])
            rated = torch.isfinite(ratings) & there
            if bool(rated.any()):
                predicted = torch.sigmoid(self.rating(shown)[:, 0])
                found["rating"] = functional.mse_loss(predicted[rated], ratings[rated])
        links = catalogue.links
        if links is not None and len(links) > 1 and self.settings.weights.get("links"):
            pairs = links[generator.choice(len(links), min(len(rows), len(links)), replace=False)]
            left, right = (
                self.towers(*self.side(pairs[:, each], 0.0, generator), self.settings.forget) for each in (0, 1)
            )
            groups = catalogue.groups[pairs]
            same = torch.from_numpy((groups[:, 1][:, None] == groups[:, 1][None]).astype(np.float32))
            known = left.detach().any(1)[:, None] & right.detach().any(1)[None]
            found["links"] = info_nce(self.temperature(left, right), same, known)
        return found

    def _looked(self, modalities: Sequence[str], what: Callable[..., list[Tensor]]) -> list[FloatArray]:
        """Something of all products by some modalities, in chunks."""
        learning = self.training
        self.eval()
        found = []
        with torch.no_grad():
            for start in range(0, len(self.catalogue), CHUNK):
                side = self.shelf.side(np.arange(start, min(start + CHUNK, len(self.catalogue))), modalities)
                found.append(what(self.towers(*side), *side))
        self.train(learning)
        return [torch.cat(parts).numpy() for parts in zip(*found, strict=True)]
