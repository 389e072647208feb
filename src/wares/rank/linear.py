"""``linear.v1``: the score is a weighted sum of features."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from wares.registry import register
from wares.types import ScoreArray

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "words": 1.0,
        "coverage": 1.0,
        "phrase": 1.0,
        "text": 1.0,
        "image": 1.0,
        "fused": 1.0,
        "boosts": 1.0,
        "code": 1.0,
        "in_stock": 0.05,
        "rating": 0.02,
        "reviews": 0.01,
    }
)


@register("ranker", "linear.v1")
class LinearRanker:
    """Routes count as they come (they are weighted where they are joined), stock and ratings a little.

    Parameters
    ----------
    weights
        By feature; a feature without a weight does not count, an unknown one (NaN) gives 0.
    """

    def __init__(self, weights: Mapping[str, float] | None = None) -> None:
        self._weights = {**WEIGHTS, **(weights or {})}

    @property
    def contribution_names(self) -> tuple[str, ...]:
        return tuple(self._weights)

    def contributions(self, features: ScoreArray, names: Sequence[str]) -> ScoreArray:
        out = np.zeros((len(self._weights), len(features)))
        for row, (name, weight) in zip(out, self._weights.items(), strict=True):
            if name in names:
                column = features[:, list(names).index(name)]
                np.multiply(column, weight, out=row, where=~np.isnan(column))
        return out.T
