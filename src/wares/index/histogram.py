"""Edges of a histogram at numbers that people like to read."""

import math
from collections.abc import Sequence

from wares.types import Bucket

BUCKETS = 12
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0, 20.0)
NARROW, SMALL = 1e-9, 1e-3
WHOLE = 2.0**52  # below it every whole number has one after it


def edges_of(low: float, high: float, most: int = BUCKETS) -> tuple[float, ...]:
    """From 2 to ``most`` + 1 ascending edges around ``[low, high]``; the step is 1, 2, 2.5 or 5 times a power of ten.

    Two whole numbers where the ends are as good as one number, none where they are unknown. The last edge is above
    ``high``, so that every number lies in a bucket that leaves its upper edge out.
    """
    if not high - low > NARROW * max(abs(low), abs(high), SMALL):
        return (float(math.floor(low)), math.floor(high) + 1.0) if abs(low) + abs(high) < WHOLE else ()
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    for step in (factor * power for factor in STEPS):
        digits = 2 - math.floor(math.log10(step))
        first, last = math.floor(low / step), math.floor(high / step) + 1
        first -= round(first * step, digits) > low  # a quotient may be rounded over a whole number
        last += round(last * step, digits) <= high
        if last - first <= most:
            return tuple(round(number * step, digits) for number in range(first, last + 1))
    raise AssertionError(f"no step for {low} to {high}")


def as_buckets(edges: Sequence[float], counts: Sequence[int]) -> tuple[Bucket, ...]:
    """Counts between neighbouring edges."""
    return tuple(Bucket(edges[place], edges[place + 1], count) for place, count in enumerate(counts))
