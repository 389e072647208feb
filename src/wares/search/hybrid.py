"""Routes → evidence that a product is what was asked for, in one unit.

Each route gives a part that does not depend on the filters, so that membership, totals and facet counts do not either:

- ``words``: BM25F over its ceiling for the query, in [0, 1);
- ``coverage``: the share of the query's idf that matches, in (0, 1];
- ``text``, ``image``, ``fused``: cosines.

The evidence is their weighted sum; :mod:`wares.search.calibrate` turns it into a probability.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from wares.protocols import Matches
from wares.types import ScoreArray

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {"words": 1.0, "coverage": 0.5, "text": 1.0, "image": 1.0, "fused": 0.6}
)


@dataclass(frozen=True, slots=True)
class Hybrid:
    """Joins routes by fixed weights; a route without a weight does not count."""

    weights: Mapping[str, float] = field(default_factory=lambda: WEIGHTS)

    def parts(self, matches: Matches) -> ScoreArray:
        """(n, r) weighted parts in the order of ``matches.routes``; NaN = the route knows nothing of the product."""
        scale = [self.weights.get(route, 0.0) for route in matches.routes]
        if "words" in matches.routes:
            scale[matches.routes.index("words")] /= matches.ceiling
        return np.asarray(matches.scores * np.array(scale))

    @staticmethod
    def evidence(parts: ScoreArray) -> ScoreArray:
        """(n,) sums of the parts that are known."""
        return np.asarray(np.nansum(parts, axis=1))
