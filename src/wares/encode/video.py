"""Clips → vectors in the space of photos: the frames of their shots, encoded as photos and pooled."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wares.encode.rows import unit_rows
from wares.encode.shots import Frame, FrameLimits, key_frames
from wares.protocols import Encoded, Encoder
from wares.registry import register
from wares.types import FloatArray

NAME = "frames.v1"


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What was seen of a clip: the frames (f,), their vectors (f, d), the pooled vector (d,) and the best frame.

    The best frame is the one nearest to the pooled vector: the evidence that is shown for the clip.
    """

    frames: tuple[Frame, ...]
    vectors: FloatArray
    vector: FloatArray
    best: Frame


@register("encoder", "frames.v1")
class FramesEncoder:
    """One row a clip: the mean direction of its shots' frames, each weighing the time it is seen.

    Parameters
    ----------
    image
        Encoder of photos; its space is the clips' too.
    limits
        What is decoded at most; the defaults if None.
    """

    modality = "video"

    def __init__(self, image: Encoder[bytes], limits: FrameLimits | None = None) -> None:
        self._image = image
        self._limits = limits or FrameLimits()

    @property
    def space(self) -> str:
        return self._image.space

    @property
    def dim(self) -> int:
        return self._image.dim

    @property
    def fingerprint(self) -> str:
        return f"{NAME}:{self._limits}:{self._image.fingerprint}"

    def encode(self, items: Sequence[Path]) -> Encoded:
        """(n, d) unit rows; a clip that cannot be decoded is an EncodeError."""
        vectors = np.zeros((len(items), self.dim), np.float32)
        for row, clip in enumerate(items):
            vectors[row] = self.see(clip).vector
        return Encoded(vectors, np.ones(len(items), np.bool_))

    def encode_query(self, item: Path) -> FloatArray:
        """(d,) unit vector of one clip."""
        return self.see(item).vector

    def see(self, clip: Path) -> Seen:
        """The vector of a clip with its evidence."""
        frames = key_frames(clip, self._limits)
        vectors = self._image.encode([frame.jpeg for frame in frames]).vectors
        spans = np.array([frame.span for frame in frames], np.float32)
        vector = unit_rows((spans @ vectors)[None], NAME)[0]
        best = frames[int(np.argmax(vectors @ vector))]
        return Seen(tuple(frames), vectors, np.asarray(vector, np.float32), best)
