"""Segments as an index holds them: which rows are live, and where they stand among all rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wares.index.segment import Segment
from wares.types import BoolArray, IntArray


@dataclass(frozen=True, eq=False)
class Block:
    """A segment, which of its n rows are live, and the number of its first row in the index."""

    segment: Segment
    live: BoolArray
    first: int

    @cached_property
    def count(self) -> int:
        return int(np.count_nonzero(self.live))

    @cached_property
    def whole(self) -> bool:
        """Whether every row is live."""
        return self.count == len(self.live)

    def frequency(self, term: int) -> int:
        """How many live products have a term."""
        having = self.segment.postings.having(term)
        return len(having) if self.whole else int(np.count_nonzero(self.live[having]))

    def rows_of(self, ids: Sequence[str]) -> IntArray:
        """The rows of those ids that are live here, ascending."""
        rows = self.segment.ids.find_all(ids)
        rows = rows[rows >= 0]
        return np.unique(rows[self.live[rows]])

    @cached_property
    def variants(self) -> int:
        return int(np.diff(self.segment.starts)[self.live].sum())

    @cached_property
    def vectors(self) -> dict[str, int]:
        """Live rows by space."""
        return {name: int(part.codes.lengths[self.live].sum()) for name, part in self.segment.vectors.items()}

    @cached_property
    def holders(self) -> dict[str, int]:
        """``column:name`` → live products that have the column, themselves or in a variant."""
        counts = {}
        for name, (own, lower) in self.segment.cells.items():
            has = np.zeros(len(self.segment), np.bool_)
            has[own.owners] = True
            has[np.searchsorted(self.segment.starts, lower.owners, side="right") - 1] = True
            if count := int(np.count_nonzero(has & self.live)):
                counts[f"column:{name}"] = count
        return counts


def without(block: Block, rows: IntArray) -> Block:
    """The block with some of its rows dead."""
    if not len(rows):
        return block
    live = block.live.copy()
    live[rows] = False
    return Block(block.segment, live, block.first)


def merged(blocks: Sequence[Block]) -> Block:
    """One block of the live rows of several."""
    if len(blocks) == 1 and blocks[0].whole:
        return blocks[0]
    segment = Segment.merge([(block.segment, np.flatnonzero(block.live)) for block in blocks])
    return Block(segment, np.ones(len(segment), np.bool_), blocks[0].first)
