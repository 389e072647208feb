"""What a shop's search is usually made of, as peers: fields with boosts, vectors alone, both summed or joined by rank.

The vectors are ours, so that what is compared is how things are joined; the words are bm25s.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import product as combinations
from random import Random
from typing import Any

import numpy as np

from wares.bench.peers import Bm25sPeer

DEPTH = 1000
RANK = 60  # of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009)
FIELDS = ("title", "brand", "description", "attributes")
CARELESS = (10.0, 5.0, 1.0, 1.0)  # what is written down once and never looked at again

Scores = Mapping[str, float]
Rank = Callable[[str], Scores]
Meaning = Callable[[str], Scores]
"""A query → product → cosine, of every product."""


def texts_of(product: Mapping[str, Any]) -> dict[str, str]:
    """A product's text by field."""
    values = (value for value in product["attributes"].values() if isinstance(value, str))
    return {
        "title": product["title"],
        "brand": product.get("brand") or "",
        "description": product.get("description") or "",
        "attributes": " ".join(values),
    }


def top(scores: Scores, depth: int = DEPTH) -> dict[str, float]:
    """The best of them, equal ones by id."""
    return dict(sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[:depth])


def shuffled(ids: Sequence[str], seed: int, text: str) -> dict[str, float]:
    """Every product in an order drawn anew for each query."""
    order = Random(f"{seed} {text}").sample(ids, len(ids))
    return {id: -float(place) for place, id in enumerate(order[:DEPTH])}


def summed(parts: Sequence[tuple[Scores, float]]) -> dict[str, float]:
    """Weighted sums; what a part does not know counts 0 there."""
    out: dict[str, float] = {}
    for scores, weight in parts:
        for id, score in scores.items():
            out[id] = out.get(id, 0.0) + weight * score
    return out


def fused(lists: Sequence[Scores]) -> dict[str, float]:
    """Reciprocal rank fusion."""
    ranked = [{id: 1.0 / (RANK + place) for place, id in enumerate(top(scores), start=1)} for scores in lists]
    return summed([(scores, 1.0) for scores in ranked])


class FieldsPeer:
    """BM25 by field, summed with boosts."""

    def __init__(self, products: Mapping[str, Mapping[str, str]]) -> None:
        self._peers = [
            Bm25sPeer({id: texts[field] for id, texts in products.items()}, 1.2, 0.75 if field != "title" else 0.5)
            for field in FIELDS
        ]
        self._kept: tuple[str, list[dict[str, float]]] = ("", [])

    def rank(self, boosts: Sequence[float], text: str) -> dict[str, float]:
        if self._kept[0] != text:
            self._kept = text, [peer.rank(text, 5 * DEPTH) for peer in self._peers]
        return top(summed([*zip(self._kept[1], boosts, strict=True)]))


def classics(products: Mapping[str, Mapping[str, str]], meaning: Meaning, seed: int) -> dict[str, dict[str, Rank]]:
    """Peer → setting → how it ranks; of several settings the one that is best in training is measured."""
    whole = Bm25sPeer({id: " ".join(texts.values()) for id, texts in products.items()}, 0.6, 0.75)
    fields = FieldsPeer(products)

    def words(text: str) -> dict[str, float]:
        found = whole.rank(text, DEPTH)
        best = max(found.values(), default=1.0)
        return {id: score / best for id, score in found.items()}

    def both(weight: float, text: str) -> dict[str, float]:
        return top(summed([(words(text), 1.0), (meaning(text), weight)]))

    boosts = [(title, 1.0, 1.0, rest) for title, rest in combinations((1.0, 2.0, 4.0), (0.0, 0.3, 1.0))]
    return {
        "random": {"one order a query": partial(shuffled, sorted(products), seed)},
        "boosts": {f"title {each[0]:g}, attributes {each[3]:g}": partial(fields.rank, each) for each in boosts},
        "careless": {"title 10, brand 5": partial(fields.rank, CARELESS)},
        "dense": {"cosine": lambda text: top(meaning(text))},
        "sum": {f"{weight:g} · cosine": partial(both, weight) for weight in (0.5, 1.0, 2.0)},
        "rrf": {"k 60": lambda text: fused([words(text), meaning(text)])},
    }


def reweighted(names: Sequence[str], parts: Any, ids: Sequence[str], weights: Mapping[str, float]) -> dict[str, float]:
    """The best by our own parts (n, f) under other weights, those that are not named as they are; NaN counts 0."""
    scale = np.array([weights.get(name, 1.0) for name in names])
    scores = np.nan_to_num(parts) @ scale
    best = np.argsort(-scores, kind="stable")[:DEPTH]
    return {ids[row]: float(scores[row]) for row in best}
