"""Bytes of a photo → pixels, decoding no more of it than is needed, and several photos at a time."""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wares.errors import EncodeError
from wares.protocols import Encoded
from wares.types import FloatArray, Region

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_SIDE = 100_000  # decoded at its own size


def encode_each(items: Sequence[bytes], encode: Callable[[bytes], FloatArray], dim: int, threads: int) -> Encoded:
    """(n, dim) rows of photos, each made by itself, ``threads`` at a time; empty bytes are absent."""
    vectors = np.zeros((len(items), dim), np.float32)
    rows = [row for row, item in enumerate(items) if item]
    with ThreadPoolExecutor(max(1, min(threads, len(rows)))) as pool:
        for row, vector in zip(rows, pool.map(encode, [items[row] for row in rows]), strict=True):
            vectors[row] = vector
    return Encoded(vectors, np.array([bool(item) for item in items], np.bool_))


def open_photo(data: bytes, side: int) -> "Image.Image":
    """An RGB picture whose shorter side is at least ``side`` if the photo's is; what is transparent becomes white.

    A large JPEG is decoded at 1/2, 1/4 or 1/8 of its size (``draft``), which is several times faster.

    Raises
    ------
    EncodeError
        Not a JPEG, PNG or WebP, or cut short.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        photo: Image.Image = Image.open(BytesIO(data), formats=FORMATS)
        photo.draft("RGB", (side, side))
        if photo.has_transparency_data:
            layer = photo.convert("RGBA")
            photo = Image.new("RGBA", layer.size, "white")
            photo.alpha_composite(layer)
        return photo.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise EncodeError(f"a photo cannot be decoded: {error}", fix="take it in through the media store") from error


def square(data: bytes, side: int, middle: float = 1.0) -> NDArray[Any]:
    """(side, side, 3) uint8 pixels of a photo, or of this share of its sides in the middle, fitted into a square."""
    from PIL import Image

    photo = open_photo(data, math.ceil(side / middle))
    (wide, high), edge = photo.size, (1 - middle) / 2
    box = (edge * wide, edge * high, (1 - edge) * wide, (1 - edge) * high)
    return np.asarray(photo.resize((side, side), Image.Resampling.BICUBIC, box=box, reducing_gap=2.0))


def cropped(data: bytes, region: Region) -> bytes:
    """The part of a photo that is meant, as a PNG; at least one pixel of it."""
    photo = open_photo(data, MAX_SIDE)
    wide, high = photo.size
    left, top = min(int(region.left * wide), wide - 1), min(int(region.top * high), high - 1)
    right, bottom = max(math.ceil(region.right * wide), left + 1), max(math.ceil(region.bottom * high), top + 1)
    out = BytesIO()
    photo.crop((left, top, right, bottom)).save(out, "PNG", compress_level=1)
    return out.getvalue()
