"""Orders other than by relevance: a column becomes the score, so that scores still fall from hit to hit."""

import numpy as np

from wares.errors import QueryError
from wares.protocols import ProductIndex
from wares.types import IntArray, ScoreArray

RELEVANCE = "relevance"
COLUMNS = {"price": ("price", -1.0), "-price": ("price", 1.0), "newest": ("created", 1.0), "rating": ("rating", 1.0)}


def check(order: str) -> None:
    """A QueryError for an order that is not there."""
    if order != RELEVANCE and order not in COLUMNS:
        raise QueryError(f"no order is called {order!r}", fix=f"one of {', '.join((RELEVANCE, *COLUMNS))}")


def scores(index: ProductIndex, rows: IntArray, order: str) -> ScoreArray:
    """(n,) the column's number, negative where the lowest comes first; products without it come last."""
    column, sign = COLUMNS[order]
    keys = sign * index.values(rows, column)
    known = keys[~np.isnan(keys)]
    return np.where(np.isnan(keys), (known.min() if len(known) else 0.0) - 1, keys)


def best(scores: ScoreArray, ties: ScoreArray, k: int) -> IntArray:
    """The places of the k highest scores, equal ones by ``ties`` (high first), then by place."""
    if k < len(scores):
        lowest = np.partition(scores, len(scores) - k)[len(scores) - k]
        among = np.flatnonzero(scores >= lowest)
    else:
        among = np.arange(len(scores))
    return np.asarray(among[np.lexsort((among, -ties[among], -scores[among]))][:k], np.int64)
