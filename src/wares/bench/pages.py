"""Pages of search results that are asked for over HTTP: queries of which none comes twice, or few come often."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import count, islice
from typing import TYPE_CHECKING

import numpy as np

from wares.bench import kept
from wares.bench.grown import queries
from wares.bench.loads import get
from wares.catalog.store import CatalogStore
from wares.types import Product

if TYPE_CHECKING:
    from wares.shop import Shop

CHUNK = 1000


def different(products: Sequence[Product], seed: int) -> Iterator[str]:
    """Queries of which none comes twice: to one that was, the first word of a title is added, or a number."""
    seen: set[str] = set()
    for turn in count():
        for place, text in enumerate(queries(products, CHUNK, seed + turn), turn * CHUNK):
            words = products[place % len(products)].title.split()
            for asked in (text, f"{text} {words[0].lower() if words else ''}", f"{text} {place}"):
                if asked not in seen:
                    seen.add(asked)
                    yield asked
                    break


def repeated(texts: Sequence[str], count: int, seed: int) -> list[str]:
    """Queries as shoppers ask them: few of them often, most of them seldom (text i as often as 1 / i; Zipf, 1949)."""
    weights = 1 / np.arange(1, len(texts) + 1)
    drawn = np.random.default_rng(seed).choice(len(texts), count, p=weights / weights.sum())
    return [texts[place] for place in drawn]


def searches(texts: Iterator[str], n: int) -> list[bytes]:
    """The next n queries as a page of results each, with facets of the whole result set."""
    facets = ",".join(kept.FACETS)
    return [get("/v1/search", q=text, page_size=str(kept.PAGE), facets=facets) for text in islice(texts, n)]


def stocked(shop: "Shop") -> list[Product]:
    """All products of a shop."""
    with closing(CatalogStore(shop.config.store_url())) as store:
        return list(store.products())
