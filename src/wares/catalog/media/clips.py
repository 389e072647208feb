"""Clips of strangers → our own small silent MP4 and its poster.

Containers are told by content (MP4, MOV, WebM), opened by exactly that demuxer, and decoded frame by frame within
limits on streams, pixels, seconds and frames.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from wares.catalog.media.photos import QUALITY
from wares.errors import MediaRejected

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.video.stream import VideoStream

CODECS = frozenset({"h264", "hevc", "vp8", "vp9", "av1", "mpeg4"})
MAX_STREAMS = 8
RATE = 30  # frames a second of our copy at most
CRF = "27"


@dataclass(frozen=True, slots=True)
class ClipLimits:
    """What is decoded at most, and the longer side of our copy."""

    max_seconds: float = 120.0
    max_pixels: int = 9_000_000
    max_side: int = 640


def sniff(data: bytes) -> str:
    """The demuxer for a file that starts like this; MediaRejected for all but MP4, MOV and WebM."""
    if data[4:8] == b"ftyp":
        return "mov"
    if data.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    raise MediaRejected("it is no MP4, MOV or WebM clip", fix="save it as MP4")


def reencode(data: bytes, target: Path, limits: ClipLimits = ClipLimits()) -> bytes:
    """Write our H.264 copy to ``target`` and return the poster, a JPEG of a frame from the middle of it.

    Raises
    ------
    MediaRejected
        Another container or codec, too long, too large, no pictures, or broken.
    """
    import av

    try:
        with av.open(BytesIO(data), "r", format=sniff(data), metadata_errors="ignore") as source:
            return _write(_frames(source, limits), target, limits)
    except (av.FFmpegError, ValueError, ZeroDivisionError) as error:
        raise _broken() from error


def check_streams(source: "InputContainer") -> "VideoStream":
    """The first stream of pictures, if there are not too many streams and its codec is on the list."""
    if len(source.streams) > MAX_STREAMS or not source.streams.video:
        raise MediaRejected(f"{len(source.streams)} streams make no clip", fix="save it with one picture and one sound")
    stream = source.streams.video[0]
    codec = stream.codec_context.name if stream.codec_context else "unknown"
    if codec not in CODECS:
        raise MediaRejected(f"its codec {codec} is not taken", fix="save it as H.264 in MP4")
    return stream


def check_frame(width: int, height: int, seconds: float, limits: ClipLimits) -> None:
    """Raise MediaRejected for a frame that is too large or comes too late."""
    if width * height > limits.max_pixels:
        raise MediaRejected(f"{width}×{height} pixels are too many for a clip", fix="scale it down to 1080p")
    if seconds > limits.max_seconds:
        raise MediaRejected(f"the clip is longer than {limits.max_seconds:g} s", fix="cut it")


def _frames(source: "InputContainer", limits: ClipLimits) -> Iterator[tuple[float, "av.VideoFrame"]]:
    """Upright frames with their seconds, at most ``RATE`` a second."""
    stream = check_streams(source)
    context = stream.codec_context
    context.thread_count = 1
    declared = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
    check_frame(context.width, context.height, declared, limits)
    start, due = 0.0, 0.0
    for number, frame in enumerate(source.decode(stream)):
        at = number / RATE if frame.time is None else float(frame.time)
        start = at if number == 0 else start
        seconds = max(at - start, number / (8 * RATE))  # a stranger's clock may stand still
        check_frame(frame.width, frame.height, seconds, limits)
        if seconds >= due - 1e-6:
            due = max(due, seconds - 1 / RATE) + 1 / RATE
            yield seconds, _upright(frame)


def _upright(frame: "av.VideoFrame") -> "av.VideoFrame":
    import av
    import numpy as np

    if frame.rotation % 360 == 0:
        return frame
    pixels = frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(np.rot90(pixels, k=frame.rotation // 90)))


def _write(frames: Iterator[tuple[float, "av.VideoFrame"]], target: Path, limits: ClipLimits) -> bytes:
    import av
    from PIL import Image

    opening = next(frames, None)
    if opening is None:
        raise _broken()
    width, height = _even(opening[1].width, opening[1].height, limits.max_side)
    poster, posted = opening[1], 0
    with av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as out:
        stream = out.add_stream("libx264", rate=RATE, options={"crf": CRF, "preset": "veryfast", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        last = -1
        for number, (seconds, frame) in enumerate(chain([opening], frames)):
            last = max(last + 1, round(seconds * 1000))
            small = frame.reformat(width, height, "yuv420p")
            small.pts, small.time_base, small.pict_type = last, Fraction(1, 1000), av.video.frame.PictureType.NONE
            out.mux(stream.encode(small))
            if number >= 2 * posted + 1:  # doubles: ends between a half and all of the way in
                poster, posted = frame, number
        out.mux(stream.encode(None))
    picture = BytesIO()
    pixels = poster.reformat(width, height, "rgb24").to_ndarray()
    Image.fromarray(pixels).save(picture, "JPEG", quality=QUALITY)
    return picture.getvalue()


def _even(width: int, height: int, max_side: int) -> tuple[int, int]:
    """The size of our copy, never enlarged; H.264 wants even sides."""
    scale = min(1.0, max_side / max(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def _broken() -> MediaRejected:
    return MediaRejected("the clip is broken", fix="open it in a video editor and save it again")
