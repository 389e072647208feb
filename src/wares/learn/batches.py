"""Which products a step of learning shows together: any, those that are hard to tell apart, or new ones beside old."""

from collections.abc import Iterator

import numpy as np

from wares.types import FloatArray, IntArray

POOL = 8192  # products among which the nearest is looked for


class Batches:
    """The rows of a catalogue, batch by batch.

    Parameters
    ----------
    groups : (n,)
        Look-alikes share a number: none of them is a wrong answer for another.
    size
        Products of a batch, at most.
    hard
        Share of a batch that is the nearest of other groups to its other products.
    fresh : (f,)
        Rows that were not learned from before: they are half of each batch, and an epoch is once through them. The
        other half are old ones, so that they are not forgotten (experience replay: Rolnick et al., NeurIPS 2019).
    """

    def __init__(self, groups: IntArray, size: int, hard: float = 0.0, fresh: IntArray | None = None) -> None:
        n = len(groups)
        self._groups = groups
        self._fresh = np.arange(n) if fresh is None or not len(fresh) else fresh
        self._old = np.setdiff1d(np.arange(n), self._fresh)
        self._size = min(size, n)
        self._near = int(hard * self._size)
        drawn = self._size - self._near
        self._replayed = min(drawn // 2, len(self._old))
        self._drawn = min(drawn - self._replayed, len(self._fresh))

    @property
    def steps(self) -> int:
        """Batches of an epoch."""
        return max(1, len(self._fresh) // (self._drawn + self._near))

    def epoch(self, generator: np.random.Generator, rows: FloatArray | None = None) -> Iterator[IntArray]:
        """Sorted rows of each batch.

        Parameters
        ----------
        rows : (n, D)
            Where the products are now; None: nobody knows, and nothing is hard.

        Notes
        -----
        Hard negatives from the state of the model itself: Xiong et al., Approximate nearest neighbor negative
        contrastive learning for dense text retrieval (ANCE), ICLR 2021.
        """
        order = generator.permutation(self._fresh)
        each = self._drawn + (self._near if rows is None else 0)
        for step in range(self.steps):
            batch = order[np.arange(step * each, (step + 1) * each) % len(order)]
            if self._replayed:
                batch = np.concatenate([batch, generator.choice(self._old, self._replayed, replace=False)])
            if rows is not None and self._near:
                batch = np.concatenate([batch, self._nearest(rows, batch, generator)])
            yield np.unique(batch)

    def _nearest(self, rows: FloatArray, batch: IntArray, generator: np.random.Generator) -> IntArray:
        """For some products of a batch the nearest one of another group."""
        pool = generator.permutation(len(rows))[:POOL]
        some = generator.permutation(batch)[: self._near]
        alike = rows[some] @ rows[pool].T
        alike[self._groups[some][:, None] == self._groups[pool][None]] = -np.inf
        nearest: IntArray = pool[alike.argmax(1)]
        return nearest
