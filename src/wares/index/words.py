"""Words: inverted lists scored by BM25F.

Robertson & Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009), section 3.6: term frequencies are
weighted and length-normalised by field, summed over the fields, and saturated once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wares.index.ragged import Ragged
from wares.types import BoolArray, IntArray, ScoreArray

K1 = 1.2


@dataclass(frozen=True, slots=True, eq=False)
class Weighting:
    """What BM25F needs to know of the schema and of all live products.

    Attributes
    ----------
    weights, b : (f,)
        By field.
    averages : (f,)
        Mean lengths of the fields over the live products.
    idf : dict
        Term number → ln(1 + (N - df + 1/2) / (df + 1/2)).
    missing
        What terms that no product ever had add to the idf of the whole query.
    """

    weights: ScoreArray
    b: ScoreArray
    averages: ScoreArray
    idf: dict[int, float]
    missing: float = 0.0

    @property
    def ceiling(self) -> float:
        """What a product would score that had every term without end."""
        return sum(self.idf.values()) + self.missing


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """Inverted lists of n products.

    Attributes
    ----------
    terms : (t,)
        Term numbers, ascending; row i of ``rows`` are the products that have ``terms[i]``, ascending.
    rows : Ragged of (p,) int32
    cells : (p + 1,)
        Posting j has the fields ``fields[cells[j]:cells[j + 1]]`` with the frequencies ``counts[…]``.
    lengths : (f, n) int32
        Terms of a product in a field.
    """

    terms: NDArray[Any]
    rows: Ragged
    cells: IntArray
    fields: NDArray[Any]
    counts: NDArray[Any]
    lengths: NDArray[Any]

    @classmethod
    def of(cls, tokens: Sequence[Ragged]) -> "Postings":
        """From the terms of each product, one Ragged for each field."""
        n, f = len(tokens[0]), len(tokens)
        keys = [(part.values.astype(np.int64) * n + part.owners()) * f + field for field, part in enumerate(tokens)]
        cells, counts = np.unique(np.concatenate(keys), return_counts=True)
        posting, first = np.unique(cells // f, return_index=True)
        terms, starts = np.unique(posting // max(n, 1), return_index=True)
        return cls(
            terms=terms.astype(np.int32),
            rows=Ragged((posting % max(n, 1)).astype(np.int32), np.append(starts, len(posting)).astype(np.int64)),
            cells=np.append(first, len(cells)).astype(np.int64),
            fields=(cells % f).astype(np.uint8),
            counts=counts.astype(np.int32),
            lengths=np.stack([part.lengths for part in tokens]).astype(np.int32),
        )

    def frequency(self, term: int, live: BoolArray) -> int:
        """How many live products have the term."""
        at = self._find(term)
        return 0 if at is None else int(np.count_nonzero(live[self.rows[at]]))

    def scores(self, weighting: Weighting) -> tuple[ScoreArray, ScoreArray]:
        """BM25F of all n products for the terms of ``weighting.idf``, and the idf that they match, 0 = none."""
        n = self.lengths.shape[1]
        scores, matched = np.zeros(n), np.zeros(n)
        for term, idf in weighting.idf.items():
            at = self._find(term)
            if at is None:
                continue
            rows, cells = self.rows[at], self.cells[self.rows.starts[at] : self.rows.starts[at + 1] + 1]
            weighted = np.add.reduceat(self._weighted(slice(cells[0], cells[-1]), weighting), cells[:-1] - cells[0])
            scores[rows] += idf * weighted / (K1 + weighted)
            matched[rows] += idf
        return scores, matched

    def explain(self, row: int, weighting: Weighting) -> dict[tuple[int, int], float]:
        """What each (field, term) gives to the score of one product: the fields share a term's by their part in it."""
        shares: dict[tuple[int, int], float] = {}
        for term, idf in weighting.idf.items():
            at = self._find(term)
            if at is None:
                continue
            place = int(np.searchsorted(self.rows[at], row))
            if place == len(self.rows[at]) or self.rows[at][place] != row:
                continue
            posting = self.rows.starts[at] + place
            span = slice(self.cells[posting], self.cells[posting + 1])
            parts = self._weighted(span, weighting)
            for field, part in zip(self.fields[span].tolist(), parts.tolist(), strict=True):
                shares[field, term] = idf * part / (K1 + float(parts.sum()))
        return shares

    def _find(self, term: int) -> int | None:
        at = int(np.searchsorted(self.terms, term))
        return at if at < len(self.terms) and self.terms[at] == term else None

    def _weighted(self, span: slice, weighting: Weighting) -> ScoreArray:
        """Weighted, length-normalised frequencies of a span of cells."""
        fields = self.fields[span]
        first, last = np.searchsorted(self.cells, (span.start, span.stop))
        rows = np.repeat(self.rows.values[first:last], np.diff(self.cells[first : last + 1]))
        relative = self.lengths[fields, rows] / weighting.averages[fields]
        b = weighting.b[fields]
        return np.asarray(weighting.weights[fields] * self.counts[span] / (1 - b + b * relative), np.float64)


def idf(frequency: int, n: int) -> float:
    """Inverse document frequency that is never negative."""
    return float(np.log1p((n - frequency + 0.5) / (frequency + 0.5)))
