"""Arrays and callables that every room speaks of."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
ScoreArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

Progress = Callable[[str, int, int], None]
"""Called with (what is being done, how many are done, how many there are; 0 = unknown).

What stands behind `` · `` says how it goes, and may be another text each time.
"""


def silent(what: str, done: int, total: int) -> None:
    """The progress of someone who does not want to know."""
