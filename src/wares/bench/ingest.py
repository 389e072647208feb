"""What it costs to take a catalogue in and to serve it: rows and photos per second, memory, disk."""

import os
import re
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from wares.bench.harness import BenchOptions, BenchResult
from wares.bench.peers import require
from wares.bench.processes import Step, run, served
from wares.bench.shops import mapping
from wares.bench.timing import load
from wares.registry import register

MEGABYTE = 1_000_000
QUERIES = ("red dress", "nike running shoes men", "blue denim jeans", "watch", "women leather handbag")
CHINESE = ("蓝色牛仔裤", "红色连衣裙")
ROUNDS = 16
PHOTO_PAGES = 10


@register("bench", "ingest")
def ingest(options: BenchOptions) -> BenchResult:
    """Fashion products, 6,622 with a photo and 34,624 as text alone, through the commands a merchant types.

    Every step is a process of its own and the folder is fresh, so nothing is cached and memory is the process's own.
    ``wares serve`` then answers pages over HTTP with the whole catalogue.

    Figures
    -------
    photos_s
        Products with a photo per second, from file to committed transaction: read, decoded, written anew, hashed.
    rows_s
        Rows of the text-only feed per second, from file to committed transaction.
    unchanged_rows_s
        Rows per second when the feed with photos comes again.
    searchable_s
        Products of the text-only feed per second from the start of the command until they can be found.
    ingest_mb
        Peak memory of the largest ingest, in megabytes.
    serve_words_mb, serve_mb
        Memory of the serving process in megabytes: after 80 searches by English words, and after searches by Chinese
        words (with their dictionary) and by ten photos (with the photo encoder) as well.
    first_page_s
        Seconds from the start of `wares serve` to its first page.
    page_ms
        Median milliseconds of a page of results over HTTP.
    disk_mb
        Everything in the shop's folder, in megabytes.
    products
        Number of products served.
    """
    started = load()
    photos = options.folder(options.test)
    with TemporaryDirectory(prefix="wares-bench-") as scratch:
        folder = Path(scratch) / "shop"
        first = _ingest(options, f"{options.test}/products.csv", Path(scratch), photos=True)
        again = _ingest(options, f"{options.test}/products.csv", Path(scratch), photos=True)
        words = _ingest(options, "text-only/products_no_image.csv.gz", Path(scratch), photos=False)
        figures = {
            "photos_s": first.report["accepted"] / first.report["seconds"],
            "rows_s": words.report["accepted"] / words.report["seconds"],
            "unchanged_rows_s": again.report["accepted"] / again.report["seconds"],
            "searchable_s": words.report["accepted"] / words.seconds,
            "ingest_mb": max(step.peak for step in (first, again, words)) / MEGABYTE,
            "products": first.report["accepted"] + words.report["accepted"],
            "disk_mb": sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / MEGABYTE,
            **_serve(folder, sorted((photos / "images").glob("*.jpg"))[:PHOTO_PAGES]),
        }
    return BenchResult(
        "ingest",
        figures,
        seed=options.seed,
        load=started,
        notes=(f"{options.threads} thread a process on {os.cpu_count()} cores",),
    )


def _ingest(options: BenchOptions, table: str, scratch: Path, *, photos: bool) -> Step:
    """Take one table in by the data set's own mapping, pointed at that table alone."""
    known = scratch / "mapping.toml"
    text = re.sub(
        r"^path = .*$", f'path = "{table}"', mapping("fashion-products").read_text("utf-8"), flags=re.MULTILINE
    )
    known.write_text(text if photos else re.sub(r"^images = .*$", "", text, flags=re.MULTILINE), "utf-8")
    folder = ("--folder", str(scratch / "shop"))
    return run("ingest", str(options.data), "--mapping", str(known), "--mode", "upsert", *folder, "--json")


def _serve(folder: Path, photos: list[Path]) -> dict[str, float]:
    (psutil,) = require("psutil")
    start = time.perf_counter()
    with served(folder) as server:
        first = time.perf_counter() - start
        taken = []
        for words in QUERIES * ROUNDS:
            before = time.perf_counter()
            server.client.get("/", params={"q": words}).raise_for_status()
            taken.append(time.perf_counter() - before)
        english = psutil.Process(server.process).memory_info().rss
        for words in CHINESE:
            server.client.get("/", params={"q": words}).raise_for_status()
        for photo in photos:
            server.client.post("/photo", files={"photo_file": photo.read_bytes()}).raise_for_status()
        everything = psutil.Process(server.process).memory_info().rss
    return {
        "first_page_s": first,
        "page_ms": 1000 * statistics.median(taken),
        "serve_words_mb": english / MEGABYTE,
        "serve_mb": everything / MEGABYTE,
    }
