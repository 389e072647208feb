"""Words in photos, English and Chinese: ``rapidocr.v1``, a background job that is off by default.

PP-OCRv6 small on onnxruntime, 0.7 s a picture. Needs ``wares[ocr]``. What is read was written by strangers: it is data,
searched and shown like any other text.
"""

from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from threading import Lock
from typing import Any

import numpy as np

from wares.encode.photos import open_photo
from wares.encode.rows import readable
from wares.errors import WeightsError

NAME = "rapidocr.v1"
MAX_SIDE = 2_000
MAX_LINE = 200


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line: its words, how sure the reader is in [0, 1], and (left, top, right, bottom) as shares of the photo."""

    text: str
    confidence: float
    box: tuple[float, float, float, float]


class PhotoReader:
    """Reads the words that are printed in photos.

    Parameters
    ----------
    least
        Lines of less confidence are left out.
    threads
        Of one picture's run.
    """

    def __init__(self, least: float = 0.6, threads: int = 1) -> None:
        self._least = least
        self._threads = threads
        self._lock = Lock()

    @property
    def fingerprint(self) -> str:
        return f"{NAME}:{version('rapidocr')}:{self._least}"

    def read(self, photo: bytes) -> list[TextLine]:
        """Lines from top to bottom; a photo that cannot be decoded is an EncodeError."""
        picture = open_photo(photo, MAX_SIDE)
        picture.thumbnail((MAX_SIDE, MAX_SIDE))
        with self._lock:
            found = self._engine(np.asarray(picture)[:, :, ::-1])
        if found.txts is None:
            return []
        lines = [
            TextLine(readable(text, MAX_LINE), float(score), _box(corners, picture.size))
            for text, score, corners in zip(found.txts, found.scores, found.boxes, strict=True)
        ]
        kept = [line for line in lines if line.text and line.confidence >= self._least]
        return sorted(kept, key=lambda line: (line.box[1], line.box[0]))

    @cached_property
    def _engine(self) -> Any:
        try:
            from rapidocr import RapidOCR
        except ImportError as missing:
            raise WeightsError(f"{NAME} is not installed", fix="pip install 'wares[ocr]'") from missing
        return RapidOCR(
            params={
                "Global.log_level": "error",
                "EngineConfig.onnxruntime.intra_op_num_threads": self._threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )


def _box(corners: Any, size: tuple[int, int]) -> tuple[float, float, float, float]:
    points = np.clip(np.asarray(corners, np.float64) / size, 0, 1)
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return float(left), float(top), float(right), float(bottom)
