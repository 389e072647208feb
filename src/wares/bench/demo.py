"""The demo shop's judged queries in English and Chinese: is the day-0 search as good in both, and does it say no?"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from wares.bench.harness import BenchOptions, BenchResult
from wares.bench.peers import Bm25sPeer
from wares.bench.shops import built
from wares.bench.timing import load
from wares.config import Config
from wares.evaluate.judgements import read_qrels
from wares.evaluate.report import report
from wares.registry import create, register
from wares.types import Query

DEPTH = 100
METRIC = "nDCG@10"
PRODUCTS = 1200


@register("bench", "demo")
def demo(options: BenchOptions) -> BenchResult:
    """288 queries about the demo shop (1,200 drawn products, seed 7), half of them Chinese, graded by its generator.

    Nothing is tuned on them. ``--data`` is where the shop is built, or lies already. bm25s gets every text of a product
    in both languages, cut into the same terms as ours.

    Figures
    -------
    ndcg10, ndcg10_en, ndcg10_zh
        nDCG@10 over the queries that the shop can serve, and over those in one language.
    refused
        Share of the queries for things the shop does not carry to which it says so.
    refused_wrongly
        Share of the queries it could have served to which it says that it does not carry that.
    """
    from wares.catalog.demo import build

    started = load()
    feed = options.data / "products.jsonl"
    if not feed.exists():
        build(options.data, products=PRODUCTS)
    queries = {each["query_id"]: each for each in read_lines(options.data / "queries.jsonl")}
    analyzer = create("analyzer", Config().encode.analyzer)

    def segmented(text: str) -> str:
        return " ".join(analyzer.terms(text))

    peer = Bm25sPeer({each["id"]: segmented(texts_of(each)) for each in read_lines(feed)})
    ours: dict[str, Mapping[str, float]] = {}
    theirs: dict[str, Mapping[str, float]] = {}
    refused: dict[str, bool] = {}
    with built(options, "demo", feed, mapped=False) as shop:
        for name, query in queries.items():
            hits = shop.search(Query(query["text"], language=query["language"], page_size=DEPTH))
            refused[name] = hits.total == 0
            ours[name] = {hit.id: hit.score for hit in hits} if hits.total else {}
            theirs[name] = peer.rank(segmented(query["text"]), DEPTH)
    carried = {name for name, query in queries.items() if query["carried"]}
    qrels = {name: judged for name, judged in read_qrels(options.data / "qrels.txt").items() if name in carried}
    measured = report(qrels, {"wares": ours, "bm25s": theirs}, [METRIC], options.seed)
    figures = {name: _by_language(of[METRIC], queries) for name, of in measured.values.items()}
    said = {
        "refused": float(np.mean([refused[name] for name in queries if name not in carried])),
        "refused_wrongly": float(np.mean([refused[name] for name in carried])),
    }
    mine = figures.pop("wares")
    return BenchResult(
        "demo",
        mine | said,
        intervals={"ndcg10": measured.intervals["wares"][METRIC]},
        peers=figures,
        ratios={f"{name}/bm25s": mine[name] / figures["bm25s"][name] for name in mine},
        seed=options.seed,
        load=started,
    )


def _by_language(values: Mapping[str, float], queries: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    figures = {"ndcg10": float(np.mean([*values.values()]))}
    for language in ("en", "zh"):
        own = [value for name, value in values.items() if queries[name]["language"] == language]
        figures[f"ndcg10_{language}"] = float(np.mean(own))
    return figures


def texts_of(product: Mapping[str, Any]) -> str:
    """Every text of a product of the demo shop, in both languages."""
    every = (product, *product.get("translations", {}).values())
    categories = [each["value"] for each in product.get("categories", ())]
    return " ".join((*(f"{each['title']} {each['description']}" for each in every), product["brand"], *categories))


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """A JSON Lines file, a line at a time."""
    with path.open("rb") as lines:
        yield from map(orjson.loads, lines)
