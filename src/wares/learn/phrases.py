"""Queries that nobody typed: what is said of a product, a few things at a time, as a shopper would ask for it."""

from collections.abc import Mapping, Sequence

import numpy as np

from wares.learn.catalogue import ABSENT, Asked, Label
from wares.types import BoolArray, IntArray

MOST_LABELS = 3
EACH = 4  # phrases made for a product in each language
SPACELESS = frozenset(("zh", "ja"))


def phrases(labels: Mapping[str, Label], language: str, seed: int, rows: Sequence[int], each: int = EACH) -> Asked:
    """Some queries for each of the rows, of one to three labels in any order; equal ones are one query.

    Every product of which the same is said was asked for too.
    """
    names = [name for name, label in labels.items() if language in label.words]
    codes = np.stack([labels[name].codes for name in names], axis=1) if names else np.zeros((0, 0), np.int64)
    generator = np.random.default_rng([seed, sum(language.encode())])
    numbers: dict[tuple[tuple[int, int], ...], int] = {}
    texts: list[str] = []
    pairs: list[tuple[int, int]] = []
    for row in rows:
        said = np.flatnonzero(codes[row] != ABSENT) if names else np.zeros(0, np.int64)
        for _ in range(each if len(said) else 0):
            size = generator.integers(1, min(MOST_LABELS, len(said)) + 1)
            chosen = generator.choice(said, size, replace=False)
            key = tuple(sorted((int(label), int(codes[row, label])) for label in chosen))
            if key not in numbers:
                numbers[key] = len(texts)
                spoken = [labels[names[label]].words[language][codes[row, label]] for label in chosen]
                texts.append(("" if language in SPACELESS else " ").join(spoken))
            pairs.append((row, numbers[key]))
    wanted = np.full((len(texts), len(labels)), ABSENT)
    places = {name: place for place, name in enumerate(labels)}
    for key, number in numbers.items():
        for label, code in key:
            wanted[number, places[names[label]]] = code
    distinct = np.array(sorted(set(pairs)), np.int64).reshape(-1, 2)
    return Asked(
        tuple(texts), "phrase", language, distinct[:, 0], distinct[:, 1], np.ones(len(distinct), np.float32), wanted
    )


def holds(wanted: IntArray, labels: Mapping[str, Label]) -> BoolArray:
    """(q, n) whether each product has every value that a query is made of; (q, l) as :class:`Asked` has it."""
    codes = np.stack([label.codes for label in labels.values()], axis=1)
    return np.asarray(((wanted[:, None] == ABSENT) | (wanted[:, None] == codes[None])).all(2), np.bool_)
