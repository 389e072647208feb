"""What of a product photo is the product: everything that is not ground connected to the border.

Plain NumPy on small pictures; a guess that says how sure it is, not a segmentation.
"""

from dataclasses import dataclass

import numpy as np

from wares.types import BoolArray, FloatArray

# A border whose colours spread further than this (CIE76) is a scene, not a ground.
PLAIN_GROUND = 12.0


@dataclass(frozen=True, slots=True, eq=False)
class Foreground:
    """``weight`` (h, w): how much a pixel counts, sums to 1; ``mask`` (h, w): pixels that are the product."""

    weight: FloatArray
    mask: BoolArray
    plain: bool


def find(lab: FloatArray) -> Foreground:
    """Estimate the product in a picture.

    Parameters
    ----------
    lab : (h, w, 3)
        CIE L*a*b*, h and w at most some hundred.

    Notes
    -----
    The ground's colour is the median of the border. Pixels near it that hang together with the border are ground.
    Where the border is no plain ground, or what is left is hardly anything, the middle of the picture stands in.
    """
    middle = _middle(*lab.shape[:2])
    border = np.concatenate([lab[0], lab[-1], lab[:, 0], lab[:, -1]])
    ground = np.median(border, axis=0)
    distance = np.linalg.norm(border - ground, axis=1)
    plain = bool(np.quantile(distance, 0.5) < PLAIN_GROUND)
    everything = np.ones(lab.shape[:2], np.bool_)
    if not plain:
        return Foreground(middle / middle.sum(), everything, False)
    spread = float(np.quantile(distance, 0.6))
    near = np.linalg.norm(lab - ground, axis=2) < np.clip(2.5 * spread, 3.0, 10.0)
    mask = ~connected_to_border(near)
    if mask.mean() < 0.02:
        return Foreground(middle / middle.sum(), everything, False)
    inside = erode(mask)
    if inside.sum() < 0.5 * mask.sum():
        inside = mask
    weight = middle * inside
    return Foreground(np.asarray(weight / weight.sum(), np.float32), mask, True)


def connected_to_border(near: BoolArray) -> BoolArray:
    """Pixels (h, w) of a mask that can be reached from the border inside it, up, down, left and right."""
    reached = np.zeros_like(near)
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        reached[edge] = near[edge]
    before = -1
    while (count := int(reached.sum())) != before:
        before = count
        for view, within in ((reached, near), (reached.T, near.T)):
            _sweep(view, within)
            _sweep(view[::-1], within[::-1])
    return reached


def erode(mask: BoolArray) -> BoolArray:
    """The mask without its outermost pixels, whose colours are mixed with the ground's."""
    padded = np.pad(mask, 1, constant_values=True)
    inner = mask & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return np.asarray(inner, np.bool_)


def _sweep(reached: BoolArray, within: BoolArray) -> None:
    for row in range(1, len(reached)):
        reached[row] |= reached[row - 1] & within[row]


def _middle(height: int, width: int) -> FloatArray:
    """(h, w) bell over the picture: products are photographed in the middle."""
    y, x = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)[None]
    return np.asarray(np.exp(-(y**2 + x**2) / (2 * 0.5**2)), np.float32)
