"""A clip → the sharpest frame of each of its shots, decoded within limits on pixels, seconds, frames and time.

A new shot begins where the picture has moved away from the one the shot began with, by a cut or by a pan.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wares.errors import EncodeError
from wares.types import FloatArray

if TYPE_CHECKING:
    import av

SIGNATURE = 16  # side of the tiny picture by which frames are compared
CELLS = 8  # of the tiny picture's 256 that must change for a new shot
RATE = 5.0  # frames looked at a second
QUALITY = 90


@dataclass(frozen=True, slots=True)
class FrameLimits:
    """What is decoded at most, and what makes a shot.

    Attributes
    ----------
    seconds, frames, pixels, work
        Of the clip's length, its decoded frames, one frame's pixels, and the seconds of decoding; what lies beyond
        the first two and the last is not seen, a frame of more pixels is refused.
    shots
        Frames kept, of the longest shots.
    change
        Difference in [0, 1] of the cells that changed most at which a shot is another.
    side
        Longer side of a kept frame in pixels.
    """

    seconds: float = 120.0
    frames: int = 4_000
    pixels: int = 9_000_000
    work: float = 30.0
    shots: int = 12
    change: float = 0.25
    side: int = 640


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """The sharpest frame of a shot: its number and second in the clip, how long the shot lasts, and its JPEG."""

    index: int
    seconds: float
    span: float
    jpeg: bytes


@dataclass(slots=True)
class _Shot:
    start: float
    signature: FloatArray
    end: float
    index: int
    seconds: float
    sharpness: float
    picture: "av.VideoFrame"


def key_frames(
    clip: Path, limits: FrameLimits = FrameLimits(), clock: Callable[[], float] = time.monotonic
) -> list[Frame]:
    """The frames that stand for a clip, in the order of time; at least one.

    Raises
    ------
    EncodeError
        No MP4, MOV or WebM, broken before its first frame, or larger than is decoded.
    """
    import av

    shots: list[_Shot] = []
    try:
        with clip.open("rb") as file:
            demuxer = _demuxer(file.read(12))
        with av.open(clip, "r", format=demuxer, metadata_errors="ignore") as source:
            for index, seconds, picture in _pictures(source, limits, clock):
                _see(shots, index, seconds, picture, limits)
    except (av.FFmpegError, OSError, ValueError) as error:
        if not shots:
            raise _unreadable(clip) from error
    if not shots:
        raise _unreadable(clip)
    longest = sorted(sorted(shots, key=lambda shot: shot.start - shot.end)[: limits.shots], key=lambda shot: shot.start)
    return [
        Frame(shot.index, shot.seconds, shot.end - shot.start, _jpeg(shot.picture, limits.side)) for shot in longest
    ]


def _demuxer(head: bytes) -> str:
    if head[4:8] == b"ftyp":
        return "mov"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    raise ValueError("no MP4, MOV or WebM")


def _unreadable(clip: Path) -> EncodeError:
    return EncodeError(f"the clip {clip.name} cannot be decoded", fix="take it in through the media store")


def _pictures(
    source: "av.container.InputContainer", limits: FrameLimits, clock: Callable[[], float]
) -> Iterator[tuple[int, float, "av.VideoFrame"]]:
    """About five frames a second with their number and second."""
    stream = source.streams.video[0] if source.streams.video else None
    if stream is None:
        raise ValueError("no pictures")
    stream.codec_context.thread_count = 1
    deadline, due = clock() + limits.work, 0.0
    for index, picture in enumerate(source.decode(stream)):
        seconds = float(picture.time or 0.0)
        if index >= limits.frames or seconds > limits.seconds or clock() > deadline:
            return
        if picture.width * picture.height > limits.pixels:
            raise ValueError("too many pixels")
        if seconds >= due or index == 0:
            due = seconds + 1 / RATE
            yield index, seconds, picture


def _see(shots: list[_Shot], index: int, seconds: float, picture: "av.VideoFrame", limits: FrameLimits) -> None:
    tiny = picture.reformat(4 * SIGNATURE, 4 * SIGNATURE, "rgb24").to_ndarray().astype(np.float32) / 255
    signature = np.asarray(tiny.reshape(SIGNATURE, 4, SIGNATURE, 4, 3).mean(axis=(1, 3)), np.float32)
    grey = tiny.mean(axis=2)
    sharpness = float(np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean())
    end = seconds + 1 / RATE
    if not shots or _changed(shots[-1].signature, signature) > limits.change:
        shots.append(_Shot(seconds, signature, end, index, seconds, sharpness, picture))
        _forget(shots, limits)
        return
    shot = shots[-1]
    shot.end = end
    if sharpness > shot.sharpness:
        shot.index, shot.seconds, shot.sharpness, shot.picture = index, seconds, sharpness, picture


def _changed(before: FloatArray, after: FloatArray) -> float:
    """Mean difference of the cells that differ most: one thing that comes into view is enough."""
    cells = np.abs(after - before).mean(axis=2).ravel()
    return float(np.sort(cells)[-CELLS:].mean())


def _forget(shots: list[_Shot], limits: FrameLimits) -> None:
    """Of all shots that have ended no more are kept than are asked for: a frame is a large thing."""
    if len(shots) > limits.shots + 1:
        shots.remove(min(shots[:-1], key=lambda shot: shot.end - shot.start))


def _jpeg(picture: "av.VideoFrame", side: int) -> bytes:
    from PIL import Image

    scale = min(1.0, side / max(picture.width, picture.height))
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    image = Image.fromarray(picture.reformat(*size, "rgb24").to_ndarray())
    if picture.rotation:
        image = image.rotate(picture.rotation, expand=True)
    data = BytesIO()
    image.save(data, "JPEG", quality=QUALITY)
    return data.getvalue()
