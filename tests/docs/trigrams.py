"""Text as hashed letter triples: no weights, any language, blind to meaning."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from wares.protocols import Encoded
from wares.registry import register
from wares.types import FloatArray


@register("encoder", "trigrams.v1")
class TrigramEncoder:
    """Letter triples counted in ``dim`` buckets."""

    modality = "text"

    def __init__(self, dim: int = 256) -> None:
        self.dim = dim
        self.space = self.fingerprint = f"trigrams.v1-{dim}"

    def encode(self, items: Sequence[str]) -> Encoded:
        """(n, dim) unit rows; a text without letters is absent."""
        vectors = np.zeros((len(items), self.dim), np.float32)
        for row, text in enumerate(items):
            padded = f" {' '.join(text.lower().split())} "
            for start in range(len(padded) - 2):
                digest = blake2b(padded[start : start + 3].encode(), digest_size=4).digest()
                vectors[row, int.from_bytes(digest) % self.dim] += 1
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return Encoded(vectors / np.maximum(norms, 1e-9), norms[:, 0] > 0)

    def encode_query(self, item: str) -> FloatArray:
        """(dim,) in the same space."""
        return self.encode([item]).vectors[0]
