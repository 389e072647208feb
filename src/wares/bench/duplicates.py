"""Do words tell that two offers are the same product? Labelled pairs of offers from eight shops."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wares.bench.harness import BenchOptions, BenchResult
from wares.bench.splits import folds
from wares.bench.timing import load
from wares.catalog.duplicates import titles
from wares.catalog.duplicates.listings import MIN_WORDS
from wares.errors import ConfigError
from wares.registry import register
from wares.types import BoolArray, IntArray, ScoreArray

SAMPLES = 1000
STEPS = 200  # thresholds tried


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Titles of n pairs, their shop, and whether they match (n,)."""

    left: list[str]
    right: list[str]
    source: list[str]
    match: BoolArray


@register("bench", "duplicates")
def duplicates(options: BenchOptions) -> BenchResult:
    """Pairs of offers, same product or not (``product-matching``): titles alone, a threshold tuned on other offers.

    Figures
    -------
    f1, precision, recall
        Of "the same product", at the threshold with the best F1 on the training offers.
    strict_precision, strict_recall
        At the threshold a shop starts with, where words alone make a duplicate.
    """
    pairs = _read(options.folder(options.test) / "pairs.jsonl.gz")
    scorers: dict[str, Callable[[_Pairs], ScoreArray]] = {"wares": _ours, "tf-idf": _plain, "rapidfuzz": _fuzzy}
    scores = {name: scorer(pairs) for name, scorer in scorers.items()}
    if options.crossed:
        parts = folds(pairs.left, options.folds, options.seed)
        said = {name: _crossed(score, pairs.match, parts) for name, score in scores.items()}
    else:
        tuning = _read(options.folder(options.train) / "pairs.jsonl.gz")
        tuned = {name: _best(scorer(tuning), tuning.match) for name, scorer in scorers.items()}
        said = {name: score >= tuned[name] for name, score in scores.items()}
    figures = {name: _figures(part, pairs.match) for name, part in said.items()}
    strict = _figures(scores["wares"] >= MIN_WORDS, pairs.match)
    ours = figures.pop("wares")
    return BenchResult(
        "duplicates",
        ours | {f"strict_{name}": strict[name] for name in ("precision", "recall")},
        intervals={"f1": _interval(said["wares"], pairs, options.seed)},
        peers=figures,
        ratios={f"f1 / {peer}": ours["f1"] / theirs["f1"] for peer, theirs in figures.items()},
        seed=options.seed,
        load=load(),
        notes=(f"{len(pairs.match):,} pairs, {pairs.match.mean():.1%} match; many are hard negatives on purpose",),
    )


def _read(path: Path) -> _Pairs:
    if not path.exists():
        raise ConfigError(f"there is no {path}", fix="--data names the folder of product-matching")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    left, right = ([row[side].get("title") or row[side]["name"] for row in rows] for side in ("left", "right"))
    return _Pairs(left, right, [row["source"] for row in rows], np.array([row["match"] == 1 for row in rows]))


def _ours(pairs: _Pairs, number_weight: float = titles.NUMBER_WEIGHT) -> ScoreArray:
    """Cosines with the rarity of words taken from each source by itself, as from one catalogue."""
    scores = np.zeros(len(pairs.match))
    sources = np.array(pairs.source)
    for source in sorted(set(pairs.source)):
        rows = np.flatnonzero(sources == source)
        sides = [[side[row] for row in rows] for side in (pairs.left, pairs.right)]
        number = {title: at for at, title in enumerate(dict.fromkeys(sides[0] + sides[1]))}
        catalogue = titles.Titles([frozenset(titles.words(title)) for title in number], number_weight)
        scores[rows] = catalogue.cosines([(number[one], number[other]) for one, other in zip(*sides, strict=True)])
    return scores


def _plain(pairs: _Pairs) -> ScoreArray:
    return _ours(pairs, number_weight=1.0)


def _fuzzy(pairs: _Pairs) -> ScoreArray:
    from rapidfuzz.fuzz import token_set_ratio
    from rapidfuzz.utils import default_process

    both = zip(pairs.left, pairs.right, strict=True)
    return np.array([token_set_ratio(one, other, processor=default_process) / 100 for one, other in both])


def _crossed(scores: ScoreArray, match: BoolArray, parts: list[tuple[IntArray, IntArray]]) -> BoolArray:
    said = np.zeros(len(scores), bool)
    for train, test in parts:
        said[test] = scores[test] >= _best(scores[train], match[train])
    return said


def _best(scores: ScoreArray, match: BoolArray) -> float:
    """The threshold with the best F1."""
    tried = np.quantile(scores, np.linspace(0, 1, STEPS))
    return float(max(tried, key=lambda least: _figures(scores >= least, match)["f1"]))


def _figures(said: BoolArray, match: BoolArray) -> dict[str, float]:
    both, claimed, real = int((said & match).sum()), int(said.sum()), int(match.sum())
    return {
        "f1": 2 * both / max(1, claimed + real),
        "precision": both / max(1, claimed),
        "recall": both / max(1, real),
    }


def _interval(said: BoolArray, pairs: _Pairs, seed: int) -> tuple[float, float]:
    """95 % of F1 when offers, with all their pairs, are drawn anew."""
    _, group = np.unique(pairs.left, return_inverse=True)
    counts = np.stack([np.bincount(group, weights) for weights in (said & pairs.match, said, pairs.match)])
    groups = counts.shape[1]
    draws = np.random.default_rng(seed).multinomial(groups, np.full(groups, 1 / groups), SAMPLES)
    both, claimed, real = counts @ draws.T
    low, high = np.quantile(2 * both / np.maximum(1, claimed + real), [0.025, 0.975])
    return float(low), float(high)
