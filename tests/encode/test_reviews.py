import math

import numpy as np
import pytest

from wares.encode.reviews import ReviewsEncoder, rating_statistics
from wares.encode.text import MultilingualTextEncoder
from wares.errors import EncodeError
from wares.testing import check_encoder
from wares.types import Rating, Review

text = MultilingualTextEncoder()
encoder = ReviewsEncoder(text)


def reviews(*texts: str) -> list[Review]:
    return [Review(str(number), each) for number, each in enumerate(texts)]


def test_the_contract_of_an_encoder_is_kept() -> None:
    check_encoder(
        encoder, [reviews("Soft and warm"), reviews("Too tight", "太小了"), reviews("Great sound")], absent=[]
    )


def test_one_review_is_its_own_vector_in_the_space_of_texts() -> None:
    np.testing.assert_allclose(
        encoder.encode_query(reviews("Soft and warm")), text.encode_query("Soft and warm"), atol=1e-5
    )
    assert (encoder.space, encoder.dim) == (text.space, text.dim)


def test_reviews_without_words_are_absent() -> None:
    assert encoder.encode([reviews("", "\u200b")]).present.tolist() == [False]
    with pytest.raises(EncodeError, match="nothing written"):
        encoder.encode_query(reviews(""))


def test_the_order_of_reviews_does_not_matter_and_the_longest_are_read() -> None:
    some = reviews("ok", "The battery lasts for two days", "Sounds great with any music")
    np.testing.assert_allclose(encoder.encode_query(some), encoder.encode_query(some[::-1]), atol=1e-6)
    two = ReviewsEncoder(text, most=2)
    np.testing.assert_allclose(two.encode_query(some), two.encode_query(some[1:]), atol=1e-6)
    assert two.fingerprint != encoder.fingerprint


def test_rating_statistics_worked_by_hand() -> None:
    stars = [Review(str(i), "", rating=rating) for i, rating in enumerate([5.0, 4.0, 4.0, 1.0, None, math.nan, 9.0])]
    found = rating_statistics(stars, prior_mean=3.0, prior_count=5.0)
    assert (found.count, found.mean, found.histogram) == (5, 3.8, (1, 0, 0, 2, 2))
    assert found.shrunk == pytest.approx((19 + 15) / 10)


def test_no_rating_is_nan_and_the_catalogues_mean() -> None:
    found = rating_statistics([], prior_mean=4.1)
    assert (found.count, found.histogram) == (0, (0, 0, 0, 0, 0))
    assert math.isnan(found.mean)
    assert found.shrunk == pytest.approx(4.1)


def test_the_feeds_own_rating_counts_where_it_knows_more() -> None:
    found = rating_statistics([Review("1", "", rating=1.0)], Rating(9.0, 100, 10.0))
    assert (found.count, found.mean, found.histogram) == (100, 4.5, (1, 0, 0, 0, 0))


def test_one_five_is_not_better_than_a_hundred_times_almost_five() -> None:
    one = rating_statistics([Review("1", "", rating=5.0)])
    assert one.shrunk < rating_statistics([], Rating(4.8, 100)).shrunk
