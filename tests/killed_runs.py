"""Runs that are killed: a child ingests generation after generation until it dies, and what is left is checked."""

import os
from pathlib import Path

from wares.bench import kills
from wares.bench.kills import PRODUCTS, in_a_child
from wares.catalog.feeds import open_feed
from wares.catalog.ingest import ingest
from wares.catalog.store import CatalogStore

__all__ = ["acknowledged", "generation_of", "in_a_child", "ingest_for_ever", "prepared", "url_of", "write_feed"]


def url_of(folder: Path) -> str:
    return f"sqlite:///{folder / 'catalogue.sqlite'}"


def write_feed(folder: Path, generation: int) -> Path:
    return kills.write_feed(folder / "feed.jsonl", generation)


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
    marks = kills.editions(products)
    assert len(marks) <= 1, f"generations are mixed: {sorted(marks)}"
    assert len(products) in (0, PRODUCTS), f"{len(products)} of {PRODUCTS} products"
    assert all(len(product.variants) == 3 and len(product.reviews) == 2 for product in products)
    sequence = [change.seq for change in store.changes(0)]
    assert sequence == sorted(set(sequence))
    assert (sequence or [0])[-1] == store.seq
    store.close()
    return max(marks, default=0)


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
