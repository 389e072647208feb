"""What speaks for a product whatever was asked: stock and ratings."""

import numpy as np

from wares.protocols import ProductIndex
from wares.types import IntArray, ScoreArray

NAMES = ("in_stock", "rating", "reviews")
MEAN, DOUBT = 3.8, 10.0  # a product is taken for a 3.8 until more than ten ratings say otherwise


def priors(index: ProductIndex, rows: IntArray) -> ScoreArray:
    """(n, 3) features named by ``NAMES``, NaN = unknown.

    ``in_stock`` is 0 or 1; ``rating`` is the Bayesian mean above or below the usual one, in stars; ``reviews`` is
    log10(1 + count).
    """
    rating, count = index.values(rows, "rating"), index.values(rows, "reviews")
    known = np.where(np.isnan(count), 1.0, count)
    doubted = (rating * known + MEAN * DOUBT) / (known + DOUBT) - MEAN
    return np.stack([index.values(rows, "in_stock"), doubted, np.log10(1 + count)]).T
