"""Clips: two and a half seconds of a product with the light wandering over it and the camera drawing near."""

from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from wares.catalog.demo.canvas import View
from wares.catalog.demo.goods import Good
from wares.catalog.demo.light import Frame, Lamp, photograph
from wares.catalog.demo.photos import LYING, backdrop, canvas
from wares.catalog.demo.shapes import SHAPES

SIZE = 320
FRAMES = 40
RATE = 16


def filmed(goods: tuple[Good, ...], count: int) -> tuple[Good, ...]:
    """The products that get a clip: ``count`` of them, spread evenly over the stock."""
    if not goods or count <= 0:
        return ()
    return tuple(goods[i * len(goods) // count] for i in range(min(count, len(goods))))


def _frames(good: Good) -> list[Frame]:
    """The pictures of a clip, ``FRAMES`` of ``(SIZE, SIZE, 3)`` bytes: the product is drawn once and lit each time."""
    rng = np.random.default_rng((good.look_seed, 11))
    lying = SHAPES[good.kind.shape][1] in LYING
    behind = backdrop(good, "scene", rng, SIZE)
    sheet = canvas(good, good.colours[0], View(zoom=0.98), SIZE)
    out: list[Frame] = []
    for t in np.linspace(0, 1, FRAMES):
        lamp = Lamp(x=float(-0.8 * np.cos(np.pi * t)), y=-0.55, z=0.6, warmth=0.4)
        shot = Image.fromarray(photograph(sheet, behind.copy(), lamp, lying=lying))
        margin = SIZE * 0.09 * (0.5 - 0.5 * np.cos(np.pi * t))
        drift = margin * 0.4 * np.sin(2 * np.pi * t)
        box = (margin + drift, margin, SIZE - margin + drift, SIZE - margin)
        out.append(np.array(shot.resize((SIZE, SIZE), Image.Resampling.BILINEAR, box=box)))
    return out


def film(good: Good, folder: Path) -> None:
    """Write ``<id>.mp4``: H.264, 320 px, 16 frames a second, silent."""
    import av

    frames = [
        av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p") for picture in _frames(good)
    ]
    with av.open(str(folder / f"{good.id}.mp4"), "w", options={"movflags": "+faststart"}) as out:
        # Without look-ahead and B-frames: with them x264 is not repeatable to the byte.
        options = {"crf": "25", "preset": "veryfast", "tune": "zerolatency", "threads": "1"}
        stream = out.add_stream("libx264", rate=RATE, options=options)
        stream.width = stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for i, frame in enumerate(frames):
            frame.pts, frame.time_base = i, Fraction(1, RATE)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
