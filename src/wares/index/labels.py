"""Keywords of a column both ways: the labels of a product, for counting, and the holders of a label, for filtering."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wares.index.ragged import Ragged, edges, lengths_of, spans
from wares.types import IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """p pairs of a label and an owner, which is a product or a variant.

    Attributes
    ----------
    starts : (n + 1,)
        Product i has the pairs ``starts[i] … starts[i + 1] - 1``, by label and owner.
    codes, owners : (p,) int32
        The number of the label in the vocabulary, and who has it.
    known : (l,) int32
        Labels that someone has, ascending.
    holders : Ragged of l rows
        The owners that have ``known[i]``.
    """

    starts: IntArray
    codes: NDArray[Any]
    owners: NDArray[Any]
    known: NDArray[Any]
    holders: Ragged

    @classmethod
    def of(cls, products: IntArray, codes: NDArray[Any], owners: NDArray[Any], n: int) -> "Labels":
        """From (p,) pairs in any order, with the product of each and the number of products."""
        order = np.lexsort((owners, codes, products))
        starts = edges(np.bincount(products, minlength=n).astype(np.int64))
        codes, owners = codes[order].astype(np.int32), owners[order].astype(np.int32)
        by_label = np.argsort(codes, kind="stable")
        known, first = np.unique(codes[by_label], return_index=True)
        holders = Ragged(owners[by_label], np.append(first, len(codes)).astype(np.int64))
        return cls(starts, codes, owners, known, holders)

    def pairs(self, rows: IntArray) -> tuple[IntArray, NDArray[Any], NDArray[Any]]:
        """Place in ``rows``, label and owner of every pair of some products (k,), ascending."""
        if len(rows) == len(self.starts) - 1:
            return np.repeat(np.arange(len(rows)), np.diff(self.starts)), self.codes, self.owners
        lengths = lengths_of(self.starts, rows)
        where = spans(self.starts[rows], lengths)
        return np.repeat(np.arange(len(rows)), lengths), self.codes[where], self.owners[where]

    def holding(self, codes: Sequence[int]) -> list[NDArray[Any]]:
        """The owners of each of the labels."""
        found = []
        for code in codes:
            at = int(np.searchsorted(self.known, code))
            if at < len(self.known) and self.known[at] == code:
                found.append(self.holders[at])
        return found

    def arrays(self) -> dict[str, NDArray[Any]]:
        own = {"starts": self.starts, "codes": self.codes, "owners": self.owners, "known": self.known}
        return {**own, "holders": self.holders.values, "holder_starts": self.holders.starts}

    @classmethod
    def mapped(cls, arrays: dict[str, NDArray[Any]]) -> "Labels":
        """On the arrays that ``arrays`` gave, as they are."""
        holders = Ragged(arrays["holders"], arrays["holder_starts"])
        return cls(arrays["starts"], arrays["codes"], arrays["owners"], arrays["known"], holders)
