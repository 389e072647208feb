"""A whole search: words understood and encoded, words and vectors matched, ordered, counted and explained."""

import json
import math
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from wares.bench import kept
from wares.bench.grown import Stocked, grown, queries
from wares.bench.harness import BenchOptions, BenchResult
from wares.bench.hybrids import HYBRIDS, Hybrid, Row
from wares.bench.shops import built
from wares.bench.timing import load
from wares.catalog.store import CatalogStore
from wares.config import Config
from wares.errors import ConfigError, ContractError
from wares.index.entries import entry
from wares.index.generations import Generations
from wares.protocols import ProductIndex
from wares.registry import equip, register
from wares.types import FloatArray, Product

if TYPE_CHECKING:
    from wares.shop import Shop

QUERIES, ROUNDS, CHUNK = 100, 3, 5000
PARTS = ("ingested", "grown")
Page = Callable[[str], object]


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """An index in a folder, with what makes vectors of words beside it, and its products as the peers keep them."""

    folder: Path
    rows: Sequence[Row]
    size: int


@register("bench", "search")
def search(options: BenchOptions) -> BenchResult:
    """Hybrid pages of fashion products, 41,246 as ingested and grown to `--n`, beside tantivy, LanceDB and Qdrant Edge.

    A page of ours: the words understood and encoded, words and vectors matched, the result set cut off and ordered,
    four facets counted over all of it, 24 products with the ledger of each. The peers do less, and the notes say what.
    Queries are made from titles, colours and kinds, seeded, 15 % of them Chinese. All systems answer all queries in
    turn, in rounds, on one core; of each query the best round counts. The grown catalogue holds copies with other
    titles, brands, prices and vectors (`grown.grown`). `--only ingested,grown` and `--peers` choose. The first run
    takes the data set in, photos and all, which takes some minutes; later ones find it in the cache.

    Figures
    -------
    p50_ms, p95_ms, p99_ms, grown_p50_ms, grown_p95_ms, grown_p99_ms
        Milliseconds a page over queries, the query's vector in the cache: as ingested, grown.
    per_cpu_s, grown_per_cpu_s
        Pages per second of CPU time.
    encoding_p50_ms, encoding_p95_ms, encoding_p99_ms
        Milliseconds a page where the words are encoded first: as ingested.
    grown_encoding_p50_ms, grown_encoding_p95_ms, grown_encoding_p99_ms
        The same in the grown catalogue.
    encoding_per_cpu_s, grown_encoding_per_cpu_s
        Pages per second of CPU time where the words are encoded first.
    shop_p50_ms, shop_p95_ms, shop_p99_ms, shop_per_cpu_s
        The same through `Shop.search`, as ingested, which looks for changes of the store first.
    cold_s, grown_cold_s
        Seconds from the start of a process to its first answer, which must be the right one, without torch; best of 3.
    cold_anonymous_mb, cold_mapped_mb, grown_cold_anonymous_mb, grown_cold_mapped_mb
        Memory of that process: its own, and pages of files that can be dropped.
    products, grown_products
        Products searched.
    """
    started = load()
    chosen, names = options.parts(PARTS), present(options.peers)
    figures: dict[str, float] = {}
    peers: dict[str, dict[str, float]] = {name: {} for name, missing in names.items() if not missing}
    with built(options, "fashion-products", options.data) as shop, TemporaryDirectory(prefix="wares-bench-") as scratch:
        for part in chosen:
            home = Path(scratch) / part
            home.mkdir()
            for name, each in _part(part, shop, home, list(peers), options).items():
                peers.get(name, figures).update(each)
    notes = [f"{name} is missing: {missing}" for name, missing in names.items() if missing]
    notes += [f"{name}: {HYBRIDS[name].lacks}" for name in peers]
    return BenchResult(
        "search",
        figures,
        peers=peers,
        ratios=ratios(figures, peers),
        seed=options.seed,
        load=started,
        notes=tuple(notes),
    )


def _part(
    part: str, shop: "Shop", home: Path, peers: Sequence[str], options: BenchOptions
) -> dict[str, dict[str, float]]:
    """Figures of one catalogue by system, as they are named."""
    store = CatalogStore(shop.config.store_url())
    products = list(store.products())
    store.close()
    generation = Generations(shop.config.shop.folder / "index", write=False).current()
    if generation is None:
        raise ConfigError("the shop has no index", fix="take the data set in")
    texts = queries(products, QUERIES, options.seed)
    if part == "ingested":
        catalogue = Catalogue(generation.folder, _rows(generation.folder, products), len(products))
        return measure(catalogue, texts, peers, home, {"shop": lambda text: shop.search(kept.asked(text))})
    size = options.n // (10 if options.quick else 1)
    catalogue = enlarged(generation.folder, home / "index", products, size, options.seed)
    found = measure(catalogue, texts, peers, home, {})
    return {name: {f"grown_{key}": value for key, value in each.items()} for name, each in found.items()}


def present(peers: tuple[str, ...]) -> dict[str, str]:
    """Peer → why it cannot be run; empty: it can."""
    if unknown := [name for name in peers if name not in {*HYBRIDS, "wares"}]:
        raise ConfigError(f"no peer is called {unknown[0]!r}", fix=f"--peers takes {', '.join(HYBRIDS)}; wares: none")
    found = {}
    for name in peers or HYBRIDS:
        if name in HYBRIDS:
            found[name] = ""
            try:
                HYBRIDS[name]()
            except ConfigError as missing:
                found[name] = str(missing)
    return found


def enlarged(source: Path, folder: Path, products: Sequence[Product], n: int, seed: int) -> Catalogue:
    """The index of a generation grown to n products, in a folder of its own with all that a searcher needs."""
    settings = Config()
    original = kept.restored(source)
    index = equip("index", settings.index.name, schema=original.schema, threads=1)
    analyzer = equip("analyzer", settings.encode.analyzer, language=settings.shop.language)
    rows: list[Row] = []
    chunk = []
    for stocked in grown(products, cache(partial(_vectors, original)), n, seed):
        chunk.append(entry(stocked.product, analyzer, stocked.vectors))
        rows.append(_row(stocked))
        if len(chunk) == CHUNK:
            index.upsert(chunk)
            chunk = []
    index.upsert(chunk)
    folder.mkdir()
    index.snapshot(folder)
    with suppress(FileNotFoundError):
        shutil.copytree(source / "fusion", folder / "fusion")
    shutil.copy(source / "calibration.json", folder)
    return Catalogue(folder, rows, n)


def measure(
    catalogue: Catalogue, texts: Sequence[str], peers: Sequence[str], home: Path, more: Mapping[str, Page]
) -> dict[str, dict[str, float]]:
    """Ours under ``wares`` and each peer's: times of pages, and how a process starts; ``more``: other ways of ours."""
    encode = kept.words(catalogue.folder, keep=True)
    fresh = kept.Words(encode.text, encode.fusion)
    index = kept.restored(catalogue.folder)
    searcher, encoding = (kept.searcher(index, catalogue.folder, each) for each in (encode, fresh))
    pages: dict[str, Page] = {
        "wares": lambda text: searcher.search(kept.asked(text)),
        "encoding": lambda text: encoding.search(kept.asked(text)),
        **more,
    }
    for name in peers:
        folder = home / name
        folder.mkdir()
        pages[name] = _page(HYBRIDS[name](), catalogue.rows, folder, encode)
    timed = race(pages, texts)
    ours = {**timed.pop("wares"), "products": float(catalogue.size)}
    for way in ("encoding", *more):
        ours |= {f"{way}_{key}": value for key, value in timed.pop(way).items()}
    ours |= cold(catalogue.folder, texts[0], searcher.search(kept.asked(texts[0])).ids)
    return {"wares": ours, **timed}


def race(pages: Mapping[str, Page], texts: Sequence[str]) -> dict[str, dict[str, float]]:
    """Percentiles over queries of the best of the rounds, in milliseconds, and pages per CPU second."""
    wall = {name: [math.inf] * len(texts) for name in pages}
    cpu = {name: [math.inf] * len(texts) for name in pages}
    for _ in range(ROUNDS):
        for name, page in pages.items():
            for place, text in enumerate(texts):
                start, used = time.perf_counter(), time.process_time()
                page(text)
                seconds, spent = time.perf_counter() - start, time.process_time() - used
                wall[name][place] = min(wall[name][place], seconds)
                cpu[name][place] = min(cpu[name][place], spent)
    return {
        name: {
            **{f"p{share}_ms": 1000 * float(np.percentile(wall[name], share)) for share in (50, 95, 99)},
            "per_cpu_s": len(texts) / sum(cpu[name]),
        }
        for name in pages
    }


def cold(folder: Path, text: str, expected: tuple[str, ...]) -> dict[str, float]:
    """Start a process that answers once; the best of some, for an installed package is compiled and its files are read.

    Raises
    ------
    ContractError
        It answers otherwise than this process does, or it imported torch.
    """
    # -E: what is set for developers, such as not to keep compiled modules, is not set where a shop runs
    command = [sys.executable, "-E", "-m", "wares.bench.kept", str(folder), text]
    best = math.inf
    for _ in range(ROUNDS):
        start = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            line = process.stdout.readline()
            best = min(best, time.perf_counter() - start)
        told: dict[str, Any] = json.loads(line) if process.returncode == 0 else {}
        if tuple(told.get("ids", ())) != expected or told.get("torch", True):
            raise ContractError(
                f"a fresh process answers {text!r} with {told}", fix=f"it must be {expected}, without torch"
            )
    memory = {f"cold_{name}": told[name] for name in ("anonymous_mb", "mapped_mb")}
    return {"cold_s": best, **memory}


def ratios(ours: Mapping[str, float], peers: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Our median page over each peer's."""
    return {
        f"{figure}/{name}": ours[figure] / theirs[figure]
        for name, theirs in peers.items()
        for figure in ("p50_ms", "grown_p50_ms")
        if figure in ours and figure in theirs
    }


def _page(peer: Hybrid, rows: Iterable[Row], folder: Path, encode: kept.Words) -> Page:
    peer.build(rows, folder)
    return lambda text: peer.page(text, encode.vectors(text)["text"], kept.PAGE)


def _rows(folder: Path, products: Iterable[Product]) -> list[Row]:
    index = kept.restored(folder)
    return [_row(Stocked(product, _vectors(index, product.id))) for product in products]


def _vectors(index: ProductIndex, id: str) -> Mapping[str, FloatArray]:
    held = index.get(id)
    return held.vectors if held else {}


def _row(stocked: Stocked) -> Row:
    """A product as the peers keep it, with the first of its text vectors."""
    product = stocked.product
    values = {
        name: value for name, value in product.attributes.items() if name in kept.FACETS and isinstance(value, str)
    }
    values |= {
        name: value for variant in product.variants for name, value in variant.options.items() if name in kept.FACETS
    }
    if product.categories:
        values["category"] = product.categories[0].value
    text = " ".join((product.title, product.brand, product.description, *values.values()))
    return Row(text, stocked.vectors["text"][0], values)
