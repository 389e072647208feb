"""What a query costs as the catalogue grows: one index that is written to again and again, asked at each size."""

import math
import statistics
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from wares.bench import clouds
from wares.bench.engines import ExactEngine, entries_of, schema_of
from wares.config import Config
from wares.registry import create
from wares.types import FloatArray

SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
QUERIES, ROUNDS, K, PATIENCE = 30, 3, 10, 0.05


def growth(folder: Path, dim: int, seed: int, *, quick: bool, sizes: tuple[int, ...] = SIZES) -> dict[str, float]:
    """Median milliseconds at each size, the exponent fitted to them, and where one core passes 50 ms.

    Parameters
    ----------
    folder
        Room for a snapshot at each size: a shop that serves has opened one.
    quick
        Stop at 100,000 products.
    """
    kept = [size for size in sizes if not quick or size <= 100_000]
    rows = clouds.cloud(kept[-1], dim, seed)
    labels = np.zeros(len(rows), np.int64)
    queries = clouds.near(rows, QUERIES, seed)
    index = create("index", Config().index.name, schema=schema_of(dim))
    found, start = {}, 0
    for size in kept:
        for entries in entries_of(rows[start:size], labels[start:size], start):
            index.upsert(entries)
        start = size
        index.snapshot(folder / str(size) / "index")
        engine = ExactEngine()
        engine.open(folder / str(size))
        found[size] = _median(engine, queries)
        engine.close()
    return {f"p50_{size // 1000}k_ms": 1000 * seconds for size, seconds in found.items()} | fitted(found)


def fitted(seconds: Mapping[int, float]) -> dict[str, float]:
    """a of seconds ~ n^a by least squares over the logarithms, and the n at which a query takes 50 ms.

    Small sizes are cheap for other reasons than large ones, so the way on goes by the two largest sizes alone; with
    fewer than two sizes nothing is known.
    """
    if len(seconds) < 2:
        return {"growth_exponent": math.nan, "products_at_50ms": math.nan}
    x, y = np.log([*seconds]), np.log([*seconds.values()])
    exponent = float(np.polyfit(x, y, 1)[0])
    before, largest = sorted(seconds)[-2:]
    slope = math.log(seconds[largest] / seconds[before]) / math.log(largest / before)
    reached = largest * (PATIENCE / seconds[largest]) ** (1 / slope) if slope > 0 else math.nan
    return {"growth_exponent": exponent, "products_at_50ms": reached}


def _median(engine: ExactEngine, queries: FloatArray) -> float:
    best = [math.inf] * len(queries)
    for _ in range(ROUNDS):
        for place, query in enumerate(queries):
            start = time.perf_counter()
            engine.search(query, K)
            best[place] = min(best[place], time.perf_counter() - start)
    return statistics.median(best)
