"""Metrics of rankings: one short function each, named as in ir-measures (``nDCG@10``, ``RR``, ``R@100``).

Every metric reads one query as two arrays: ``ranked`` (k,) the grades in the order of the run, NaN where a document is
unjudged, and ``judged`` (j,) the grades of all judged documents. ``rel`` is the lowest grade that counts as relevant.
All are 0 where nothing is relevant. Documents with equal scores are ranked worst first, so a tie never helps.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from wares.errors import JudgementError
from wares.evaluate.judgements import Qrels, Run
from wares.types import ScoreArray

Metric = Callable[[ScoreArray, ScoreArray], float]


def ndcg(ranked: ScoreArray, judged: ScoreArray, k: int | None = None) -> float:
    """Discounted gain over that of the ideal order; gain = grade, unjudged = 0.

    Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques, TOIS 20(4), 2002; the linear gain and
    log₂(rank + 1) discount of trec_eval.
    """
    ideal = _dcg(np.sort(judged)[::-1], k)
    return _dcg(ranked, k) / ideal if ideal else 0.0


def condensed_ndcg(ranked: ScoreArray, judged: ScoreArray, k: int | None = None) -> float:
    """nDCG of the ranking without its unjudged documents.

    Sakai, Alternatives to Bpref, SIGIR 2007: where few documents are judged, it compares systems that did not feed
    the pool more fairly than taking unjudged for irrelevant.
    """
    return ndcg(ranked[~np.isnan(ranked)], judged, k)


def rr(ranked: ScoreArray, judged: ScoreArray, k: int | None = None, rel: int = 1) -> float:
    """1 / rank of the first relevant document, 0 where none is found.

    Voorhees, The TREC-8 question answering track report, 1999.
    """
    del judged
    found = np.flatnonzero(ranked[:k] >= rel)
    return 1.0 / (found[0] + 1) if found.size else 0.0


def recall(ranked: ScoreArray, judged: ScoreArray, k: int | None = None, rel: int = 1) -> float:
    """Share of the relevant documents that are among the first k. Cleverdon, the Cranfield tests, 1967."""
    relevant = np.sum(judged >= rel)
    return float(np.sum(ranked[:k] >= rel) / relevant) if relevant else 0.0


def precision(ranked: ScoreArray, judged: ScoreArray, k: int | None = None, rel: int = 1) -> float:
    """Share of the first k positions that are relevant; an empty position is not. Cleverdon, as above."""
    del judged
    positions = len(ranked) if k is None else k
    return float(np.sum(ranked[:k] >= rel) / positions) if positions else 0.0


def ap(ranked: ScoreArray, judged: ScoreArray, k: int | None = None, rel: int = 1) -> float:
    """Mean over the relevant documents of the precision where each is found, 0 for those that are not.

    Buckley and Voorhees, Evaluating evaluation measure stability, SIGIR 2000.
    """
    hits = ranked[:k] >= rel
    relevant = np.sum(judged >= rel)
    precisions = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(np.sum(precisions[hits]) / relevant) if relevant else 0.0


def judged_share(ranked: ScoreArray, judged: ScoreArray, k: int | None = None) -> float:
    """Share of the first k positions that were judged: how far the other figures can be trusted."""
    del judged
    top = ranked[:k]
    return float(np.mean(~np.isnan(top))) if top.size else 0.0


FAMILIES: Mapping[str, Callable[..., float]] = {
    "nDCG": ndcg,
    "RR": rr,
    "R": recall,
    "P": precision,
    "AP": ap,
    "Judged": judged_share,
}


def metric(name: str) -> Metric:
    """The metric of an ir-measures name: ``nDCG@10``, ``nDCG(judged_only=True)@10``, ``R(rel=2)@100``, ``AP``.

    Raises
    ------
    JudgementError
        The name cannot be read.
    """
    read = re.fullmatch(r"([A-Za-z]+)(?:\((rel=(\d+)|judged_only=True)\))?(?:@(\d+))?", name)
    if read is None or read[1] not in FAMILIES:
        raise JudgementError(f"no metric is called {name!r}", fix=f"one of {', '.join(FAMILIES)}, as in nDCG@10")
    family, option, rel, k = read[1], read[2], read[3], read[4]
    settings = {name: int(value) for name, value in (("k", k), ("rel", rel)) if value}
    if option == "judged_only=True" and family == "nDCG":
        return partial(condensed_ndcg, k=settings.get("k"))
    if option and (rel is None or family in ("nDCG", "Judged")):
        raise JudgementError(f"{family} has no setting {option!r}", fix=f"{family}@10")
    return partial(FAMILIES[family], **settings)


def grades(scores: Mapping[str, float], judged: Mapping[str, int]) -> ScoreArray:
    """(k,) grades in the order of the scores, best first; NaN = unjudged; equal scores worst first."""
    worst_first = sorted(scores, key=lambda document: (-scores[document], judged.get(document, 0)))
    return np.array([judged.get(document, np.nan) for document in worst_first], dtype=np.float64)


def by_query(run: Run, qrels: Qrels, names: Sequence[str]) -> dict[str, dict[str, float]]:
    """Metric name → query → value, over the queries of the qrels; a query that the run lacks counts 0."""
    values: dict[str, dict[str, float]] = {name: {} for name in names}
    metrics = {name: metric(name) for name in names}
    for query in sorted(qrels):
        ranked = grades(run.get(query, {}), qrels[query])
        judged = np.array(list(qrels[query].values()), dtype=np.float64)
        for name, measure in metrics.items():
            values[name][query] = measure(ranked, judged)
    return values


def _dcg(gains: ScoreArray, k: int | None) -> float:
    top = np.maximum(np.nan_to_num(gains[:k], nan=0.0), 0.0)
    return float(np.sum(top / np.log2(np.arange(2, len(top) + 2))))
