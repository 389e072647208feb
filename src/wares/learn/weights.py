"""Route weights from judgements: few parameters, searched by coordinates, trusted only as far as cross-validation goes.

The score that is tuned is the one that is served: Σ weight · route, plus what the ranker adds for stock and ratings.
Coordinate ascent on nDCG@10 (Metzler and Croft, Linear feature-based models for information retrieval, Information
Retrieval 10(3), 2007) moves one weight at a time and keeps a step only if it gains.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wares.errors import JudgementError
from wares.evaluate.compare import Comparison, interval, paired
from wares.evaluate.judgements import Qrels, answerable
from wares.evaluate.metrics import condensed_ndcg, ndcg
from wares.search.hybrid import Hybrid
from wares.search.judge import Judged
from wares.types import IntArray, ScoreArray

DEPTH = 200
STEPS = (0.0, 0.5, 0.7, 0.85, 1.2, 1.5, 2.0, 3.0)
ROUNDS = 3
GAIN = 1e-3  # a step that gains less is noise
FEWEST = 10


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """What is ranked for one query.

    Attributes
    ----------
    routes : (n, r)
        Routes in one unit, by the order of the tuned names, 0 where a route knows nothing.
    rest : (n,)
        What the ranker adds to them.
    grades : (n,)
        NaN = unjudged.
    judged : (j,)
        The grades of all judged products, found or not.
    """

    routes: ScoreArray
    rest: ScoreArray
    grades: ScoreArray
    judged: ScoreArray

    def ndcg(self, weights: ScoreArray, *, condensed: bool = False) -> float:
        """nDCG@10 under the weights; ties are broken against us."""
        scores = self.routes @ weights + self.rest
        order = np.lexsort((np.nan_to_num(self.grades), -scores))
        return (condensed_ndcg if condensed else ndcg)(self.grades[order], self.judged, 10)


@dataclass(frozen=True, slots=True)
class Tuned:
    """Weights found on all queries, and what they are worth on queries that they were not found on.

    ``current`` and ``held_out`` are nDCG@10 with 95 % intervals by query; ``against`` compares held_out − current.
    """

    weights: Mapping[str, float]
    before: Mapping[str, float]
    current: float
    current_interval: tuple[float, float]
    held_out: float
    held_out_interval: tuple[float, float]
    against: Comparison
    queries: int
    left_out: int

    def toml(self) -> str:
        """The section to paste into wares.toml."""
        return "\n".join(["[search.weights]", *(f"{name} = {value:.4g}" for name, value in self.weights.items())])


def candidates(
    judged: Judged, ids: Sequence[str], graded: Mapping[str, int], names: Sequence[str], match_share: float
) -> Candidates:
    """What a query is tuned on: the best products of each route and of the score, and all that were judged.

    Parameters
    ----------
    judged
        What :meth:`wares.search.searcher.Searcher.judge` says; the ranker must count routes as they come.
    ids
        Of the rows of its matches.
    names
        Routes whose weights are tuned.
    """
    matches = judged.matches
    parts = Hybrid(dict.fromkeys(names, 1.0), match_share).parts(matches)
    at = [matches.routes.index(name) if name in matches.routes else -1 for name in names]
    routes = np.stack([np.nan_to_num(parts[:, place]) if place >= 0 else np.zeros(len(parts)) for place in at], axis=1)
    known = [matches.routes.index(name) for name in matches.routes if name in names]
    rest = judged.scores / judged.scale - np.nansum(judged.features[:, known], axis=1)
    grades = np.array([graded.get(id, np.nan) for id in ids])
    kept = ~np.isnan(grades)
    for column in (*routes.T, judged.scores):
        kept[np.argsort(-column, kind="stable")[:DEPTH]] = True
    kept &= matches.passing
    return Candidates(routes[kept], rest[kept], grades[kept], np.array(list(graded.values()), np.float64))


def tune(
    qrels: Qrels,
    ask: Callable[[str], Candidates],
    before: Mapping[str, float],
    *,
    folds: int = 5,
    seed: int = 0,
    condensed: bool = False,
) -> Tuned:
    """Weights for the judged queries.

    Parameters
    ----------
    ask
        Query id → its candidates, their routes in the order of ``before``.
    before
        The weights that are served now; the search starts from them.
    folds
        The gain is measured on each fold by weights found on the others.
    condensed
        Tune on the judged products alone: fairer where few products of each query were judged.

    Raises
    ------
    JudgementError
        Fewer than ten queries have a relevant product.
    """
    asked = sorted(answerable(qrels))
    if len(asked) < max(FEWEST, folds):
        raise JudgementError(
            f"{len(asked)} queries have a relevant product", fix=f"judge at least {max(FEWEST, folds)} of them"
        )
    pools = [ask(query) for query in asked]
    start = np.array(list(before.values()))
    now = np.array([pool.ndcg(start, condensed=condensed) for pool in pools])
    held_out = np.zeros(len(pools))
    fold_of = np.random.default_rng(seed).permutation(len(pools)) % folds
    for fold in range(folds):
        fitted: IntArray = np.flatnonzero(fold_of != fold)
        found = ascend([pools[place] for place in fitted], start, condensed=condensed)
        for place in np.flatnonzero(fold_of == fold):
            held_out[place] = pools[place].ndcg(found, condensed=condensed)
    weights = ascend(pools, start, condensed=condensed)
    return Tuned(
        weights=dict(zip(before, weights.tolist(), strict=True)),
        before=before,
        current=float(now.mean()),
        current_interval=interval(now, seed),
        held_out=float(held_out.mean()),
        held_out_interval=interval(held_out, seed),
        against=paired(held_out, now, seed),
        queries=len(asked),
        left_out=len(qrels) - len(asked),
    )


def ascend(pools: Sequence[Candidates], start: ScoreArray, *, condensed: bool = False) -> ScoreArray:
    """(r,) weights by coordinate ascent on the mean nDCG@10; a weight of 0 is tried at a tenth and at one half."""

    def mean(weights: ScoreArray) -> float:
        return float(np.mean([pool.ndcg(weights, condensed=condensed) for pool in pools]))

    weights, best = start.copy(), mean(start)
    asked = np.any([np.any(pool.routes != 0, axis=0) for pool in pools], axis=0)
    for _ in range(ROUNDS):
        before = best
        for place in np.flatnonzero(asked):
            base = weights[place]
            for value in base * np.array(STEPS) if base else (0.1, 0.5):
                trial = weights.copy()
                trial[place] = value
                if (reached := mean(trial)) > best + GAIN:
                    weights, best = trial, reached
        if best == before:
            break
    return weights
