"""Does a shop say no when it should, and does P(relevant) mean what it says?"""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from wares.bench.chorus import read_products, read_split
from wares.bench.demo import PRODUCTS, read_lines, texts_of
from wares.bench.harness import BenchOptions, BenchResult
from wares.bench.peers import Bm25sPeer
from wares.bench.shops import built
from wares.bench.splits import folds
from wares.bench.timing import load
from wares.evaluate.compare import interval
from wares.evaluate.judgements import answerable
from wares.learn.curves import Graded, calibrate, graded
from wares.registry import register
from wares.search.calibrate import calibration_error
from wares.types import BoolArray, Hits, Query, ScoreArray

if TYPE_CHECKING:
    from wares.shop import Shop

RATES, USUAL = (0.05, 0.1, 0.2), 0.1
FOREIGN, SPANS = 200, 300
WORN = frozenset(("Apparel", "Footwear", "Personal Care"))  # what no electronics shop carries
DEPTH = 50


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Queries put to one shop: whether it carries what each asks for, and who said no.

    ``refused`` is (q,) bool by error rate and peer; ``probability`` and ``relevant`` are (p,) of judged products that
    were listed; ``titles`` says who was told no of queries that are parts of titles; ``judged_error`` is the error
    where curves come from the judgements of other queries.
    """

    carried: BoolArray
    refused: Mapping[str, BoolArray]
    cosine: BoolArray
    hits: tuple[Hits, ...]
    probability: ScoreArray = field(default_factory=lambda: np.zeros(0))
    relevant: ScoreArray = field(default_factory=lambda: np.zeros(0))
    titles: Mapping[str, BoolArray] = field(default_factory=dict)
    judged_error: float = math.nan


@register("bench", "calibration")
def calibration(options: BenchOptions) -> BenchResult:
    """Queries that a shop can serve and queries of other shops, at three error rates; without any label but for one.

    ``--data`` holds ``chorus-icecat``, ``fashion-products`` and ``grocery-store``. The electronics shop is asked its
    own 94 judged queries, and clothes, cosmetics and groceries; the demo shop its own 288 queries, of which its
    generator says what is carried. Peers: a fixed cosine of the text encoder below which the answer is no, tuned for
    F1 on one half of each shop's queries and reported on the other, both ways; and bm25s, which says no where no word
    of the query is in the catalogue.

    Figures
    -------
    precision_05, precision_10, precision_20
        Of the queries that were told no, the share that the shop cannot serve, at error rates of 5, 10 and 20 %.
    recall_05, recall_10, recall_20
        Of the queries that the shop cannot serve, the share that was told no.
    wrongly_05, wrongly_10, wrongly_20
        Of the queries that the shop can serve, the share that was told no: at most the error rate is what was asked.
    titles_wrongly_05, titles_wrongly_10, titles_wrongly_20
        The same of 300 queries that are one to four neighbouring words of titles of the electronics shop.
    demo_precision_05, demo_precision_10, demo_precision_20, demo_recall_05, demo_recall_10, demo_recall_20
        The same of the demo shop.
    demo_wrongly_05, demo_wrongly_10, demo_wrongly_20
        The same of the demo shop.
    ece
        Expected calibration error of P(relevant) over judged products that were listed, relevant from grade 1 on.
    judged_ece
        The same over all judged products, by curves that were fitted to the judgements of other queries (5 folds).
    """
    started = load()
    figures: dict[str, float] = {}
    intervals: dict[str, tuple[float, float]] = {}
    peers: dict[str, dict[str, float]] = {"cosine": {}, "bm25s": {}}
    for name, trial in {"": electronics(options), "demo_": demo_shop(options)}.items():
        for rate in RATES:
            said = {"wares": trial.refused[f"{rate}"], "cosine": trial.cosine, "bm25s": trial.refused["bm25s"]}
            for system, refused in said.items():
                for figure, values in _figures(trial.carried, refused).items():
                    key = f"{name}{figure}_{round(100 * rate):02d}"
                    if system == "wares":
                        figures[key], intervals[key] = float(values.mean()), interval(values, options.seed)
                    else:
                        peers[system][key] = float(values.mean())
        for told, refused in trial.titles.items():
            figures[f"titles_wrongly_{round(100 * float(told)):02d}"] = float(refused.mean())
        if len(trial.relevant):
            figures["ece"] = calibration_error(trial.probability, trial.relevant, np.ones(len(trial.relevant)))
            figures["judged_ece"] = trial.judged_error
    return BenchResult("calibration", figures, intervals, peers, seed=options.seed, load=started)


def electronics(options: BenchOptions) -> Trial:
    """The shop of chorus: its own queries, and those for clothes, cosmetics and groceries."""
    own = replace(options, data=options.data / "chorus-icecat")
    queries, judged = read_split(own.folder(options.test))
    qrels = answerable(judged)
    asked = [queries[name] for name in sorted(qrels)]
    foreign = _foreign(options)
    products = list(read_products(own.folder() / "products.jsonl.gz"))
    named = [each["title"] for each in products]
    documents = {
        each["product_id"]: " ".join((each["title"], each.get("brand") or "", each.get("description") or ""))
        for each in products
    }
    carried = np.repeat([True, False], [len(asked), len(foreign)])
    with built(own, "chorus-icecat", own.folder()) as shop:
        everything = [Query(text, language="en", page_size=DEPTH) for text in (*asked, *foreign)]
        trial = _try(shop, everything, carried, Bm25sPeer(documents), options.seed)
        titles = _refused(shop, [Query(text, language="en", page_size=1) for text in _spans(named, options.seed)])
        fitted = calibrate(qrels, lambda name: _graded(shop, queries[name], qrels[name]), error_rate=USUAL)
        found = [dict(zip(hits.ids, hits.relevance.tolist(), strict=True)) for hits in trial.hits[: len(asked)]]
    pairs = [
        (probability, float(qrels[name][id] >= 1))
        for name, listed in zip(sorted(qrels), found, strict=True)
        for id, probability in listed.items()
        if id in qrels[name]
    ]
    probability, relevant = (np.array(column) for column in zip(*pairs, strict=True))
    return replace(trial, probability=probability, relevant=relevant, titles=titles, judged_error=fitted.held_out)


def _graded(shop: "Shop", text: str, grades: Mapping[str, int]) -> Graded:
    from wares.shop import judged

    return graded(*judged(shop, Query(text, language="en")), grades)


def demo_shop(options: BenchOptions) -> Trial:
    """The demo shop and the queries of its generator."""
    from wares.catalog.demo import build

    folder = options.cache_folder("demo-shop")
    feed = folder / "products.jsonl"
    if not feed.exists():
        build(folder, products=PRODUCTS)
    asked = list(read_lines(folder / "queries.jsonl"))
    queries = [Query(each["text"], language=each["language"], page_size=DEPTH) for each in asked]
    carried = np.array([bool(each["carried"]) for each in asked])
    peer = Bm25sPeer({each["id"]: texts_of(each) for each in read_lines(feed)})
    with built(options, "demo", feed, mapped=False) as shop:
        return _try(shop, queries, carried, peer, options.seed)


def _try(shop: "Shop", queries: Sequence[Query], carried: BoolArray, peer: Bm25sPeer, seed: int) -> Trial:
    """Ask a shop at each error rate; the hits are those of 10 %."""
    refused = {"bm25s": np.array([not peer.rank(query.text, 1) for query in queries])}
    hits: list[Hits] = []
    for rate in RATES:
        shop.recalibrate(rate)
        answers = [shop.search(query) for query in queries]
        refused[f"{rate}"] = np.array([answer.total == 0 for answer in answers])
        hits = answers if rate == USUAL else hits
    best = np.array([_best_cosine(answer) for answer in hits])
    return Trial(carried, refused, _below(best, carried, seed), tuple(hits))


def _best_cosine(hits: Hits) -> float:
    """Of the products that are listed, as results or as the nearest."""
    if not len(hits) or "text" not in hits.feature_names:
        return 0.0
    return float(np.nan_to_num(hits.features[:, hits.feature_names.index("text")]).max())


def _below(cosines: ScoreArray, carried: BoolArray, seed: int) -> BoolArray:
    """Who is told no by a fixed cosine, tuned for F1 on one half and used on the other, both ways."""
    refused = np.zeros(len(cosines), np.bool_)
    for fitted, held_out in folds(range(len(cosines)), 2, seed):
        limits = np.unique(cosines[fitted])
        f1 = [_f1(carried[fitted], cosines[fitted] < limit) for limit in limits]
        refused[held_out] = cosines[held_out] < limits[int(np.argmax(f1))]
    return refused


def _f1(carried: BoolArray, refused: BoolArray) -> float:
    right, told, foreign = (int(each.sum()) for each in (refused & ~carried, refused, ~carried))
    return 2 * right / max(told + foreign, 1)


def _figures(carried: BoolArray, refused: BoolArray) -> dict[str, ScoreArray]:
    """Each figure as the values whose mean it is, one a query that it is about."""
    return {
        "precision": (~carried[refused]).astype(np.float64) if refused.any() else np.array([np.nan]),
        "recall": refused[~carried].astype(np.float64),
        "wrongly": refused[carried].astype(np.float64),
    }


def _refused(shop: "Shop", queries: Sequence[Query]) -> dict[str, BoolArray]:
    """Who is told no, by error rate."""
    refused = {}
    for rate in RATES:
        shop.recalibrate(rate)
        refused[f"{rate}"] = np.array([shop.search(query).total == 0 for query in queries])
    return refused


def _spans(titles: Sequence[str], seed: int) -> list[str]:
    """One to four neighbouring words of a title each, with letters or digits among them."""
    generator = np.random.default_rng(seed)
    found: list[str] = []
    while len(found) < SPANS:
        words = titles[int(generator.integers(len(titles)))].split()
        start, length = int(generator.integers(len(words))), int(generator.integers(1, 5))
        text = " ".join(words[start : start + length])
        if any(sign.isalnum() for sign in text):
            found.append(text)
    return found


def _foreign(options: BenchOptions) -> list[str]:
    """Clothes and cosmetics by colour and kind, and groceries by name, drawn evenly."""
    generator = np.random.default_rng(options.seed)
    with (options.data / "fashion-products" / "open" / "products.csv").open(encoding="utf-8", newline="") as file:
        worn = sorted(
            {
                f"{row['base_colour']} {row['article_type']}"
                for row in csv.DictReader(file)
                if row["master_category"] in WORN
            }
        )
    groceries = options.data / "grocery-store" / "common" / "products.jsonl"
    eaten = sorted({str(each["name"]) for each in read_lines(groceries)})
    drawn = generator.choice(worn, min(FOREIGN, len(worn)), replace=False).tolist()
    return [*drawn, *eaten]
