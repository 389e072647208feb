"""A shop built for a bench: the same code path as a merchant's, in a folder that is kept between runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wares.bench.harness import BenchOptions
from wares.config import Config
from wares.errors import ConfigError
from wares.mapping import read_mapping

if TYPE_CHECKING:
    from wares.shop import Shop

MAPPINGS = Path(__file__).parents[3] / "docs" / "mappings"


@contextmanager
def built(options: BenchOptions, name: str, feed: Path, *, mapped: bool = True) -> Iterator["Shop"]:
    """A shop as shipped, with one feed taken in and everything that is derived made anew.

    Vectors of unchanged products come from the folder's cache, which is keyed by content and encoder; fusion, index and
    calibration are always made by the code that runs.

    Parameters
    ----------
    name
        Of the mapping, and of the shop's folder under the bench's cache.
    feed
        The feed, or the folder that the mapping's paths start from.
    mapped
        False for a feed in the native format.
    """
    from wares.catalog.feeds import open_feed
    from wares.shop import Shop

    folder = options.cache_folder("shops") / name
    shop = Shop.open(Config.load(options={"shop.folder": folder}, environment={}), write=True)
    try:
        before = shop.generation
        settings: dict[str, Any] = {"mapping": read_mapping(mapping(name))} if mapped else {}
        shop.ingest(open_feed(feed, **settings))
        if shop.generation == before:
            shop.rebuild()
        yield shop
    finally:
        shop.close()


def mapping(name: str) -> Path:
    """The mapping of a data set in ``docs/mappings``; a ConfigError where there is none."""
    path = MAPPINGS / f"{name}.toml"
    if not path.is_file():
        raise ConfigError(f"there is no mapping {path}", fix="run the bench from a checkout of the project")
    return path
