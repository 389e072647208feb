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
    def lengths(self) -> IntArray:
        """(f,) terms of the live products by field."""
        return np.asarray(self.segment.postings.lengths[:, self.live].sum(axis=1), np.int64)

    @cached_property
    def count(self) -> int:
        return int(np.count_nonzero(self.live))

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
    """The block with some rows of the index dead."""
    local = rows[(rows >= block.first) & (rows < block.first + len(block.segment))] - block.first
    if not len(local):
        return block
    live = block.live.copy()
    live[local] = False
    return Block(block.segment, live, block.first)


def merged(blocks: Sequence[Block]) -> Block:
    """One block of the live rows of several."""
    if len(blocks) == 1 and blocks[0].count == len(blocks[0].live):
        return blocks[0]
    segment = Segment.merge([(block.segment, np.flatnonzero(block.live)) for block in blocks])
    return Block(segment, np.ones(len(segment), np.bool_), blocks[0].first)
