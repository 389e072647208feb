"""What is asked: filters and queries."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field has at least one of the values (keywords, hierarchies: a path matches all paths below it)."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """The number lies in ``[low, high]``; an open end is ``None``.

    Prices are in minor units, dates in seconds since 1970 (UTC).
    """

    field: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """The place lies within ``km`` of a point, along the great circle; degrees, north and east positive."""

    field: str
    latitude: float
    longitude: float
    km: float


@dataclass(frozen=True, slots=True)
class Says:
    """The product has all of these analysed terms among its words, in whichever field."""

    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: "tuple[Filter, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: "tuple[Filter, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    part: "Filter"


@dataclass(frozen=True, slots=True)
class Always:
    """What holds whatever is chosen: no facet's counts go beyond it, and it is matched to the letter."""

    part: "Filter"


Filter = OneOf | Between | Near | Says | AllOf | AnyOf | Not | Always


def fields_of(part: Filter) -> frozenset[str]:
    """The fields that a filter looks at."""
    match part:
        case OneOf(field) | Between(field) | Near(field):
            return frozenset((field,))
        case Says() | Always():
            return frozenset()
        case Not(inner):
            return fields_of(inner)
        case AllOf(parts) | AnyOf(parts):
            return frozenset[str]().union(*(fields_of(each) for each in parts))


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a photo, as shares of its width and height from the upper left corner, each in [0, 1]."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Count:
    """What is counted beside a search: its result set had the filters been others. Each of them narrows every facet.

    Parameters
    ----------
    without
        Field whose own filters are left out; empty: none.
    within
        What must hold beside the filters that stay.
    facets
        Fields that are counted; ``*``: those that are worth it.
    limit
        Values a facet.
    """

    without: str = ""
    within: tuple[Filter, ...] = ()
    facets: tuple[str, ...] = ()
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Query:
    """What a shopper asks: words, a photo, a clip, a product, any of them together, or nothing but filters.

    ``photo`` and ``clip`` are undecoded bytes as they arrived; ``region`` is the part of the photo that is meant;
    ``like`` is the id of a product that is meant beside the words ("like this, but in blue"). ``filters`` are joined by
    AND and must hold for one variant together; a facet's own filter does not narrow that facet's counts.

    What was read out of the words can be undone: ``dropped`` holds the keys of chips that were taken away,
    ``literal`` searches for the words as they stand, uncorrected and with nothing read out of them.

    ``within`` is the part of the catalogue that there is for whoever asks: nothing of a product outside is told, not
    even that it is there.
    ``counts`` ask for more than one count in one search; with them only the ``facets`` that are named are counted.
    """

    text: str = ""
    photo: bytes | None = None
    clip: bytes | None = None
    filters: tuple[Filter, ...] = ()
    facets: tuple[str, ...] = ()
    sort: str = "relevance"
    page: int = 0
    page_size: int = 24
    language: str = ""
    shopper: str = ""
    explain: bool = False
    like: str = ""
    region: Region | None = None
    dropped: tuple[str, ...] = ()
    literal: bool = False
    within: tuple[Filter, ...] = ()
    counts: tuple[Count, ...] = ()
