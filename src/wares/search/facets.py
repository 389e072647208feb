"""Which facets to show when none are asked for."""

import numpy as np

from wares.protocols import IndexStats, Matches, ProductIndex
from wares.types import BoolArray, Facet

FIRST = ("category", "brand", "price", "color", "size", "rating", "in_stock")
HIDDEN = frozenset(("sku", "gtin", "code", "created", "stock", "list_price", "reviews", "available", "on_sale"))
CANDIDATES, SHOWN, VALUES = 16, 8, 50
WHOLE = 5_000  # values of a hierarchy
COVERAGE = 0.2  # of the result set


def candidates(stats: IndexStats) -> tuple[str, ...]:
    """Columns worth counting: the usual ones first, then those that most products have."""
    have = {name.removeprefix("column:"): count for name, count in stats.details.items() if name.startswith("column:")}
    usual = [name for name in FIRST if name in have]
    others = sorted(have.keys() - HIDDEN - set(FIRST), key=lambda name: (-have[name], name))
    return (*usual, *others)[:CANDIDATES]


def choose(
    index: ProductIndex, matches: Matches, member: BoolArray, names: tuple[str, ...], limit: int = VALUES
) -> dict[str, Facet]:
    """Those of the candidates that tell products of the result set apart.

    A facet is left out when it has a single value, when fewer than a fifth of the products have it, or when almost
    every product has a value of its own.
    """
    total = int(np.count_nonzero(member & matches.passing))
    # A tree of which only the fullest branches are known cannot be walked down.
    trees = [name for name in names if name in index.schema.hierarchies]
    flat = [name for name in names if name not in trees]
    counted = {**index.facet(matches, member, trees, WHOLE), **index.facet(matches, member, flat, limit)}
    useful = {name: counted[name] for name in names if _tells_apart(counted[name], total, limit)}
    return dict(list(useful.items())[:SHOWN])


def _tells_apart(facet: Facet, total: int, limit: int) -> bool:
    if not np.isnan(facet.low):
        return facet.low < facet.high
    counts = [value.count for value in facet.values]
    if len(counts) < 2 or sum(counts) < COVERAGE * total:
        return False
    return not (len(counts) == limit and counts[0] < max(2.0, 0.01 * total))
