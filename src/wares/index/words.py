"""Words: inverted lists scored by BM25F.

Robertson & Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009), section 3.6: term frequencies are
weighted and length-normalised by field, summed over the fields, and saturated once. Lengths are relative to the
schema's, which do not move, so that what a word is worth in a product is computed when the product is written and
kept; only the idf is the query's.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wares.index.ragged import Ragged
from wares.protocols import TextField
from wares.types import IntArray, ScoreArray

K1 = 1.2


@dataclass(frozen=True, slots=True)
class Asked:
    """A term of a query: its idf, and the numbers of its forms that the index knows, each with what it is worth."""

    idf: float
    forms: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Asking:
    """The terms of a query as an index sees them.

    Attributes
    ----------
    terms
        Each term once, in the order of the query.
    pairs
        Numbers of terms that stand side by side in the query, each pair once.
    neighbours
        How many pairs there are, those of unknown terms included.
    """

    terms: tuple[Asked, ...]
    pairs: tuple[tuple[int, int], ...] = ()
    neighbours: int = 0

    @property
    def ceiling(self) -> float:
        """What a product would score that had every term without end."""
        return sum(term.idf for term in self.terms)


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """Inverted lists of n products.

    Attributes
    ----------
    terms : (t,)
        Term numbers, ascending; row i of ``rows`` are the products that have ``terms[i]``, ascending.
    rows : Ragged of (p,) int32
    count
        n.
    impacts : (p,) float32
        The saturated frequency of the term in the product, in (0, 1).
    """

    terms: NDArray[Any]
    rows: Ragged
    impacts: NDArray[Any]
    count: int

    @classmethod
    def of(cls, tokens: Sequence[Ragged], fields: Sequence[TextField]) -> "Postings":
        """From the terms of each product, one Ragged for each field."""
        n, f = max(len(tokens[0]), 1), len(tokens)
        keys = [(part.values.astype(np.int64) * n + part.owners()) * f + field for field, part in enumerate(tokens)]
        cells, counts = np.unique(np.concatenate(keys), return_counts=True)
        posting, first = np.unique(cells // f, return_index=True)
        rows = posting % n
        terms, starts = np.unique(posting // n, return_index=True)
        lengths = np.stack([part.lengths for part in tokens])
        which = cells % f
        owners = np.repeat(rows, np.diff(np.append(first, len(cells))))
        parts = weighted(fields, which, counts, lengths[which, owners])
        whole = np.add.reduceat(parts, first) if len(first) else parts
        return cls(
            terms=terms.astype(np.int32),
            rows=Ragged(rows.astype(np.int32), np.append(starts, len(posting)).astype(np.int64)),
            impacts=(whole / (K1 + whole)).astype(np.float32),
            count=len(tokens[0]),
        )

    def having(self, term: int) -> NDArray[Any]:
        """The products that have a term, ascending."""
        at = self._find(term)
        return self.rows.values[:0] if at is None else self.rows[at]

    def scores(self, asking: Asking) -> tuple[ScoreArray, ScoreArray]:
        """BM25F of all n products, and the idf that they match, forms by their worth; 0 = none."""
        scores, matched = np.zeros(self.count), np.zeros(self.count)
        for term in asking.terms:
            lists = [(worth, at) for form, worth in term.forms.items() if (at := self._find(form)) is not None]
            if len(lists) == 1:
                worth, at = lists[0]
                rows = self.rows[at]
                scores[rows] += term.idf * worth * self._impacts(at)
                matched[rows] += term.idf * worth
            elif lists:
                best, most = np.zeros(self.count), np.zeros(self.count)
                for worth, at in lists:
                    rows = self.rows[at]
                    best[rows] = np.maximum(best[rows], worth * self._impacts(at))
                    most[rows] = np.maximum(most[rows], worth)
                scores += term.idf * best
                matched += term.idf * most
        return scores, matched

    def _impacts(self, at: int) -> ScoreArray:
        return self.impacts[self.rows.starts[at] : self.rows.starts[at + 1]].astype(np.float64)

    def _find(self, term: int) -> int | None:
        at = int(np.searchsorted(self.terms, term))
        return at if at < len(self.terms) and self.terms[at] == term else None


def weighted(fields: Sequence[TextField], which: IntArray, counts: IntArray, lengths: IntArray) -> ScoreArray:
    """(c,) weighted, length-normalised frequencies of terms in fields.

    Parameters
    ----------
    which : (c,)
        Number of the field.
    counts : (c,)
        How often the term stands in it.
    lengths : (c,)
        How many terms stand in it.
    """
    weight, b, usual = (np.array([getattr(each, name) for each in fields])[which] for name in ("weight", "b", "length"))
    return np.asarray(normalised(counts, lengths, weight, b, usual), np.float64)


def normalised(count: Any, length: Any, weight: Any, b: Any, usual: Any) -> Any:
    """How often a term stands in a field, as BM25F counts it; numbers or arrays of them."""
    return weight * count / (1 - b + b * length / usual)


def explain(
    tokens: Sequence[NDArray[Any]], fields: Sequence[TextField], asking: Asking
) -> dict[tuple[int, int], float]:
    """What each (field, term) gives to the score of one product: the fields share a term's by their part in it.

    Plain numbers: a product has few words, and arrays of few are slow.

    Parameters
    ----------
    tokens
        The product's terms by field.
    """
    wanted = {form for term in asking.terms for form in term.forms}
    parts: dict[int, dict[int, float]] = {form: {} for form in wanted}
    for place, (part, field) in enumerate(zip(tokens, fields, strict=True)):
        counts = Counter(filter(wanted.__contains__, part.tolist()))
        for form, count in counts.items():
            parts[form][place] = normalised(count, len(part), field.weight, field.b, field.length)
    shares: dict[tuple[int, int], float] = {}
    for term in asking.terms:
        best: dict[tuple[int, int], float] = {}
        for form, worth in term.forms.items():
            whole = sum(parts[form].values())
            given = {(place, form): term.idf * worth * one / (K1 + whole) for place, one in parts[form].items()}
            best = given if sum(given.values()) > sum(best.values()) else best
        for key, value in best.items():
            shares[key] = shares.get(key, 0.0) + value
    return shares


def phrases(tokens: Sequence[Ragged], rows: IntArray, asking: Asking) -> ScoreArray:
    """(k,) the share of the query's pairs of neighbours that stand side by side in some field; NaN where none does.

    Parameters
    ----------
    tokens
        The fields that count, with the terms of all n products.
    rows : (k,)
        The products that are asked about.
    """
    there = np.zeros((len(rows), len(asking.pairs)), np.bool_)
    for part in tokens if asking.pairs else ():
        own = part.take(rows)
        words, owners = own.values, own.owners()
        beside = owners[1:] == owners[:-1]
        for place, (one, other) in enumerate(asking.pairs):
            there[owners[:-1][beside & (words[:-1] == one) & (words[1:] == other)], place] = True
    found = there.sum(axis=1)
    return np.where(found > 0, found / max(asking.neighbours, 1), np.nan)


def idf(frequency: int, n: int) -> float:
    """Inverse document frequency that is never negative."""
    return float(np.log1p((n - frequency + 0.5) / (frequency + 0.5)))
