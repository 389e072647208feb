"""Is what is read out of words true? Titles of products that no name was made from, and judged queries."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import orjson

from wares.bench.harness import BenchOptions, BenchResult
from wares.bench.shops import mapping
from wares.bench.timing import load
from wares.catalog.feeds import open_feed
from wares.catalog.normalize import Normalizer
from wares.catalog.problems import Problems
from wares.catalog.values import exponent
from wares.config import Config
from wares.encode.colour import NAMES
from wares.errors import ConfigError
from wares.evaluate.compare import interval
from wares.evaluate.judgements import Qrels, read_qrels
from wares.index.entries import entry, schema
from wares.index.reference import ReferenceIndex
from wares.mapping import read_mapping
from wares.protocols import Analyzer, IndexQuery
from wares.registry import create, register
from wares.search.intents.naming import EntitiesBuilder
from wares.search.intents.reader import IntentReader
from wares.types import Chip, Not, Product

TITLES = 3000


@dataclass(slots=True)
class _Tally:
    """Chips read, and whether each holds for what it should, by what kind of chip it is."""

    texts: int = 0
    read: int = 0
    right: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def note(self, chip: Chip, holds: float) -> None:
        name = chip.key.split(":")[0]
        self.right[f"{chip.kind} {name}"].append(holds)

    def all(self, kind: str = "") -> list[float]:
        return [each for name, values in self.right.items() if name.startswith(kind) for each in values]


@register("bench", "intents")
def intents(options: BenchOptions) -> BenchResult:
    """Filters and boosts that are read out of words, checked by products they should hold for.

    ``--data`` is a data set with a mapping in ``docs/mappings``, or the demo shop. Half of its products, drawn by the
    seed, give the names; 3,000 titles of the other half are read as if they were queries, and a chip is right when it
    holds for the product whose title it is. Judged queries are read by the names of all products.

    Figures
    -------
    titles_read, titles_precision, titles_filter_precision
        Share of the titles with a chip; share of their chips that hold for the product, and of those that are filters.
    queries_read
        Share of the judged queries with a chip.
    relevant_hold, irrelevant_hold
        Share of the products with a query's best grade, and of those judged irrelevant, that its chips hold for.
    """
    started = load()
    products = list(_products(options.data))
    analyzer: Analyzer = create("analyzer", Config().encode.analyzer)
    side = np.random.default_rng(options.seed).permutation(len(products))
    half = len(products) // 2
    known = [products[place] for place in side[:half].tolist()]
    others = [products[place] for place in side[half : half + TITLES].tolist()]
    titles = _titles(_reader(known, analyzer), others, analyzer)
    figures = {
        "titles_read": titles.read / max(1, titles.texts),
        "titles_precision": _mean(titles.all()),
        "titles_filter_precision": _mean(titles.all("filter")),
    }
    notes = [f"{name}: {np.mean(right):.3f} of {len(right):,}" for name, right in sorted(titles.right.items())]
    if judged := _judged(options.data, options.test):
        figures |= _by_judgement(_reader(products, analyzer), judged, products, analyzer)
    return BenchResult(
        "intents",
        figures,
        intervals={"titles_precision": interval(titles.all(), options.seed)} if titles.all() else {},
        seed=options.seed,
        load=started,
        notes=tuple(notes),
    )


def _reader(products: Sequence[Product], analyzer: Analyzer) -> IntentReader:
    builder = EntitiesBuilder(analyzer, NAMES)
    currency = ""
    for product in products:
        builder.add(product)
        currency = currency or next((each.price.currency for each in product.variants if each.price), "")
    return IntentReader(builder.finish(), analyzer, currency=currency, digits=exponent(currency))


def _titles(reader: IntentReader, products: Sequence[Product], analyzer: Analyzer) -> _Tally:
    tally = _Tally()
    for product in products:
        every = [(product.language, product.title)]
        every += [(tag, text.title) for tag, text in product.translations.items() if text.title]
        chips = [chip for language, title in every for chip in reader.read(title, language).chips]
        tally.texts += 1
        tally.read += bool(chips)
        holds = _holding([product], chips, analyzer)
        for chip in chips:
            tally.note(chip, bool(holds[chip]))
    return tally


def _by_judgement(
    reader: IntentReader,
    judged: tuple[Mapping[str, tuple[str, str]], Qrels],
    products: Sequence[Product],
    analyzer: Analyzer,
) -> dict[str, float]:
    queries, qrels = judged
    by_id = {product.id: product for product in products}
    relevant: list[float] = []
    irrelevant: list[float] = []
    read = 0
    for query, (text, language) in queries.items():
        grades = {id: grade for id, grade in qrels.get(query, {}).items() if id in by_id}
        chips = reader.read(text, language).chips
        read += bool(chips)
        if not chips or not grades:
            continue
        holds = _holding([by_id[id] for id in grades], chips, analyzer)
        best = max(1, *grades.values())
        for wanted, shares in ((best, relevant), (0, irrelevant)):
            ids = {id for id, grade in grades.items() if grade == wanted}
            if ids:
                shares.append(float(np.mean([len(holds[chip] & ids) / len(ids) for chip in chips])))
    return {
        "queries_read": read / max(1, len(queries)),
        "relevant_hold": _mean(relevant),
        "irrelevant_hold": _mean(irrelevant),
    }


def _holding(products: Sequence[Product], chips: Sequence[Chip], analyzer: Analyzer) -> dict[Chip, set[str]]:
    """Chip → ids of the products it holds for, as the reference index has it."""
    if not chips:
        return {}
    index = ReferenceIndex(schema({}))
    index.upsert([entry(product, analyzer, {}) for product in products])
    found = {}
    for chip in dict.fromkeys(chips):
        part = Not(chip.filter) if chip.kind == "without" else chip.filter
        matches = index.search(IndexQuery(filters=(part,)))
        found[chip] = {*index.ids(matches.rows[matches.passing])}
    return found


def _products(folder: Path) -> Iterator[Product]:
    """Products of a data set with a mapping, or of a native feed."""
    native = folder / "products.jsonl"
    try:
        known = read_mapping(mapping(folder.name))
    except ConfigError:
        if not native.is_file():
            raise
        known = None
    paths = [path for source in known.sources for path in source.path] if known else []
    roots = (folder, folder / "common", folder / "open")
    root = next((each for each in roots if all((each / path).exists() for path in paths)), folder)
    normalize = Normalizer()
    for row in open_feed(root, mapping=known) if known else open_feed(native):
        product = row.product and normalize(row.product, Problems(row.number))
        if product:
            yield product


def _judged(folder: Path, split: str) -> tuple[dict[str, tuple[str, str]], Qrels] | None:
    """Query → words and language, and the judgements; None where a data set has none."""
    if (folder / "queries.jsonl").is_file():
        rows = [orjson.loads(line) for line in (folder / "queries.jsonl").read_bytes().splitlines()]
        return {row["query_id"]: (row["text"], row["language"]) for row in rows}, read_qrels(folder / "qrels.txt")
    if not (folder / split / "qrels.csv").is_file():
        return None
    with (folder / split / "queries.csv").open(encoding="utf-8", newline="") as lines:
        queries = {row["query_id"]: (row["query"], "en") for row in csv.DictReader(lines)}
    return queries, read_qrels(folder / split / "qrels.csv")


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")
