"""What shoppers did with products as a modality: products that were taken in the same sessions lie together."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from wares.encode.learned import BEHAVIOUR, vocabulary
from wares.protocols import Encoded
from wares.types import Event, IntArray

DIM = 64
LEAST = 3  # sessions with a product before anything is known of it: no single shopper places it
MOST = 50  # products of a session that count; who takes more is no shopper
TAKEN = frozenset(("click", "add_to_cart", "purchase"))


def sessions(events: Iterable[Event], place: Mapping[str, int]) -> IntArray:
    """(p, 2) numbers of sessions, and rows of the products that were taken in them, each pair once."""
    numbers: dict[str, int] = {}
    pairs = {
        (numbers.setdefault(who, len(numbers)), place[event.product])
        for event in events
        if event.action in TAKEN and event.product in place and (who := event.session or event.shopper)
    }
    return np.array(sorted(pairs), np.int64).reshape(-1, 2)


def behaviour(taken: IntArray, n: int, dim: int = DIM) -> Encoded:
    """(n, ≤ dim) unit rows of products by the sessions that they were taken in.

    Parameters
    ----------
    taken : (p, 2)
        Session and product; see :func:`sessions`.

    Notes
    -----
    Singular vectors of the positive pointwise mutual information of products in a session: Levy and Goldberg, Neural
    word embedding as implicit matrix factorization, NIPS 2014; of products: Barkan and Koenigstein, Item2Vec, 2016.
    Cost grows with the pairs of products that share a session, at most :data:`MOST` of each.
    """
    sizes = np.bincount(taken[:, 0]) if len(taken) else np.zeros(0, np.int64)
    pairs = taken[(sizes[taken[:, 0]] > 1) & (sizes[taken[:, 0]] <= MOST)]
    shape = (len(sizes), n)
    seen = sparse.csr_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=shape)
    known = np.bincount(pairs[:, 1], minlength=n) >= LEAST
    together = (seen.T @ seen).tocoo()
    kept = (together.row != together.col) & known[together.row] & known[together.col]
    row, column, count = together.row[kept], together.col[kept], together.data[kept]
    if len(count) == 0 or n < 3:
        return Encoded(np.zeros((n, 1), np.float32), np.zeros(n, np.bool_))
    often = np.bincount(row, count, minlength=n)
    information = np.maximum(np.log(count * count.sum() / (often[row] * often[column])), 0)
    matrix = sparse.csr_array((information, (row, column)), shape=(n, n))
    # the start is fixed, so that the same sessions give the same rows
    left, strength, _ = svds(matrix, k=min(dim, n - 1), v0=np.ones(n), solver="arpack")
    rows = left * np.sqrt(strength)
    lengths = np.linalg.norm(rows, axis=1)
    present = known & (lengths > 1e-6)
    rows = rows / np.maximum(lengths, 1e-6)[:, None] * present[:, None]
    return Encoded(np.asarray(rows, np.float32), np.asarray(present, np.bool_))


def lookup(ids: Sequence[str], part: Encoded) -> dict[str, Any]:
    """The arrays of a model that know products by their ids, of those that have a row."""
    place = {id: row for row, id in enumerate(ids) if part.present[row]}
    trie, ordered = vocabulary(sorted(place))
    rows = part.vectors[[place[id] for id in ordered]]
    return {f"{BEHAVIOUR}.rows": rows, f"{BEHAVIOUR}.trie": np.frombuffer(trie, np.uint8)}
