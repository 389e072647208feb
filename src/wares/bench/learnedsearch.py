"""``learnedsearch``: whole shops, searched before and after what was learned from their own catalogue is served."""

import csv
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from wares.bench import demo as demoshop
from wares.bench.chinesewords import chinese
from wares.bench.chorus import read_split
from wares.bench.harness import BenchOptions, BenchResult
from wares.bench.shops import built, mapping
from wares.bench.timing import load
from wares.catalog.feeds import Feed, FeedRow, open_feed
from wares.config import Config
from wares.evaluate.compare import interval, paired
from wares.evaluate.judgements import Qrels, answerable, read_qrels
from wares.evaluate.metrics import by_query
from wares.index.generations import Generations
from wares.mapping import read_mapping
from wares.registry import register
from wares.types import Query, ScoreArray

if TYPE_CHECKING:
    from wares.learn.data import Data
    from wares.shop import Shop

PARTS = ("chorus", "demo", "fashion")
DEPTH = 1000
ASKED = 300  # queries of a kind to the fashion shop
PLAIN, CONDENSED = "nDCG@10", "nDCG(judged_only=True)@10"
QUICK = (60, 60)  # steps of learning where it is to be quick
Values = dict[str, dict[str, float]]
"""Figure → query → value."""
T = TypeVar("T")
Ask = Callable[["Shop"], Values]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A shop and what it is asked.

    Attributes
    ----------
    name
        Of the shop's folder and its mapping.
    feed
        As :func:`wares.bench.shops.built` takes it.
    asking
        What is learned from → how the shop is asked: products that were never learned from are known then.
    """

    name: str
    feed: Path | Feed
    mapped: bool
    asking: Callable[["Data"], Ask]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a shop answered before and after, and what was learned in between."""

    before: Values
    after: Values
    told: Mapping[str, float]
    notes: tuple[str, ...]


@register("bench", "learnedsearch")
def learnedsearch(options: BenchOptions) -> BenchResult:
    """Day 0 and a learned space in the same shop, through the whole search: words, vectors, cut-off and order.

    A shop is built as ``chorus`` and ``demo`` build theirs (of ``fashion`` it has the products with a photo), a model
    is learned in a copy of its folder, and the index is made anew with it as ``wares learn publish`` does, whether or
    not it would pass. Learned is from the catalogue alone: no clicks, no query that is asked here, no judgement.
    ``--data`` holds ``chorus-icecat`` and ``fashion-products``; the demo shop is drawn. The peer is the shop before.
    ``--only`` takes some of chorus, demo and fashion; ``--quick`` learns in 60 steps.

    Figures
    -------
    chorus, chorus_condensed
        nDCG@10 of the judged queries, plain and over judged products alone
    demo, demo_en, demo_zh
        nDCG@10 of the demo shop's queries, and of those in one language
    fashion_asked, fashion_zh
        nDCG@10 of "Women Black Handbags" and of the same in Chinese among products that were never learned from:
        others are taken out of the answers; relevant: all three hold
    fashion_title
        nDCG@10 of whole titles of products that were never learned from, among all products
    chorus_gain, chorus_condensed_gain, demo_gain, demo_en_gain, demo_zh_gain
        after - before, by query
    fashion_asked_gain, fashion_zh_gain, fashion_title_gain
        the same
    chorus_share, demo_share, fashion_share
        what the learned half counts for in a cosine, as chosen by the learning itself
    chorus_learn_s, demo_learn_s, fashion_learn_s
        seconds that learning took
    """
    busy = load()
    cases = {"chorus": _chorus, "demo": _demo, "fashion": _fashion}
    figures: dict[str, float] = {}
    intervals: dict[str, tuple[float, float]] = {}
    before: dict[str, float] = {}
    notes: list[str] = []
    for part in options.parts(PARTS):
        outcome = published(options, cases[part](options))
        for name, values in outcome.after.items():
            now, then = (_column(each) for each in (values, outcome.before[name]))
            gain = paired(now, then, options.seed)
            figures |= {name: float(now.mean()), f"{name}_gain": gain.difference}
            intervals |= {name: interval(now, options.seed), f"{name}_gain": (gain.low, gain.high)}
            before[name] = float(then.mean())
            low, high = interval(then, options.seed)
            lost, won = int((now < then).sum()), int((now > then).sum())
            notes.append(
                f"{name}: day 0 {then.mean():.3f} ({low:.3f} to {high:.3f}), {len(now)} queries, "
                f"{won} better, {lost} worse, p = {gain.p:.4f}"
            )
        figures |= {f"{part}_{name}": value for name, value in outcome.told.items()}
        notes += [f"{part}: {note}" for note in outcome.notes]
    return BenchResult(
        "learnedsearch", figures, intervals, {"day 0": before}, seed=options.seed, load=busy, notes=tuple(notes)
    )


def published(options: BenchOptions, case: Case) -> Outcome:
    """Ask a copy of a shop, learn from it, serve what was learned, and ask again."""
    from wares.encode.models import Models
    from wares.learn.objective import Settings
    from wares.learn.space import make
    from wares.learning import learnable
    from wares.shop import Shop

    with built(options, case.name, case.feed, mapped=case.mapped):
        pass
    with TemporaryDirectory(prefix="wares-bench-") as scratch:
        folder = Path(scratch) / "shop"
        shutil.copytree(options.cache_folder("shops") / case.name, folder)
        config = Config.load(options={"shop.folder": folder, "gate.enforce": False}, environment={})
        settings = Settings(seed=options.seed, threads=options.threads)
        settings = replace(settings, steps=QUICK) if options.quick else settings
        with learnable(config) as data:
            target = Models(folder / "models").new("joint")
            made = make(data, target, settings)
            ask = case.asking(data)
        with closing(Shop.open(config, write=True)) as shop:
            before = ask(shop)
            shop.rebuild(model=target.name)
            after = ask(shop)
        served = Generations(folder / "index", keep=config.index.keep, write=False).current()
    assert served is not None
    gate = served.facts["gate"]
    told = {"share": float(made.card["share"]), "learn_s": float(made.card["seconds"])}
    means = ", ".join(f"{name} {made.before.means[name]:.3f} → {each:.3f}" for name, each in made.after.means.items())
    golden = ", ".join(f"{name} {old:.3f} → {new:.3f}" for name, (old, new, _) in gate["means"].items())
    return Outcome(
        before,
        after,
        told,
        (
            f"{len(data.catalogue):,} products; products never learned from: {means}",
            f"learning's own verdict: {made.verdict.reason or 'it may go live'}",
            f"golden queries: {golden}; {gate['worse'] or 'nothing is worse'}",
        ),
    )


def _column(values: Mapping[str, float]) -> ScoreArray:
    return np.array([values[query] for query in sorted(values)])


def _chorus(options: BenchOptions) -> Case:
    data = replace(options, data=options.data / "chorus-icecat")
    queries, judged = read_split(data.folder(options.test))
    qrels = answerable(judged)

    def ask(shop: "Shop") -> Values:
        run = {name: _listed(shop, Query(text=queries[name], page_size=DEPTH)) for name in qrels}
        values = by_query(run, qrels, [PLAIN, CONDENSED])
        return {"chorus": values[PLAIN], "chorus_condensed": values[CONDENSED]}

    return Case("chorus-icecat", data.folder(), True, lambda _: ask)


def _demo(options: BenchOptions) -> Case:
    from wares.catalog.demo import build

    folder = options.cache_folder("demo-shop")
    feed = folder / "products.jsonl"
    if not feed.exists():
        build(folder, products=demoshop.PRODUCTS)
    queries = {each["query_id"]: each for each in demoshop.read_lines(folder / "queries.jsonl")}
    judged = read_qrels(folder / "qrels.txt")
    qrels = answerable({name: of for name, of in judged.items() if queries[name]["carried"]})

    def ask(shop: "Shop") -> Values:
        run = {}
        for name in qrels:
            query = queries[name]
            run[name] = _listed(
                shop, Query(query["text"], language=query["language"], page_size=demoshop.DEPTH), refusing=True
            )
        values = by_query(run, qrels, [PLAIN])[PLAIN]
        of = {
            language: {name: value for name, value in values.items() if queries[name]["language"] == language}
            for language in ("en", "zh")
        }
        return {"demo": values, "demo_en": of["en"], "demo_zh": of["zh"]}

    return Case("demo", feed, False, lambda _: ask)


@dataclass(frozen=True, slots=True)
class Photographed:
    """The products of a feed that have a photo, as a feed."""

    feed: Feed
    folder: Path
    name: str = "photographed"
    currency: str = ""
    language: str = "en"

    def __iter__(self) -> Iterator[FeedRow]:
        return (row for row in self.feed if row.product is not None and row.product.photos())


def _fashion(options: BenchOptions) -> Case:
    data = replace(options, data=options.data / "fashion-products")
    feed = Photographed(open_feed(data.data, mapping=read_mapping(mapping("fashion-products"))), data.data)
    with (data.folder(options.test) / "products.csv").open(encoding="utf-8", newline="") as lines:
        rows = {row["product_id"]: row for row in csv.DictReader(lines)}

    def asking(learned: "Data") -> Ask:
        held = [rows[id] for id in learned.parts()[2].ids if id in rows]
        return lambda shop: asked_of_fashion(shop, held, options.seed)

    return Case("fashion-photos", feed, True, asking)


def asked_of_fashion(shop: "Shop", held: Sequence[Mapping[str, str]], seed: int) -> Values:
    """Queries of attributes in two languages among the products that are held out, and their titles among all."""
    ids = {row["product_id"] for row in held}
    kinds: dict[tuple[str, str, str], dict[str, int]] = {}
    titles: dict[str, dict[str, int]] = {}
    for row in held:
        kinds.setdefault((row["gender"], row["base_colour"], row["article_type"]), {})[row["product_id"]] = 1
        titles.setdefault(" ".join(row["title"].casefold().split()), {})[row["product_id"]] = 1
    some = {each: kinds[each] for each in _drawn(sorted(kinds), seed)}
    asked = {
        "fashion_asked": {" ".join(each): right for each, right in some.items()},
        "fashion_zh": {chinese(*each): right for each, right in some.items()},
    }
    values = {name: _valued(shop, qrels, ids) for name, qrels in asked.items()}
    values["fashion_title"] = _valued(shop, {title: titles[title] for title in _drawn(sorted(titles), seed)}, None)
    return values


def _valued(shop: "Shop", qrels: Qrels, among: set[str] | None) -> dict[str, float]:
    run = {}
    for text in qrels:
        found = _listed(shop, Query(text=text, page_size=DEPTH))
        run[text] = {id: score for id, score in found.items() if among is None or id in among}
    return by_query(run, qrels, [PLAIN])[PLAIN]


def _drawn(some: Sequence[T], seed: int) -> list[T]:
    """At most so many of them."""
    order = np.random.default_rng(seed).permutation(len(some))[:ASKED]
    return [some[place] for place in sorted(order)]


def _listed(shop: "Shop", query: Query, *, refusing: bool = False) -> dict[str, float]:
    """Product → score; nothing where the shop says that it does not carry that, if that counts."""
    hits = shop.search(query)
    return {hit.id: hit.score for hit in hits} if hits.total or not refusing else {}
