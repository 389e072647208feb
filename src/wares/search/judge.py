"""A query → what is thought of every product in reach: routes, contributions, evidence, P(relevant), membership."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from wares.errors import EncodeError, NotFound
from wares.protocols import IndexQuery, Matches, ProductIndex, Ranker, Reach
from wares.search.calibrate import Calibration, kind_of
from wares.search.hybrid import CODE, Hybrid
from wares.search.notices import notice
from wares.search.priors import NAMES, priors
from wares.search.resolve import resolve
from wares.search.understand import Reading
from wares.types import BoolArray, Filter, FloatArray, IntArray, Notice, Query, Region, ScoreArray

SURE = 0.99  # P(relevant) of the product whose code was typed


class EncodeQuery(Protocol):
    """Words, a photo (or a part of it) or a clip → (d,) unit vectors by space."""

    def __call__(
        self, *, text: str, photo: bytes | None, clip: bytes | None, language: str, region: Region | None = None
    ) -> Mapping[str, FloatArray]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """The rows in reach of a query with what is thought of them; n rows, f features, c contributions.

    ``scale`` is what a contribution of 1 is worth in the score, where that is the logarithm of odds.
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


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What of a query does not depend on its filters; made once, however often they are changed."""

    query: Query
    reading: Reading
    vectors: Mapping[str, FloatArray]
    asked: bool
    kind: str
    degraded: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()


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
        read: Callable[[Query], Reading],
        encode_query: EncodeQuery,
        ranker: Ranker,
        calibration: Calibration,
        hybrid: Hybrid,
    ) -> None:
        self.index = index
        self.hybrid = hybrid
        self.calibration = calibration
        self._read = read
        self._encode_query = encode_query
        self._ranker = ranker

    def understand(self, query: Query) -> Asked:
        """Read the words and make the vectors.

        Raises
        ------
        EncodeError
            A photo or a clip that cannot be read.
        NotFound
            ``query.like`` is no product.
        """
        reading = self._read(query)
        photo = bool(query.photo or query.clip)
        degraded: tuple[str, ...] = ()
        try:
            vectors = self._vectors(reading, query)
        except EncodeError:
            if photo:
                raise
            vectors, degraded = {}, ("vectors",)
            reading = replace(reading, notices=(*reading.notices, notice("words_only", reading.language)))
        only_filters = bool(reading.understood.chips) and not (reading.text or reading.boosts)
        asked = photo or bool(query.like) or (bool(query.text.strip()) and not only_filters)
        shown = photo or bool(query.like)
        kind = kind_of(bool(reading.text) or not shown, shown)
        return Asked(query, reading, vectors, asked, kind, degraded, (*query.filters, *reading.filters))

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
        matches = self.index.search(query)
        if asked.filters and not matches.passing.any() and not self._passed(asked.filters):
            query = replace(query, filters=resolve(asked.filters, self.index))
            matches = self.index.search(query)
        return self._judged(matches, asked)

    def supposed(self, judged: Judged, place: int, values: Mapping[str, float]) -> float:
        """The score of one row if some of its features had other values."""
        names = judged.feature_names
        features = judged.features[[place]].copy()
        for name, value in values.items():
            features[0, names.index(name)] = value
        before, after = (self._prior_shares(each) for each in (judged.features[[place]], features))
        return float(judged.scores[place] + judged.scale * (after - before).sum())

    def _prior_shares(self, features: ScoreArray) -> ScoreArray:
        return self._ranker.contributions(features[:, -len(NAMES) :], NAMES)

    def _passed(self, filters: tuple[Filter, ...]) -> bool:
        """Whether any product passes."""
        return bool(self.index.search(IndexQuery(filters=filters, reach=Reach(most=1))).passing.any())

    def _reach(self, asked: Asked, most: int) -> Reach:
        weights = {space: self.hybrid.weights.get(space, 0.0) for space in asked.vectors}
        if most:
            return Reach(coverage=1e-9, weights=weights, most=most)
        floor = self.calibration.curve(asked.kind).cut
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

    def _judged(self, matches: Matches, asked: Asked) -> Judged:
        others = np.ones(len(matches.rows), np.bool_)
        if asked.query.like:
            others = np.array([id != asked.query.like for id in self.index.ids(matches.rows)], np.bool_)
            matches = replace(matches, passing=matches.passing & others)
        parts = self.hybrid.parts(matches)
        evidence = self.hybrid.evidence(matches, parts)
        joined, names = self.hybrid.joined(matches, parts)
        known = priors(self.index, matches.rows)
        shares = self._ranker.contributions(np.concatenate([joined, known], axis=1), (*names, *NAMES))
        contribution_names = self._ranker.contribution_names
        member = np.ones(len(evidence), np.bool_)
        relevance = np.full(len(evidence), np.nan)
        scale = 1.0
        if asked.asked:
            curve = self.calibration.curve(asked.kind)
            known_code = self.hybrid.coded(matches)
            relevance = curve.probability(evidence) if matches.routes else np.zeros(len(evidence))
            relevance = np.where(known_code, np.maximum(relevance, SURE), relevance)
            member = curve.reaches(evidence) if matches.routes else np.zeros(len(evidence), np.bool_)
            member = member | self.hybrid.lexical(matches) | known_code
            # The score is the logarithm of the odds of being relevant, and what speaks for a product beside them.
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
            scale,
            asked.reading.notices,
            asked.degraded,
        )


def _directions(index: ProductIndex, id: str) -> dict[str, FloatArray]:
    """(d,) unit means of a product's rows by space."""
    entry = index.get(id)
    if entry is None:
        raise NotFound(f"there is no product {id!r}", fix="take an id that a search returned")
    means = {name: rows.mean(axis=0) for name, rows in entry.vectors.items()}
    lengths = {name: float(np.linalg.norm(mean)) for name, mean in means.items()}
    return {name: (mean / lengths[name]).astype(np.float32) for name, mean in means.items() if lengths[name]}
