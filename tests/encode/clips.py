"""Tiny clips made by the tests themselves."""

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np

Colour = tuple[int, int, int]


def write_clip(
    path: Path, shots: Sequence[tuple[Colour, float]], size: tuple[int, int] = (96, 64), rate: int = 10
) -> Path:
    """An H.264 clip of plain colours with a white square, each for so many seconds."""
    with av.open(path, "w") as target:
        stream = target.add_stream("libx264", rate=rate)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for colour, seconds in shots:
            pixels = np.full((size[1], size[0], 3), colour, np.uint8)
            pixels[8:24, 8:24] = 255
            for _ in range(round(seconds * rate)):
                target.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        target.mux(stream.encode(None))
    return path
