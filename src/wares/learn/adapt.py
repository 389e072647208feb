"""Fine-tune a text encoder that a user brings on the shop's own queries and products, a few numbers of it: LoRA.

The base stays as it is; beside each of its linear layers two thin matrices are learned (Hu et al., LoRA: low-rank
adaptation of large language models, ICLR 2022). In a batch every product stands against every query, and the grades of
all pairs are known to it, so that a product which another pair calls right is no wrong answer.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from itertools import islice, product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from wares.encode.learned import sha256_of
from wares.errors import TrainingError, WeightsError
from wares.learn.adapters import (
    ADAPTER,
    CONFIG,
    EXTRA,
    Card,
    PooledEncoder,
    Pooling,
    agree,
    find,
    hashes,
    write_card,
)
from wares.learn.pairs import Grades, Pair, check, data_hash, split
from wares.types import FloatArray, Progress, silent

if TYPE_CHECKING:
    from wares.learn.losses import Noise

SAMPLE = 8  # batches that the temperature at the start is chosen on
SCALES = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
BIASES = (0.0, -2.0, -5.0, -10.0, -20.0, -50.0)


@dataclass(frozen=True, slots=True)
class Settings:
    """How an encoder is adapted.

    Attributes
    ----------
    rank, alpha, dropout
        Of LoRA: the thin matrices have ``rank`` columns, and count for ``alpha / rank``.
    rate, decay
        Of AdamW.
    epochs, patience
        At most so many rounds over the pairs; it ends after ``patience`` of them without a lower validation loss.
    batch
        Pairs a step; what is learned from is the products of other pairs, so more is better.
    pooling, length
        As the base was trained: see :class:`wares.learn.adapters.PooledEncoder`.
    query_prompt, text_prompt
        What the base wants before a query and before a product's text, such as ``query: ``.
    loss, smoothing, q, reverse
        InfoNCE or sigmoid, and how far labels are distrusted: see :mod:`wares.learn.losses`.
    held_out
        Share of the queries that are kept for validation where no validation pairs are given.
    seed
        Of everything that is drawn.
    """

    rank: int = 8
    alpha: int = 16
    dropout: float = 0.0
    rate: float = 1e-3
    decay: float = 0.01
    epochs: int = 10
    patience: int = 3
    batch: int = 64
    pooling: Pooling = "mean"
    length: int = 64
    query_prompt: str = ""
    text_prompt: str = ""
    loss: Literal["info_nce", "sigmoid"] = "info_nce"
    smoothing: float = 0.0
    q: float = 0.0
    reverse: float = 0.0
    held_out: float = 0.2
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Adapted:
    """A trained adapter: where it lies, its card, and the validation loss before training and after each epoch."""

    folder: Path
    card: Card
    curve: tuple[float, ...]


def adapt(
    model: str,
    pairs: Sequence[Pair],
    folder: Path,
    *,
    validation: Sequence[Pair] | None = None,
    revision: str = "",
    settings: Settings | None = None,
    progress: Progress = silent,
) -> Adapted:
    """Train an adapter and write it with its card.

    Parameters
    ----------
    model, revision
        A local folder with safetensors, or ``owner/name`` on a hub with its commit.
    pairs
        To learn from. Products of a batch that a query has no grade for count as wrong.
    folder
        Where the adapter goes; must not be there.
    validation
        Pairs of queries that are not in ``pairs``; without them some queries are kept back.

    Raises
    ------
    WeightsError
        A base that cannot be loaded, pickles, missing libraries, or a folder that is there.
    TrainingError
        No pairs, empty texts, grades below 0 or infinite, grades that tell nothing apart, queries on both sides, or
        a loss that is not finite.
    """
    settings = settings or Settings()
    if folder.exists():
        raise WeightsError(f"{folder} is there already", fix="name a new folder, or remove it first")
    _, base = find(model, revision)
    agree(base, settings.pooling, {"query": settings.query_prompt, "document": settings.text_prompt})
    training, validation = _sides(pairs, validation, settings)
    torch = _torch()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        run = _Run(PooledEncoder(base, settings.pooling, settings.length), settings)
        curve, metrics = run.train(training, validation, progress)
    metrics |= {"pairs": len(training), "validation_pairs": len(validation), "epochs": len(curve) - 1}
    run.write(folder)
    card = Card(
        model=model,
        revision=revision,
        base_sha256=hashes(base),
        adapter_sha256=sha256_of(folder / ADAPTER),
        config_sha256=sha256_of(folder / CONFIG),
        data_sha256=data_hash(training, validation),
        seed=settings.seed,
        settings=asdict(settings),
        metrics=metrics,
        versions={name: version(name) for name in ("torch", "transformers", "peft")},
    )
    write_card(folder, card)
    return Adapted(folder, card, tuple(curve))


def _torch() -> Any:
    try:
        import peft  # noqa: F401 - looked for before anything is loaded
        import torch
    except ImportError as missing:
        raise WeightsError("adapting needs torch, transformers and peft", fix=EXTRA) from missing
    return torch


def _sides(
    pairs: Sequence[Pair], validation: Sequence[Pair] | None, settings: Settings
) -> tuple[Sequence[Pair], Sequence[Pair]]:
    training = pairs
    if validation is None:
        training, validation = split(pairs, settings.held_out, settings.seed)
    check(training, "training")
    check(validation, "validation")
    if both := {pair.query for pair in training} & {pair.query for pair in validation}:
        raise TrainingError(
            f"{len(both)} queries are in training and validation, such as {min(both)!r}", fix="keep each on one side"
        )
    return training, validation


@dataclass(slots=True)
class _Run:
    """An encoder with its adapter while it is trained."""

    encoder: PooledEncoder
    settings: Settings
    model: Any = field(init=False)
    temperature: Any = field(init=False)
    noise: "Noise" = field(init=False)

    def __post_init__(self) -> None:
        from peft import LoraConfig, get_peft_model

        from wares.learn.losses import Noise, Temperature

        settings = self.settings
        self.noise = Noise(settings.smoothing, settings.q, settings.reverse)
        self.temperature = Temperature() if settings.loss == "info_nce" else Temperature(10.0, -10.0)
        self.model = get_peft_model(
            self.encoder.model,
            LoraConfig(
                r=settings.rank, lora_alpha=settings.alpha, lora_dropout=settings.dropout,
                target_modules=_layers(self.encoder),
            ),
        )  # fmt: skip

    def train(
        self, training: Sequence[Pair], validation: Sequence[Pair], progress: Progress
    ) -> tuple[list[float], dict[str, float]]:
        """Validation loss before and after each epoch, and the metrics; what was best is what stays."""
        import torch

        ours, theirs = Grades(training), Grades(validation)
        numbers = [one for one in (*self.model.parameters(), *self.temperature.parameters()) if one.requires_grad]
        optimiser: Any = torch.optim.AdamW(numbers, self.settings.rate, weight_decay=self.settings.decay)
        self.start(training, ours)
        before = self.validate(validation, theirs)
        rank = self.reciprocal_rank(validation, theirs)
        curve, best, kept, since = [before], before, [one.detach().clone() for one in numbers], 0
        generator = np.random.default_rng(self.settings.seed)
        for epoch in range(self.settings.epochs):
            progress("adapt", epoch, self.settings.epochs)
            self.model.train()
            for drawn in self.batches(training, generator.permutation(len(training))):
                optimiser.zero_grad()
                self.loss(drawn, ours).backward()
                optimiser.step()
            curve.append(self.validate(validation, theirs))
            since += 1
            if curve[-1] < best:
                best, kept, since = curve[-1], [one.detach().clone() for one in numbers], 0
            if since >= self.settings.patience:
                break
        with torch.no_grad():
            for one, value in zip(numbers, kept, strict=True):
                one.copy_(value)
        progress("adapt", self.settings.epochs, self.settings.epochs)
        return curve, {
            "validation_before": before,
            "validation_after": best,
            "reciprocal_rank_before": rank,
            "reciprocal_rank_after": self.reciprocal_rank(validation, theirs),
        }

    def batches(self, pairs: Sequence[Pair], order: Any) -> Iterator[list[Pair]]:
        """Pairs in an order, some at a time."""
        for start in range(0, len(order), self.settings.batch):
            yield [pairs[place] for place in order[start : start + self.settings.batch]]

    def start(self, pairs: Sequence[Pair], grades: Grades) -> None:
        """Begin at the temperature that fits the base: else the loss would fall by learning that alone."""
        import torch

        generator = np.random.default_rng(self.settings.seed)
        found = []
        with torch.no_grad():
            for drawn in islice(self.batches(pairs, generator.permutation(len(pairs))), SAMPLE):
                queries, texts, wanted = grades.matrix(drawn)
                found.append((self.rows(queries, self.settings.query_prompt), self.rows(texts), wanted))
            tried = []
            for scale, bias in product(SCALES, BIASES if self.settings.loss == "sigmoid" else (0.0,)):
                self.set(scale, bias)
                tried.append((sum(float(self.compare(*one, grades.highest)) for one in found), scale, bias))
        self.set(*min(tried)[1:])

    def set(self, scale: float, bias: float) -> None:
        """Give the temperature other numbers."""
        self.temperature.log_scale.data.fill_(math.log(scale))
        if self.temperature.bias is not None:
            self.temperature.bias.data.fill_(bias)

    def loss(self, pairs: Sequence[Pair], grades: Grades) -> Any:
        """Of one batch, a scalar tensor."""
        queries, texts, wanted = grades.matrix(pairs)
        left, right = self.rows(queries, self.settings.query_prompt), self.rows(texts)
        return self.compare(left, right, wanted, grades.highest)

    def compare(self, left: Any, right: Any, wanted: FloatArray, highest: float) -> Any:
        """The loss of (n, d) queries and (m, d) products, a scalar tensor."""
        import torch

        from wares.learn.losses import info_nce, sigmoid

        logits = self.temperature(left, right)
        known = torch.from_numpy(~np.isnan(wanted))
        relevance = torch.from_numpy(np.nan_to_num(wanted) / highest)
        if self.settings.loss == "sigmoid":
            return sigmoid(logits, relevance, known, self.settings.smoothing)
        return info_nce(logits, relevance, known, self.noise)

    def rows(self, texts: Sequence[str], prompt: str | None = None) -> Any:
        """(n, d) unit rows of texts after their prompt."""
        prompt = self.settings.text_prompt if prompt is None else prompt
        return self.encoder([prompt + text for text in texts])

    def validate(self, pairs: Sequence[Pair], grades: Grades) -> float:
        """The mean loss over pairs, in batches that are the same each time."""
        import torch

        self.model.eval()
        order = np.random.default_rng(0).permutation(len(pairs))  # the queries of a batch differ: they come in runs
        with torch.inference_mode():
            losses = [(float(self.loss(drawn, grades)), len(drawn)) for drawn in self.batches(pairs, order)]
        return sum(loss * size for loss, size in losses) / len(pairs)

    def reciprocal_rank(self, pairs: Sequence[Pair], grades: Grades) -> float:
        """The mean over queries of 1 / place of the best product with a grade above 0, among all that were given."""
        import torch

        self.model.eval()
        queries, texts, wanted = grades.matrix(pairs)
        size = self.settings.batch
        with torch.inference_mode():
            left, right = (
                torch.cat([self.rows(side[start : start + size], prompt) for start in range(0, len(side), size)])
                for side, prompt in ((queries, self.settings.query_prompt), (texts, None))
            )
            scores = (left @ right.T).numpy()
        found = []
        for row, grade in zip(scores, wanted, strict=True):
            if (grade > 0).any():
                # ties count against us; what is unknown stands in nobody's way
                found.append(1.0 / max(1, int(((row >= row[grade > 0].max()) & (grade == 0)).sum()) + 1))
        return float(np.mean(found))

    def write(self, folder: Path) -> None:
        """Save the adapter. The card comes last: without it nothing is read."""
        self.model.save_pretrained(folder, safe_serialization=True, save_embedding_layers=False)
        (folder / "README.md").unlink(missing_ok=True)  # a template with nothing in it: the card says more


def _layers(encoder: PooledEncoder) -> list[str]:
    """The linear layers that a text passes through: a photo's tower and unused heads get no adapter."""
    import torch

    seen: list[str] = []
    hooks = [
        module.register_forward_hook(lambda *_, name=name: seen.append(name))
        for name, module in encoder.model.named_modules()
        if isinstance(module, torch.nn.Linear)
    ]
    with torch.inference_mode():
        encoder(["a"])
    for hook in hooks:
        hook.remove()
    if not seen:
        raise WeightsError("the model has no linear layer to adapt", fix="choose an encoder of transformers")
    return sorted(set(seen))
