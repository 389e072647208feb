"""Colours and pattern of the product in a photo: a vector, and colour names in English and Chinese.

Colours are compared in CIE L*a*b* (D65); the vector holds a soft colour histogram of the foreground, of its middle, and
the energy of its edges by direction and scale, which tells plain from striped from checked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from wares.encode import foreground
from wares.encode.foreground import Foreground
from wares.encode.photos import encode_each, open_photo
from wares.errors import EncodeError
from wares.protocols import Encoded
from wares.registry import register
from wares.types import FloatArray, IntArray

NAME = "colour.v1"
SIDE = 80
_D65 = np.array([0.95047, 1.0, 1.08883])
_RGB_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
)
LEVELS = 5
DIRECTIONS = 8
NOISE = 4.0  # squared L* that compression alone makes
SCALES = (1, 2, 4)
PATTERN = DIRECTIONS * len(SCALES) + len(SCALES)
DIM = 2 * LEVELS**3 + PATTERN


@dataclass(frozen=True, slots=True)
class ColourShare:
    """A colour's names and its share of the product, in (0, 1]."""

    name: str
    chinese: str
    share: float


# Examples of each colour as sRGB; a pixel has the name of the example that is nearest in L*a*b*. They were moved from
# the colours people mean towards the colours that photos of such products have (docs/results.md).
NAMES: dict[tuple[str, str], tuple[str, ...]] = {
    ("black", "黑色"): ("000000", "0c120f", "0c1b15", "141c18", "2a342c"),
    ("white", "白色"): ("ffffff", "f9f9f6", "d8d8d5"),
    ("grey", "灰色"): ("637a7a", "70827f", "808482", "8d9c99", "a2aea5", "c3c9bd"),
    ("red", "红色"): ("e10f21", "c60f24", "9f393c", "f03c3c", "d82736"),
    ("maroon", "酒红色"): ("5a1821", "660f24", "572a33", "720f2a"),
    ("orange", "橙色"): ("f67b1b", "e76321", "ff9c42", "cf571e"),
    ("yellow", "黄色"): ("f9d51e", "ffea5d", "d5a51e", "d8c060"),
    ("green", "绿色"): ("2a9651", "3fb154", "185a30", "5a6c36", "758466", "96c363", "274b39", "424b2a"),
    ("teal", "青色"): ("008787", "00b7b4", "0f6069", "3cc9c6"),
    ("blue", "蓝色"): ("0f4ec0", "2a6fd8", "5190d8", "87abc9", "abd2e4", "244b87", "51728d", "3c5a84"),
    ("navy", "藏青色"): ("121b3f", "15244e", "12182d", "1b305a", "1e334b"),
    ("purple", "紫色"): ("603090", "783fae", "9c69c6", "451e54", "755a7b", "c9aed8", "422442"),
    ("pink", "粉色"): ("ed69a5", "ea3690", "e7a8c3", "f3c6c9", "b7487e", "c61e78"),
    ("brown", "棕色"): ("5a391e", "724824", "39271b", "7e4b27", "7b604b", "452d1e"),
    ("beige", "米色"): ("d2c09f", "eddbc0", "c3b190", "b7a587", "fceacf", "ae9c81"),
}


@register("encoder", "colour.v1")
class ColourEncoder:
    """Colour histogram and pattern energy of the foreground as one unit row; ``threads`` photos at a time."""

    modality = "colour"
    space = NAME
    dim = DIM

    def __init__(self, threads: int = 1) -> None:
        self.threads = threads

    @property
    def fingerprint(self) -> str:
        return f"{NAME}:1"

    def encode(self, items: Sequence[bytes]) -> Encoded:
        """(n, d) unit rows of JPEG, PNG or WebP bytes; empty bytes are absent."""
        return encode_each(items, describe, DIM, self.threads)

    def encode_query(self, item: bytes) -> FloatArray:
        """(d,) unit vector of one photo."""
        if not item:
            raise EncodeError("there is no photo in the query", fix="send one, or leave this modality out")
        return describe(item)


def colour_names(data: bytes, least: float = 0.1) -> list[ColourShare]:
    """Names of the product's colours, the largest share first; those below ``least`` are left out."""
    lab, _, product = _read(data)
    used = product.weight > 0
    shares = np.bincount(_nearest_name(lab[used]), product.weight[used], len(NAMES))
    order = np.argsort(-shares, kind="stable")
    named = [ColourShare(name, chinese, float(share)) for (name, chinese), share in zip(NAMES, shares, strict=True)]
    return [named[at] for at in order if shares[at] >= least] or [named[order[0]]]


def describe(data: bytes) -> FloatArray:
    """(d,) unit vector: histogram of the foreground, of its middle, and pattern energy, a third of the length each."""
    lab, pixels, product = _read(data)
    middle = product.weight**2
    parts = (
        np.sqrt(_histogram(pixels, product.weight)),
        np.sqrt(_histogram(pixels, middle / middle.sum())),
        0.5 * _pattern(lab[..., 0], product),
    )
    vector = np.concatenate(parts)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def to_lab(pixels: FloatArray) -> FloatArray:
    """(…, 3) sRGB in 0–255 → CIE L*a*b* under D65 (IEC 61966-2-1, CIE 15)."""
    scaled = pixels / 255
    linear = np.where(scaled <= 0.04045, scaled / 12.92, ((scaled + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _RGB_TO_XYZ.T / _D65
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    lab = np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)
    return np.asarray(lab, np.float32)


def _read(data: bytes) -> tuple[FloatArray, FloatArray, Foreground]:
    from PIL import Image

    photo = open_photo(data, SIDE)
    scale = SIDE / max(photo.size)
    size = (max(3, round(photo.width * scale)), max(3, round(photo.height * scale)))
    pixels = np.asarray(photo.resize(size, Image.Resampling.BOX, reducing_gap=2.0), np.float32)
    lab = to_lab(pixels)
    return lab, pixels, foreground.find(lab)


@cache
def _examples() -> tuple[FloatArray, list[int]]:
    rgb = [[int(code[at : at + 2], 16) for at in (0, 2, 4)] for codes in NAMES.values() for code in codes]
    return to_lab(np.array(rgb, np.float32)), [name for name, codes in enumerate(NAMES.values()) for _ in codes]


def _nearest_name(lab: FloatArray) -> IntArray:
    examples, names = _examples()
    distance = (examples**2).sum(1) - 2 * lab @ examples.T
    return np.asarray(np.array(names)[distance.argmin(1)], np.int64)


def _histogram(pixels: FloatArray, weight: FloatArray) -> FloatArray:
    """(LEVELS³,) weights of a lattice in RGB, each pixel shared linearly among its eight neighbours."""
    used = weight > 0
    place = np.sqrt(pixels[used] / 255) * (LEVELS - 1)
    low = np.minimum(place.astype(int), LEVELS - 2)
    part = place - low
    histogram = np.zeros(LEVELS**3)
    for corner in np.ndindex(2, 2, 2):
        share = np.prod(np.where(corner, part, 1 - part), axis=1) * weight[used]
        cell = ((low + corner) * (LEVELS**2, LEVELS, 1)).sum(1)
        histogram += np.bincount(cell, share, LEVELS**3)
    return np.asarray(histogram, np.float32)


def _pattern(light: FloatArray, product: Foreground) -> FloatArray:
    """(PATTERN,) edge energy inside the product by direction and scale, and in all by scale."""
    shares, totals = [], []
    weight = product.weight * foreground.erode(foreground.erode(product.mask))
    weight = weight if weight.sum() > 0 else product.weight
    for step in SCALES:
        dy, dx = (np.roll(light, -step, axis) - np.roll(light, step, axis) for axis in (0, 1))
        energy = weight * (dx**2 + dy**2)
        energy[:step] = energy[-step:] = energy[:, :step] = energy[:, -step:] = 0
        direction = (np.arctan2(dy, dx) % np.pi) * DIRECTIONS / np.pi
        bins = np.bincount(direction.astype(int).ravel() % DIRECTIONS, energy.ravel(), DIRECTIONS)
        total = bins.sum()
        shares.append(bins / (total + NOISE * weight.sum()))
        totals.append(np.log1p(total / weight.sum()) / np.log1p(100.0**2))
    return np.concatenate([np.sqrt(np.concatenate(shares) / len(SCALES)), totals]).astype(np.float32)
