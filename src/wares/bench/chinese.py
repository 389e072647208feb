"""Chinese queries: slips put right, words cut alike, titles told apart, and products asked for across languages."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random

import numpy as np

from wares.bench import chinesetitles, crosslingual
from wares.bench.harness import BenchOptions, BenchResult
from wares.bench.respelling import Vocabulary, correctors, plant, recovered
from wares.bench.slips import Slips
from wares.bench.splits import folds
from wares.bench.timing import load
from wares.encode.words import WordsAnalyzer
from wares.evaluate.compare import interval
from wares.protocols import Token
from wares.registry import register
from wares.search.spelling.wordform import folded

SLIPS, CLEAN, PAIRS, SENTENCES = 400, 1500, 3000, 1000


@dataclass(slots=True)
class _Figures:
    ours: dict[str, float] = field(default_factory=dict)
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)
    peers: dict[str, dict[str, float]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def put(self, system: str, figure: str, value: float) -> None:
        (self.ours if system == "wares" else self.peers.setdefault(system, {}))[figure] = value


@register("bench", "chinese")
def chinese(options: BenchOptions) -> BenchResult:
    """Real Taobao queries with slips planted in them (``zh-ecom-queries``; the vocabulary: other queries and
    ``zh-product-titles``), pairs of query and title (``zh-query-title``), and the demo shop half translated.

    ``--data`` is the folder that holds these sets. With one split the queries are parted in three by seed: vocabulary,
    what costs were set on, and what is reported. Peers put every stretch that is not known right without asking: by the
    nearest word within one edit, or by the commonest word with its pinyin.

    Figures
    -------
    homophone, similar, dropped, doubled, swapped, pinyin, initials
        Share of queries with such a slip in one known word for which exactly the right query was offered or used.
    homophone_used, similar_used, dropped_used, doubled_used, swapped_used, pinyin_used, initials_used
        Share of them for which it was searched for without being asked.
    changed, used
        Share of queries as they were typed (their own slips among them) for which another one was offered or used, and
        used.
    same_width, same_script
        Share of queries that give the same terms in full width, and in traditional signs.
    cut_known
        Share of the signs of queries that stand in words of the dictionary, of two signs or more.
    title_auc
        Chance that a better pair of query and title scores higher: mean of grade 1 and more, and of grade 2.
    cross_mrr, cross_recall, cross_ndcg10
        RR@10, R@100 and nDCG@10 of words, synonyms and meaning for queries in the language a product is not in.
    """
    started = load()
    found = _Figures()
    _spelling(options, found)
    _titles(options, found)
    _across(options, found)
    ratios = {
        f"{name}/{peer}": found.ours[name] / theirs[name]
        for peer, theirs in found.peers.items()
        for name in theirs
        if theirs[name] > 0 and name in found.ours
    }
    return BenchResult(
        "chinese", found.ours, found.intervals, found.peers, ratios, options.seed, started, tuple(found.notes)
    )


def _spelling(options: BenchOptions, found: _Figures) -> None:
    known, asked = _queries(options)
    texts = [*_titles_of(options.folder(f"zh-product-titles/{options.train}") / "titles.jsonl"), *known]
    vocabulary = Vocabulary.of(texts)
    systems = correctors(vocabulary)
    for kind, slip in Slips(texts).kinds().items():
        planted = plant(asked, slip, vocabulary, Random(options.seed), SLIPS)
        for name, correct in systems.items():
            right, used = recovered(correct, planted)
            found.put(name, kind, float(np.mean(right)))
            found.put(name, f"{kind}_used", float(np.mean(used)))
            if name == "wares":
                found.intervals[kind] = interval(np.array(right, np.float64), options.seed)
    for name, correct in systems.items():
        answers = [(folded(correct(query)[0]) != folded(query), correct(query)[1]) for query in asked[:CLEAN]]
        found.put(name, "changed", float(np.mean([changed for changed, _ in answers])))
        found.put(name, "used", float(np.mean([changed and used for changed, used in answers])))
    found.notes.append(f"vocabulary of {len(vocabulary.lexicon.words):,} words from {len(texts):,} texts")
    for figure, share in _cut(asked[:SENTENCES], vocabulary.analyzer).items():
        found.put("wares", figure, share)


def _cut(queries: Sequence[str], analyzer: WordsAnalyzer) -> Mapping[str, float]:
    """How queries are cut, whatever their width and script."""
    from opencc import OpenCC

    traditional = OpenCC("s2t")
    wide = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
    terms = [analyzer.terms(query) for query in queries]
    words = [token.end - token.start for query in queries for token in _signs(analyzer, query)]
    return {
        "same_width": float(
            np.mean([own == analyzer.terms(q.translate(wide)) for own, q in zip(terms, queries, strict=True)])
        ),
        "same_script": float(
            np.mean([own == analyzer.terms(traditional.convert(q)) for own, q in zip(terms, queries, strict=True)])
        ),
        "cut_known": sum(length for length in words if length > 1) / sum(words),
    }


def _signs(analyzer: WordsAnalyzer, query: str) -> Iterator[Token]:
    return (t for t in analyzer.tokens(query) if "\u4e00" <= query[t.start] <= "\u9fff")


def _titles(options: BenchOptions, found: _Figures) -> None:
    read = {
        split: chinesetitles.read(options.folder(f"zh-query-title/{split}") / "pairs.csv.gz", 2 * PAIRS, options.seed)
        for split in {options.train, options.test}
    }
    tuning, pairs = read[options.train], read[options.test]
    if options.crossed:
        left, right = folds(pairs.queries, 2, options.seed)[0]
        tuning, pairs = pairs[left], pairs[right]
    tuned = {
        name: chinesetitles.auc(score, tuning.grades) for name, score in chinesetitles.ours(tuning, options).items()
    }
    best = max(tuned, key=lambda name: tuned[name])
    score = chinesetitles.ours(pairs, options)[best]
    found.put("wares", "title_auc", chinesetitles.auc(score, pairs.grades))
    found.intervals["title_auc"] = chinesetitles.interval(score, pairs, options.seed)
    for name, theirs in chinesetitles.peers(pairs).items():
        found.put(name, "title_auc", chinesetitles.auc(theirs, pairs.grades))
        low, high = chinesetitles.interval(score, pairs, options.seed, theirs)
        found.notes.append(f"title_auc − {name}: 95 % {low:+.3f} – {high:+.3f}")
    found.notes.append(f"title_auc: {best}, chosen on {len(tuning.titles):,} pairs, of {len(pairs.titles):,}")


def _across(options: BenchOptions, found: _Figures) -> None:
    names = {"RR@10": "cross_mrr", "R@100": "cross_recall", "nDCG@10": "cross_ndcg10"}
    measured = crosslingual.measure(options)
    for system, means in measured.means.items():
        for metric, figure in names.items():
            found.put("wares" if system == "both" else system, figure, means[metric])
    found.intervals |= {figure: measured.intervals["both"][metric] for metric, figure in names.items()}
    found.notes.append(f"across languages: {measured.queries} queries, {measured.left_out} left out")


def _queries(options: BenchOptions) -> tuple[list[str], list[str]]:
    """Queries for the vocabulary, and those that are reported on."""

    def read(split: str) -> list[str]:
        path = options.folder(f"zh-ecom-queries/{split}") / "queries.csv"
        with path.open(encoding="utf-8", newline="") as lines:
            return [row["query"] for row in csv.DictReader(lines)]

    if not options.crossed:
        return read(options.train), read(options.test)
    every = read(options.train)
    parts = [[every[row] for row in rows] for _, rows in folds(every, 3, options.seed)]
    return parts[0], parts[2]


def _titles_of(path: Path) -> Iterator[str]:
    with path.open("rb") as lines:
        yield from (json.loads(line)["title"] for line in islice(lines, 100_000))
