"""Between a search and what makes vectors of a query: kept vectors, deadlines, breakers, and a look at what comes back.

Words and photos are guarded apart, for one may work where the other does not. Whatever goes wrong becomes one error,
:class:`~wares.errors.EncoderFailed`, which a search answers from the words alone.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wares.caches import BoundedCache
from wares.errors import EncodeError, EncoderFailed, MediaRejected, WeightsError
from wares.logs import Logger
from wares.search.breaker import Breaker, Lane, Resting
from wares.search.judge import EncodeQuery
from wares.types import FloatArray, Region

log = Logger(__name__)
FIX = "see the log; words are matched meanwhile"
TOLERANCE = 1e-2  # of the length of a unit vector


@dataclass(slots=True)
class Lanes:
    """The guarded ways of a process, kept over all generations: ``words``, and ``photo`` for photos and clips."""

    words: Lane
    photo: Lane
    told: set[str] = field(default_factory=set)

    @classmethod
    def made(cls, *, words: float, photo: float, failures: int, pause: float) -> "Lanes":
        """Both ways, each with its deadline in seconds."""
        return cls(
            Lane("words", Breaker(failures, pause), deadline=words),
            Lane("photo", Breaker(failures, pause), deadline=photo, first=20.0, refusal=_unreadable),
        )

    def close(self) -> None:
        """Let their threads end."""
        self.words.close()
        self.photo.close()

    def of(self, photo: bool) -> Lane:
        """The way of a query."""
        return self.photo if photo else self.words


def _unreadable(error: Exception) -> bool:
    """A photo or a clip that cannot be read says nothing about the encoder."""
    refused = isinstance(error, EncodeError | MediaRejected)
    return refused and not isinstance(error, EncoderFailed | WeightsError)


class GuardedVectors:
    """Query → vectors by space, or EncoderFailed; never late, never wrong.

    Parameters
    ----------
    encode
        What makes vectors.
    dims
        Dimensions by space; others are refused, as are rows that are not finite or not of length 1.
    kept
        Vectors of words that were asked for before.
    """

    def __init__(
        self,
        encode: EncodeQuery,
        dims: Mapping[str, int],
        lanes: Lanes,
        kept: BoundedCache[tuple[str, str], Mapping[str, FloatArray]],
    ) -> None:
        self._encode = encode
        self._dims = dict(dims)
        self._lanes = lanes
        self._kept = kept

    def __call__(
        self, *, text: str, photo: bytes | None, clip: bytes | None, language: str, region: Region | None = None
    ) -> Mapping[str, FloatArray]:
        seen = bool(photo or clip)
        key = (text, language)
        if not seen and (kept := self._kept.get(key)) is not None:
            return kept
        asked: dict[str, Any] = {"text": text, "photo": photo, "clip": clip, "language": language, "region": region}
        vectors = self._sound(self._lanes.of(seen), seen, lambda: self._encode(**asked))
        if not seen:
            self._kept.put(key, vectors, sum(vector.nbytes for vector in vectors.values()) + 2 * len(text))
        return vectors

    def _sound(self, lane: Lane, seen: bool, make: Callable[[], Mapping[str, FloatArray]]) -> Mapping[str, FloatArray]:
        try:
            vectors = lane.call(make)
        except Resting:
            raise EncoderFailed("the encoder is left alone for a while: it failed or hung", fix=FIX) from None
        except TimeoutError:
            raise self._told("the encoder did not answer in time") from None
        except MemoryError:
            raise
        except Exception as error:
            if seen and _unreadable(error):
                raise
            raise self._told(f"the encoder failed: {getattr(error, 'message', '') or repr(error)}") from error
        if wrong := self._wrong(vectors):
            lane.failed()
            raise self._told(f"the encoder gave {wrong}")
        lane.succeeded()
        return vectors

    def _wrong(self, vectors: Mapping[str, FloatArray]) -> str:
        for space, vector in vectors.items():
            if np.shape(vector) != (self._dims.get(space),):
                return f"a vector {np.shape(vector)} for the space {space}, which has {self._dims.get(space)}"
            if not np.isfinite(vector).all():
                return f"NaN or Inf in the space {space}"
            if abs(float(np.linalg.norm(vector)) - 1) > TOLERANCE:
                return f"a vector of length {float(np.linalg.norm(vector)):.3g} in the space {space}"
        return ""

    def _told(self, reason: str) -> EncoderFailed:
        """The error; each reason is logged once."""
        if reason not in self._lanes.told and len(self._lanes.told) < 100:
            self._lanes.told.add(reason)
            log.error("query not encoded", reason=reason, thread=threading.current_thread().name)
        return EncoderFailed(reason, fix=FIX)
