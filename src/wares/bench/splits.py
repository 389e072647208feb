"""Folds by group: what belongs together never stands on both sides."""

from collections.abc import Hashable, Sequence
from typing import cast

import numpy as np

from wares.errors import ConfigError
from wares.types import IntArray


def folds(groups: Sequence[Hashable], k: int = 5, seed: int = 0) -> list[tuple[IntArray, IntArray]]:
    """Split rows into k folds so that all rows of a group fall into the same one.

    Parameters
    ----------
    groups : (n,)
        What each row belongs to: a query, a product, a title.
    k
        Number of folds, at most the number of groups.
    seed
        The same groups and seed give the same folds, whatever the order of the rows.

    Returns
    -------
    list of (train, test)
        k pairs of row numbers, ascending; the test parts cover every row once.

    Raises
    ------
    ConfigError
        Fewer groups than folds.
    """
    distinct = sorted(set(groups), key=repr)
    if not 2 <= k <= len(distinct):
        raise ConfigError(f"{len(distinct)} groups cannot be split into {k} folds", fix="from 2 folds to one a group")
    order = np.random.default_rng(seed).permutation(len(distinct))
    fold_of = {distinct[group]: position % k for position, group in enumerate(order)}
    assigned = np.array([fold_of[group] for group in groups])
    rows = np.arange(len(groups))
    return [(cast(IntArray, rows[assigned != fold]), cast(IntArray, rows[assigned == fold])) for fold in range(k)]
