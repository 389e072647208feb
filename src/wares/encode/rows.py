"""What every encoder hands over: unit rows that are finite, and words that can be read."""

import re
import unicodedata
from collections.abc import Callable, Sequence

import numpy as np

from wares.errors import EncodeError, EncoderFailed
from wares.protocols import Encoded
from wares.types import FloatArray

_UNREADABLE = re.compile(r"[\ud800-\udfff]")
_SILENT = frozenset(("Cc", "Cf", "Cs", "Zs", "Zl", "Zp"))


def readable(text: str, limit: int) -> str:
    """The first ``limit`` characters of a text, without lone surrogates; "" where nothing in it can be seen."""
    cut = _UNREADABLE.sub(" ", text[: 4 * limit]).strip()[:limit].rstrip()
    return cut if any(unicodedata.category(char) not in _SILENT for char in cut) else ""


def unit_rows(vectors: FloatArray, name: str) -> FloatArray:
    """Rows of length 1, float32 (n, d); NaN, Inf and zero rows are refused with EncoderFailed."""
    rows = np.asarray(vectors, dtype=np.float32)
    if not np.isfinite(rows).all():
        raise EncoderFailed(f"{name} gave NaN or Inf", fix="check the weights: run `wares rebuild` after fixing them")
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    if rows.size and float(lengths.min()) < 1e-12:
        raise EncoderFailed(f"{name} gave a vector of zeros", fix="check the weights of this encoder")
    return np.asarray(rows / lengths, dtype=np.float32)


def encode_texts(
    texts: Sequence[str], model: Callable[[list[str]], FloatArray], *, dim: int, limit: int, name: str
) -> Encoded:
    """Run a sentence model over the texts that have something in them; the others are absent."""
    cut = [readable(text, limit) for text in texts]
    present = np.array([bool(text) for text in cut], dtype=np.bool_)
    vectors = np.zeros((len(cut), dim), dtype=np.float32)
    if present.any():
        vectors[present] = unit_rows(model([text for text in cut if text]), name)
    return Encoded(vectors, present)


def encode_query_text(text: str, model: Callable[[list[str]], FloatArray], *, limit: int, name: str) -> FloatArray:
    """(d,) unit vector of one query; a query with nothing in it is an EncodeError."""
    cut = readable(text, limit)
    if not cut:
        raise EncodeError(f"{name} was given an empty query", fix="give it words, or leave this modality out")
    return np.asarray(unit_rows(model([cut]), name)[0], dtype=np.float32)
