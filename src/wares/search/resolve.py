"""Filters that nothing passes: unknown fields are errors, values are matched without case."""

import difflib
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from wares.errors import FilterError
from wares.protocols import IndexQuery, ProductIndex
from wares.types import AllOf, AnyOf, Filter, Not, OneOf, fields_of

EVERY = 100_000


def resolve(filters: Sequence[Filter], index: ProductIndex, known: Collection[str]) -> tuple[Filter, ...]:
    """The same filters in the catalogue's own spelling: ``color:red`` also finds ``Red``.

    Parameters
    ----------
    known
        The fields there are for whoever asks.

    Raises
    ------
    FilterError
        A field that no product has; the message names the nearest.
    """
    names = {field for part in filters for field in fields_of(part)}
    for name in sorted(names - {*known}):
        near = difflib.get_close_matches(name, sorted(known), n=1)
        fix = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(known)[:20]) or 'none'}"
        raise FilterError(f"no product has the field {name!r}", fix=fix)
    everything = index.search(IndexQuery())
    counted = index.facet(everything, np.ones(len(everything.rows), np.bool_), sorted(names), EVERY)
    spellings: dict[str, dict[str, list[str]]] = {name: {} for name in names}
    for name, facet in counted.items():
        for value in facet.values:
            spellings[name].setdefault(value.value.casefold(), []).append(value.value)
    return tuple(_spelled(part, spellings) for part in filters)


def _spelled(part: Filter, spellings: Mapping[str, Mapping[str, Sequence[str]]]) -> Filter:
    match part:
        case OneOf(field, values):
            every = (spelling for value in values for spelling in (value, *spellings[field].get(value.casefold(), ())))
            return OneOf(field, tuple(dict.fromkeys(every)))
        case Not(inner):
            return Not(_spelled(inner, spellings))
        case AllOf(parts):
            return AllOf(tuple(_spelled(each, spellings) for each in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_spelled(each, spellings) for each in parts))
        case _:
            return part
