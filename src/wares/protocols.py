"""The contracts a part can fulfil. Letters: n rows, d dimensions, k results, r routes, f features, m modalities.

Every contract has a ``check_*`` in :mod:`wares.testing`, run over everything that is registered.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, Self, TypeVar

from wares.types import BoolArray, Facet, Filter, FloatArray, IntArray, Place, ScoreArray, Verdict

T = TypeVar("T", contravariant=True)

# --- encode ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """``vectors`` (n, d) float32 with unit rows where ``present`` (n,) is True and zero rows where it is False."""

    vectors: FloatArray
    present: BoolArray


class Encoder(Protocol[T]):
    """One modality → vectors.

    ``encode`` is a pure function of each item: the same row whatever the batch around it (to 1e-5). An item with
    nothing in it (an empty text) is absent; an item that cannot be decoded raises
    :class:`~wares.errors.EncodeError`. Text items are ``str``; photos are the bytes of our own re-encoded copy; clips
    are paths.
    """

    @property
    def modality(self) -> str: ...

    @property
    def space(self) -> str:
        """Vectors of encoders with the same space can be compared; otherwise they cannot."""
        ...

    @property
    def dim(self) -> int: ...

    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors would: name, version, weights and settings."""
        ...

    def encode(self, items: Sequence[T]) -> Encoded: ...

    def encode_query(self, item: T) -> FloatArray:
        """(d,) unit vector in the same space as the products'."""
        ...


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text: ``text[start:end]``, and the terms it is matched by (none for a stop word)."""

    start: int
    end: int
    terms: tuple[str, ...]


class Analyzer(Protocol):
    """Text → the terms that words are matched by; the same text gives the same terms at index and at query time."""

    @property
    def fingerprint(self) -> str: ...

    def terms(self, text: str, language: str = "") -> list[str]:
        """Terms in the order of the text; an empty ``language`` is told from the script."""
        ...

    def tokens(self, text: str, language: str = "") -> list[Token]:
        """The words of a text as they stand in it, each with its terms; those of all together are ``terms``."""
        ...


class Fusion(Protocol):
    """Vectors of several modalities, each with its own dimension, → one product vector of ``dim`` D.

    It learns from the catalogue itself (``fit``), needs no labels, and any modality may be missing.
    """

    @property
    def modalities(self) -> tuple[str, ...]: ...

    @property
    def dim(self) -> int: ...

    @property
    def fingerprint(self) -> str: ...

    @property
    def own(self) -> "Mapping[str, Encoder[Sequence[str]]]":
        """Encoders that it has learned itself, by modality.

        ``terms``: of the terms of a text; ``behaviour``: of a product's id alone, as a sequence of one.
        """
        ...

    def fit(self, parts: Mapping[str, Encoded], groups: Sequence[str]) -> Self:
        """A fitted copy; rows of all parts belong to the same n products, ``groups`` (n,) name look-alikes."""
        ...

    def fuse(self, parts: Mapping[str, Encoded]) -> tuple[FloatArray, FloatArray]:
        """(n, D) unit rows, and modality weights (n, m) whose rows sum to 1 (all 0 where nothing is present)."""
        ...

    def query(self, parts: Mapping[str, FloatArray]) -> FloatArray:
        """(D,) unit vector for any non-empty subset of the modalities, in the space of the products."""
        ...

    def save(self, folder: Path) -> None: ...

    @classmethod
    def load(cls, folder: Path) -> Self: ...


# --- index -----------------------------------------------------------------------------------------------------------

ColumnValue = str | float | bool | tuple[str, ...] | Place


Changes = Mapping[str, ColumnValue | None]
"""Columns with their new values; None takes a value away."""


@dataclass(frozen=True, slots=True)
class TextField:
    """A field of words with its BM25F weight, length normalisation ``b``, and the ``length`` it is relative to.

    ``length`` is the mean number of terms when the generation was made. It does not move with every write, so that
    a score can be computed when a product is written and the same query gives the same page.
    """

    name: str
    weight: float = 1.0
    b: float = 0.75
    length: float = 10.0


@dataclass(frozen=True, slots=True)
class Space:
    name: str
    dim: int


@dataclass(frozen=True, slots=True)
class Schema:
    """Fields of words and spaces of vectors. Columns need no declaration, but hierarchies ("A > B") must be named."""

    fields: tuple[TextField, ...]
    spaces: tuple[Space, ...] = ()
    hierarchies: tuple[str, ...] = ("category",)


@dataclass(frozen=True, slots=True, eq=False)
class VariantEntry:
    """A variant's own columns and terms, and for each space the rows of the product's vectors that show it."""

    id: str
    columns: Mapping[str, ColumnValue] = field(default_factory=dict)
    terms: tuple[str, ...] = ()
    rows: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class IndexEntry:
    """A product as an index keeps it.

    ``terms`` are analysed words by field; ``vectors`` are (rows, d) unit rows by space, of which the best one counts;
    a column is a number, a truth value, a keyword or a set of keywords, on the product or on its variants.
    """

    id: str
    variants: tuple[VariantEntry, ...]
    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    columns: Mapping[str, ColumnValue] = field(default_factory=dict)
    vectors: Mapping[str, FloatArray] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reach:
    """What a search can do without: rows that are out of reach may be left out of the matches.

    A row is in reach where the words that match carry at least ``coverage`` of the query's idf, where one of the
    boosts named in ``always`` holds, and where Σ weights[space] · cosine (0 for a space the product is not in) is at
    least ``floor`` or among the ``most`` highest of the rows that pass all filters.
    """

    coverage: float = math.inf
    weights: Mapping[str, float] = field(default_factory=dict)
    floor: float = math.inf
    most: int = 0
    always: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class IndexQuery:
    """Terms for the words route, one (d,) unit vector for each space that is asked, and filters joined by AND.

    Attributes
    ----------
    forms
        What may stand for a term (a synonym, the end of an unfinished word, another spelling), and what it is then
        worth, in (0, 1]. A term with forms has the idf of the most frequent of them, among the products that pass the
        filters that are :class:`wares.types.Always`.
    facets
        Fields whose own filters must not narrow their counts (disjunctive facets).
    boosts
        Name → filter: a route that is 1 where the filter holds for a variant, else NaN.
    reach
        None: every row is asked for.
    """

    terms: tuple[str, ...] = ()
    vectors: Mapping[str, FloatArray] = field(default_factory=dict)
    filters: tuple[Filter, ...] = ()
    facets: tuple[str, ...] = ()
    forms: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    boosts: Mapping[str, Filter] = field(default_factory=dict)
    reach: Reach | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """What the routes say of the rows.

    Attributes
    ----------
    rows : (n,)
        Product rows in reach that pass all filters, or all but those of one facet field that was asked for; ascending.
    passing : (n,)
        Those that pass every filter, with one and the same variant.
    scores : (n, r)
        By route, named by ``routes``. NaN = the route says nothing of the product. Only what was asked is a route:

        - ``words``: BM25F; of a term with forms the best one counts, by its worth;
        - ``coverage``: the share of the query's idf that the matching terms carry, forms by their worth;
        - ``phrase``: the share of the query's pairs of neighbouring terms that stand side by side in the product's
          title, brand, category or another field of weight 1 or more; NaN where no pair does;
        - each boost: 1 where it holds;
        - each space: cosine of the best vector.
    ceiling
        What BM25F would give a product that had every term without end; NaN without terms.
    """

    query: IndexQuery
    rows: IntArray
    passing: BoolArray
    scores: ScoreArray
    routes: tuple[str, ...]
    ceiling: float = math.nan


@dataclass(frozen=True, slots=True)
class IndexStats:
    products: int
    variants: int
    vectors: Mapping[str, int]
    bytes: int
    generation: str = ""
    details: Mapping[str, float] = field(default_factory=dict)


Capability = Literal["exact_vectors", "exact_totals", "exact_facets", "grouping", "fresh", "snapshots"]


class ProductIndex(Protocol):
    """Where products can be found. Rows are stable between writes; a write is visible to the next call."""

    @property
    def capabilities(self) -> frozenset[Capability]: ...

    @property
    def schema(self) -> Schema: ...

    def upsert(self, entries: Sequence[IndexEntry]) -> None:
        """Insert or replace by id, all or nothing; a vector of a wrong dimension is a ContractError."""
        ...

    def delete(self, ids: Sequence[str]) -> int:
        """How many of the ids were there."""
        ...

    def update(self, products: Mapping[str, Changes], variants: Mapping[str, Changes] | None = None) -> None:
        """Change single columns, of products by their id and of variants by theirs; all or nothing.

        An id that is not there is a ContractError.
        """
        ...

    def get(self, id: str) -> IndexEntry | None: ...

    def rows(self, ids: Sequence[str]) -> IntArray:
        """(n,) the row of each product; -1 where there is none."""
        ...

    def frequencies(self, terms: Sequence[str], within: tuple[Filter, ...] = ()) -> IntArray:
        """(t,) how many products, of those that pass some filters, have each of the terms in any field."""
        ...

    def expand(self, prefix: str, limit: int = 20, within: tuple[Filter, ...] = ()) -> tuple[str, ...]:
        """Terms that begin with the prefix, those that most such products have first, equal ones by name."""
        ...

    def search(self, query: IndexQuery) -> Matches: ...

    def search_batch(self, queries: Sequence[IndexQuery]) -> list[Matches]: ...

    def facet(self, matches: Matches, member: BoolArray, fields: Sequence[str], limit: int = 50) -> dict[str, Facet]:
        """Product counts over the members (n,) of the result set, each field's own filters left out; most first.

        Numbers also have a histogram, whose edges are :func:`wares.index.histogram.edges_of` their ends.
        """
        ...

    def explain(self, matches: Matches, rows: IntArray) -> list[dict[str, float]]:
        """For each row the words route's contributions by ``field:term``; they sum to its BM25F score."""
        ...

    def ids(self, rows: IntArray) -> tuple[str, ...]: ...

    def variants(self, matches: Matches, rows: IntArray) -> tuple[str, ...]:
        """For each row the variant that passes the filters and best fits the query's terms and vectors."""
        ...

    def values(self, rows: IntArray, column: str) -> ScoreArray:
        """(n,) numbers of a product column, the lowest over the variants, or 1 where any is true; NaN where absent."""
        ...

    def vectors(self, rows: IntArray, space: str) -> FloatArray:
        """(n, d) the mean direction of each product's vectors in a space; zeros where it is not in it."""
        ...

    def scroll(self) -> Iterator[str]:
        """Every id once, in the order of rows."""
        ...

    def snapshot(self, folder: Path) -> None:
        """Write everything with checksums; ``restore`` of the same kind reads it, or raises CorruptIndex."""
        ...

    def stats(self) -> IndexStats: ...


# --- rank, moderate, assist ------------------------------------------------------------------------------------------


class Ranker(Protocol):
    """Features of candidates → contributions that sum to their scores."""

    @property
    def contribution_names(self) -> tuple[str, ...]: ...

    def contributions(self, features: ScoreArray, names: Sequence[str]) -> ScoreArray:
        """(n, f) features named by ``names``, NaN = unknown → (n, c); a row's sum is the score, always finite."""
        ...


class Feature(Protocol):
    """One number for each candidate, NaN = unknown, from what is known at the time of the request."""

    @property
    def name(self) -> str: ...

    def values(self, index: ProductIndex, matches: Matches) -> ScoreArray: ...


class Moderator(Protocol):
    """What may be shown, under which clause."""

    def judge(self, item: Any) -> Verdict: ...


class ChatModel(Protocol):
    """Any OpenAI-compatible model: messages in, pieces of text out."""

    def stream(self, messages: Sequence[Mapping[str, str]]) -> Iterator[str]: ...
