"""Filters → which variants of a segment pass."""

from functools import reduce

import numpy as np

from wares.index.segment import Segment
from wares.types import AllOf, AnyOf, Between, BoolArray, Filter, Not, OneOf


def mask(part: Filter, segment: Segment) -> BoolArray:
    """(v,) variants for which the filter holds; a column that is not there has no value."""
    match part:
        case OneOf(field, values):
            column = segment.column(field)
            return column.one_of(values) if column else _none(segment)
        case Between(field, low, high):
            column = segment.column(field)
            return column.between(low, high) if column else _none(segment)
        case Not(inner):
            return ~mask(inner, segment)
        case AllOf(parts):
            return reduce(np.logical_and, (mask(each, segment) for each in parts), ~_none(segment))
        case AnyOf(parts):
            return reduce(np.logical_or, (mask(each, segment) for each in parts), _none(segment))


def fields(part: Filter) -> frozenset[str]:
    """The columns that a filter looks at."""
    match part:
        case OneOf(field) | Between(field):
            return frozenset((field,))
        case Not(inner):
            return fields(inner)
        case AllOf(parts) | AnyOf(parts):
            return frozenset[str]().union(*(fields(each) for each in parts))


def belongs(part: Filter, field: str) -> bool:
    """Whether it is a filter of that field alone, which does not narrow the field's own facet."""
    return fields(part) == {field}


def _none(segment: Segment) -> BoolArray:
    return np.zeros(len(segment.variant_ids), np.bool_)
