"""Reviews → one vector, rating statistics, and (in ``opinions``) what they say of which aspect."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wares.encode.rows import readable, unit_rows
from wares.encode.text import MultilingualTextEncoder
from wares.errors import EncodeError
from wares.protocols import Encoded, Encoder
from wares.registry import register
from wares.types import FloatArray, Rating, Review

NAME = "reviews.v1"


@register("encoder", "reviews.v1")
class ReviewsEncoder:
    """The mean direction of what shoppers wrote, in the space of the text encoder.

    A review weighs the square root of its length, so that a long one counts more than "ok" but does not drown the rest.

    Parameters
    ----------
    text
        Sentence encoder; the multilingual default if None.
    most
        Reviews read of one product: the longest ones.
    """

    modality = "reviews"

    def __init__(self, text: Encoder[str] | None = None, most: int = 50) -> None:
        self._text = text or MultilingualTextEncoder()
        self._most = most

    @property
    def space(self) -> str:
        return self._text.space

    @property
    def dim(self) -> int:
        return self._text.dim

    @property
    def fingerprint(self) -> str:
        return f"{NAME}:{self._most}:{self._text.fingerprint}"

    def encode(self, items: Sequence[Sequence[Review]]) -> Encoded:
        """(n, d) unit rows, one for the reviews of each product; no reviews, or none with words, is absent."""
        chosen = [self._longest(reviews) for reviews in items]
        texts = self._text.encode([text for some in chosen for text in some])
        vectors = np.zeros((len(items), self.dim), np.float32)
        start = 0
        for row, some in enumerate(chosen):
            if some:
                weights = np.sqrt([len(text) for text in some])
                mean = weights @ texts.vectors[start : start + len(some)]
                vectors[row] = unit_rows(np.asarray(mean[None], np.float32), NAME)[0]
            start += len(some)
        return Encoded(vectors, np.array([bool(some) for some in chosen], np.bool_))

    def encode_query(self, item: Sequence[Review]) -> FloatArray:
        """(d,) unit vector of some reviews; none at all is an EncodeError."""
        encoded = self.encode([item])
        if not encoded.present[0]:
            raise EncodeError("there is nothing written in these reviews", fix="leave this modality out")
        vector: FloatArray = encoded.vectors[0]
        return vector

    def _longest(self, reviews: Sequence[Review]) -> list[str]:
        texts = [f"{review.title}. {review.text}" if review.title else review.text for review in reviews]
        return sorted((text for text in texts if readable(text, len(text))), key=lambda text: (-len(text), text))[
            : self._most
        ]


@dataclass(frozen=True, slots=True)
class RatingStatistics:
    """Ratings on a scale of 1–5.

    Attributes
    ----------
    mean
        NaN where there is none.
    shrunk
        Mean drawn towards the catalogue's, for sorting: one 5 is not better than a hundred times 4.8.
    histogram : (5,)
        How many of 1, 2, 3, 4 and 5 stars among the reviews at hand.
    """

    count: int
    mean: float
    shrunk: float
    histogram: tuple[int, int, int, int, int]


def rating_statistics(
    reviews: Sequence[Review], rating: Rating | None = None, *, prior_mean: float = 3.7, prior_count: float = 5.0
) -> RatingStatistics:
    """Statistics of a product's ratings.

    Parameters
    ----------
    rating
        What the feed says of all ratings; it counts instead of the reviews where it knows of more of them.
    prior_mean, prior_count
        The catalogue's own mean, and how many ratings it weighs (a Bayesian mean with a conjugate prior).
    """
    stars = [review.rating for review in reviews if review.rating is not None and math.isfinite(review.rating)]
    stars = [min(5.0, max(1.0, star)) for star in stars]
    histogram = np.bincount(np.floor(np.array(stars, float) + 0.5).astype(int) - 1, minlength=5) if stars else [0] * 5
    count, total = len(stars), math.fsum(stars)
    if rating is not None and rating.count > count and rating.scale_max > 0:
        count, total = rating.count, rating.count * 5 * rating.value / rating.scale_max
    one, two, three, four, five = (int(number) for number in histogram)
    return RatingStatistics(
        count=count,
        mean=total / count if count else math.nan,
        shrunk=(total + prior_count * prior_mean) / (count + prior_count),
        histogram=(one, two, three, four, five),
    )
