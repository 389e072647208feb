"""A query → a page of products with totals, facets, variants, reasons and what must be told.

The result set is: products whose matching words carry at least ``match_share`` of the query's idf ∪ products whose
P(relevant) reaches the cut-off ∪ the product whose number was typed, ∩ filters. It is empty where not one of all
products, filters aside, makes it likely that the shop carries what was asked ("shorts" match a short cable). Then the
total is 0, and the nearest products are listed under the notice ``no_match``.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from random import Random
from types import MappingProxyType

import numpy as np

from wares.errors import NotFound, QueryError
from wares.protocols import Analyzer, IndexStats, Matches, ProductIndex, Ranker
from wares.search import counts, facets, filters, orders
from wares.search.calibrate import Calibration, Curve
from wares.search.counterfactual import explanation, frequencies_of
from wares.search.diversity import BLOCK, DEPTH, penalties
from wares.search.hybrid import BOOSTS, CODE, Hybrid
from wares.search.judge import Asked, EncodeQuery, Judge, Judged
from wares.search.ladder import Climbed, climb
from wares.search.notices import notice
from wares.search.parts import Part
from wares.search.ranking import GuardedRanker
from wares.search.selftaught import PhotoOf, Teacher, sample
from wares.search.understand import Reading, Understander
from wares.stages import note, staged
from wares.types import (
    BoolArray,
    Count,
    Counted,
    Explanation,
    Facet,
    Filter,
    Hits,
    IntArray,
    Product,
    Progress,
    Query,
    ScoreArray,
)

TEXT = "text"  # the space that tells near-duplicates
EVEN = 0.5  # P(relevant) from which on a product is likelier relevant than not
MAX_PAGE_SIZE, MAX_POSITION, MAX_FACETS, MAX_COUNTS = 1000, 10_000_000, 100, 50


class Searcher:
    """Searches one index.

    Parameters
    ----------
    encode_query
        Words, photo and clip → vectors, such as ``CatalogueEncoder.query``.
    read
        What is meant by the words of a query; None: the words as they stand.
    nearest
        Products listed under ``no_match``.
    """

    def __init__(
        self,
        index: ProductIndex,
        analyzer: Analyzer,
        encode_query: EncodeQuery,
        ranker: Ranker | GuardedRanker,
        calibration: Calibration | None = None,
        *,
        hybrid: Hybrid | None = None,
        read: Callable[[Query], Reading] | None = None,
        nearest: int = 12,
    ) -> None:
        self._index = index
        self._analyzer = analyzer
        read = read or Understander(analyzer)
        calibration, hybrid = calibration or Calibration(), hybrid or Hybrid()
        self._judge = Judge(index, analyzer, read, encode_query, ranker, calibration, hybrid)
        self._nearest = nearest
        self._counted: tuple[IndexStats, tuple[str, ...]] | None = None

    def varied(self, hybrid: Hybrid, ranker: GuardedRanker, nearest: int) -> "Searcher":
        """One that shares index, encoder, reading and calibration, and joins routes and orders products otherwise."""
        other = copy(self)
        other._judge, other._nearest = self._judge.varied(hybrid, ranker), nearest
        return other

    def search(self, query: Query) -> Hits:
        """A page of the result set; the same query on the same index gives the same page.

        Raises
        ------
        QueryError
            A page or an order that cannot be; a FilterError for a field that no product has.
        EncodeError
            A photo or a clip that cannot be read.
        NotFound
            ``query.like`` is no product.
        """
        _check(query)
        asked = self._judge.understand(query)
        judged = self._judge.judge(asked, self._facets_of(asked))
        plain, without = self._found(asked, judged) > 0, dict.fromkeys(judged.degraded)
        if not plain and (climbed := self._climb(asked, without)) is not None:
            asked, judged = climbed.found
            judged = replace(judged, notices=(*judged.notices, climbed.step.notice))
        beside = tuple(self._counted_beside(query, asked, judged, each, plain, without) for each in query.counts)
        judged = replace(judged, degraded=tuple(without))
        if not len(judged.inside):
            return replace(self._nothing(asked, judged), counts=beside)
        end = (query.page + 1) * query.page_size
        if query.sort == orders.RELEVANCE:
            places, lost = self._order(judged, end)
        else:
            scores = orders.scores(self._index, judged.matches.rows[judged.inside], query.sort)
            best = orders.best(scores, judged.scores[judged.inside], end)
            places, lost = judged.inside[best], np.zeros(len(best))
        page = slice(query.page * query.page_size, end)
        hits = self._page(judged, places[page], query.explain, lost[page])
        if query.sort != orders.RELEVANCE:
            hits = _ordered_by(hits, query.sort, scores[best[page]])
        return replace(hits, total=len(judged.inside), facets=self._count(query, judged), counts=beside)

    def judge(self, query: Query, *, whole: bool = False) -> Judged:
        """Everything that is known of the products that pass the filters, or all but those of one facet.

        Products out of reach may be left out, unless the ``whole`` is wanted.
        """
        asked = self._judge.understand(query)
        return self._judge.judge(asked, self._facets_of(asked), whole=whole)

    def part(self, within: tuple[Filter, ...]) -> Part:
        """What passes some filters, as whoever sees nothing else may know it."""
        return self._judge.parts.of(within)

    def similar(self, id: str, k: int = 12, within: tuple[Filter, ...] = ()) -> Hits:
        """Products like this one by text, photo and both together, itself left out."""
        asked = self._judge.understand(Query(like=id, within=within))
        judged = self._judge.judge(asked, most=k + 1)
        others = np.flatnonzero(judged.matches.passing)
        page = others[orders.best(judged.scores[others], judged.evidence[others], k)]
        return replace(self._page(judged, page, explain=False), total=len(page))

    def explain(self, query: Query, id: str) -> Explanation:
        """Why a product stands where it stands under a query, in the result set or not, and what would move it."""
        asked = self._judge.understand(query)
        judged = self._judge.judge(asked, whole=True)
        ids = self._index.ids(judged.matches.rows)
        if id not in ids:
            asked = asked.widest
            judged = self._judge.judge(asked, whole=True)
            ids = self._index.ids(judged.matches.rows)
        if id not in ids:
            raise NotFound(f"there is no product {id!r}", fix="take an id that a search returned")
        for part in judged.degraded:
            note("degraded", part)
        place = ids.index(id)
        text, language = asked.reading.text, asked.reading.language
        counts = frequencies_of(text, language, self._analyzer, self._index, asked.within)
        features = dict(zip(judged.feature_names, judged.features[place].tolist(), strict=True))
        return explanation(
            self._page(judged, np.array([place]), explain=True)[0],
            query,
            asked.reading.understood,
            lambda other: self._position(other, id),
            lambda values: judged.above(place, self._judge.supposed(judged, place, values)),
            words=sorted(counts, key=lambda word: (counts[word], word)),
            features=features,
        )

    def _position(self, query: Query, id: str) -> int | None:
        """Where a product stands under a query; None: not in the result set."""
        judged = self.judge(query)
        places, _ = self._order(judged, len(judged.inside))
        ids = self._index.ids(judged.matches.rows[places])
        return ids.index(id) if id in ids else None

    @staged("rank")
    def _order(self, judged: Judged, k: int) -> tuple[IntArray, ScoreArray]:
        """The first k places of the result set by relevance, near-duplicates moved down, and what they lost by it."""
        inside = judged.inside
        scores = judged.scores[inside]
        depth = min(DEPTH, BLOCK * math.ceil(k / BLOCK))
        best = orders.best(scores, judged.evidence[inside], max(k, depth + 1))
        places, lost = inside[best], np.zeros(len(best))
        if judged.asked and TEXT in judged.matches.query.vectors:
            vectors = self._index.vectors(judged.matches.rows[places[: depth + 1]], TEXT)
            lost[: depth + 1] = penalties(scores[best[: depth + 1]], vectors, depth=depth)
            order = np.argsort(-(scores[best] + lost), kind="stable")
            places, lost = places[order], lost[order]
        return places[:k], lost[:k]

    def _found(self, asked: Asked, judged: Judged) -> int:
        """The size of the result set; 0 where conditions read out of the words left only what is hardly relevant."""
        return int(np.count_nonzero(_likely(asked, judged)[judged.inside]))

    def _counted_beside(
        self, query: Query, asked: Asked, judged: Judged, count: Count, plain: bool, without: dict[str, None]
    ) -> Counted:
        """One of the counts that were asked for; ``plain``: the query found something as it was asked.

        What would have found nothing without a step of the ladder takes its own, and is searched for by itself; what
        that did ``without`` is added.
        """
        names = count.facets
        if counts.EVERY in names:
            names = tuple(dict.fromkeys((*self._candidates(), *(set(names) - {counts.EVERY}))))
        if not (count.without or count.within):
            own = judged.matches.query.filters
            return counts.counted(self._index, judged, own, names, count.limit) or Counted(0)
        if plain:
            every = counts.filters_of(count, query.filters, asked.filters[len(query.filters) :])
            found = counts.counted(self._index, judged, every, names, count.limit, _likely(asked, judged))
            if found is not None:
                return found
        filters = counts.filters_of(count, query.filters)
        alone = (Count("", (), names, count.limit),)
        other = self.search(replace(query, filters=filters, facets=(), page=0, page_size=1, counts=alone))
        without.update(dict.fromkeys(other.degraded))
        return other.counts[0]

    def _climb(self, asked: Asked, without: dict[str, None]) -> Climbed[tuple[Asked, Judged]] | None:
        """The first step of the ladder that finds something; what any of them did ``without`` is added."""

        def attempt(query: Query) -> tuple[int, tuple[Asked, Judged]]:
            other = self._judge.understand(query)
            judged = self._judge.judge(other, self._facets_of(other))
            without.update(dict.fromkeys(judged.degraded))
            return self._found(other, judged), (other, judged)

        return climb(asked.query, asked.reading.understood, attempt)

    def calibrated(
        self,
        products: Iterable[Product],
        progress: Progress | None = None,
        *,
        photo_of: PhotoOf | None = None,
        error_rate: float = 0.1,
        judged: Mapping[str, Curve] = MappingProxyType({}),
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
            Share of queries for what the shop carries that may be told that it does not.
        judged
            Curves of queries of words that come from judgements, by field of :class:`wares.search.calibrate.Curves`.
        queries
            Products that are asked about.
        """

        def ask(query: Query) -> Matches:
            return self.judge(replace(query, literal=True), whole=True).matches

        chosen = sample(products, queries, Random(seed))
        teacher = Teacher(ask, self._index, self._analyzer, self._judge.hybrid)
        calibration = teacher.calibration(chosen, photo_of, error_rate=error_rate, seed=seed, progress=progress)
        calibration = calibration.judged(judged)
        self._judge.calibration = calibration
        return calibration

    def ids(self, judged: Judged) -> tuple[str, ...]:
        """The products of all rows that were judged."""
        return self._index.ids(judged.matches.rows)

    @staged("page")
    def _page(self, judged: Judged, places: IntArray, explain: bool, lost: ScoreArray | None = None) -> Hits:
        rows = judged.matches.rows[places]
        contributions, names = judged.contributions[places], judged.contribution_names
        if lost is not None:
            contributions, names = np.column_stack([contributions, lost]), (*names, "diversity")
        scores = contributions.sum(axis=1)
        if explain:
            contributions, names = self._in_detail(judged, places, contributions, names)
        return Hits(
            ids=self._index.ids(rows),
            variants=self._index.variants(judged.matches, rows),
            scores=scores,
            features=judged.features[places],
            feature_names=judged.feature_names,
            relevance=judged.relevance[places],
            total=0,
            contributions=contributions,
            contribution_names=names,
            notices=judged.notices,
            degraded=judged.degraded,
            understood=judged.reading.understood,
        )

    def _in_detail(
        self, judged: Judged, places: IntArray, contributions: ScoreArray, names: Sequence[str]
    ) -> tuple[ScoreArray, tuple[str, ...]]:
        """``words`` shared out to ``words:field:term``, and ``boosts`` to each boost."""
        matches, boosts = judged.matches, judged.matches.query.boosts.keys() - {CODE}
        explained = self._index.explain(matches, matches.rows[places])
        words = [{f"words:{name}": share for name, share in shares.items()} for shares in explained]
        columns = {name: matches.scores[places, matches.routes.index(name)] for name in sorted(boosts)}
        lifts = [
            {f"boost:{name}": 1.0 for name, column in columns.items() if column[place] == 1}
            for place in range(len(places))
        ]
        for whole, shares in (("words", words), (BOOSTS, lifts)):
            if whole in names:
                contributions, names = _shared_out(contributions, names, whole, shares)
        return contributions, tuple(names)

    def _facets_of(self, asked: Asked) -> tuple[str, ...]:
        """Fields whose own filters must not narrow their counts."""
        if asked.query.counts:
            without = (count.without for count in asked.query.counts if count.without)
            return tuple(dict.fromkeys((*asked.query.facets, *without)))
        return asked.query.facets or (self._candidates() if asked.filters else ())

    def _candidates(self) -> tuple[str, ...]:
        """Fields worth counting, found anew when the index has other statistics."""
        stats = self._index.stats()
        if self._counted is None or self._counted[0] is not stats:
            self._counted = stats, facets.candidates(stats)
        return self._counted[1]

    @staged("facets")
    def _count(self, query: Query, judged: Judged) -> Mapping[str, Facet]:
        if query.facets or query.counts:
            return self._index.facet(judged.matches, judged.member, query.facets)
        names = judged.matches.query.facets or self._candidates()
        return facets.choose(self._index, judged.matches, judged.member, names)

    def _nothing(self, asked: Asked, judged: Judged) -> Hits:
        """Total 0: because of the filters, or because the shop does not carry it; then the nearest are listed."""
        query = asked.query
        carried = asked.narrowed and len(self._judge.judge(asked.widest).inside)
        code = "no_filter_match" if carried else "no_match" if judged.asked else ""
        near = np.zeros(0, np.int64)
        if code == "no_match" and query.page == 0:
            k = min(self._nearest, query.page_size)
            judged = replace(self._judge.judge(asked, self._facets_of(asked), most=k), degraded=judged.degraded)
            passing = np.flatnonzero(judged.matches.passing)
            near = passing[orders.best(judged.evidence[passing], judged.scores[passing], k)]
            near = near[orders.best(judged.scores[near], judged.evidence[near], k)]
        hits = self._page(judged, near, query.explain)
        told = (notice(code, asked.reading.language),) if code else ()
        return replace(hits, notices=(*hits.notices, *told))


def _check(query: Query) -> None:
    orders.check(query.sort)
    if not 1 <= query.page_size <= MAX_PAGE_SIZE:
        raise QueryError(f"{query.page_size} products on a page", fix=f"from 1 to {MAX_PAGE_SIZE}")
    if query.page < 0 or query.page * query.page_size > MAX_POSITION:
        raise QueryError(f"there is no page {query.page}", fix="pages start at 0")
    if (part := query.region) and not (0 <= part.left < part.right <= 1 and 0 <= part.top < part.bottom <= 1):
        raise QueryError(
            f"{part} is no part of a photo", fix="shares of its width and height, left < right, top < bottom"
        )
    if len(query.facets) > MAX_FACETS:
        raise QueryError(f"{len(query.facets)} facets", fix=f"at most {MAX_FACETS}")
    filters.check(query.filters)
    if len(query.counts) > MAX_COUNTS or sum(len(count.facets) for count in query.counts) > MAX_COUNTS * MAX_FACETS:
        raise QueryError(f"{len(query.counts)} counts", fix=f"at most {MAX_COUNTS}, of {MAX_FACETS} facets each")
    for count in query.counts:
        filters.check((*query.filters, *count.within))


def _likely(asked: Asked, judged: Judged) -> BoolArray:
    """(n,) what makes a result set worth showing: all of it, or where words became conditions, what is relevant."""
    if any(chip.kind == "filter" for chip in asked.reading.understood.chips) and judged.asked:
        return (judged.relevance >= EVEN) | judged.matching
    return np.ones(len(judged.member), np.bool_)


def _ordered_by(hits: Hits, order: str, scores: ScoreArray) -> Hits:
    """The column is the score, and the only contribution."""
    return replace(hits, scores=scores, contributions=scores[:, None], contribution_names=(order.lstrip("-"),))


def _shared_out(
    contributions: ScoreArray, names: Sequence[str], whole: str, shares: Sequence[Mapping[str, float]]
) -> tuple[ScoreArray, tuple[str, ...]]:
    """One contribution shared out to named parts of it, in proportion to their shares (by row)."""
    at = list(names).index(whole)
    parts = tuple(sorted({name for row in shares for name in row}))
    out = np.zeros((len(contributions), len(parts)))
    for row, own in enumerate(shares):
        total = sum(own.values())
        for name, share in own.items():
            out[row, parts.index(name)] = contributions[row, at] * share / total
    others = [place for place in range(len(names)) if place != at]
    return np.concatenate([out, contributions[:, others]], axis=1), (*parts, *(names[place] for place in others))
