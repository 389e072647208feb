"""The contracts a part can fulfil. Letters: n rows, d dimensions, k results, r routes, f features, m modalities.

Every contract has a ``check_*`` in :mod:`wares.testing`, run over everything that is registered.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, Self, TypeVar

from wares.types import BoolArray, Facet, Filter, FloatArray, IntArray, ScoreArray, Verdict

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


class Analyzer(Protocol):
    """Text → the terms that words are matched by; the same text gives the same terms at index and at query time."""

    @property
    def fingerprint(self) -> str: ...

    def terms(self, text: str, language: str = "") -> list[str]:
        """Terms in the order of the text; an empty ``language`` is told from the script."""
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

ColumnValue = str | float | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TextField:
    """A field of words with its BM25F weight and length normalisation ``b``."""

    name: str
    weight: float = 1.0
    b: float = 0.75


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


@dataclass(frozen=True, slots=True, eq=False)
class IndexQuery:
    """Terms for the words route, one (d,) unit vector for each space that is asked, and filters joined by AND.

    ``facets`` names fields whose own filters must not narrow their counts (disjunctive facets).
    """

    terms: tuple[str, ...] = ()
    vectors: Mapping[str, FloatArray] = field(default_factory=dict)
    filters: tuple[Filter, ...] = ()
    facets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """What the routes say of the rows.

    Attributes
    ----------
    rows : (n,)
        Product rows that pass all filters, or all but those of one facet field that was asked for.
    passing : (n,)
        Those that pass every filter, with one and the same variant.
    scores : (n, r)
        By route, named by ``routes``: ``words`` (BM25F, NaN = no term matches), ``coverage`` (share of the query's
        idf that the matching terms carry, NaN = no term matches) and each space (cosine of the best vector, NaN = the
        product has none). Only what was asked is a route.
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

    def get(self, id: str) -> IndexEntry | None: ...

    def search(self, query: IndexQuery) -> Matches: ...

    def search_batch(self, queries: Sequence[IndexQuery]) -> list[Matches]: ...

    def facet(self, matches: Matches, member: BoolArray, fields: Sequence[str], limit: int = 50) -> dict[str, Facet]:
        """Product counts over the members (n,) of the result set, each field's own filters left out; most first."""
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
