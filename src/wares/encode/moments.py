"""Closed-form maps between two views of the same things, from sums that one pass over the pairs accumulates."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np

from wares.types import ScoreArray

# Ridge penalties that are tried, in units of the mean variance of the inputs.
PENALTIES = tuple(float(value) for value in np.geomspace(0.01, 100, 33))


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Means and covariances of n pairs of rows x (n, p) and y (n, q)."""

    n: int
    mean_x: ScoreArray
    mean_y: ScoreArray
    xx: ScoreArray
    xy: ScoreArray
    yy: ScoreArray

    @classmethod
    def of(cls, pairs: Iterable[tuple[ScoreArray, ScoreArray]]) -> Self:
        """Accumulate chunks of rows; at least one row in all."""
        n, sums = 0, None
        for x, y in pairs:
            n += len(x)
            chunk = (x.sum(0), y.sum(0), x.T @ x, x.T @ y, y.T @ y)
            if sums is None:
                sums = chunk
            else:
                for total, part in zip(sums, chunk, strict=True):
                    total += part
        if sums is None:
            raise ValueError("there are no pairs")
        x_sum, y_sum, xx, xy, yy = sums
        mean_x, mean_y = x_sum / n, y_sum / n
        return cls(
            n,
            mean_x,
            mean_y,
            xx / n - np.outer(mean_x, mean_x),
            xy / n - np.outer(mean_x, mean_y),
            yy / n - np.outer(mean_y, mean_y),
        )


def eigen(covariance: ScoreArray) -> tuple[ScoreArray, ScoreArray]:
    """Eigenvalues ≥ 0, ascending, and eigenvectors by column."""
    values, vectors = np.linalg.eigh(covariance)
    return np.maximum(values, 0), vectors


def best_penalty(
    values: ScoreArray, projected: ScoreArray, energy: float, independent: int, penalties: Iterable[float] = PENALTIES
) -> float:
    """The relative ridge penalty with the least generalised cross-validation error, the closed form of leave-one-out.

    Parameters
    ----------
    values : (p,)
        Eigenvalues of the inputs' covariance.
    projected : (p, q)
        Covariance of the inputs with the targets, in the eigenvectors' basis.
    energy
        Variance of the targets, summed over their dimensions.
    independent
        How many observations are independent: look-alikes count once.

    Notes
    -----
    Golub, Heath & Wahba, "Generalized cross-validation as a method for choosing a good ridge parameter",
    Technometrics 1979.
    """
    power = (projected**2).sum(1)
    scale = values.mean()
    errors: dict[float, float] = {}
    for penalty in penalties:
        damped = values + penalty * scale
        residual = energy - float((power * (2 / damped - values / damped**2)).sum())
        free = 1 - (float((values / damped).sum()) + 1) / independent
        errors[penalty] = residual / free**2 if free > 0 else np.inf
    return min(errors, key=lambda penalty: (errors[penalty], -penalty))


def inverse_root(values: ScoreArray, vectors: ScoreArray, penalty: float) -> ScoreArray:
    """(C + penalty · mean variance)^(-1/2) from the eigenvectors of C."""
    return np.asarray((vectors / np.sqrt(values + penalty * values.mean())) @ vectors.T)


def canonical(moments: Moments, x_root: ScoreArray, y_root: ScoreArray, rank: int) -> tuple[ScoreArray, ScoreArray]:
    """Maps (p, rank) and (q, rank) into the space where the two views agree most, best directions first.

    Each direction is scaled by its canonical correlation, so that what the views do not share counts little.

    Notes
    -----
    Regularised canonical correlation analysis: Vinod, "Canonical ridge and econometrics of joint production",
    J. Econometrics 1976; the scaling: Gong et al., "A multi-view embedding space for modeling internet images, tags,
    and their semantics", IJCV 2014.
    """
    shared = x_root @ moments.xy @ y_root
    squares, right = np.linalg.eigh(shared.T @ shared)
    best = np.argsort(-squares, kind="stable")[:rank]
    right = right[:, best]
    left = shared @ right  # already scaled by the canonical correlations
    return x_root @ left, y_root @ right * np.sqrt(np.maximum(squares[best], 0))
