"""``suggest``: is what a shopper wants offered after a few letters, and how long does a keystroke take?"""

import csv
import gzip
import json
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from wares.bench.harness import BenchOptions, BenchResult
from wares.bench.timing import interleaved as timed
from wares.bench.timing import load
from wares.config import Config
from wares.evaluate.compare import interval
from wares.protocols import Analyzer
from wares.registry import create, register
from wares.search.suggest.builder import SuggesterBuilder
from wares.search.suggest.folding import fold, split, syllables
from wares.search.suggest.suggester import Suggester
from wares.types import Category, Product, ScoreArray, Suggestion, Variant

SHOWN = 8
TYPED = (3, 4, 5)
SIGNS = (1, 2, 3)
LARGE = 200_000
TIMED, SCANNED, REPEATS = 1_000, 40, 3  # keystrokes
COUNTED = {"queries": "same_3", "log_queries": "log_same_3", "zh_queries": "zh_same_1"}

Suggest = Callable[[str], Sequence[Suggestion]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A query that somebody typed, and what they had typed on the way to it, by name."""

    text: str
    typed: Mapping[str, str]


@register("bench", "suggest")
def suggest(options: BenchOptions) -> BenchResult:
    """Real queries against what is offered after a few letters, and the time of a keystroke among 200,000 products.

    ``--data`` is the folder of all data sets. English: 3,229 products of Best Buy, and the queries of its visitors
    (``bestbuy-query-clicks``) and of its list of suggestions. Chinese: 5,105 titles and Taobao's queries
    (``zh-ecom-queries``). Only queries whose words one product has count, and of those only what is longer than what is
    typed. Peers show eight as well: titles in alphabetical order from what is typed on (``bisect``); the most popular
    titles with a word that begins so, or Chinese that has it anywhere (``scan``); and, for the figures with a log, the
    most popular logged queries that begin so (``popular``; Bar-Yossef and Kraus, 2011). The log is the list of
    suggestions with its counts, the queries are then the visitors'; ours leaves out what fewer than three typed.
    Latency is measured on 41,246 fashion products, and on those five times with different model numbers: beginnings of
    "colour type", which are there, and of Best Buy's queries, which are mostly not.

    Figures
    -------
    same_3, same_4, same_5
        Share of English queries that are a suggestion (a query or a category) after so many letters.
    leads_3, leads_4, leads_5
        The same, or a suggestion that has all of its words.
    log_same_3, log_same_4, log_same_5, log_leads_3, log_leads_4, log_leads_5
        The same with the log.
    zh_same_1, zh_same_2, zh_same_3, zh_leads_1, zh_leads_2, zh_leads_3
        Chinese queries after so many signs.
    pinyin_same_3, pinyin_same_4, pinyin_same_5, pinyin_leads_3, pinyin_leads_4, pinyin_leads_5
        Chinese queries after so many letters of their pinyin.
    queries, log_queries, zh_queries
        How many are measured.
    p50_ms, p95_ms, p99_ms
        Milliseconds of a keystroke among 41,246 products, the best of three.
    large_p50_ms, large_p95_ms, large_p99_ms
        The same among 200,000.
    large_load_ms, large_mb, large_build_s
        Milliseconds to load, size of the file in MB, seconds to build.
    """
    started = load()
    analyzer: Analyzer = create("analyzer", Config().encode.analyzer)
    english, chinese = _english(options, analyzer), _chinese(options, analyzer)
    latency = _latency(options, analyzer)
    ours = {**english.pop("wares"), **chinese.pop("wares")}
    peers = {name: {**english[name], **chinese.get(name, {})} for name in english}
    for name, figures in latency.items():
        (ours if name == "wares" else peers[name]).update({key: np.array([value]) for key, value in figures.items()})
    means = {name: {key: float(values.mean()) for key, values in each.items()} for name, each in peers.items()}
    figures = {key: float(values.mean()) for key, values in ours.items()}
    return BenchResult(
        "suggest",
        figures={**figures, **{name: len(ours[key]) for name, key in COUNTED.items()}},
        intervals={key: interval(values, options.seed) for key, values in ours.items() if len(values) > 1},
        peers=means,
        ratios={
            f"{key}/{name}": figures[key] / each[key]
            for name, each in means.items()
            for key in ("leads_4", "log_same_4", "large_p99_ms")
            if each.get(key)
        },
        seed=options.seed,
        load=started,
    )


def measure(
    systems: Mapping[str, Suggest], queries: Sequence[Asked], prefix: str = ""
) -> dict[str, dict[str, ScoreArray]]:
    """System → figure → (queries,) 1 where a query is offered, every system answering before the next query is asked.

    A query that is as short as what is typed of it counts as neither.
    """
    seen: dict[str, dict[str, list[float]]] = {name: {} for name in systems}
    for asked in queries:
        goal = _like(asked.text)
        for at, typed in asked.typed.items():
            for name, system in systems.items():
                found = system(typed)[:SHOWN]
                same = any(each.kind != "product" and _like(each.text) == goal for each in found)
                leads = same or any(set(goal) <= set(_like(each.text)) for each in found)
                for figure, value in (("same", same), ("leads", leads)):
                    seen[name].setdefault(f"{prefix}{figure}_{at}", []).append(float(value))
    return {name: {key: np.array(values) for key, values in each.items()} for name, each in seen.items()}


def bisected(titles: Iterable[str]) -> Suggest:
    """Titles in order, from what is typed on."""
    rows = sorted((fold(title), title) for title in titles)

    def system(typed: str) -> list[Suggestion]:
        start = bisect_left(rows, (fold(typed),))
        near = islice(rows, start, start + SHOWN)
        return [Suggestion("product", title) for folded, title in near if folded.startswith(fold(typed))]

    return system


def scanned(titles: Iterable[str]) -> Suggest:
    """Titles that have a word that begins as typed, in the order they are given."""
    rows = [(" " + fold(title), title) for title in titles]

    def system(typed: str) -> list[Suggestion]:
        begins = " " + fold(typed)
        return [Suggestion("product", title) for title in islice((t for f, t in rows if begins in f), SHOWN)]

    return system


def popular(log: Mapping[str, float]) -> Suggest:
    """Logged queries that begin as typed, the most popular first."""
    rows = sorted((fold(text), -count, text) for text, count in log.items())

    def system(typed: str) -> list[Suggestion]:
        begins = fold(typed)
        start, end = bisect_left(rows, (begins,)), bisect_left(rows, (begins + "\U0010ffff",))
        best = sorted(rows[start:end], key=lambda row: row[1])[:SHOWN]
        return [Suggestion("query", text) for _, _, text in best]

    return system


def typed_of(text: str, counts: Sequence[int]) -> dict[str, str]:
    """What was typed after so many letters, where the text goes on."""
    return {str(count): text[:count] for count in counts if len(text) > count}


def _like(text: str) -> tuple[str, ...]:
    """The words of a text, singular and plural alike; the signs of Chinese."""
    words = (word.folded for word in split(text))
    return tuple(word[:-1] if len(word) > 3 and word.endswith("s") else word for word in words)


def _answerable(queries: Iterable[str], texts: Iterable[str], least: int) -> list[str]:
    """Different queries, longer than ``least``, whose words one text has."""
    bags = [frozenset(_like(text)) for text in texts]
    having: dict[str, set[int]] = {}
    for number, bag in enumerate(bags):
        for word in bag:
            having.setdefault(word, set()).add(number)
    different = {_like(query): query for query in queries if len(fold(query).strip()) > least}
    return [
        query
        for words, query in sorted(different.items())
        if words and set.intersection(*(having.get(word, set()) for word in words))
    ]


def _english(options: BenchOptions, analyzer: Analyzer) -> dict[str, dict[str, ScoreArray]]:
    with gzip.open(options.folder("bestbuy-catalog") / "products.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = sorted(map(json.loads, lines), key=lambda row: (-(row["popularity"] or 0), row["product_id"]))
    clicks = _csv(options.folder("bestbuy-query-clicks") / options.test / "clicks.csv")
    texts = [" ".join([row["title"], row["brand"] or "", *row["categories"]]) for row in rows]
    suggestions = _csv(options.folder("bestbuy-catalog") / "query_suggestions.csv")
    log = {row["query"]: float(row["popularity"]) for row in suggestions}
    visitors = [row["query"] for row in clicks]
    products = [
        _product(row["product_id"], row["title"], " > ".join(row["categories"]), row["brand"] or "") for row in rows
    ]
    titles = [row["title"] for row in rows]
    systems: dict[str, Suggest] = {
        "wares": built(products, analyzer).suggest,
        "bisect": bisected(titles),
        "scan": scanned(titles),
    }
    every, seen = (_answerable(queries, texts, max(TYPED)) for queries in ((*visitors, *log), visitors))
    figures = measure(systems, [Asked(query, typed_of(fold(query), TYPED)) for query in every])
    systems = {"wares": built(products, analyzer, log).suggest, "popular": popular(log)}
    logged = measure(systems, [Asked(query, typed_of(fold(query), TYPED)) for query in seen], "log_")
    return {name: {**figures.get(name, {}), **logged.get(name, {})} for name in (*figures, "popular")}


def _chinese(options: BenchOptions, analyzer: Analyzer) -> dict[str, dict[str, ScoreArray]]:
    with (options.folder("zh-product-titles") / options.test / "titles.jsonl").open(encoding="utf-8") as lines:
        titles = [json.loads(line)["title"] for line in lines]
    every = _csv(options.folder("zh-ecom-queries") / options.test / "queries.csv")
    queries = _answerable((row["query"] for row in every), titles, max(SIGNS))
    suggester = built([_product(str(number), title) for number, title in enumerate(titles)], analyzer)
    systems: dict[str, Suggest] = {
        "wares": lambda typed: suggester.suggest(typed, "zh"),
        "bisect": bisected(titles),
        "scan": _contained(titles),
    }
    signs = measure(systems, [Asked(query, typed_of(fold(query), SIGNS)) for query in queries], "zh_")
    spoken = [Asked(query, typed_of(_pinyin(query), TYPED)) for query in queries]
    letters = measure({"wares": systems["wares"]}, spoken, "pinyin_")
    return {name: {**signs[name], **letters.get(name, {})} for name in systems}


def _contained(titles: Iterable[str]) -> Suggest:
    """Chinese titles that have what is typed anywhere."""
    rows = [(fold(title), title) for title in titles]
    return lambda typed: [
        Suggestion("product", title) for title in islice((t for f, t in rows if fold(typed) in f), SHOWN)
    ]


def _latency(options: BenchOptions, analyzer: Analyzer) -> dict[str, dict[str, float]]:
    rows = list(_fashion(options.folder("fashion-products"), options.test))
    rng = np.random.default_rng(options.seed)
    clicks = _csv(options.folder("bestbuy-query-clicks") / options.test / "clicks.csv")
    asked = [f"{row['base_colour']} {row['article_type']}" for row in rows], [row["query"] for row in clicks]
    picked = [queries[place] for queries in asked for place in rng.integers(0, len(queries), TIMED)]
    typed = [query[: rng.integers(1, max(2, len(query)))] for query in picked]
    once = [_row(row, "") for row in rows]
    many = [_row(row, f" {number:02d}x") for number in range(1 + LARGE // len(rows)) for row in rows][:LARGE]
    figures: dict[str, dict[str, float]] = {"wares": {}, "bisect": {}, "scan": {}}
    for prefix, products in (("", once), ("large_", many)):
        start = time.perf_counter()
        suggester = built(products, analyzer)
        built_s = time.perf_counter() - start
        with TemporaryDirectory() as folder:
            path = Path(folder) / "suggestions"
            suggester.save(path)
            loaded = timed({"load": lambda path=path: Suggester.load(path)}, REPEATS)  # type: ignore[misc]
            if prefix:
                figures["wares"] |= {"large_load_ms": 1000 * loaded["load"].best, "large_build_s": built_s}
                figures["wares"]["large_mb"] = path.stat().st_size / 1e6
            suggester = Suggester.load(path)
            titles = [product.title for product in products]
            fast = keystrokes({"wares": suggester.suggest, "bisect": bisected(titles)}, typed)
            slow = keystrokes({"scan": scanned(titles)}, rng.choice(typed, SCANNED).tolist())
        for name, taken in {**fast, **slow}.items():
            points = zip(("p50", "p95", "p99"), np.percentile(taken, (50, 95, 99)), strict=True)
            figures[name] |= {f"{prefix}{point}_ms": float(value) for point, value in points}
    return figures


def keystrokes(systems: Mapping[str, Suggest], typed: Sequence[str]) -> dict[str, ScoreArray]:
    """System → (typed,) milliseconds, the best of three that are taken in turn."""
    taken = {name: np.full((REPEATS, len(typed)), np.inf) for name in systems}
    for repeat in range(REPEATS):
        for place, each in enumerate(typed):
            for name, system in systems.items():
                start = time.perf_counter()
                system(each)
                taken[name][repeat, place] = 1000 * (time.perf_counter() - start)
    return {name: rows.min(axis=0) for name, rows in taken.items()}


def built(products: Iterable[Product], analyzer: Analyzer, log: Mapping[str, float] | None = None) -> Suggester:
    """Suggestions of products and of a log."""
    builder = SuggesterBuilder(analyzer.tokens)
    for product in products:
        builder.add(product)
    for text, count in (log or {}).items():
        builder.add_query(text, int(count))
    return builder.finish()


def _product(id: str, title: str, category: str = "", brand: str = "") -> Product:
    return Product(id, title, (Variant(id),), brand=brand, categories=(Category(category),) if category else ())


def _row(row: Mapping[str, str], model: str) -> Product:
    path = " > ".join((row["master_category"], row["sub_category"], row["article_type"]))
    return _product(row["product_id"] + model, row["title"] + model, path)


def _pinyin(text: str) -> str:
    return "".join(syllable for syllable, _ in syllables(fold(text)))


def _fashion(folder: Path, test: str) -> Iterator[dict[str, Any]]:
    yield from _csv(folder / test / "products.csv")
    yield from _csv(folder / "text-only" / "products_no_image.csv.gz")


def _csv(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))
