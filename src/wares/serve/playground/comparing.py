"""How two orders of products differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

PERSISTENCE = 0.9  # the first ten places carry 86 % of the weight


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of the first order in the second.

    ``overlap`` is the share of the first ``depth`` places that both hold; ``tau`` is None where fewer than two
    products are in both. ``same`` kept their places, the others among those of both moved ``up`` or ``down``.
    """

    depth: int
    overlap: float
    rbo: float
    tau: float | None
    same: int
    up: int
    down: int
    new: int
    gone: int


def difference(one: Sequence[str], other: Sequence[str]) -> Difference:
    """Compare two orders, each without repetitions."""
    there = {id: place for place, id in enumerate(one)}
    moves = [there[id] - place for place, id in enumerate(other) if id in there]
    depth = max(len(one), len(other))
    return Difference(
        depth=depth,
        overlap=len(moves) / depth if depth else 1.0,
        rbo=rank_biased_overlap(one, other),
        tau=kendall(one, other),
        same=moves.count(0),
        up=sum(move > 0 for move in moves),
        down=sum(move < 0 for move in moves),
        new=len(other) - len(moves),
        gone=len(one) - len(moves),
    )


def rank_biased_overlap(one: Sequence[str], other: Sequence[str], p: float = PERSISTENCE) -> float:
    """Agreement in [0, 1] that counts the upper places more, as if it went on below as it is at the end.

    Notes
    -----
    RBO_ext, equation 32 of Webber, Moffat and Zobel, A similarity measure for indefinite rankings, TOIS 2010.
    """
    short, long = sorted((one, other), key=len)
    if not short:
        return 1.0 if not long else 0.0
    common = [len({*short[:depth]} & {*long[:depth]}) for depth in range(len(long) + 1)]
    agreed = sum(common[depth] / depth * p**depth for depth in range(1, len(long) + 1))
    least = common[len(short)]
    unseen = sum(
        least * (depth - len(short)) / (len(short) * depth) * p**depth for depth in range(len(short) + 1, len(long) + 1)
    )
    end = (common[-1] - least) / len(long) + least / len(short)
    return (1 - p) / p * (agreed + unseen) + end * p ** len(long)


def kendall(one: Sequence[str], other: Sequence[str]) -> float | None:
    """Kendall's tau in [-1, 1] of the products that both hold: pairs in the same order less those turned around."""
    there = {id: place for place, id in enumerate(one)}
    places = [there[id] for id in other if id in there]
    pairs = list(combinations(places, 2))
    return sum(1 if first < second else -1 for first, second in pairs) / len(pairs) if pairs else None
