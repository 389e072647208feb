"""Several views of one photo, and its colours, as one row of features that a linear head can be learned on."""

from collections.abc import Sequence

import numpy as np

from wares.errors import EncodeError
from wares.types import FloatArray

COLOUR_SCALE = 0.5


def together(views: Sequence[FloatArray], colour: FloatArray | None = None, scale: float = COLOUR_SCALE) -> FloatArray:
    """One row of features a photo from the vectors of its views.

    Parameters
    ----------
    views : each (n, d)
        Unit rows without negative numbers, as pooled activations are: the whole photo, its middle enlarged.
    colour : (n, c)
        Unit rows of colours; None: they are left out.
    scale
        Length of the colours; the views have length 1.

    Returns
    -------
    (n, d) or (n, d + c)
        The mean of the views' square roots at length 1, so that no few strong features decide, beside the colours.

    Raises
    ------
    EncodeError
        No views, other shapes than the first, or negative numbers.

    Notes
    -----
    The root of a histogram-like vector: Perronnin, Sánchez and Mensink, "Improving the Fisher kernel for large-scale
    image classification", ECCV 2010; several views of a photo: Krizhevsky, Sutskever and Hinton, NIPS 2012.
    """
    parts = [*views, *([] if colour is None else [colour])]
    if not views or any(part.ndim != 2 for part in parts) or len({len(part) for part in parts}) != 1:
        raise EncodeError("the views are not rows of the same photos", fix="give one row a photo in every view")
    if len({view.shape[1] for view in views}) != 1 or any((view < 0).any() for view in views):
        raise EncodeError(
            "the views differ in width or have negative numbers", fix="take encoders of pooled activations, all alike"
        )
    summed = sum((np.sqrt(view) for view in views), np.zeros(views[0].shape, np.float32))
    mean = summed / np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-12)
    return np.asarray(mean if colour is None else np.hstack([mean, scale * colour]), np.float32)
