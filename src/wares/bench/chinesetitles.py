"""Does a title answer a Chinese query? Pairs of both, graded 0 to 2: words and meaning together, beside words alone."""

import csv
import gzip
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wares.bench import vectors
from wares.bench.harness import BenchOptions
from wares.config import Config
from wares.encode.words import WordsAnalyzer
from wares.registry import create
from wares.types import IntArray, ScoreArray

SHARES = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
SAMPLES = 500
K1, B = 1.2, 0.75


@dataclass(frozen=True, slots=True)
class Pairs:
    """n queries with a title each, and their grades (n,)."""

    queries: list[str]
    titles: list[str]
    grades: IntArray

    def __getitem__(self, rows: IntArray) -> "Pairs":
        return Pairs([self.queries[r] for r in rows], [self.titles[r] for r in rows], self.grades[rows])


def read(path: Path, most: int, seed: int) -> Pairs:
    """A seeded sample of the pairs."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        rows = [*csv.DictReader(lines)]
    every = Pairs(
        [row["query"] for row in rows], [row["title"] for row in rows], np.array([int(r["label"]) for r in rows])
    )
    chosen = np.sort(np.random.default_rng(seed).permutation(len(rows))[:most])
    return every[np.asarray(chosen, np.int64)]


def auc(scores: ScoreArray, grades: IntArray) -> float:
    """Mean over both thresholds (1 and more, 2) of the chance that a pair above it scores above one below it."""
    from scipy.stats import rankdata

    ranks = rankdata(scores)
    areas = []
    for least in (1, 2):
        above = grades >= least
        n = int(above.sum())
        areas.append((ranks[above].sum() - n * (n + 1) / 2) / (n * (len(grades) - n)))
    return float(np.mean(areas))


def interval(scores: ScoreArray, pairs: Pairs, seed: int, less: ScoreArray | None = None) -> tuple[float, float]:
    """95 % of the AUC, or of what it is more than that of other scores, when queries with all their pairs are drawn."""
    _, owner = np.unique(pairs.queries, return_inverse=True)
    order = np.argsort(owner, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(owner))[:-1])
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(SAMPLES):
        rows = np.concatenate([parts[part] for part in rng.integers(0, len(parts), len(parts))])
        other = 0.0 if less is None else auc(less[rows], pairs.grades[rows])
        drawn.append(auc(scores[rows], pairs.grades[rows]) - other)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def ours(pairs: Pairs, options: BenchOptions) -> dict[str, ScoreArray]:
    """Cosine of the text encoder + a share of the query's idf that the title's terms carry, for each share."""
    encoder = create("encoder", Config().encode.text)
    asked = vectors.texts(options, encoder, pairs.queries)
    said = vectors.texts(options, encoder, pairs.titles)
    cosines = np.einsum("nd,nd->n", asked, said).astype(np.float64)
    analyzer = WordsAnalyzer()
    coverage = _coverage([analyzer.terms(q) for q in pairs.queries], [analyzer.terms(t) for t in pairs.titles])
    return {f"cosine + {share} · coverage": cosines + share * coverage for share in SHARES}


def peers(pairs: Pairs) -> dict[str, ScoreArray]:
    """The share of the query's pairs of signs that the title has, and BM25 over them."""
    asked, said = ([_bigrams(text) for text in side] for side in (pairs.queries, pairs.titles))
    shared = [len({*q} & {*t}) / max(1, len({*q})) for q, t in zip(asked, said, strict=True)]
    return {"bigrams": np.array(shared), "bm25": _bm25(asked, said)}


def _bigrams(text: str) -> list[str]:
    return [text[place : place + 2] for place in range(max(1, len(text) - 1))]


def _idf(documents: Sequence[Sequence[str]]) -> dict[str, float]:
    having = Counter(term for document in documents for term in {*document})
    n = len(documents)
    return {term: math.log(1 + (n - count + 0.5) / (count + 0.5)) for term, count in having.items()}


def _coverage(asked: Sequence[Sequence[str]], said: Sequence[Sequence[str]]) -> ScoreArray:
    idf = _idf(said)
    most = math.log(1 + 2 * len(said))
    shares = []
    for query, title in zip(asked, said, strict=True):
        weights = {term: idf.get(term, most) for term in query}
        whole = sum(weights.values())
        shares.append(sum(weights[term] for term in weights.keys() & {*title}) / whole if whole else 0.0)
    return np.array(shares)


def _bm25(asked: Sequence[Sequence[str]], said: Sequence[Sequence[str]]) -> ScoreArray:
    idf = _idf(said)
    usual = float(np.mean([len(title) for title in said]))
    scores = []
    for query, title in zip(asked, said, strict=True):
        counts = Counter(title)
        norm = K1 * (1 - B + B * len(title) / usual)
        scores.append(sum(idf[t] * counts[t] * (K1 + 1) / (counts[t] + norm) for t in {*query} if t in counts))
    return np.array(scores)
