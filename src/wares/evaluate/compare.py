"""How sure a figure is: bootstrap intervals, and paired comparisons of two systems on the same queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from wares.errors import JudgementError
from wares.types import ScoreArray


@dataclass(frozen=True, slots=True)
class Comparison:
    """Mean difference ours − theirs, its interval, and the two-sided probability of one as large by chance."""

    difference: float
    low: float
    high: float
    p: float

    @property
    def gained(self) -> bool:
        """Whether the interval lies above 0: what is gained is no chance."""
        return self.low > 0


def interval(values: ArrayLike, seed: int, *, level: float = 0.95, samples: int = 5000) -> tuple[float, float]:
    """Percentile bootstrap of the mean.

    Parameters
    ----------
    values : (n,)
        One value for each query (or user): resample what varies, not the documents below it.
    seed
        Of the resampling.
    level
        Share of the resampled means inside the interval.
    samples
        Number of resamples.

    Returns
    -------
    low, high
        Both the mean itself for n = 1.

    Raises
    ------
    JudgementError
        No values, or NaN among them.

    Notes
    -----
    Sakai, Evaluating evaluation metrics based on the bootstrap, SIGIR 2006.
    """
    means = _resampled_means(_finite(values), seed, samples)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def paired(ours: ArrayLike, theirs: ArrayLike, seed: int, *, samples: int = 10000) -> Comparison:
    """Compare two systems by the queries both answered, (n,) values in the same order.

    The interval is a bootstrap of the differences; p is of the randomisation test that swaps the two systems' values
    at random, with the observed assignment counted among the samples (so p is never 0).

    Raises
    ------
    JudgementError
        Different lengths, no values, or NaN among them.

    Notes
    -----
    Smucker, Allan and Carterette, A comparison of statistical significance tests for IR evaluation, CIKM 2007.
    """
    a, b = _finite(ours), _finite(theirs)
    if a.shape != b.shape:
        raise JudgementError(f"{a.size} values stand against {b.size}", fix="compare over the same queries")
    differences = a - b
    observed = float(differences.mean())
    low, high = interval(differences, seed, samples=samples)
    signs = np.random.default_rng([seed, 1]).choice(np.array([-1.0, 1.0]), size=(samples, differences.size))
    # a hair below, so that rounding does not lose the assignments that equal the observed one
    as_large = np.sum(np.abs(signs @ differences / differences.size) >= abs(observed) - 1e-12)
    return Comparison(observed, low, high, float((as_large + 1) / (samples + 1)))


def paired_by_query(ours: Mapping[str, float], theirs: Mapping[str, float], seed: int) -> Comparison:
    """As :func:`paired`, over query → value; both must answer the same queries."""
    if ours.keys() != theirs.keys():
        odd = sorted(ours.keys() ^ theirs.keys())[:3]
        raise JudgementError(f"not both systems answered {', '.join(odd)}", fix="compare over the same queries")
    queries = sorted(ours)
    return paired([ours[query] for query in queries], [theirs[query] for query in queries], seed)


def _resampled_means(values: ScoreArray, seed: int, samples: int) -> ScoreArray:
    rng = np.random.default_rng(seed)
    # in parts of a million numbers, so that many values need little memory
    part = max(1, 1_000_000 // values.size)
    sizes: Sequence[int] = [min(part, samples - start) for start in range(0, samples, part)]
    return np.concatenate([values[rng.integers(0, values.size, (size, values.size))].mean(axis=1) for size in sizes])


def _finite(values: ArrayLike) -> ScoreArray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not array.size or not np.isfinite(array).all():
        raise JudgementError("there is nothing to compare", fix="one finite value for each query")
    return array
