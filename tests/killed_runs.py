"""Runs that are killed: a child ingests generation after generation until it dies, and what is left is checked."""

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from wares.catalog.feeds import open_feed
from wares.catalog.ingest import ingest
from wares.catalog.store import CatalogStore

PRODUCTS = 40


def url_of(folder: Path) -> str:
    return f"sqlite:///{folder / 'catalogue.sqlite'}"


def write_feed(folder: Path, generation: int) -> Path:
    """A feed whose every product, variant and review names the generation."""
    path = folder / "feed.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(PRODUCTS):
            parts = [{"id": f"v{number}-{part}", "title": f"g{generation}"} for part in range(3)]
            reviews = [{"id": f"r{number}-{part}", "text": f"g{generation}"} for part in range(2)]
            fields = {"id": f"p{number}", "title": f"g{generation}", "language": "en"}
            file.write(json.dumps(fields | {"variants": parts, "reviews": reviews}) + "\n")
    return path


def prepared(folder: Path) -> Path:
    """A folder that holds generation 1, with the feed of generation 2 at the door."""
    folder.mkdir()
    store = CatalogStore(url_of(folder))
    assert ingest(open_feed(write_feed(folder, 1)), store).applied
    store.close()
    write_feed(folder, 2)
    return folder


def generation_of(folder: Path) -> int:
    """The one generation that everything in the store belongs to; 0 for an empty store."""
    store = CatalogStore(url_of(folder))
    products = list(store.products())
    marks = {product.title for product in products}
    marks |= {variant.title for product in products for variant in product.variants}
    marks |= {review.text for product in products for review in product.reviews}
    assert len(marks) <= 1, f"generations are mixed: {sorted(marks)}"
    assert len(products) in (0, PRODUCTS), f"{len(products)} of {PRODUCTS} products"
    assert all(len(product.variants) == 3 and len(product.reviews) == 2 for product in products)
    sequence = [change.seq for change in store.changes(0)]
    assert sequence == sorted(set(sequence))
    assert (sequence or [0])[-1] == store.seq
    store.close()
    return int(marks.pop()[1:]) if marks else 0


def ingest_for_ever(folder: Path) -> None:
    """Ingest one generation after the other, and write down outside each that was acknowledged."""
    store = CatalogStore(url_of(folder))
    generation = acknowledged(folder)
    with (folder / "acknowledged").open("a") as file:
        while True:
            generation += 1
            report = ingest(open_feed(write_feed(folder, generation)), store)
            assert report.applied
            file.write(f"{generation}\n")
            file.flush()
            os.fsync(file.fileno())


def acknowledged(folder: Path) -> int:
    """The last generation whose ingest returned."""
    path = folder / "acknowledged"
    return int(path.read_text().split()[-1]) if path.exists() and path.read_text().strip() else 0


def in_a_child(
    work: Callable[[], None], kill_after: float | None = None, once: Callable[[], bool] = lambda: True
) -> int:
    """Run in a forked child and return the signal that ended it, or 0.

    With ``kill_after`` it is killed so many seconds after ``once()`` came true, or after a minute.
    """
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(1)
    if kill_after is not None:
        patience = time.monotonic() + 60
        while not once() and time.monotonic() < patience:
            time.sleep(0.005)
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
