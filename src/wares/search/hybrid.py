"""Routes → evidence that a product is what was asked for, in one unit.

Each route gives a part that does not depend on the filters, so that membership, totals and facet counts do not either:

- ``words``: BM25F over its ceiling for the query, in [0, 1);
- ``coverage``: the share of the query's idf that matches, in (0, 1];
- ``phrase``: the share of the query's neighbouring words that stand side by side, in (0, 1];
- ``text``, ``image``, ``fused``: cosines;
- each boost, and ``code`` where what was typed is the product's number: 1.

The score is their weighted sum; where nobody knows what a cosine of an encoder is worth, ``join="ranks"`` takes the
place in each route's order instead (reciprocal rank fusion). The evidence, which :mod:`wares.search.calibrate` turns
into a probability, leaves the words out where they match too little of the query: that a shirt is red says nothing for
"red lipstick".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np

from wares.protocols import Matches
from wares.types import BoolArray, ScoreArray

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "words": 1.0,
        "coverage": 0.75,
        "phrase": 0.1,
        "text": 1.0,
        "image": 1.0,
        "fused": 0.6,
        "boosts": 0.25,
        "code": 10.0,
    }
)
WORDS = frozenset(("words", "coverage"))
CODE, BOOSTS = "code", "boosts"
ROUNDING = 1e-9  # what adding up shares may lose
FUSION = 60  # places after which a route counts for half, as Cormack, Clarke and Büttcher have it


@dataclass(frozen=True, slots=True)
class Hybrid:
    """Joins routes by fixed weights; a route without a weight does not count.

    Parameters
    ----------
    with_photo
        What words count for beside a photo: "blue" asks for the thing on the photo in blue, not for all that is blue.
    match_share
        Share of a query's idf that the words of a lexical match carry, in [0, 1]; 0: one word is enough.
    join
        How routes become a score: ``sum`` of their parts, or of reciprocal ``ranks``.
    """

    weights: Mapping[str, float] = field(default_factory=lambda: WEIGHTS)
    match_share: float = 0.5
    with_photo: float = 0.4
    join: Literal["sum", "ranks"] = "sum"

    def parts(self, matches: Matches) -> ScoreArray:
        """(n, r) weighted parts in the order of ``matches.routes``; NaN = the route knows nothing of the product."""
        composed = self.with_photo if "image" in matches.routes else 1.0
        boosts = matches.query.boosts.keys() - {CODE}
        scale = [
            self.weights.get(BOOSTS if route in boosts else route, 0.0) * (composed if route in WORDS else 1.0)
            for route in matches.routes
        ]
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
        spaces = [place for place, route in enumerate(matches.routes) if route in matches.query.vectors]
        return _sum(parts, spaces)

    def joined(self, matches: Matches, parts: ScoreArray, listed: BoolArray) -> tuple[ScoreArray, tuple[str, ...]]:
        """Parts by names that do not change from query to query: those of all boosts are ``boosts``.

        ``listed`` are the (n,) products that are ordered, whose ranks count where ranks are joined.
        """
        if self.join == "ranks":
            parts = self._by_rank(matches, parts, listed)
        boosts = matches.query.boosts.keys() - {CODE}
        kept = [place for place, route in enumerate(matches.routes) if route not in boosts]
        names = tuple(matches.routes[place] for place in kept)
        if not boosts:
            return parts, names
        lifted = _sum(parts, [place for place, route in enumerate(matches.routes) if route in boosts])
        return np.column_stack([parts[:, kept], lifted]), (*names, BOOSTS)

    def _by_rank(self, matches: Matches, parts: ScoreArray, listed: BoolArray) -> ScoreArray:
        """(n, r) weight · 61 / (60 + rank) instead of the part, NaN for products that are not listed.

        Notes
        -----
        Cormack, Clarke and Büttcher, Reciprocal rank fusion outperforms Condorcet and individual rank learning methods,
        SIGIR 2009; the factor gives the first of each route its whole weight. Equals share the best of their ranks.
        """
        out = parts.copy()
        for place, route in enumerate(matches.routes):
            if route in matches.query.boosts:
                continue
            known = listed & ~np.isnan(parts[:, place])
            out[:, place] = np.nan
            falling = np.sort(-parts[known, place])
            rank = 1 + np.searchsorted(falling, -parts[known, place], side="left")
            out[known, place] = self.weights.get(route, 0.0) * (FUSION + 1) / (FUSION + rank)
        return out

    def coded(self, matches: Matches) -> BoolArray:
        """(n,) whether what was typed is the product's number."""
        if CODE not in matches.routes:
            return np.zeros(len(matches.rows), np.bool_)
        return np.asarray(matches.scores[:, matches.routes.index(CODE)] == 1)

    def lexical(self, matches: Matches) -> BoolArray:
        """(n,) whether the words that match carry at least ``match_share`` of the query's idf."""
        if "coverage" not in matches.routes:
            return np.zeros(len(matches.rows), np.bool_)
        coverage = matches.scores[:, matches.routes.index("coverage")]
        return np.asarray(coverage >= self.least_coverage)

    def verbatim(self, matches: Matches) -> BoolArray:
        """(n,) whether the product has every word of the query, and where there are several, has them side by side."""
        wanted = {"coverage"} if len(matches.query.terms) == 1 else {"coverage", "phrase"}
        if not wanted <= set(matches.routes):
            return np.zeros(len(matches.rows), np.bool_)
        places = [matches.routes.index(route) for route in wanted]
        return np.asarray((matches.scores[:, places] >= 1 - ROUNDING).all(axis=1))

    @property
    def least_coverage(self) -> float:
        return max(self.match_share, 1e-12)


def _sum(parts: ScoreArray, places: Sequence[int]) -> ScoreArray:
    """(n,) sums of what is known in some of the columns."""
    out = np.zeros(len(parts))
    for place in places:
        np.add(out, parts[:, place], out=out, where=~np.isnan(parts[:, place]))
    return out
