"""Building the demo shop: a merchant's whole folder, the same bytes for the same seed, however many workers draw."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import orjson

from wares.catalog.demo.clips import film, filmed
from wares.catalog.demo.events import visits
from wares.catalog.demo.goods import Good, stock
from wares.catalog.demo.judgements import JudgedQuery, judged
from wares.catalog.demo.listing import listing
from wares.catalog.demo.opinions import opinions
from wares.catalog.demo.photos import develop
from wares.catalog.demo.shoppers import crowd
from wares.catalog.native import document
from wares.types import Progress, silent

ROLL = 24
"""Products a worker draws at a time."""


@dataclass(frozen=True, slots=True)
class DemoShop:
    """What was built: the folder's files and how much is in them."""

    folder: Path
    products_file: Path
    events_file: Path
    searches_file: Path
    shoppers_file: Path
    queries_file: Path
    qrels_file: Path
    products: int
    photos: int
    clips: int
    reviews: int
    shoppers: int
    events: int
    queries: int


def build(
    folder: Path,
    *,
    seed: int = 7,
    products: int = 1200,
    workers: int = 2,
    progress: Progress = silent,
) -> DemoShop:
    """Write a complete merchant's shop into a folder.

    Parameters
    ----------
    folder
        Created where missing; files of an earlier build are overwritten.
    seed, products
        Decide every byte. Shoppers and searches grow with the number of products.
    workers
        Processes that draw; they change the time taken and nothing else.
    progress
        Called with a stage (``photos``, ``clips``, ``words``, ``events``), what is done and what there is to do.
    """
    if products < 1 or workers < 1:
        raise ValueError(f"a demo shop needs products ≥ 1 and workers ≥ 1, got {products} and {workers}")
    for part in ("photos", "clips"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    goods = stock(seed, products)
    reel = filmed(goods, max(2, products // 42))
    photos = _draw(goods, reel, folder, workers, progress)
    reviews = _write_words(goods, reel, folder, progress)
    shoppers, events = _write_behaviour(goods, folder, seed, progress)
    queries = _write_judgements(goods, folder, seed)
    return DemoShop(
        folder=folder,
        products_file=folder / "products.jsonl",
        events_file=folder / "events.jsonl",
        searches_file=folder / "searches.jsonl",
        shoppers_file=folder / "shoppers.jsonl",
        queries_file=folder / "queries.jsonl",
        qrels_file=folder / "qrels.txt",
        products=products,
        photos=photos,
        clips=len(reel),
        reviews=reviews,
        shoppers=shoppers,
        events=events,
        queries=queries,
    )


def _film_all(goods: tuple[Good, ...], folder: Path) -> int:
    for good in goods:
        film(good, folder)
    return len(goods)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Workers inherit one BLAS thread each; the parent's environment is put back."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _draw(goods: tuple[Good, ...], reel: tuple[Good, ...], folder: Path, workers: int, tell: Progress) -> int:
    rolls = [goods[i : i + ROLL] for i in range(0, len(goods), ROLL)]
    reels = [reel[i : i + 2] for i in range(0, len(reel), 2)]
    photos = 0
    with _one_thread_each(), ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = {pool.submit(develop, roll, folder / "photos"): ("photos", len(roll)) for roll in rolls}
        jobs |= {pool.submit(_film_all, part, folder / "clips"): ("clips", len(part)) for part in reels}
        done = {"photos": 0, "clips": 0}
        total = {"photos": len(goods), "clips": len(reel)}
        for job in as_completed(jobs):
            stage, size = jobs[job]
            count = job.result()
            photos += count if stage == "photos" else 0
            done[stage] += size
            tell(stage, done[stage], total[stage])
    return photos


def _dump(path: Path, rows: Iterable[dict[str, Any]]) -> int:
    count = 0
    with path.open("wb") as out:
        for row in rows:
            out.write(orjson.dumps(row) + b"\n")
            count += 1
    return count


def _write_words(goods: tuple[Good, ...], reel: tuple[Good, ...], folder: Path, tell: Progress) -> int:
    by_kind: dict[str, list[Good]] = {}
    for good in goods:
        by_kind.setdefault(good.kind.key, []).append(good)
    filmed_ids = {good.id for good in reel}
    rows = (document(listing(good, by_kind, good.id in filmed_ids)) for good in goods)
    tell("words", _dump(folder / "products.jsonl", rows), len(goods))
    truth = ({"review_id": o.review.id, "product_id": g.id, "aspects": o.aspects} for g in goods for o in opinions(g))
    return _dump(folder / "opinions.jsonl", truth)


def _write_behaviour(goods: tuple[Good, ...], folder: Path, seed: int, tell: Progress) -> tuple[int, int]:
    shoppers = crowd(seed, max(8, len(goods) * 4 // 15))
    _dump(folder / "shoppers.jsonl", (s.as_json() for s in shoppers))
    log = list(visits(seed, goods, shoppers, per_day=max(3.0, len(goods) / 24)))
    _dump(folder / "searches.jsonl", (v.query for v in log))
    events = _dump(folder / "events.jsonl", (event for v in log for event in v.events))
    tell("events", events, events)
    return len(shoppers), events


def _write_judgements(goods: tuple[Good, ...], folder: Path, seed: int) -> int:
    queries = judged(seed, goods)
    with (folder / "qrels.txt").open("w", encoding="utf-8") as out:
        out.writelines(f"{q.id} 0 {product} {grade}\n" for q in queries for product, grade in q.grades.items())
    return _dump(folder / "queries.jsonl", map(_query_row, queries))


def _query_row(query: JudgedQuery) -> dict[str, Any]:
    return {
        "query_id": query.id,
        "text": query.text,
        "language": query.language,
        "intent": query.intent,
        "carried": query.carried,
    }
