"""The network behind :class:`wares.encode.learned.LearnedSpace`, as torch trains it. torch loads with this module."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from wares.encode.learned import TERMS, LearnedSpace, rooted, vocabulary
from wares.errors import TrainingError
from wares.protocols import Encoded
from wares.types import FloatArray

SPREAD = 2.0  # length of a standardised feature vector
FLOOR = 0.05  # of the mean deviation, for features that hardly vary
HIDDEN = 1024  # the widest hidden layer
CHUNK = 4096  # rows that are put on one scale together
LEAST_TERM = 2  # products that have a term before it is learned


@dataclass(frozen=True, slots=True, eq=False)
class Standard:
    """How the features of a modality are put on one scale, (d,) each."""

    rooted: bool
    mean: FloatArray
    scale: FloatArray

    @classmethod
    def of(cls, part: Encoded) -> "Standard":
        """Of the rows that are present."""
        rows = part.vectors if part.present.all() else part.vectors[part.present]
        is_rooted = bool((rows >= 0).all())
        rows = rooted(rows, is_rooted)
        deviation = rows.std(0)
        deviation = deviation + FLOOR * deviation.mean() + 1e-6
        scale = SPREAD / np.sqrt(rows.shape[1]) / deviation
        return cls(is_rooted, rows.mean(0).astype(np.float32), scale.astype(np.float32))

    def __call__(self, vectors: FloatArray) -> Tensor:
        found = np.empty(vectors.shape, np.float32)
        for start in range(0, len(vectors), CHUNK):  # what is in between is as large as all of it otherwise
            some = vectors[start : start + CHUNK]
            found[start : start + CHUNK] = (rooted(some, self.rooted) - self.mean) * self.scale
        return torch.from_numpy(found)


class Tower(nn.Module):  # type: ignore[misc, unused-ignore]
    """A linear map beside a network with one hidden layer."""

    def __init__(self, inputs: int, dim: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.drop = nn.Dropout(dropout)
        self.skip = nn.Linear(inputs, dim)
        self.into = nn.Linear(inputs, hidden)
        self.out = nn.Linear(hidden, dim)

    def forward(self, x: Tensor) -> Tensor:
        x = self.drop(x)
        rows: Tensor = self.skip(x) + self.out(self.drop(functional.silu(self.into(x))))
        return rows


class Trunk(nn.Module):  # type: ignore[misc, unused-ignore]
    """What the modalities make of each other once they are one row: a residual layer."""

    def __init__(self, dim: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.into = nn.Linear(dim, 2 * dim)
        self.out = nn.Linear(2 * dim, dim)
        self.drop = nn.Dropout(dropout)

    def forward(self, rows: Tensor) -> Tensor:
        mixed: Tensor = rows + self.out(self.drop(functional.silu(self.into(self.norm(rows)))))
        return mixed


class Towers(nn.Module):  # type: ignore[misc, unused-ignore]
    """Any subset of the modalities → unit rows of one space.

    Parameters
    ----------
    standards
        Modality → how its features are scaled, of all but the terms.
    words
        Terms that are learned, by their numbers; empty: none.
    """

    def __init__(
        self, standards: Mapping[str, Standard], words: Sequence[str], dim: int = 256, dropout: float = 0.3
    ) -> None:
        super().__init__()
        self.standards = dict(standards)
        self.dim = dim
        self.trie, self.words = vocabulary(sorted(set(words)))
        self.towers = nn.ModuleDict(
            {
                name: Tower(len(each.mean), dim, min(HIDDEN, 4 * dim, 2 * len(each.mean)), dropout)
                for name, each in self.standards.items()
            }
        )
        self.rows = _embedding(torch.randn(len(self.words), dim) * 0.05) if self.words else None
        self.numbers = {word: number for number, word in enumerate(self.words)}
        self.gates = nn.ParameterDict({name: nn.Parameter(torch.zeros(dim + 1)) for name in self.modalities})
        self.trunk = Trunk(dim, dropout)

    @property
    def modalities(self) -> tuple[str, ...]:
        return (*self.standards, *((TERMS,) if self.words else ()))

    @classmethod
    def like(cls, space: LearnedSpace, hidden: int) -> "Towers":
        """Towers with the scales, the terms and the gates of a model, and smaller hidden layers that know nothing."""
        arrays = {name: np.array(array) for name, array in space.weights().items()}
        standards = {
            name: Standard(bool(space.card["rooted"][name]), arrays[f"{name}.mean"], arrays[f"{name}.scale"])
            for name in space.modalities
            if name != TERMS
        }
        dim = len(arrays["trunk.out.bias"])
        made = cls(standards, (), dim, 0.0)
        made.towers = nn.ModuleDict({name: Tower(len(each.mean), dim, hidden, 0.0) for name, each in standards.items()})
        if TERMS in space.modalities:
            made.trie, made.words = arrays[f"{TERMS}.trie"].tobytes(), [""] * len(arrays[f"{TERMS}.rows"])
            made.rows = _embedding(torch.from_numpy(arrays[f"{TERMS}.rows"]))
        made.gates = nn.ParameterDict(
            {name: nn.Parameter(torch.from_numpy(arrays[f"{name}.gate"])) for name in made.modalities}
        )
        return made

    def warm(self, space: LearnedSpace) -> Self:
        """Take over what a model has learned; new terms and new modalities begin from nothing.

        Raises
        ------
        TrainingError
            The model is of other dimensions than these towers, such as a smaller one made of one that was learned.
        WeightsError
            It is a graph.
        """
        own = self.arrays()
        known = {name: array for name, array in space.weights().items() if name in own and array.dtype == np.float32}
        known.pop(f"{TERMS}.rows", None)
        if other := [name for name, array in known.items() if array.shape != own[name].shape]:
            raise TrainingError(
                f"{other[0]} of the model has the shape {known[other[0]].shape}, not {own[other[0]].shape}",
                fix="go on from a model as it was learned, with the same dimensions",
            )
        for name in self.standards:
            if name in space.modalities:
                is_rooted = bool(space.card["rooted"][name])
                self.standards[name] = Standard(
                    is_rooted, *(np.array(known[f"{name}.{part}"]) for part in ("mean", "scale"))
                )
        with torch.no_grad():
            for name, parameter in self._named():
                if name in known:
                    parameter.copy_(torch.from_numpy(np.array(known[name])))
            encoder = space.own.get(TERMS)
            if self.rows is not None and encoder is not None:
                for number, word in enumerate(self.words):
                    if (row := encoder.row(word)) is not None:
                        self.rows.weight[number] = torch.from_numpy(np.array(row))
        return self

    def bag(self, texts: Sequence[Sequence[str]], most: int = 48) -> Tensor:
        """(n, w) numbers of the first terms of each text, the number after the last one where there are fewer."""
        found = np.full((len(texts), most), len(self.words), np.int64)
        for row, terms in enumerate(texts):
            known = [self.numbers[term] for term in terms if term in self.numbers][:most]
            found[row, : len(known)] = known
        return torch.from_numpy(found)

    def forward(self, parts: Mapping[str, Tensor], present: Mapping[str, Tensor], forget: float = 0.0) -> Tensor:
        """(n, D) unit rows; rows without any modality are zeros.

        Parameters
        ----------
        parts
            Standardised features (n, d) by modality, or numbers of terms (n, w).
        present
            (n,) bool by modality.
        forget
            Share of the terms that a text is learned without.
        """
        if TERMS in parts:
            assert self.rows is not None
            numbers = parts[TERMS]
            if self.training and forget:
                numbers = torch.where(torch.rand(numbers.shape) < forget, len(self.words), numbers)
            known = (numbers < len(self.words)).any(1)
            parts = {**parts, TERMS: functional.normalize(self.rows(numbers).sum(1), dim=1)}
            present = {**present, TERMS: present[TERMS] & known}
        return self.fused(parts, present)

    def fused(self, parts: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Tensor:
        """The same, with terms as the unit rows (n, D) of their encoder."""
        rows, gates = [], []
        for name, features in parts.items():
            row = features if name == TERMS else self.towers[name](features)
            gate = self.gates[name]
            rows.append(row)
            gates.append((functional.normalize(row, dim=1) @ gate[:-1] + gate[-1]).masked_fill(~present[name], -1e4))
        stacked = torch.stack(gates, 1)
        weights = torch.softmax(stacked, 1) * (stacked > -1e3)
        fused = (weights[..., None] * torch.stack(rows, 1)).sum(1)
        known = (stacked > -1e3).any(1)
        return functional.normalize(self.trunk(fused), dim=1) * known[:, None]

    def arrays(self) -> dict[str, Any]:
        """What :class:`~wares.encode.learned.LearnedSpace` reads."""
        found: dict[str, Any] = {}
        for name, standard in self.standards.items():
            found |= {f"{name}.mean": standard.mean, f"{name}.scale": standard.scale}
        if self.rows is not None:
            rows = self.rows.weight[:-1].detach().cpu().numpy().copy()
            found |= {f"{TERMS}.rows": rows, f"{TERMS}.trie": np.frombuffer(self.trie, np.uint8)}
        return found | {name: value.detach().cpu().numpy().copy() for name, value in self._named()}

    def _named(self) -> Iterator[tuple[str, Tensor]]:
        """What is learned but for the rows of terms, by the names of :class:`~wares.encode.learned.LearnedSpace`."""
        for name, tower in self.towers.items():
            yield from ((f"{name}.{part}", value) for part, value in tower.named_parameters())
        yield from ((f"{name}.gate", gate) for name, gate in self.gates.items())
        yield from ((f"trunk.{part}", value) for part, value in self.trunk.named_parameters())

    def card(self) -> dict[str, Any]:
        """What the arrays mean."""
        return {
            "modalities": list(self.modalities),
            "dim": self.dim,
            "rooted": {name: each.rooted for name, each in self.standards.items()},
        }


def _embedding(rows: Tensor) -> nn.Embedding:
    """Rows of terms, and zeros for what is none."""
    made = nn.Embedding(len(rows) + 1, rows.shape[1], padding_idx=len(rows))
    with torch.no_grad():
        made.weight[:-1] = rows
    return made


def frequent(texts: Sequence[Sequence[str]], least: int = LEAST_TERM, most: int = 50_000) -> list[str]:
    """The terms that enough texts have, the most frequent ones if there are too many."""
    counts: dict[str, int] = {}
    for terms in texts:
        for term in set(terms):
            counts[term] = counts.get(term, 0) + 1
    chosen = sorted((term for term, count in counts.items() if count >= least), key=lambda term: (-counts[term], term))
    return chosen[:most]
