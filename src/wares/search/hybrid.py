"""Routes → evidence that a product is what was asked for, in one unit.

Each route gives a part that does not depend on the filters, so that membership, totals and facet counts do not either:

- ``words``: BM25F over its ceiling for the query, in [0, 1);
- ``coverage``: the share of the query's idf that matches, in (0, 1];
- ``text``, ``image``, ``fused``: cosines.

The score is their weighted sum. The evidence, which :mod:`wares.search.calibrate` turns into a probability, leaves the
words out where they match too little of the query: that a shirt is red says nothing for "red lipstick".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from wares.protocols import Matches
from wares.types import BoolArray, ScoreArray

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {"words": 1.0, "coverage": 0.75, "text": 1.0, "image": 1.0, "fused": 0.6}
)


WORDS = frozenset(("words", "coverage"))


@dataclass(frozen=True, slots=True)
class Hybrid:
    """Joins routes by fixed weights; a route without a weight does not count.

    Parameters
    ----------
    with_photo
        What words count for beside a photo: "blue" asks for the thing on the photo in blue, not for all that is blue.
    match_share
        Share of a query's idf that the words of a lexical match carry, in [0, 1]; 0: one word is enough.
    """

    weights: Mapping[str, float] = field(default_factory=lambda: WEIGHTS)
    match_share: float = 0.5
    with_photo: float = 0.4

    def parts(self, matches: Matches) -> ScoreArray:
        """(n, r) weighted parts in the order of ``matches.routes``; NaN = the route knows nothing of the product."""
        composed = self.with_photo if "image" in matches.routes else 1.0
        scale = [self.weights.get(route, 0.0) * (composed if route in WORDS else 1.0) for route in matches.routes]
        if "words" in matches.routes:
            scale[matches.routes.index("words")] /= matches.ceiling
        return np.asarray(matches.scores * np.array(scale))

    def evidence(self, matches: Matches, parts: ScoreArray) -> ScoreArray:
        """(n,) what the spaces say, and the words of those that match ``match_share`` of the query's idf."""
        words = [place for place, route in enumerate(matches.routes) if route in WORDS]
        said = np.where(self.lexical(matches), _sum(parts, words), 0.0)
        return np.asarray(said + self.meaning(matches, parts))

    def meaning(self, matches: Matches, parts: ScoreArray) -> ScoreArray:
        """(n,) what the spaces alone say."""
        spaces = [place for place, route in enumerate(matches.routes) if route not in WORDS]
        return _sum(parts, spaces)

    def lexical(self, matches: Matches) -> BoolArray:
        """(n,) whether the words that match carry at least ``match_share`` of the query's idf."""
        if "coverage" not in matches.routes:
            return np.zeros(len(matches.rows), np.bool_)
        coverage = matches.scores[:, matches.routes.index("coverage")]
        return np.asarray(coverage >= max(self.match_share, 1e-12))


def _sum(parts: ScoreArray, places: Sequence[int]) -> ScoreArray:
    """(n,) sums of what is known in some of the columns."""
    out = np.zeros(len(parts))
    for place in places:
        np.add(out, parts[:, place], out=out, where=~np.isnan(parts[:, place]))
    return out
