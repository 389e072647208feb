"""A query → what is thought of every product in reach: routes, contributions, evidence, P(relevant), membership."""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from wares.errors import EncodeError, EncoderFailed, NotFound, WeightsError
from wares.protocols import Analyzer, IndexQuery, Matches, ProductIndex, Ranker, Reach
from wares.search.calibrate import Calibration, kind_of
from wares.search.hybrid import CODE, Hybrid
from wares.search.notices import notice
from wares.search.parts import Parts
from wares.search.priors import NAMES, priors
from wares.search.ranking import GuardedRanker, Ranked
from wares.search.resolve import resolve
from wares.search.understand import Reading
from wares.stages import stage, staged
from wares.types import Always, BoolArray, Filter, FloatArray, IntArray, Notice, Query, Region, ScoreArray

SURE = 0.99  # P(relevant) of the product whose code was typed


class EncodeQuery(Protocol):
    """Words, a photo (or a part of it) or a clip → (d,) unit vectors by space."""

    def __call__(
        self, *, text: str, photo: bytes | None, clip: bytes | None, language: str, region: Region | None = None
    ) -> Mapping[str, FloatArray]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """The rows in reach of a query with what is thought of them; n rows, f features, c contributions.

    ``matching``: (n,) whether the words match; ``carried``: some product makes it likely that the shop has what was
    asked for; ``scale`` is what a contribution of 1 is worth in the score, where that is the logarithm of odds.
    """

    reading: Reading
    matches: Matches
    features: ScoreArray
    contributions: ScoreArray
    contribution_names: tuple[str, ...]
    evidence: ScoreArray
    relevance: ScoreArray
    member: BoolArray
    asked: bool
    matching: BoolArray
    carried: bool = True
    scale: float = 1.0
    notices: tuple[Notice, ...] = ()
    degraded: tuple[str, ...] = ()

    @property
    def scores(self) -> ScoreArray:
        return np.asarray(self.contributions.sum(axis=1))

    @property
    def feature_names(self) -> tuple[str, ...]:
        return (*self.matches.routes, *NAMES)

    @property
    def inside(self) -> IntArray:
        """Places of the result set."""
        return np.flatnonzero(self.member & self.matches.passing)

    def above(self, place: int, score: float) -> int | None:
        """Where a row would stand with another score; None: not in the result set."""
        inside = self.inside
        if place not in inside:
            return None
        others = inside[inside != place]
        return int(np.count_nonzero(self.scores[others] > score))


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What of a query does not depend on its filters; made once, however often they are changed.

    ``filters`` begin with the query's own; what else must hold comes after them.
    """

    query: Query
    reading: Reading
    vectors: Mapping[str, FloatArray]
    asked: bool
    kind: str
    degraded: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()

    @property
    def within(self) -> tuple[Filter, ...]:
        """The filters that nothing takes away."""
        return tuple(part for part in self.filters if isinstance(part, Always))

    @property
    def narrowed(self) -> bool:
        """Whether there are filters that can be taken away."""
        return len(self.within) < len(self.filters)

    @property
    def widest(self) -> "Asked":
        """The same without them."""
        return replace(self, filters=self.within)


class Judge:
    """Asks one index.

    Parameters
    ----------
    read
        What is meant by the words of a query.
    encode_query
        Words, photo and clip → vectors, such as ``CatalogueEncoder.query``.
    """

    def __init__(
        self,
        index: ProductIndex,
        analyzer: Analyzer,
        read: Callable[[Query], Reading],
        encode_query: EncodeQuery,
        ranker: Ranker | GuardedRanker,
        calibration: Calibration,
        hybrid: Hybrid,
    ) -> None:
        self.index = index
        self.hybrid = hybrid
        self.calibration = calibration
        self._read = read
        self._encode_query = encode_query
        self._ranker = ranker if isinstance(ranker, GuardedRanker) else GuardedRanker(ranker)
        self.parts = Parts(index, analyzer)

    def varied(self, hybrid: Hybrid, ranker: GuardedRanker) -> "Judge":
        """One that shares all but how routes are joined and products are ordered."""
        other = copy(self)
        other.hybrid, other._ranker = hybrid, ranker
        return other

    def understand(self, query: Query) -> Asked:
        """Read the words and make the vectors.

        Raises
        ------
        EncodeError
            A photo or a clip that cannot be read; EncoderFailed where nothing can look at it and there are no words.
        NotFound
            ``query.like`` is no product.
        """
        part = self.parts.of(query.within)
        if query.like and query.like not in part:
            raise NotFound(f"there is no product {query.like!r}", fix="take an id that a search returned")
        with stage("understand"):
            reading = part.read(query, self._read)
        photo = bool(query.photo or query.clip)
        degraded: tuple[str, ...] = ()
        try:
            with stage("encode"):
                vectors = self._vectors(reading, query)
        except EncodeError as error:
            if photo and not (isinstance(error, EncoderFailed | WeightsError) and (reading.text or query.like)):
                raise
            vectors, degraded, photo = self._without_encoder(reading, query, photo), ("vectors",), False
            reading = replace(reading, notices=(*reading.notices, notice("words_only", reading.language)))
        only_filters = bool(reading.understood.chips) and not (reading.text or reading.boosts)
        asked = photo or bool(query.like) or (bool(query.text.strip()) and not only_filters)
        shown = photo or bool(query.like)
        kind = kind_of(bool(reading.text) or not shown, shown)
        filters = (*query.filters, *reading.filters, *(Always(each) for each in query.within))
        return Asked(query, reading, vectors, asked, kind, degraded, filters)

    def _without_encoder(self, reading: Reading, query: Query, photo: bool) -> Mapping[str, FloatArray]:
        """What is left where an encoder failed: the words' vectors if it was the photo's, else the liked product's."""
        if photo and reading.text:
            try:
                return self._vectors(reading, replace(query, photo=None, clip=None, region=None))
            except EncodeError:
                pass
        return _directions(self.index, query.like) if query.like else {}

    def judge(self, asked: Asked, facets: tuple[str, ...] = (), *, whole: bool = False, most: int = 0) -> Judged:
        """What is known of the products that pass the filters, or all but those of one facet.

        Parameters
        ----------
        facets
            Fields whose own filters do not narrow their counts.
        whole
            Products out of reach are wanted too.
        most
            So many of the nearest are wanted, instead of those that belong to the result set.
        """
        reach = None if whole or not (asked.asked or most) else self._reach(asked, most)
        reading = asked.reading
        query = IndexQuery(reading.terms, asked.vectors, asked.filters, facets, reading.forms, reading.boosts, reach)
        with stage("index"):
            matches = self._matches(query, asked)
        judged = self._judged(matches, asked, nearest=most > 0)
        return judged if most else self._or_none(judged, asked)

    def _matches(self, query: IndexQuery, asked: Asked) -> Matches:
        """What the index finds; filters that nothing passes are read as the catalogue spells them."""
        matches = self.index.search(query)
        if asked.filters and not matches.passing.any() and not self._passed(asked.filters):
            matches = self.index.search(
                replace(query, filters=resolve(asked.filters, self.index, self.parts.of(asked.within).fields))
            )
        return matches

    def _or_none(self, judged: Judged, asked: Asked) -> Judged:
        """The same, with an empty result set where no product, with or without the filters, says that it is carried."""
        if judged.carried or (asked.narrowed and self.judge(asked.widest).carried):
            return judged
        return replace(judged, member=np.zeros_like(judged.member))

    def supposed(self, judged: Judged, place: int, values: Mapping[str, float]) -> float:
        """The score of one row if some of its features had other values."""
        names = judged.feature_names
        features = judged.features[[place]].copy()
        for name, value in values.items():
            features[0, names.index(name)] = value
        before, after = (self._prior_shares(each) for each in (judged.features[[place]], features))
        same = before.failed == after.failed
        return float(judged.scores[place] + judged.scale * (after.shares.sum() - before.shares.sum()) * same)

    def _prior_shares(self, features: ScoreArray) -> Ranked:
        return self._ranker.ranked(features[:, -len(NAMES) :], NAMES)

    def _passed(self, filters: tuple[Filter, ...]) -> bool:
        """Whether any product passes."""
        return bool(self.index.search(IndexQuery(filters=filters, reach=Reach(most=1))).passing.any())

    def _reach(self, asked: Asked, most: int) -> Reach:
        weights = {space: self.hybrid.weights.get(space, 0.0) for space in asked.vectors}
        if most:
            return Reach(coverage=1e-9, weights=weights, most=most)
        floor = self.calibration.of(asked.kind).meaning.cut
        return Reach(self.hybrid.least_coverage, weights, floor, always=frozenset((CODE,)))

    def _vectors(self, reading: Reading, query: Query) -> Mapping[str, FloatArray]:
        own = _directions(self.index, query.like) if query.like else {}
        if not (reading.text or query.photo or query.clip):
            return own
        asked = self._encode_query(
            text=reading.text, photo=query.photo, clip=query.clip, language=reading.language, region=query.region
        )
        both = {space: own[space] + asked[space] if space in own else asked[space] for space in asked}
        lengths = {space: float(np.linalg.norm(vector)) or 1.0 for space, vector in both.items()}
        return {**own, **{space: (vector / lengths[space]).astype(np.float32) for space, vector in both.items()}}

    @staged("rank")
    def _judged(self, matches: Matches, asked: Asked, *, nearest: bool) -> Judged:
        others = np.ones(len(matches.rows), np.bool_)
        if asked.query.like:
            others = np.array([id != asked.query.like for id in self.index.ids(matches.rows)], np.bool_)
            matches = replace(matches, passing=matches.passing & others)
        parts = self.hybrid.parts(matches)
        evidence, matching = self.hybrid.evidence(matches, parts), self.hybrid.lexical(matches)
        relevance, member, sure = self._thought(asked, matches, parts, evidence, matching)
        listed = matches.passing if nearest else member & matches.passing
        joined, names = self.hybrid.joined(matches, parts, listed)
        known = priors(self.index, matches.rows)
        ranked = self._ranker.ranked(np.concatenate([joined, known], axis=1), (*names, *NAMES))
        shares, contribution_names, scale = ranked.shares, ranked.names, 1.0
        if asked.asked:
            # The score is the logarithm of the odds of being relevant, and what speaks for a product beside them.
            curves = self.calibration.of(asked.kind)
            curve = curves.words if "coverage" in matches.routes else curves.meaning
            scale = curve.slope
            shares = np.column_stack([shares * scale, np.full(len(evidence), curve.intercept)])
            contribution_names = (*contribution_names, "calibration")
        features = np.concatenate([parts, known], axis=1)
        return Judged(
            asked.reading,
            matches,
            features,
            shares,
            contribution_names,
            evidence,
            relevance,
            member & others,
            asked.asked,
            matching,
            bool((sure & others).any()) or not asked.asked,
            scale,
            asked.reading.notices,
            (*asked.degraded, *(("ranker",) if ranked.failed else ())),
        )

    def _thought(
        self, asked: Asked, matches: Matches, parts: ScoreArray, evidence: ScoreArray, matching: BoolArray
    ) -> tuple[ScoreArray, BoolArray, BoolArray]:
        """(n,) each: P(relevant), membership, and whether this product alone says that the shop carries it."""
        n = len(evidence)
        if not asked.asked:
            return np.full(n, np.nan), np.ones(n, np.bool_), np.ones(n, np.bool_)
        if not matches.routes:
            return np.zeros(n), np.zeros(n, np.bool_), np.zeros(n, np.bool_)
        curves = self.calibration.of(asked.kind)
        coded, meaning = self.hybrid.coded(matches), self.hybrid.meaning(matches, parts)
        relevance = curves.probability(evidence, matching)
        member = matching | coded | curves.meaning.reaches(meaning)
        # A rare name that stands in a title is carried, however little an encoder makes of it. Without vectors the
        # words have nothing beside them, and little evidence is no sign of doubt.
        certain = coded | self.hybrid.verbatim(matches)
        sure = member if asked.degraded else certain | curves.sure(evidence, meaning, matching)
        return np.where(coded, np.maximum(relevance, SURE), relevance), member, sure


def _directions(index: ProductIndex, id: str) -> dict[str, FloatArray]:
    """(d,) unit means of a product's rows by space."""
    entry = index.get(id)
    if entry is None:
        raise NotFound(f"there is no product {id!r}", fix="take an id that a search returned")
    means = {name: rows.mean(axis=0) for name, rows in entry.vectors.items()}
    lengths = {name: float(np.linalg.norm(mean)) for name, mean in means.items()}
    return {name: (mean / lengths[name]).astype(np.float32) for name, mean in means.items() if lengths[name]}
