"""A shop built for a bench: the same code path as a merchant's, in a folder that is kept between runs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from wares.bench.grown import grown
from wares.bench.harness import BenchOptions
from wares.catalog.feeds import Feed, FeedRow, open_feed
from wares.config import Config
from wares.errors import ConfigError
from wares.mapping import read_mapping
from wares.types import Product

if TYPE_CHECKING:
    from wares.shop import Shop

BENCHES = Path(__file__).parent
PACKAGE = BENCHES.parent
MAPPINGS = PACKAGE.parents[1] / "docs" / "mappings"


@contextmanager
def built(options: BenchOptions, name: str, feed: Path | Feed, *, mapped: bool = True) -> Iterator["Shop"]:
    """A shop as shipped, with one feed taken in and everything that is derived made by the code that runs.

    Vectors of unchanged products come from the folder's cache, which is keyed by content and encoder; fusion, index and
    calibration are made anew wherever a line of the code is another than when they were made. They go live whether or
    not they are worse: that is what is measured.

    Parameters
    ----------
    name
        Of the mapping, and of the shop's folder under the bench's cache.
    feed
        The feed, its path, or the folder that the mapping's paths start from.
    mapped
        False for a feed in the native format.
    """
    from wares.shop import Shop

    folder = options.cache_folder("shops") / name
    record, made_by = folder / "made-by", _code()
    fresh = record.is_file() and record.read_text("utf-8") == made_by
    settings = {"shop.folder": folder, "gate.enforce": False}
    shop = Shop.open(Config.load(options=settings, environment={}), write=True)
    try:
        before = shop.generation
        if isinstance(feed, Path):
            feed = open_feed(feed, mapping=read_mapping(mapping(name))) if mapped else open_feed(feed)
        shop.ingest(feed)
        if shop.generation == before and not fresh:
            shop.rebuild()
        record.write_text(made_by, "utf-8")
        yield shop
    finally:
        shop.close()


@contextmanager
def grown_shop(options: BenchOptions, name: str) -> Iterator["Shop"]:
    """The products of a data set grown to ``options.n``, a tenth of that where it is to be quick, taken in as a feed.

    Copies have other titles, brands and prices (`grown.grown`) and show the photo of what they are a copy of.
    """
    feed = open_feed(options.data, mapping=read_mapping(mapping(name)))
    n = options.n // (10 if options.quick else 1)
    products = [row.product for row in feed if row.product is not None]
    larger = GrownFeed(products, n, options.seed, options.data, feed.language)
    with built(options, f"{name}-{n}", larger) as shop:
        yield shop


@dataclass(frozen=True, slots=True)
class GrownFeed:
    """Products and copies of them, as a feed; ``folder`` is what paths of photos start from."""

    products: Sequence[Product]
    n: int
    seed: int
    folder: Path
    language: str
    name: str = "grown"
    currency: str = ""

    def __iter__(self) -> Iterator[FeedRow]:
        for number, stocked in enumerate(grown(self.products, lambda _: {}, self.n, self.seed)):
            yield FeedRow(number + 1, stocked.product, ())


def _code() -> str:
    """A digest of every line of this package, the benches aside."""
    told = sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        if BENCHES not in path.parents:
            told.update(path.relative_to(PACKAGE).as_posix().encode() + path.read_bytes())
    return told.hexdigest()


def mapping(name: str) -> Path:
    """The mapping of a data set in ``docs/mappings``; a ConfigError where there is none."""
    path = MAPPINGS / f"{name}.toml"
    if not path.is_file():
        raise ConfigError(f"there is no mapping {path}", fix="run the bench from a checkout of the project")
    return path
