"""P(relevant) from judgements: the curves of :mod:`wares.search.calibrate`, trusted as far as cross-validation goes.

What people judged replaces what the catalogue taught itself: pairs as frequent as they were judged, the cut-off from
the best product of each judged query. Whether that is worth it is told by Brier scores (Verification of forecasts
expressed in terms of probability, Monthly Weather Review 78, 1950) of queries that no curve was fitted on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wares.errors import JudgementError
from wares.evaluate.compare import Comparison, paired
from wares.evaluate.judgements import Qrels, answerable
from wares.search.calibrate import ENOUGH, Curve, Curves, Pairs, calibration_error, fit
from wares.search.judge import Judged
from wares.types import BoolArray, ScoreArray

PARTS = ("slope", "intercept", "cut")


@dataclass(frozen=True, slots=True, eq=False)
class Graded:
    """The judged products of one query that were found, (j,) each.

    Attributes
    ----------
    evidence
        That the product is what was asked for.
    matching
        Its words match.
    relevant
        1 from grade 1 on, else 0.
    probability
        P(relevant) as it is served now.
    """

    evidence: ScoreArray
    matching: BoolArray
    relevant: ScoreArray
    probability: ScoreArray


@dataclass(frozen=True, slots=True)
class Fitted:
    """Curves from all judged queries, and what they are worth on queries that they were not fitted on.

    ``current`` and ``held_out`` are expected calibration errors; ``against`` compares Brier scores, current − held_out,
    by query; ``lost`` is the share of queries whose best match lies below a cut-off that was set without them.
    """

    curves: Curves
    current: float
    held_out: float
    against: Comparison
    lost: float
    pairs: int
    queries: int
    left_out: int

    def toml(self) -> str:
        """The sections to paste into wares.toml."""
        named = (("words", self.curves.words), ("meaning", self.curves.meaning))
        return "\n\n".join(
            f"[search.curves.{name}]\n" + "\n".join(f"{part} = {getattr(curve, part):.6g}" for part in PARTS)
            for name, curve in named
            if curve.samples
        )


def graded(judged: Judged, ids: Sequence[str], grades: Mapping[str, int]) -> Graded:
    """What was judged of a query, as the search sees it now; ``ids`` are those of the rows that were judged."""
    places = [place for place, id in enumerate(ids) if id in grades]
    relevant = np.array([grades[ids[place]] >= 1 for place in places], np.float64)
    return Graded(judged.evidence[places], judged.matching[places], relevant, judged.relevance[places])


def calibrate(
    qrels: Qrels, ask: Callable[[str], Graded], *, error_rate: float, folds: int = 5, seed: int = 0
) -> Fitted:
    """Curves for the judged queries.

    Parameters
    ----------
    ask
        Query id → its judged products.
    error_rate
        Share of queries whose best match a cut-off may lose.
    folds
        The gain is measured on each fold by curves fitted on the others.

    Raises
    ------
    JudgementError
        Fewer than twenty queries have a relevant product that is found.
    """
    asked = sorted(answerable(qrels))
    every = [found for found in map(ask, asked) if found.relevant.any()]
    if len(every) < ENOUGH:
        raise JudgementError(
            f"{len(every)} queries have a relevant product that is found", fix=f"judge at least {ENOUGH} of them"
        )
    fold_of = np.random.default_rng(seed).permutation(len(every)) % folds
    held_out: list[ScoreArray] = [np.zeros(0)] * len(every)
    below = np.zeros(len(every))
    for fold in range(folds):
        curves = _curves([every[place] for place in np.flatnonzero(fold_of != fold)], error_rate)
        for place in np.flatnonzero(fold_of == fold):
            one = every[place]
            held_out[place] = _probability(one, curves)
            matches = one.evidence[one.matching & (one.relevant == 1)]
            below[place] = len(matches) > 0 and matches.max() < curves.words.cut
    relevant = np.concatenate([one.relevant for one in every])
    weights = np.ones(len(relevant))
    now = [one.probability for one in every]
    before, after = (
        [float(np.mean((said - one.relevant) ** 2)) for said, one in zip(told, every, strict=True)]
        for told in (now, held_out)
    )
    return Fitted(
        curves=_curves(every, error_rate),
        current=calibration_error(np.concatenate(now), relevant, weights),
        held_out=calibration_error(np.concatenate(held_out), relevant, weights),
        against=paired(before, after, seed),
        lost=float(below.mean()),
        pairs=len(relevant),
        queries=len(every),
        left_out=len(qrels) - len(every),
    )


def _curves(every: Sequence[Graded], error_rate: float) -> Curves:
    """A curve that has too few pairs has no samples, and the catalogue's own is used instead."""
    unknown = Curve(0.0, 0.0, 0.0)
    sides = []
    for matching in (True, False):
        chosen = [one.matching == matching for one in every]
        evidence = np.concatenate([one.evidence[rows] for one, rows in zip(every, chosen, strict=True)])
        relevant = np.concatenate([one.relevant[rows] for one, rows in zip(every, chosen, strict=True)])
        right = [one.evidence[rows & (one.relevant == 1)] for one, rows in zip(every, chosen, strict=True)]
        best = np.array([found.max() for found in right if len(found)])
        pairs = Pairs(evidence[relevant == 1], evidence[relevant == 0])
        sides.append(fit(pairs, best, error_rate=error_rate, guess=unknown, natural=True))
    return Curves(*sides)


def _probability(one: Graded, curves: Curves) -> ScoreArray:
    """(j,) P(relevant) under other curves; what is served now where there is none."""
    said = curves.probability(one.evidence, one.matching)
    fitted = np.where(one.matching, curves.words.samples, curves.meaning.samples) > 0
    return np.where(fitted, said, one.probability)
