"""Filters → which variants of a segment pass."""

from functools import reduce

import numpy as np

from wares.index.segment import Segment
from wares.types import AllOf, Always, AnyOf, Between, BoolArray, Filter, Near, Not, OneOf, Says, fields_of


def mask(part: Filter, segment: Segment) -> BoolArray:
    """(v,) variants for which the filter holds; a column that is not there has no value."""
    match part:
        case OneOf(field, values):
            column = segment.column(field)
            return column.one_of(values) if column else _none(segment)
        case Between(field, low, high):
            column = segment.column(field)
            return column.between(low, high) if column else _none(segment)
        case Near(field, latitude, longitude, km):
            column = segment.column(field)
            return column.near(latitude, longitude, km) if column else _none(segment)
        case Says(terms):
            return segment.says(terms)
        case Always(inner):
            return mask(inner, segment)
        case Not(inner):
            return ~mask(inner, segment)
        case AllOf(parts):
            return reduce(np.logical_and, (mask(each, segment) for each in parts), ~_none(segment))
        case AnyOf(parts):
            return reduce(np.logical_or, (mask(each, segment) for each in parts), _none(segment))


def belongs(part: Filter, field: str) -> bool:
    """Whether it is a filter of that field alone, which does not narrow the field's own facet."""
    return fields_of(part) == {field}


def _none(segment: Segment) -> BoolArray:
    return np.zeros(len(segment.variant_ids), np.bool_)
