"""Vectors to measure an index with: made ones whose shape is that of real ones, with a seed, and exact answers."""

import numpy as np

from wares.types import FloatArray, IntArray

LABELS = 50  # a filter for one of them passes 2 % of the rows
BLOCK = 4096
TIE = 1e-6


def cloud(n: int, dim: int, seed: int, *, rank: int = 24, spread: float = 0.6, noise: float = 0.05) -> FloatArray:
    """(n, dim) float32 unit rows in clusters on the sphere.

    Encoders put a catalogue near a surface of few dimensions, in clusters of very unlike size. So the rows lie in a
    random subspace of ``rank`` dimensions: n / 100 centres drawn from a normal distribution, cluster i as large as
    1 / i (Zipf, 1949), around each centre a normal cloud of its own width (``spread`` on average), and over all
    ``dim`` dimensions a little normal noise, ``noise`` of the row's length. Then each row is scaled to length 1.
    """
    draw = np.random.default_rng(seed)
    rank = min(rank, dim)
    clusters = max(n // 100, 1)
    basis = np.linalg.qr(draw.normal(size=(dim, rank)))[0].T.astype(np.float32)
    centres = draw.normal(size=(clusters, rank)).astype(np.float32)
    widths = (spread * draw.lognormal(-0.08, 0.4, size=clusters)).astype(np.float32)
    sizes = 1 / np.arange(1, clusters + 1)
    member = draw.choice(clusters, size=n, p=sizes / sizes.sum())
    rows = np.empty((n, dim), np.float32)
    for start in range(0, n, BLOCK):
        mine = member[start : start + BLOCK]
        inner = centres[mine] + widths[mine, None] * draw.standard_normal((len(mine), rank), np.float32)
        outer = inner @ basis
        size = noise * np.linalg.norm(outer, axis=1, keepdims=True) / np.sqrt(dim)
        rows[start : start + BLOCK] = unit(outer + size * draw.standard_normal(outer.shape, np.float32))
    return rows


def near(vectors: FloatArray, count: int, seed: int, shift: float = 0.3) -> FloatArray:
    """(count, d) unit queries: rows drawn at random, each moved by ``shift`` of its length in a random direction."""
    draw = np.random.default_rng(seed)
    rows = np.asarray(vectors[np.sort(draw.choice(len(vectors), min(count, len(vectors)), replace=False))])
    other = np.asarray(vectors[draw.integers(len(vectors), size=len(rows))])
    return unit(rows + shift * other)


def labels(n: int, seed: int) -> IntArray:
    """(n,) labels from 0 to 49, drawn evenly and apart from the vectors."""
    return np.random.default_rng(seed).integers(LABELS, size=n)


def floors(vectors: FloatArray, queries: FloatArray, k: int) -> FloatArray:
    """(q,) float32 product of each query with its k-th nearest row, computed in full."""
    best = np.full((len(queries), 0), -np.inf, np.float32)
    for start in range(0, len(vectors), BLOCK):
        found = queries @ vectors[start : start + BLOCK].T
        best = np.concatenate([best, found], axis=1)
        best = -np.partition(-best, k - 1, axis=1)[:, :k] if best.shape[1] > k else best
    return np.asarray(best.min(axis=1), np.float32)


def recall(vectors: FloatArray, query: FloatArray, floor: float, rows: IntArray, k: int) -> float:
    """Share of k that was found: rows at least as near as the exact k-th, equals included."""
    return min(int((vectors[rows] @ query >= floor - TIE).sum()), k) / k if len(rows) else 0.0


def unit(rows: FloatArray) -> FloatArray:
    """Rows scaled to length 1."""
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)
