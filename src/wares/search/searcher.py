"""A query → a page of products with totals, facets, variants, reasons and what must be told.

The result set is: products whose matching words carry at least ``match_share`` of the query's idf ∪ products whose
P(relevant) reaches the cut-off, ∩ filters. Where it is empty although something was asked, the shop does not carry it:
the total is 0, and the nearest products are listed under the notice ``no_match``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Protocol

import numpy as np

from wares.errors import EncodeError, NotFound, QueryError
from wares.protocols import Analyzer, IndexQuery, IndexStats, Matches, ProductIndex, Ranker
from wares.search import facets, orders
from wares.search.calibrate import Calibration, kind_of
from wares.search.hybrid import Hybrid
from wares.search.notices import notice
from wares.search.priors import NAMES, priors
from wares.search.resolve import resolve
from wares.search.selftaught import PhotoOf, Teacher, sample
from wares.search.understand import understand
from wares.types import (
    BoolArray,
    Facet,
    FloatArray,
    Hits,
    IntArray,
    Notice,
    Product,
    Progress,
    Query,
    ScoreArray,
)

MAX_PAGE_SIZE, MAX_POSITION = 1000, 10_000_000


class EncodeQuery(Protocol):
    """Words, a photo or a clip → (d,) unit vectors by space."""

    def __call__(
        self, *, text: str, photo: bytes | None, clip: bytes | None, language: str
    ) -> Mapping[str, FloatArray]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """All rows of a query with what is thought of them; n rows, f features, c contributions."""

    matches: Matches
    features: ScoreArray
    contributions: ScoreArray
    evidence: ScoreArray
    relevance: ScoreArray
    member: BoolArray
    asked: bool
    notices: tuple[Notice, ...] = ()
    degraded: tuple[str, ...] = ()

    @property
    def scores(self) -> ScoreArray:
        return np.asarray(self.contributions.sum(axis=1))


class Searcher:
    """Searches one index.

    Parameters
    ----------
    encode_query
        Words, photo and clip → vectors, such as ``CatalogueEncoder.query``.
    nearest
        Products listed under ``no_match``.
    """

    def __init__(
        self,
        index: ProductIndex,
        analyzer: Analyzer,
        encode_query: EncodeQuery,
        ranker: Ranker,
        calibration: Calibration | None = None,
        *,
        hybrid: Hybrid | None = None,
        nearest: int = 12,
    ) -> None:
        self._index = index
        self._analyzer = analyzer
        self._encode_query = encode_query
        self._ranker = ranker
        self._calibration = calibration or Calibration()
        self._hybrid = hybrid or Hybrid()
        self._nearest = nearest
        self._counted: tuple[IndexStats, tuple[str, ...]] | None = None

    def search(self, query: Query) -> Hits:
        """A page of the result set; the same query on the same index gives the same page.

        Raises
        ------
        QueryError
            A page or an order that cannot be; a FilterError for a field that no product has.
        EncodeError
            A photo or a clip that cannot be read.
        """
        _check(query)
        judged = self.judge(query)
        inside = np.flatnonzero(judged.member & judged.matches.passing)
        if not len(inside):
            return self._nothing(query, judged)
        start = query.page * query.page_size
        scores, ties = judged.scores[inside], judged.evidence[inside]
        if query.sort != orders.RELEVANCE:
            scores, ties = orders.scores(self._index, judged.matches.rows[inside], query.sort), scores
        page = orders.best(scores, ties, start + query.page_size)[start:]
        hits = self._page(judged, inside[page], query.explain)
        if query.sort != orders.RELEVANCE:
            hits = _ordered_by(hits, query.sort, scores[page])
        return replace(hits, total=len(inside), facets=self._facets(query, judged))

    def similar(self, id: str, k: int = 12) -> Hits:
        """Products like this one by text, photo and both together, itself left out."""
        entry = self._index.get(id)
        if entry is None:
            raise NotFound(f"there is no product {id!r}", fix="take an id that a search returned")
        means = {name: rows.mean(axis=0) for name, rows in entry.vectors.items()}
        lengths = {name: float(np.linalg.norm(mean)) for name, mean in means.items()}
        vectors = {name: (mean / lengths[name]).astype(np.float32) for name, mean in means.items() if lengths[name]}
        judged = self._judged(self._index.search(IndexQuery(vectors=vectors)), asked=False, kind="words")
        found = orders.best(judged.scores, judged.evidence, k + 1)
        others = [place for place in found if self._index.ids(judged.matches.rows[[place]]) != (id,)][:k]
        hits = self._page(judged, np.array(others, np.int64), explain=False)
        return replace(hits, total=len(others))

    def explain(self, query: Query, id: str) -> Hits:
        """One product under a query, in the result set or not, with its contributions down to single words."""
        judged = self.judge(replace(query, filters=()))
        ids = self._index.ids(judged.matches.rows)
        if id not in ids:
            raise NotFound(f"there is no product {id!r}", fix="take an id that a search returned")
        return replace(self._page(judged, np.array([ids.index(id)]), explain=True), total=1)

    def calibrated(
        self,
        products: Iterable[Product],
        progress: Progress | None = None,
        *,
        photo_of: PhotoOf | None = None,
        error_rate: float = 0.1,
        queries: int = 150,
        seed: int = 0,
    ) -> Calibration:
        """Fit the calibration on the catalogue itself, use it from now on, and return it to be saved.

        Parameters
        ----------
        products
            The products that are indexed, streamed once.
        photo_of
            A product's photo as bytes; without it queries by photo keep their guessed cut-off.
        error_rate
            Share of true matches that the cut-off may lose.
        queries
            Products that are asked about.
        """
        chosen = sample(products, queries, Random(seed))
        teacher = Teacher(lambda query: self.judge(query).matches, self._index, self._analyzer, self._hybrid)
        self._calibration = teacher.calibration(chosen, photo_of, error_rate=error_rate, seed=seed, progress=progress)
        return self._calibration

    def judge(self, query: Query) -> Judged:
        """Everything that is known of every product that passes the filters (or all but those of one facet)."""
        understood = understand(query.text, query.language)
        asked = bool(query.text.strip() or query.photo or query.clip)
        terms = tuple(self._analyzer.terms(understood.text, understood.language))
        notices = understood.notices
        degraded: tuple[str, ...] = ()
        try:
            vectors = self._vectors(understood.text, query, understood.language)
        except EncodeError:
            if query.photo or query.clip:
                raise
            vectors, degraded = {}, ("vectors",)
            notices = (*notices, notice("words_only", understood.language))
        counted = query.facets or (self._candidates() if query.filters else ())
        index_query = IndexQuery(terms, vectors, query.filters, counted)
        matches = self._index.search(index_query)
        if query.filters and not matches.passing.any():
            index_query = replace(index_query, filters=resolve(query.filters, self._index))
            matches = self._index.search(index_query)
        photo = bool(query.photo or query.clip)
        judged = self._judged(matches, asked=asked, kind=kind_of(bool(understood.text) or not photo, photo))
        return replace(judged, notices=notices, degraded=degraded)

    def ids(self, judged: Judged) -> tuple[str, ...]:
        """The products of all rows that were judged."""
        return self._index.ids(judged.matches.rows)

    def _vectors(self, text: str, query: Query, language: str) -> Mapping[str, FloatArray]:
        if not (text or query.photo or query.clip):
            return {}
        return self._encode_query(text=text, photo=query.photo, clip=query.clip, language=language)

    def _judged(self, matches: Matches, *, asked: bool, kind: str) -> Judged:
        parts = self._hybrid.parts(matches)
        evidence = self._hybrid.evidence(matches, parts)
        features = np.concatenate([parts, priors(self._index, matches.rows)], axis=1)
        contributions = self._ranker.contributions(features, (*matches.routes, *NAMES))
        member = np.ones(len(evidence), np.bool_)
        relevance = np.full(len(evidence), np.nan)
        if asked:
            curve = self._calibration.curve(kind)
            relevance = curve.probability(evidence) if matches.routes else np.zeros(len(evidence))
            member = curve.reaches(evidence) if matches.routes else np.zeros(len(evidence), np.bool_)
            member = member | self._hybrid.lexical(matches)
        return Judged(matches, features, contributions, evidence, relevance, member, asked)

    def _page(self, judged: Judged, places: IntArray, explain: bool) -> Hits:
        rows = judged.matches.rows[places]
        contributions, names = judged.contributions[places], self._ranker.contribution_names
        scores = contributions.sum(axis=1)
        if explain:
            contributions, names = self._by_word(judged.matches, rows, contributions, names)
        return Hits(
            ids=self._index.ids(rows),
            variants=self._index.variants(judged.matches, rows),
            scores=scores,
            features=judged.features[places],
            feature_names=(*judged.matches.routes, *NAMES),
            relevance=judged.relevance[places],
            total=0,
            contributions=contributions,
            contribution_names=names,
            notices=judged.notices,
            degraded=judged.degraded,
        )

    def _by_word(
        self, matches: Matches, rows: IntArray, contributions: ScoreArray, names: Sequence[str]
    ) -> tuple[ScoreArray, tuple[str, ...]]:
        """The contribution of ``words`` shared out to ``words:field:term``."""
        if "words" not in matches.routes or "words" not in names:
            return contributions, tuple(names)
        at = list(names).index("words")
        explained = self._index.explain(matches, rows)
        words = tuple(sorted({name for shares in explained for name in shares}))
        shared = np.zeros((len(rows), len(words)))
        for row, shares in enumerate(explained):
            whole = sum(shares.values())
            for name, share in shares.items():
                shared[row, words.index(name)] = contributions[row, at] * share / whole
        others = [place for place in range(len(names)) if place != at]
        kept = tuple(names[place] for place in others)
        return np.concatenate([shared, contributions[:, others]], axis=1), (*(f"words:{w}" for w in words), *kept)

    def _candidates(self) -> tuple[str, ...]:
        """Fields worth counting, found anew when the index has other statistics."""
        stats = self._index.stats()
        if self._counted is None or self._counted[0] is not stats:
            self._counted = stats, facets.candidates(stats)
        return self._counted[1]

    def _facets(self, query: Query, judged: Judged) -> Mapping[str, Facet]:
        if query.facets:
            return self._index.facet(judged.matches, judged.member, query.facets)
        names = judged.matches.query.facets or self._candidates()
        return facets.choose(self._index, judged.matches, judged.member, names)

    def _nothing(self, query: Query, judged: Judged) -> Hits:
        """Total 0: because of the filters, or because the shop does not carry it; then the nearest are listed."""
        near = np.zeros(0, np.int64)
        passing = np.flatnonzero(judged.matches.passing)
        code = "no_filter_match" if query.filters and self._carries(query) else "no_match" if judged.asked else ""
        if code == "no_match" and query.page == 0:
            k = min(self._nearest, query.page_size)
            near = passing[orders.best(judged.scores[passing], judged.evidence[passing], k)]
        hits = self._page(judged, near, query.explain)
        told = (notice(code, understand(query.text, query.language).language),) if code else ()
        return replace(hits, notices=(*hits.notices, *told))

    def _carries(self, query: Query) -> bool:
        """Whether anything is found without the filters."""
        judged = self.judge(replace(query, filters=()))
        return bool((judged.member & judged.matches.passing).any())


def _check(query: Query) -> None:
    orders.check(query.sort)
    if not 1 <= query.page_size <= MAX_PAGE_SIZE:
        raise QueryError(f"{query.page_size} products on a page", fix=f"from 1 to {MAX_PAGE_SIZE}")
    if query.page < 0 or query.page * query.page_size > MAX_POSITION:
        raise QueryError(f"there is no page {query.page}", fix="pages start at 0")


def _ordered_by(hits: Hits, order: str, scores: ScoreArray) -> Hits:
    """The column is the score, and the only contribution."""
    return replace(hits, scores=scores, contributions=scores[:, None], contribution_names=(order.lstrip("-"),))
