"""A shop that is served while something else goes on: far too many requests, a feed, half an hour of everything."""

import json
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import numpy as np

from wares.bench import timing
from wares.bench.harness import BenchOptions, BenchResult
from wares.bench.loads import Answers, Seconds, closed, paced
from wares.bench.memory import MEGABYTE
from wares.bench.pages import different, searches, stocked
from wares.bench.processes import Server, run, served, used
from wares.bench.shops import built
from wares.catalog.native import document
from wares.registry import register
from wares.types import Product

DATA, BY_HAND = "fashion-products", ("soak",)
ROUNDS, SEARCHES, AT_ONCE = 3, 300, 2
TIMES, FLOOD, AFTERWARDS = 10, 20.0, 10.0  # as many requests as it can answer; seconds
REINDEXED, REQUESTS, QUIET, SHARE = 20_000, 20_000, 60.0, 0.25  # products, requests, seconds, of what it can answer
MINUTES, RATE, LOOK = 30.0, 15.0, 10.0  # of the soak: minutes, searches a second, seconds between two looks
PHOTOS = 8
CHANGING = 40  # products of the soak that change again and again: what is indexed does not grow
CACHED = re.compile(r"^wares_cache_bytes\{.*\} (\S+)$", re.MULTILINE)
_LINES = {"Content-Type": "application/x-ndjson"}


@register("bench", "load")
def load(options: BenchOptions) -> BenchResult:
    """A served shop of 41,246 fashion products: with far too many requests, while a feed comes in, for half an hour.

    A request is a page of results for a query that never came before. `--only overload,reindex,soak` chooses; the soak
    takes half an hour and runs only where it is asked for. Requests come at even distances, whether or not earlier ones
    were answered. The generator runs on the same machine and takes its share of the cores.

    Figures
    -------
    overload_peak_per_s, overload_offered_per_s
        Requests per second: what one worker answers at its best, and what it is then sent, ten times as many.
    overload_goodput
        Share of its best that it still answers.
    overload_good_p99_ms, overload_shed_p50_ms, overload_shed_p99_ms
        Milliseconds from when a request was sent to its answer, of those answered and those refused.
    overload_recovery_s
        Seconds after the overload to the last request that was refused.
    overload_failed
        Requests neither answered nor refused in order.
    reindex_products, reindex_s
        Products that were changed, and seconds until the change was in the index.
    reindex_requests, reindex_failed
        Requests before and meanwhile, on two workers, and how many of them failed.
    reindex_quiet_p99_ms, reindex_busy_p99_ms, reindex_ratio
        p99 before and meanwhile, and the second over the first.
    soak_minutes, soak_requests, soak_failed
        How long searches, photos, suggestions and changes of products went on.
    soak_first_mb, soak_last_mb, soak_mb_per_hour
        Megabytes (PSS of all processes): mean of the second sixth and of the last, and the slope over the last half.
    soak_first_own_mb, soak_last_own_mb, soak_own_mb_per_hour
        The same without pages of files that are mapped, which the system drops where others need the memory.
    soak_first_caches_mb, soak_last_caches_mb, soak_caches_mb_per_hour
        The same of what the caches of all workers say they hold, which is bounded.
    soak_first_p99_ms, soak_last_p99_ms
        p99 of searches in those sixths.
    products
        Products searched.
    """
    started = timing.load()
    with built(options, DATA, options.data) as shop:
        folder, products = shop.config.shop.folder, stocked(shop)
    texts = different(products, options.seed)
    figures = {"products": float(len(products))}
    for part in options.parts(list(PARTS), BY_HAND):
        figures |= PARTS[part](folder, products, texts, quick=options.quick)
    return BenchResult("load", figures, seed=options.seed, load=started)


def overload(folder: Path, products: Sequence[Product], texts: Iterator[str], *, quick: bool) -> dict[str, float]:
    """Ten times as many requests as one worker answers at its best, and half as many afterwards."""
    del products
    with served(folder) as server:
        peak = _peak(server, texts, AT_ONCE)
        offered = TIMES * peak
        flood = paced(server.port, searches(texts, int(offered * (FLOOD / 4 if quick else FLOOD))), offered)
        after = paced(server.port, searches(texts, int(peak / 2 * AFTERWARDS) or 1), peak / 2)
    refused = after.due[~after.good]
    return {
        "overload_peak_per_s": peak,
        "overload_offered_per_s": offered,
        "overload_goodput": float(flood.good.sum()) / flood.seconds / peak,
        "overload_good_p99_ms": _percentile(flood.served[flood.good], 99),
        "overload_shed_p50_ms": _percentile(flood.served[flood.shed], 50),
        "overload_shed_p99_ms": _percentile(flood.served[flood.shed], 99),
        "overload_recovery_s": float(refused.max()) if len(refused) else 0.0,
        "overload_failed": float(flood.failed + after.failed),
    }


def reindex(folder: Path, products: Sequence[Product], texts: Iterator[str], *, quick: bool) -> dict[str, float]:
    """Products are given other titles in one request while two workers answer a quarter of what they could."""
    size, requests, quiet = (each / (20 if quick else 1) for each in (REINDEXED, REQUESTS, QUIET))
    plain = islice((each for each in products if not each.media), int(size))
    changed = [document(replace(each, title=f"{each.title} relisted")) for each in plain]
    feed = "\n".join(map(json.dumps, changed)).encode()
    with _copied(folder) as (copy, key), served(copy, 2) as server, ThreadPoolExecutor(1) as beside:
        rate = SHARE * _peak(server, texts, 2 * AT_ONCE)
        asked = searches(texts, int(requests))
        writing = beside.submit(_written, server, key, feed, quiet)
        answers = paced(server.port, asked, rate)
        start, end = writing.result()
    busy = answers.due >= quiet
    busy &= answers.due <= quiet + end - start
    before, meanwhile = (_percentile(answers.waited[answers.good & part], 99) for part in (answers.due < quiet, busy))
    return {
        "reindex_products": float(len(changed)),
        "reindex_s": end - start,
        "reindex_requests": float(len(asked)),
        "reindex_failed": float((~answers.good).sum()),
        "reindex_quiet_p99_ms": before,
        "reindex_busy_p99_ms": meanwhile,
        "reindex_ratio": meanwhile / before,
    }


def soak(folder: Path, products: Sequence[Product], texts: Iterator[str], *, quick: bool) -> dict[str, float]:
    """Searches, and beside them suggestions, photos, and each second a change of one of some products."""
    seconds = 60 * MINUTES / (30 if quick else 1)
    held: list[tuple[float, ...]] = []
    ended = threading.Event()
    with _copied(folder) as (copy, key), served(copy, 2) as server, ThreadPoolExecutor(2) as beside:
        asked = searches(texts, int(RATE * seconds))
        start = time.perf_counter()
        looking = beside.submit(_look, server, start, held, ended)
        other = beside.submit(_everything_else, server, key, products, sorted((copy / "media").rglob("*.jpg")), ended)
        answers = paced(server.port, asked, RATE)
        ended.set()
        looking.result()
        more, failed = other.result()
    at, *sizes = np.array(held).T
    sixth = at // (seconds / 6)
    late = sixth >= 3
    memory: dict[str, float] = {}
    for name, megabytes in zip(("mb", "own_mb", "caches_mb"), sizes, strict=True):
        memory[f"soak_first_{name}"] = float(megabytes[sixth == 1].mean())
        memory[f"soak_last_{name}"] = float(megabytes[sixth == 5].mean())
        memory[f"soak_{name}_per_hour"] = 3600 * float(np.polyfit(at[late], megabytes[late], 1)[0])
    return memory | {
        "soak_minutes": answers.seconds / 60,
        "soak_requests": float(len(asked) + more),
        "soak_failed": float((~answers.good).sum()) + failed,
        "soak_first_p99_ms": _between(answers, seconds / 6, seconds / 3),
        "soak_last_p99_ms": _between(answers, seconds * 5 / 6, seconds),
    }


Measure = Callable[..., dict[str, float]]
PARTS: dict[str, Measure] = {"overload": overload, "reindex": reindex, "soak": soak}


def _peak(server: Server, texts: Iterator[str], at_once: int) -> float:
    """Requests a second at its best, after some to warm up."""
    closed(server.port, searches(texts, SEARCHES), at_once)
    return max(SEARCHES / closed(server.port, searches(texts, SEARCHES), at_once).seconds for _ in range(ROUNDS))


@contextmanager
def _copied(folder: Path) -> Iterator[tuple[Path, str]]:
    """A copy of the shop that may be written to, and a key that may."""
    with TemporaryDirectory(prefix="wares-bench-") as scratch:
        copy = Path(scratch) / "shop"
        shutil.copytree(folder, copy)
        made = run("keys", "create", "--scope", "admin", "--folder", str(copy), "--json").report
        yield copy, made["key"]


def _written(server: Server, key: str, feed: bytes, after: float) -> tuple[float, float]:
    """Post the feed after some seconds; when that began, and when all of it was in the index."""
    time.sleep(after)
    start = time.perf_counter()
    headers = {"Authorization": f"Bearer {key}", **_LINES}
    server.client.post("/v1/products", content=feed, headers=headers, timeout=600).raise_for_status()
    return start, time.perf_counter()


def _look(server: Server, start: float, held: list[tuple[float, ...]], ended: threading.Event) -> None:
    """Seconds, megabytes of all processes, those without mapped files, and what their caches say they hold."""
    with httpx.Client(base_url=server.client.base_url, timeout=60) as own:
        while not ended.wait(LOOK):
            caches = sum(map(float, CACHED.findall(own.get("/metrics").text)))
            now = used(server.process)
            held.append((time.perf_counter() - start, now.pss, now.own, caches / MEGABYTE))


def _everything_else(
    server: Server, key: str, products: Sequence[Product], photos: Sequence[Path], ended: threading.Event
) -> tuple[int, int]:
    """Requests that are no plain searches, one kind after another; how many there were, and how many failed."""
    headers = {"Authorization": f"Bearer {key}"}
    asked = failed = 0
    for turn, product in enumerate(cycle(islice(products, CHANGING))):
        if ended.wait(1.0):
            return asked, failed
        client = server.client
        answers = [
            client.patch(f"/v1/products/{product.id}", json={"title": f"{product.title} {turn}"}, headers=headers),
            client.get("/v1/suggest", params={"q": product.title[:4]}),
        ]
        if photos and turn % PHOTOS == 0:
            photo = photos[turn % len(photos)].read_bytes()
            answers.append(client.post("/v1/photos", content=photo, headers={"Content-Type": "image/jpeg"}))
            answers.append(client.get("/v1/search", params={"photo": answers[-1].json().get("sha256", "")}))
        asked += len(answers)
        failed += sum(not each.is_success for each in answers)
    return asked, failed


def _percentile(seconds: Seconds, share: float) -> float:
    """Milliseconds; NaN of none."""
    return 1000 * float(np.percentile(seconds, share)) if len(seconds) else float("nan")


def _between(answers: Answers, start: float, end: float) -> float:
    inside = answers.good & (answers.due >= start) & (answers.due < end)
    return _percentile(answers.waited[inside], 99)
