"""Reviews: shoppers' opinions about aspects of a product, with the polarity that was meant kept as truth."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from wares.catalog.demo.goods import Good, pick
from wares.catalog.demo.vocabulary import texts
from wares.types import Review

LAST_DAY = datetime(2026, 10, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Opinion:
    """A review and the aspects it speaks of: +1 praised, -1 found wanting."""

    review: Review
    aspects: dict[str, int]


def _write(good: Good, number: int, rng: np.random.Generator) -> Opinion:
    book = texts()["reviews"]
    lang = int(rng.random() < 0.42)
    fitting = [name for name, row in book["aspects"].items() if good.kind.family in row["families"]]
    names = [fitting[i] for i in rng.permutation(len(fitting))[: int(rng.integers(1, 4))]]
    polarity = {name: 1 if rng.random() < 0.25 + 0.7 * good.quality else -1 for name in names}
    share = sum(p > 0 for p in polarity.values()) / len(polarity)
    rating = float(np.clip(round(1.6 + 3.3 * share + rng.normal(0, 0.45)), 1, 5))
    said = [pick(rng, book["aspects"][n]["good" if p > 0 else "bad"])[lang] for n, p in polarity.items()]
    mood = "good" if rating >= 4 else "bad"
    said.append(pick(rng, book["closings"][mood])[lang])
    review = Review(
        id=f"{good.id}-R{number + 1}",
        title=pick(rng, book["titles"][mood])[lang],
        text=("" if lang else " ").join(s for s in said if s),
        rating=rating,
        language=("en", "zh")[lang],
        author=pick(rng, texts()["authors"]["names"])[lang],
        created=LAST_DAY - timedelta(days=int(rng.integers(1, 400)), minutes=int(rng.integers(1440))),
    )
    return Opinion(review, polarity)


def opinions(good: Good) -> tuple[Opinion, ...]:
    """The reviews of a product, more of them for what is popular, none for some."""
    rng = np.random.default_rng((good.look_seed, 13))
    return tuple(_write(good, i, rng) for i in range(min(int(rng.poisson(1.2 + 1.6 * good.appeal)), 14)))
