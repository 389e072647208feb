"""What is learned from: the features of a catalogue's products, what is said of them, and words that ask for them."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from wares.errors import TrainingError
from wares.protocols import Encoded
from wares.types import BoolArray, FloatArray, IntArray

ABSENT = -1
FEWEST = 20  # products that have something to learn from
SEEN = ("image", "colour", "clips")  # modalities of what a shopper sees of a product before reading of it
EncodeTexts = Callable[[Sequence[str]], Encoded]
TermsOf = Callable[[str, str], Sequence[str]]
"""(text, language) → its terms"""


@dataclass(frozen=True, slots=True, eq=False)
class Label:
    """One thing that is said of products, such as their colour.

    Attributes
    ----------
    codes : (n,)
        Which of the values holds; -1 where nothing is said.
    words
        Language → how each value is said in it.
    """

    codes: IntArray
    words: Mapping[str, tuple[str, ...]]

    @property
    def size(self) -> int:
        return max(len(each) for each in self.words.values())

    def __getitem__(self, rows: IntArray) -> "Label":
        return Label(self.codes[rows], self.words)


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """Words that ask for products.

    Attributes
    ----------
    texts
        q queries.
    kind
        What they are: ``title``, ``phrase``, ``description``, ``review``, ``query``.
    language
        Of all of them; empty: any.
    rows : (p,)
        Products that are asked for, pair by pair.
    queries : (p,)
        By which query.
    grades : (p,)
        How much they are what was asked for, in (0, 1].
    wanted : (q, l)
        Where the query is made of labels, the value that each label must have; -1: any. Products that have them all
        are what was asked for, whether or not they are in a pair.
    """

    texts: tuple[str, ...]
    kind: str
    language: str
    rows: IntArray
    queries: IntArray
    grades: FloatArray
    wanted: IntArray | None = None

    def of(self, kept: BoolArray, place: IntArray) -> Self:
        """The pairs of the products that are kept, at their new places, and the queries they are of."""
        pairs = kept[self.rows]
        numbers, queries = np.unique(self.queries[pairs], return_inverse=True)
        return type(self)(
            tuple(self.texts[number] for number in numbers),
            self.kind,
            self.language,
            place[self.rows[pairs]],
            np.asarray(queries, np.int64),
            self.grades[pairs],
            None if self.wanted is None else self.wanted[numbers],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """Products as they are learned from, and the queries that ask for them.

    Attributes
    ----------
    ids
        n products.
    groups : (n,)
        Look-alikes share a number, the same one in every catalogue (:func:`numbered`): none of them is a wrong answer
        for another.
    parts
        Frozen features by modality, n rows each.
    terms
        For each product the terms of its own words.
    labels
        What is said of the products, by name.
    asked
        Queries of several kinds.
    ratings : (n,)
        Between 0 and 1, NaN where nobody rated.
    links : (e, 2)
        Pairs of products that go together.
    """

    ids: tuple[str, ...]
    groups: IntArray
    parts: Mapping[str, Encoded]
    terms: tuple[tuple[str, ...], ...]
    labels: Mapping[str, Label] = field(default_factory=dict)
    asked: tuple[Asked, ...] = ()
    ratings: FloatArray | None = None
    links: IntArray | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, rows: IntArray) -> "Catalogue":
        kept = np.zeros(len(self), np.bool_)
        kept[rows] = True
        place = np.full(len(self), ABSENT)
        place[rows] = np.arange(len(rows))
        links = None if self.links is None else place[self.links[kept[self.links].all(1)]]
        return Catalogue(
            tuple(self.ids[row] for row in rows),
            self.groups[rows],
            {name: Encoded(part.vectors[rows], part.present[rows]) for name, part in self.parts.items()},
            tuple(self.terms[row] for row in rows),
            {name: label[rows] for name, label in self.labels.items()},
            tuple(each.of(kept, place) for each in self.asked),
            None if self.ratings is None else self.ratings[rows],
            links,
        )

    def titles(self) -> dict[int, str]:
        """Row → its title, of those that have one."""
        return {
            int(row): asked.texts[query]
            for asked in self.asked
            if asked.kind == "title"
            for row, query in zip(asked.rows, asked.queries, strict=True)
        }

    def split(self, shares: Sequence[float], seed: int = 0) -> list[IntArray]:
        """Rows by shares of the groups, the rest last; a group falls where it always does, whatever is around it."""
        groups, numbers = np.unique(self.groups, return_inverse=True)
        drawn = np.array([_drawn(f"{seed}:{group}") for group in groups])
        side = np.searchsorted(np.cumsum(shares), drawn, side="right")
        return [np.flatnonzero(side[numbers] == part) for part in range(len(shares) + 1)]

    def check(self, fewest: int = FEWEST) -> None:
        """Whether it can be learned from; ``fewest`` products it has to have.

        Raises
        ------
        TrainingError
            It is too small, its features are not finite, or there is nothing that tells products apart.
        """
        if len(self) < fewest:
            raise TrainingError(
                f"{len(self)} products are too few to learn from", fix=f"ingest at least {FEWEST}; search works without"
            )
        for name, part in self.parts.items():
            if not np.isfinite(part.vectors).all():
                bad = int(np.flatnonzero(~np.isfinite(part.vectors).all(1))[0])
                raise TrainingError(
                    f"the {name} vector of product {self.ids[bad]!r} is not finite",
                    fix="delete the folder `cache`, so that it is encoded again",
                )
        differing = any(_differ(part) for part in self.parts.values())
        if not differing or not any(len(each.texts) > 1 for each in self.asked):
            raise TrainingError(
                "nothing tells the products apart", fix="give them titles, photos or attributes that differ"
            )

    def fingerprint(self) -> str:
        """Changes with everything that is learned from."""
        hashed = hashlib.sha256()
        for id, terms in zip(self.ids, self.terms, strict=True):
            hashed.update(f"{id}\0{' '.join(terms)}\n".encode("utf-8", "surrogatepass"))
        arrays: list[tuple[str, Any]] = [("groups", self.groups), ("ratings", self.ratings), ("links", self.links)]
        for name, part in sorted(self.parts.items()):
            arrays += [(name, part.vectors), (name, part.present)]
        for name, label in self.labels.items():
            arrays.append((f"{name}\n{sorted(label.words.items())}", label.codes))
        for each in self.asked:
            said = "\n".join((each.kind, each.language, *each.texts))
            arrays += [(said, each.rows), ("", each.queries), ("", each.grades), ("", each.wanted)]
        for about, array in arrays:
            hashed.update(about.encode("utf-8", "surrogatepass"))
            hashed.update(b"-" if array is None else f"{array.shape}".encode())
            if array is not None:  # seen as bytes, not copied: it may be large
                hashed.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
        return hashed.hexdigest()


def _differ(part: Encoded) -> bool:
    """Whether any two products have other features."""
    rows = np.flatnonzero(part.present)
    first = part.vectors[rows[:1]]
    return any((part.vectors[some] != first).any() for some in np.array_split(rows, len(rows) // 1024 + 1))


def numbered(names: Iterable[str]) -> IntArray:
    """(n,) the same number for the same name, whatever names are around it."""
    return np.array([int.from_bytes(_hashed(name, 8), signed=True) for name in names], np.int64)


def _drawn(name: str) -> float:
    """A number in [0, 1) that only depends on the name."""
    return int.from_bytes(_hashed(name, 6)) / 2**48


def _hashed(name: str, size: int) -> bytes:
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=size).digest()
