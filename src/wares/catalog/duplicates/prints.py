"""Perceptual prints of photos: the same picture, scaled or encoded anew, has nearly the same print.

The shape part is the 256-bit DCT hash of :func:`imagehash.phash` (Zauner, *Implementation and Benchmarking of
Perceptual Image Hash Functions*, 2010); the colour part keeps the same shot of a red and a blue shirt apart.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wares.types import IntArray

Bits = NDArray[np.uint64]

SIDE = 16  # bits of a print's rows and columns
BANDS = 16
MAX_DISTANCE = 2 * BANDS - 1
FLAT = 4.0  # standard deviation of grey below which a picture shows nothing


@dataclass(frozen=True, slots=True, eq=False)
class PhotoPrint:
    """``bits`` (4,) uint64 of shape and ``chroma`` (32,) float32: Cb and Cr on a 4×4 grid, 0–255."""

    bits: Bits
    chroma: NDArray[np.float32]


def photo_print(path: Path) -> PhotoPrint | None:
    """The print of one of our own copies; None for a picture that is all one grey."""
    import imagehash
    from PIL import Image

    with Image.open(path) as image:
        image.draft("YCbCr", (4 * SIDE, 4 * SIDE))
        luma, *chroma = image.convert("YCbCr").split()
    if np.asarray(luma).std() < FLAT:
        return None
    bits = np.packbits(imagehash.phash(luma, hash_size=SIDE).hash).view(np.uint64)
    small = [np.asarray(plane.resize((4, 4), Image.Resampling.BOX), np.float32).ravel() for plane in chroma]
    return PhotoPrint(bits, np.concatenate(small))


def near_pairs(bits: Bits, distance: int, seed: int = 0) -> tuple[IntArray, IntArray]:
    """All pairs of prints within a Hamming distance, exactly, without comparing each with each.

    Multi-index hashing (Norouzi, Punjani and Fleet, 2012): of 16 bands of 16 bits, prints within 15 bits have one
    without a difference, prints within 31 bits one with a single difference at most. Bits are dealt to the bands at
    random, so that no band is the same for all white backgrounds.

    Parameters
    ----------
    bits : (n, 4) uint64
    distance
        0 to 31.

    Returns
    -------
    pairs : (p, 2)
        Row numbers, the lower first, each pair once.
    distances : (p,)
    """
    if not 0 <= distance <= MAX_DISTANCE:
        raise ValueError(f"distance {distance} is not between 0 and {MAX_DISTANCE}")
    dealt = np.random.default_rng(seed).permutation(SIDE * SIDE)
    rows = np.ascontiguousarray(bits).view(np.uint8).reshape(len(bits), SIDE * SIDE // 8)
    shuffled = np.packbits(np.unpackbits(rows, axis=1)[:, dealt], axis=1)
    bands = np.ascontiguousarray(shuffled).view(np.uint16)  # (n, 16)
    ignored = [0] if distance < BANDS else [1 << bit for bit in range(16)]
    found = [_agreeing(band & np.uint16(0xFFFF ^ bit), bits, distance) for band in bands.T for bit in ignored]
    pairs = np.unique(np.concatenate([*found, np.empty((0, 2), np.int64)]), axis=0)
    return pairs, _hamming(bits, pairs)


def _agreeing(band: NDArray[np.uint16], bits: Bits, distance: int) -> IntArray:
    """Near pairs among rows with the same band: each row against the next, the one after, … in sorted order."""
    order = np.argsort(band, kind="stable")
    values, at, step = band[order], np.arange(len(band)), 1
    found: list[IntArray] = []
    while True:
        at = at[at + step < len(band)]
        at = at[values[at] == values[at + step]]
        if not len(at):
            return np.concatenate([*found, np.empty((0, 2), np.int64)])
        pairs = np.sort(np.stack([order[at], order[at + step]], axis=1), axis=1)
        found.append(pairs[_hamming(bits, pairs) <= distance])
        step += 1


def _hamming(bits: Bits, pairs: IntArray) -> IntArray:
    different: IntArray = np.bitwise_count(bits[pairs[:, 0]] ^ bits[pairs[:, 1]]).sum(axis=1, dtype=np.int64)
    return different
