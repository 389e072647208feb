"""Counts beside a search: the result set that the same words would have under other filters, without a second search.

Whether a product belongs to the result set does not depend on the filters, so what was judged once is enough: only
the masks of the other filters are made anew.
"""

from collections.abc import Sequence

import numpy as np

from wares.protocols import IndexQuery, ProductIndex
from wares.search.judge import Judged
from wares.types import AllOf, AnyOf, BoolArray, Count, Counted, Filter, Not, OneOf, fields_of

EVERY = "*"
# True of everything, and about two fields: a filter that says so is no facet's own, and narrows each of them.
_ANYTHING = Not(AnyOf((OneOf("price", ()), OneOf("in_stock", ()))))


def filters_of(count: Count, asked: Sequence[Filter], others: Sequence[Filter] = ()) -> tuple[Filter, ...]:
    """What must hold in a count: of what was ``asked`` a field's may be left out, of the ``others`` none."""
    kept = (part for part in asked if not (count.without and fields_of(part) == {count.without}))
    return (*kept, *others, *count.within)


def counted(
    index: ProductIndex,
    judged: Judged,
    filters: Sequence[Filter],
    names: Sequence[str],
    limit: int,
    likely: BoolArray | None = None,
) -> Counted | None:
    """Total and facets of the members that pass; None where none of the ``likely`` (n,) does."""
    rows = judged.matches.rows
    matches = index.search(IndexQuery(filters=(AllOf((*filters, _ANYTHING)),) if filters else ()))
    if likely is not None and not np.isin(rows[judged.member & likely], matches.rows, assume_unique=True).any():
        return None
    member = np.isin(matches.rows, rows[judged.member], assume_unique=True)
    return Counted(int(np.count_nonzero(member)), index.facet(matches, member, names, limit))
