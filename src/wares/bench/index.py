"""The index beside vector libraries and embedded databases: recall, time, filters, freshness, memory, growth."""

import csv
import gzip
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from wares.bench import clouds, memory, vectors
from wares.bench.databases import DATABASES
from wares.bench.engines import LIBRARIES
from wares.bench.growth import growth
from wares.bench.harness import BenchOptions, BenchResult
from wares.bench.race import Course, build, fit, run_filtered, run_plain, serving, visible
from wares.bench.timing import load
from wares.config import Config
from wares.errors import ConfigError
from wares.registry import create, register
from wares.types import FloatArray

ENGINES = {**LIBRARIES, **DATABASES}
FILTERING = ("hnswlib", "qdrant-edge", "zvec", "lancedb")
QUERIES, TITLES = 200, "text-only/products_no_image.csv.gz"
PARTS = ("made", "titles", "growth")


@register("bench", "index")
def index(options: BenchOptions) -> BenchResult:
    """Vectors of `--n` made products and of 41,246 fashion titles, in `exact.v1`, faiss, hnswlib and databases.

    Every engine is built in a process of its own on one thread, saved, and opened in another, whose memory is read.
    All are then asked in turn, in rounds; of each query the best round counts. Graphs have 32 links a node; what trades
    time for recall (ef, partitions looked into) is the least that finds .997 of the ten nearest for one half of the
    queries, and the figures are of the other half. Recall is against exact float32, equals included. The made vectors
    are clusters of very unlike size in 24 dimensions with noise in all of them (`clouds.cloud`, seeded). A peer that is
    not installed is named. `--only made,titles,growth` and `--peers` choose, `--quick` takes a tenth of the products.

    Figures
    -------
    recall10, titles_recall10
        Share of the ten nearest that is found: made products, titles.
    p50_ms, p95_ms, titles_p50_ms, titles_p95_ms
        Milliseconds a query for the ten nearest, over queries.
    filtered_recall10, titles_filtered_recall10
        Recall among the 2 % of products that pass a filter.
    filtered_cpu_ms, titles_filtered_cpu_ms
        CPU milliseconds of the process, all threads, for a query with such a filter.
    visible_ms, titles_visible_ms
        Milliseconds from writing one product to the end of a search that finds it, median of five.
    build_s, titles_build_s
        Seconds to index all products and save them, one thread.
    anonymous_mb, mapped_mb, titles_anonymous_mb, titles_mapped_mb
        Memory of a process that opened the index and answered: its own, and pages of files that can be dropped.
    disk_mb, titles_disk_mb
        What was saved.
    effort, titles_effort
        The setting that was taken (ef or partitions); empty where there is none.
    products, titles_products
        Products indexed.
    p50_10k_ms, p50_30k_ms, p50_100k_ms, p50_300k_ms, p50_1000k_ms
        Median milliseconds of a query as the catalogue grows.
    growth_exponent
        a of p50 ~ n^a, fitted to these.
    products_at_50ms
        Products at which one core would pass 50 ms, by the slope between the two largest sizes.
    """
    started = load()
    chosen = options.parts(PARTS)
    engines, notes = present(options.peers)
    figures: dict[str, dict[str, float]] = {name: {} for name in engines}
    with TemporaryDirectory(prefix="wares-bench-") as scratch:
        for part in chosen:
            folder = Path(scratch) / part
            folder.mkdir()
            if part == "growth":
                found = growth(folder, options.dim, options.seed, quick=options.quick)
                figures["wares"] |= found
            else:
                rows = made(options) if part == "made" else titles(options)
                measured = measure(rows, engines, folder, options.seed)
                for name, each in measured.items():
                    figures[name] |= {f"titles_{key}" if part == "titles" else key: v for key, v in each.items()}
    ours = figures.pop("wares")
    notes += [f"{options.threads} thread; peers: {', '.join(figures) or 'none'}"]
    return BenchResult(
        "index", ours, peers=figures, ratios=ratios(ours, figures), seed=options.seed, load=started, notes=tuple(notes)
    )


def present(peers: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Engines that can be run, ours first, and a line for each that cannot."""
    if unknown := [name for name in peers if name not in ENGINES]:
        raise ConfigError(f"no peer is called {unknown[0]!r}", fix=f"--peers takes {', '.join(ENGINES)}; wares: none")
    found, notes = ["wares"], []
    for name in peers or ENGINES:
        if name == "wares":
            continue
        try:
            ENGINES[name]()
        except ConfigError as missing:
            notes.append(f"{name} is missing: {missing}")
        else:
            found.append(name)
    return found, notes


def made(options: BenchOptions) -> FloatArray:
    """(n, d) made vectors; a tenth of them with ``quick``."""
    return clouds.cloud(options.n // (10 if options.quick else 1), options.dim, options.seed)


def titles(options: BenchOptions) -> FloatArray:
    """(n, d) vectors of the titles of the fashion products by the text encoder as shipped, kept between runs."""
    encoder = create("encoder", Config().encode.text)
    tables = (options.folder(options.test) / "products.csv", options.data / TITLES)
    texts = [text for table in tables for text in _titles(table)]
    return vectors.texts(options, encoder, texts[:: 10 if options.quick else 1])


def measure(rows: FloatArray, names: list[str], folder: Path, seed: int) -> dict[str, dict[str, float]]:
    """Everything about every engine on one set of vectors."""
    queries = clouds.near(rows, QUERIES, seed)
    course = Course.of(rows, queries, clouds.labels(len(rows), seed))
    np.save(folder / "vectors.npy", rows)
    np.save(folder / "labels.npy", course.labels)
    figures: dict[str, dict[str, float]] = {}
    for name in names:
        home = folder / name
        home.mkdir()
        seconds = memory.apart(build, name, folder, home).value
        held = memory.apart(serving, name, home, queries).memory
        figures[name] = {
            "products": len(rows),
            "build_s": seconds,
            "disk_mb": memory.disk(home),
            "anonymous_mb": held.anonymous,
            "mapped_mb": held.mapped,
        }
    with opened(names, folder) as engines:
        for engine in engines.values():
            fit(engine, course)
        for name, engine in engines.items():
            if engine.efforts:
                figures[name]["effort"] = engine.effort
        for found in (run_plain(engines, course), run_filtered(engines, course), visible(engines, course, seed)):
            for name, each in found.items():
                figures[name] |= each
    return figures


@contextmanager
def opened(names: list[str], folder: Path) -> Iterator[dict[str, Any]]:
    """The engines as they were saved; closed again whatever happens."""
    with ExitStack() as stack:
        engines = {}
        for name in names:
            engines[name] = ENGINES[name]()
            engines[name].open(folder / name)
            stack.callback(engines[name].close)
        yield engines


def ratios(ours: Mapping[str, float], peers: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Our time over each peer's, and of filtered searches over the least of those that filter in the search."""
    found = {}
    for prefix in ("", "titles_"):
        for figure in ("p50_ms", "build_s"):
            for peer, theirs in peers.items():
                if (name := f"{prefix}{figure}") in ours and theirs.get(name):
                    found[f"{name}/{peer}"] = ours[name] / theirs[name]
        name = f"{prefix}filtered_cpu_ms"
        others = [peers[peer][name] for peer in FILTERING if name in peers.get(peer, {})]
        if name in ours and others:
            found[f"{name}/best"] = ours[name] / min(others)
    return found


def _titles(table: Path) -> Iterator[str]:
    opener = gzip.open if table.suffix == ".gz" else open
    with opener(table, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield row["title"]
