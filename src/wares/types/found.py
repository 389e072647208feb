"""What is found: pages of products, facets, ledgers, and what the shopper must be told."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from wares.types.arrays import ScoreArray
from wares.types.asked import Filter


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """Products with a number in ``[low, high)``; the last bucket of a facet holds its upper end too."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Facet:
    """Counts of products (not of variants) over the whole result set.

    Keywords and truth values have ``values``; numbers have their ends ``low`` and ``high`` (else NaN) and a histogram.
    """

    field: str
    values: tuple[FacetValue, ...]
    low: float = math.nan
    high: float = math.nan
    buckets: tuple[Bucket, ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """What a :class:`wares.types.Count` came to: the size of its result set, and its facets by field."""

    total: int
    facets: Mapping[str, Facet] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a ledger: a named contribution to a score and, in words, where it comes from."""

    name: str
    value: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Why a product stands where it stands: contributions that sum to its score."""

    entries: tuple[Entry, ...]

    @property
    def total(self) -> float:
        return math.fsum(entry.value for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Hit:
    """One position of a page. ``relevance`` is the calibrated P(relevant), NaN where nothing was asked."""

    id: str
    variant: str
    score: float
    relevance: float = math.nan
    ledger: Ledger | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the shopper must be told, never silently done: ``code`` for programs, ``text`` for people."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Chip:
    """Something that was read out of the words of a query, for the shopper to see and to take away.

    ``key`` names it from query to query (``Query.dropped``); ``words`` are the shopper's own that it was read from;
    ``kind`` says what became of it: a filter that must hold, a boost that lifts what it holds for, or words that
    products must not have. ``filter`` is what must hold, lifts, or, for ``without``, what must not.
    """

    key: str
    kind: Literal["filter", "boost", "without"]
    words: str
    filter: Filter


@dataclass(frozen=True, slots=True)
class Correction:
    """Another spelling: ``text`` is the whole query in it; ``applied``: it was searched for instead of the original."""

    text: str
    original: str
    applied: bool = False


@dataclass(frozen=True, slots=True)
class Understood:
    """What the words of a query were taken to mean; ``text`` is what is left of them to be searched for."""

    text: str = ""
    language: str = ""
    chips: tuple[Chip, ...] = ()
    correction: Correction | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a shopper who has begun to type may mean; ``target`` is a product's id or a category's path."""

    kind: Literal["query", "category", "product"]
    text: str
    target: str = ""
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """Where a product would stand if one thing were otherwise; positions start at 0, None = not in the result set."""

    change: str
    now: int | None
    then: int | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a product stands where it stands under a query, and what would move it."""

    hit: Hit
    position: int | None
    counterfactuals: tuple[Counterfactual, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """A page of products with what is known of the whole result set.

    Attributes
    ----------
    ids, variants
        Product and best-fitting variant of the ``k`` positions.
    scores : (k,)
        Descending.
    features : (k, f)
        What the routes and features said, named by ``feature_names``; NaN = unknown.
    contributions : (k, c) or None
        Named by ``contribution_names``; each row sums to its score. Filled by a ranker.
    relevance : (k,)
        Calibrated P(relevant); NaN where nothing was asked.
    total
        Size of the whole result set in products.
    notices
        What the shopper must be told, such as each step of the ladder that was taken because nothing was found.
    understood
        What was read out of the words.
    version
        Changes whenever the same query may be answered otherwise.
    counts
        In the order of ``Query.counts``.
    """

    ids: tuple[str, ...]
    variants: tuple[str, ...]
    scores: ScoreArray
    features: ScoreArray
    feature_names: tuple[str, ...]
    relevance: ScoreArray
    total: int
    facets: Mapping[str, Facet] = field(default_factory=dict)
    contributions: ScoreArray | None = None
    contribution_names: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    degraded: tuple[str, ...] = ()
    generation: str = ""
    query_id: str = ""
    understood: Understood = Understood()
    version: str = ""
    counts: tuple[Counted, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Hit]:
        return (self[position] for position in range(len(self.ids)))

    def __getitem__(self, position: int) -> Hit:
        return Hit(
            id=self.ids[position],
            variant=self.variants[position],
            score=float(self.scores[position]),
            relevance=float(self.relevance[position]),
            ledger=self.ledger(position),
        )

    def ledger(self, position: int) -> Ledger | None:
        """The contributions of one position, without those that are 0; None before ranking."""
        if self.contributions is None:
            return None
        row = self.contributions[position]
        named = zip(self.contribution_names, row, strict=True)
        return Ledger(tuple(Entry(name, float(value)) for name, value in named if value != 0.0))
