"""Graded search for electronics: 94 queries people judged, beside bm25s and tantivy."""

import csv
import gzip
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from itertools import product as combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wares.bench.classics import Rank, classics, reweighted, texts_of
from wares.bench.harness import BenchOptions, BenchResult
from wares.bench.peers import Bm25sPeer, TantivyPeer
from wares.bench.shops import built
from wares.bench.splits import folds
from wares.bench.timing import load
from wares.evaluate.judgements import Qrels, Run, answerable, read_qrels
from wares.evaluate.metrics import by_query
from wares.evaluate.report import Report, report
from wares.registry import register
from wares.types import Query, ScoreArray

if TYPE_CHECKING:
    from wares.shop import Shop

DEPTH = 1000
METRICS = {"ndcg10": "nDCG@10", "condensed_ndcg10": "nDCG(judged_only=True)@10", "judged10": "Judged@10"}
TUNED = {
    f"words {words:g}, coverage {coverage:g}, meaning {meaning:g}": {
        "words": words,
        "coverage": coverage,
        "text": meaning,
        "fused": meaning,
    }
    for words, coverage, meaning in combinations((0.6, 1.0, 2.0), (0.7, 1.0, 1.6), (0.4, 0.7, 1.0))
}


@register("bench", "chorus")
def chorus(options: BenchOptions) -> BenchResult:
    """19,406 products of Icecat, 94 queries and 2,571 human grades from 0 to 3 (Chorus).

    At most 40 products a query were judged, all from one engine, so condensed nDCG stands beside the plain one.
    Queries without a relevant product are left out and counted. Ties are broken against us, and against the peers.
    bm25s (k1, b and which fields are in its text), tantivy (which fields), the field boosts, the sum of BM25 and cosine
    and ``tuned`` (wares with other weights of its routes) are tuned on the training queries; wares runs as shipped,
    without labels.

    Figures
    -------
    ndcg10
        nDCG@10, unjudged products counted as irrelevant.
    condensed_ndcg10
        nDCG@10 over the judged products alone.
    judged10
        Share of the first ten products that was judged.
    queries, left_out
        Number of queries measured, and of those without any relevant product.
    """
    started = load()
    feed = options.folder() / "products.jsonl.gz"
    train, test = (read_split(options.folder(name)) for name in (options.train, options.test))
    with built(options, "chorus-icecat", options.folder()) as shop:

        def ours(text: str) -> dict[str, float]:
            return {hit.id: hit.score for hit in shop.search(Query(text=text, page_size=DEPTH))}

        products = list(read_products(feed))
        named = {each["product_id"]: texts_of(each) for each in products}
        parts = _parts(shop)
        others: dict[str, Mapping[str, Rank]] = {
            "tuned": {name: partial(_tuned, parts, weights) for name, weights in TUNED.items()},
            **_peers(products),
            **classics(named, lambda text: _meaning(*parts(text)), options.seed),
        }
        systems: dict[str, Mapping[str, Rank]] = {"wares": {"as shipped": ours}, **others}
        runs = interleaved(systems, test[0])
        seen = runs if options.crossed else interleaved(systems, train[0])
    tuned = {name: tune(seen[name], train[1], runs[name], test[1], options) for name in systems}
    measured = report(test[1], {name: run for name, (run, _) in tuned.items()}, list(METRICS.values()), options.seed)
    return _result(measured, {name: chosen for name, (_, chosen) in tuned.items()}, options, started)


Parts = tuple[tuple[str, ...], ScoreArray, tuple[str, ...]]
"""Names of our routes, what each gives to every product (n, f), and the products."""


def _parts(shop: "Shop") -> Callable[[str], Parts]:
    """What our routes say of every product, kept for the query that was asked last."""

    from wares.shop import judged

    @lru_cache(maxsize=1)
    def parts(text: str) -> Parts:
        seen, ids = judged(shop, Query(text))
        return seen.feature_names, seen.features, ids

    return parts


def _tuned(parts: Callable[[str], Parts], weights: Mapping[str, float], text: str) -> dict[str, float]:
    names, features, ids = parts(text)
    return reweighted(names, features, ids, weights)


def _meaning(names: Sequence[str], features: ScoreArray, ids: Sequence[str]) -> dict[str, float]:
    cosines = np.nan_to_num(features[:, list(names).index("text")])
    return dict(zip(ids, cosines.tolist(), strict=True))


def interleaved(systems: Mapping[str, Mapping[str, Rank]], queries: Mapping[str, str]) -> dict[str, dict[str, Run]]:
    """System → setting → run, every system answering a query before the next query is asked."""
    runs: dict[str, dict[str, dict[str, Mapping[str, float]]]] = {
        system: {setting: {} for setting in settings} for system, settings in systems.items()
    }
    for query, text in sorted(queries.items()):
        for system, settings in systems.items():
            for setting, rank in settings.items():
                runs[system][setting][query] = rank(text)
    return {system: dict(settings) for system, settings in runs.items()}


def tune(
    seen: Mapping[str, Run], train: Qrels, runs: Mapping[str, Run], test: Qrels, options: BenchOptions
) -> tuple[Run, list[str]]:
    """The test run of the setting with the best nDCG@10 in training, chosen fold by fold where both are one folder.

    Parameters
    ----------
    seen, train
        Setting → run on the training queries, and their judgements.
    runs, test
        The same of the test queries.

    Returns
    -------
    run, chosen
        What the chosen settings answered to the test queries, and their names, one a fold.
    """
    if not options.crossed:
        chosen = _best(seen, answerable(train))
        return runs[chosen], [chosen]
    queries = sorted(answerable(test))
    run: dict[str, Mapping[str, float]] = {}
    settings = []
    for fitted, held_out in folds(queries, options.folds, options.seed):
        settings.append(_best(runs, {queries[row]: test[queries[row]] for row in fitted}))
        run |= {queries[row]: runs[settings[-1]].get(queries[row], {}) for row in held_out}
    return run, settings


def _best(candidates: Mapping[str, Run], qrels: Qrels) -> str:
    name = METRICS["ndcg10"]
    scores = {setting: np.mean([*by_query(run, qrels, [name])[name].values()]) for setting, run in candidates.items()}
    return max(sorted(scores), key=scores.__getitem__)


def _peers(products: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Rank]]:
    short, full = {}, {}
    for each in products:
        words = [each["title"], each.get("brand") or "", each.get("description") or ""]
        short[each["product_id"]] = " ".join(words)
        values = (value for value in each["attributes"].values() if isinstance(value, str))
        full[each["product_id"]] = " ".join((*words, *values))
    texts = {"title, brand, description": short, "and attributes": full}
    return {
        "bm25s": {
            f"{name}, k1 {k1}, b {b}": partial(Bm25sPeer(text, k1, b).rank, depth=DEPTH)
            for (name, text), k1, b in combinations(texts.items(), (0.6, 1.2, 2.0), (0.3, 0.75))
        },
        "tantivy": {name: partial(TantivyPeer(text).rank, depth=DEPTH) for name, text in texts.items()},
    }


def _result(measured: Report, chosen: Mapping[str, list[str]], options: BenchOptions, started: float) -> BenchResult:
    named = {
        system: {figure: means[metric] for figure, metric in METRICS.items()}
        for system, means in measured.means.items()
    }
    ours = named.pop("wares")
    headline = ("ndcg10", "condensed_ndcg10")
    notes = [f"{peer} as chosen on the training queries: {' | '.join(dict.fromkeys(chosen[peer]))}" for peer in named]
    for peer in named:
        spread = measured.intervals[peer]
        said = (f"{figure} [{spread[metric][0]:.3f}, {spread[metric][1]:.3f}]" for figure, metric in METRICS.items())
        notes.append(f"{peer}, 95 %: {', '.join(said)}")
    for peer, metrics in measured.against.items():
        for figure in headline:
            seen = metrics[METRICS[figure]]
            notes.append(
                f"{figure} − {peer}: {seen.difference:+.3f} [{seen.low:+.3f}, {seen.high:+.3f}], p = {seen.p:.4f}"
            )
    beaten = (peer for peer in named if all(named[peer][figure] for figure in headline))
    return BenchResult(
        "chorus",
        figures={**ours, "queries": measured.queries, "left_out": measured.left_out},
        intervals={figure: measured.intervals["wares"][metric] for figure, metric in METRICS.items()},
        peers=named,
        ratios={f"{figure}/{peer}": ours[figure] / named[peer][figure] for peer in beaten for figure in headline},
        seed=options.seed,
        load=started,
        notes=tuple(notes),
    )


def read_products(path: Path) -> Iterable[dict[str, Any]]:
    """The products as the data set has them."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def read_split(folder: Path) -> tuple[dict[str, str], dict[str, dict[str, int]]]:
    """Queries by id, and their judgements."""
    with (folder / "queries.csv").open(encoding="utf-8", newline="") as lines:
        queries = {row["query_id"]: row["query"] for row in csv.DictReader(lines)}
    return queries, read_qrels(folder / "qrels.csv")
