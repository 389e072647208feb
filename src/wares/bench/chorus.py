"""Graded search for electronics: 94 queries people judged, beside bm25s and tantivy."""

import csv
import gzip
import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import product as combinations
from pathlib import Path
from typing import Any

import numpy as np

from wares.bench.harness import BenchOptions, BenchResult
from wares.bench.peers import Bm25sPeer, TantivyPeer
from wares.bench.shops import built
from wares.bench.splits import folds
from wares.bench.timing import load
from wares.evaluate.judgements import Qrels, Run, answerable, read_qrels
from wares.evaluate.metrics import by_query
from wares.evaluate.report import Report, report
from wares.registry import register
from wares.types import Query

DEPTH = 1000
METRICS = {"ndcg10": "nDCG@10", "condensed_ndcg10": "nDCG(judged_only=True)@10", "judged10": "Judged@10"}

Rank = Callable[[str], Mapping[str, float]]


@register("bench", "chorus")
def chorus(options: BenchOptions) -> BenchResult:
    """19,406 products of Icecat, 94 queries and 2,571 human grades from 0 to 3 (Chorus).

    At most 40 products a query were judged, all from one engine, so condensed nDCG stands beside the plain one.
    Queries without a relevant product are left out and counted. Ties are broken against us, and against the peers.
    bm25s (k1, b and which fields are in its text) and tantivy (which fields) are tuned on the training queries; wares
    runs as shipped, without labels.

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

        systems: dict[str, Mapping[str, Rank]] = {"wares": {"as shipped": ours}, **_peers(read_products(feed))}
        runs = interleaved(systems, test[0])
        seen = runs if options.crossed else interleaved(systems, train[0])
    tuned = {name: tune(seen[name], train[1], runs[name], test[1], options) for name in systems}
    measured = report(test[1], {name: run for name, (run, _) in tuned.items()}, list(METRICS.values()), options.seed)
    return _result(measured, {name: chosen for name, (_, chosen) in tuned.items()}, options, started)


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
    notes = [f"{peer} tuned on the training queries: {' | '.join(dict.fromkeys(chosen[peer]))}" for peer in named]
    for peer, metrics in measured.against.items():
        for figure in headline:
            seen = metrics[METRICS[figure]]
            notes.append(
                f"{figure} − {peer}: {seen.difference:+.3f} [{seen.low:+.3f}, {seen.high:+.3f}], p = {seen.p:.4f}"
            )
    return BenchResult(
        "chorus",
        figures={**ours, "queries": measured.queries, "left_out": measured.left_out},
        intervals={figure: measured.intervals["wares"][metric] for figure, metric in METRICS.items()},
        peers=named,
        ratios={f"{figure}/{peer}": ours[figure] / named[peer][figure] for peer in named for figure in headline},
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
