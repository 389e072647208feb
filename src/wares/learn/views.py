"""Both sides of a batch, as tensors: queries as their words, products as any part of what is known of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from wares.encode.learned import TERMS
from wares.learn.catalogue import SEEN, Asked, Catalogue, EncodeTexts, TermsOf
from wares.learn.phrases import holds
from wares.learn.towers import Standard, Towers
from wares.types import BoolArray, FloatArray, IntArray

Side = tuple[dict[str, Tensor], dict[str, Tensor]]
"""Features and presence by modality."""


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """A catalogue as tensors."""

    features: Mapping[str, Tensor]
    present: Mapping[str, Tensor]

    @classmethod
    def of(cls, catalogue: Catalogue, towers: Towers) -> "Shelf":
        """Standardised features, and the numbers of terms."""
        features = {name: each(catalogue.parts[name].vectors) for name, each in towers.standards.items()}
        present = {name: torch.from_numpy(catalogue.parts[name].present) for name in towers.standards}
        if TERMS in towers.modalities:
            features[TERMS] = towers.bag(catalogue.terms)
            present[TERMS] = torch.ones(len(catalogue), dtype=torch.bool)
        return cls(features, present)

    def side(self, rows: IntArray, modalities: Sequence[str], kept: Mapping[str, BoolArray] | None = None) -> Side:
        """Some rows with some of their modalities; ``kept`` (n,) says which rows keep each."""
        at = torch.from_numpy(rows)
        names = [name for name in modalities if name in self.features]
        present = {name: self.present[name][at] for name in names}
        if kept is not None:
            present = {name: each & torch.from_numpy(kept[name]) for name, each in present.items()}
        return {name: self.features[name][at] for name in names}, present


@dataclass(frozen=True, slots=True, eq=False)
class Questions:
    """Queries of one kind as tensors, and which of them ask for each product."""

    asked: Asked
    features: Mapping[str, Tensor]
    starts: IntArray
    queries: IntArray
    grades: FloatArray

    @classmethod
    def of(
        cls, asked: Asked, towers: Towers, standard: Standard, encode: EncodeTexts, terms: TermsOf, n: int
    ) -> "Questions":
        """Encode the queries; pairs are put in the order of the n products."""
        features = {"text": standard(encode(asked.texts).vectors)}
        if TERMS in towers.modalities:
            features[TERMS] = towers.bag([terms(text, asked.language) for text in asked.texts])
        order = np.argsort(asked.rows, kind="stable")
        starts = np.searchsorted(asked.rows[order], np.arange(n + 1))
        return cls(asked, features, starts, asked.queries[order], asked.grades[order])

    def draw(self, rows: IntArray, generator: np.random.Generator) -> tuple[IntArray, IntArray]:
        """Of the rows that are asked for, and one query for each at random."""
        counts = self.starts[rows + 1] - self.starts[rows]
        some = rows[counts > 0]
        picked = self.starts[some] + (generator.random(len(some)) * counts[counts > 0]).astype(np.int64)
        return some, picked

    def side(self, numbers: IntArray) -> Side:
        """Queries by their numbers."""
        at = torch.from_numpy(numbers)
        present = torch.ones(len(numbers), dtype=torch.bool)
        return {name: each[at] for name, each in self.features.items()}, dict.fromkeys(self.features, present)


def relevance(catalogue: Catalogue, asked: Asked, queries: IntArray, rows: IntArray, grades: FloatArray) -> FloatArray:
    """(b, b) how much each of the rows is what each of the queries asks for.

    Besides its own product that is every look-alike, and every product of which the same is said.
    """
    groups = catalogue.groups[rows]
    same = (groups[:, None] == groups[None]) | (queries[:, None] == queries[None])
    found = same * grades[:, None]
    if asked.wanted is not None:
        labels = {name: label[rows] for name, label in catalogue.labels.items()}
        found = np.maximum(found, holds(asked.wanted[queries], labels))
    return np.asarray(found, np.float32)


def kept(
    modalities: Sequence[str], n: int, seen: float, drop: float, generator: np.random.Generator
) -> dict[str, BoolArray]:
    """Which rows keep each modality: a share are only ``seen``, of the others each one is dropped now and then."""
    only = generator.random(n) < seen
    return {name: np.asarray((generator.random(n) >= drop) & (~only | (name in SEEN)), np.bool_) for name in modalities}
