"""Materials: what a surface looks like before light falls on it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
RGB = tuple[float, float, float]
TILE = 768


@dataclass(frozen=True, slots=True)
class Material:
    """A surface: its colours, pattern, relief and shine.

    ``relief`` names a tile of `relief_tile`, ``depth`` its slope; ``grain`` scales how far the tile darkens
    the colour; ``fold`` is the slope of large soft creases (cloth); ``gloss``, ``metal`` and ``opacity`` are in [0, 1].
    """

    colour: RGB
    relief: str = "plain"
    depth: float = 0.0
    grain: float = 0.0
    fold: float = 0.0
    gloss: float = 0.15
    metal: float = 0.0
    opacity: float = 1.0
    pattern: str = "plain"
    second: RGB = (1.0, 1.0, 1.0)
    third: RGB = (0.5, 0.5, 0.5)
    scale: float = 1.0


@cache
def noise(cells_y: int, cells_x: int, seed: int) -> Plane:
    """Periodic value noise in [-1, 1] on a ``(TILE, TILE)`` tile with the given number of cells a side."""
    rng = np.random.default_rng((seed, cells_y, cells_x))
    grid = rng.uniform(-1, 1, (cells_y, cells_x)).astype(np.float32)

    def along(n: int) -> tuple[NDArray[np.int64], Plane]:
        t = np.arange(TILE) * n / TILE
        i = t.astype(np.int64)
        f = (t - i).astype(np.float32)
        return i, np.asarray(f * f * (3 - 2 * f), np.float32)

    iy, fy = along(cells_y)
    ix, fx = along(cells_x)
    rows = grid[iy] * (1 - fy[:, None]) + grid[(iy + 1) % cells_y] * fy[:, None]
    return np.asarray(rows[:, ix] * (1 - fx) + rows[:, (ix + 1) % cells_x] * fx, np.float32)


def _octaves(y: int, x: int, n: int, seed: int) -> Plane:
    total = sum(noise(y << i, x << i, seed + i) / 2**i for i in range(n))
    out: Plane = np.asarray(total, np.float32) / 1.6
    return out


def _axes() -> tuple[Plane, Plane]:
    t = np.arange(TILE, dtype=np.float32)
    return t[:, None], t[None, :]


def _knit() -> Plane:
    y, x = _axes()
    column = np.abs((x / 16) % 1 - 0.5) * 2
    stitch = np.sin((y / 8 + column * 0.8) * 2 * np.pi)
    return np.asarray(0.55 * stitch * (1 - column**4) - column**6, np.float32)


def _rib() -> Plane:
    y, x = _axes()
    return np.asarray(np.sin(x / 10.666 * 2 * np.pi) + 0 * y + 0.15 * noise(128, 128, 5), np.float32)


def _weave() -> Plane:
    y, x = _axes()
    under = np.sin(x * np.pi / 4) * np.sin(y * np.pi / 4)
    return np.asarray(0.5 * under + 0.6 * noise(256, 64, 3) + 0.6 * noise(64, 256, 4), np.float32)


def _twill() -> Plane:
    y, x = _axes()
    return np.asarray(
        0.6 * np.sin((x + 2 * y) * np.pi / 4) + 0.7 * noise(256, 256, 8) + 0.4 * noise(16, 16, 9), np.float32
    )


def _wood() -> Plane:
    y, x = _axes()
    bend = noise(3, 2, 11) * 26 + noise(6, 4, 12) * 8
    rings = np.sin((y + bend) * 2 * np.pi * 14 / TILE + 2 * noise(2, 2, 13)) + 0 * x
    return np.asarray(0.45 * rings + 0.75 * noise(256, 8, 14) + 0.35 * noise(512, 32, 15), np.float32)


def _leather() -> Plane:
    a, b = noise(150, 150, 21), noise(110, 110, 22)
    return np.asarray(np.minimum(np.abs(a), np.abs(b)) * 3 - 0.8 + 0.5 * noise(12, 12, 23), np.float32)


def _brushed() -> Plane:
    return np.asarray(noise(512, 6, 31) + 0.5 * noise(1024, 12, 32), np.float32)


def _marble() -> Plane:
    vein = np.abs(_octaves(5, 4, 5, 41)) * 2.4
    return np.asarray(np.clip(vein, 0, 1) - 0.75, np.float32)


def _plush() -> Plane:
    return np.asarray(0.8 * noise(200, 200, 51) + 0.5 * noise(400, 400, 52) + 0.4 * noise(24, 24, 53), np.float32)


def _speckle() -> Plane:
    return np.asarray(-2.2 * (noise(256, 256, 61) > 0.72) + 0.2 * noise(64, 64, 62), np.float32)


def _cane() -> Plane:
    y, x = _axes()
    odd = ((x // 16 + y // 16) % 2) * 2 - 1
    over = np.where(odd > 0, np.sin((x % 16) / 16 * np.pi), np.sin((y % 16) / 16 * np.pi))
    return np.asarray(over * 1.6 - 1.0 + 0.25 * noise(200, 200, 71), np.float32)


_RELIEFS: dict[str, Callable[[], Plane]] = {
    "plain": lambda: noise(256, 256, 1),
    "knit": _knit,
    "rib": _rib,
    "weave": _weave,
    "twill": _twill,
    "wood": _wood,
    "leather": _leather,
    "brushed": _brushed,
    "marble": _marble,
    "plush": _plush,
    "speckle": _speckle,
    "cane": _cane,
    "fold": lambda: _octaves(4, 9, 3, 81),
    "cloud": lambda: _octaves(4, 4, 5, 91),
}


@cache
def relief_tile(name: str, zoom: int) -> tuple[Plane, Plane, Plane]:
    """Height in about [-1, 1] and its slopes along x and y, three ``(TILE, TILE)`` planes at a zoom of 1 or 2."""
    height = _RELIEFS[name]()
    if zoom > 1:
        step = (np.arange(TILE) / zoom) % TILE
        low = step.astype(np.int64)
        f = (step - low).astype(np.float32)
        height = height[low] * (1 - f[:, None]) + height[(low + 1) % TILE] * f[:, None]
        height = height[:, low] * (1 - f) + height[:, (low + 1) % TILE] * f
    dx = (np.roll(height, -1, 1) - np.roll(height, 1, 1)) / 2
    dy = (np.roll(height, -1, 0) - np.roll(height, 1, 0)) / 2
    return height, np.ascontiguousarray(dx), np.ascontiguousarray(dy)


def _band(t: Plane, width: float, soft: float = 0.05) -> Plane:
    """1 where the fractional part of ``t`` is within ``width / 2`` of a half, soft at both edges."""
    d = np.abs(t - np.floor(t) - 0.5)
    out: Plane = np.clip((width / 2 - d) / soft + 0.5, 0, 1)
    return out


def _stamp(u: Plane, v: Plane, shape: Callable[[Plane, Plane], Plane]) -> Plane:
    """Stamp a shape in every cell of a brick-offset grid."""
    row = np.floor(v)
    x = u + 0.5 * (row % 2)
    return shape(np.asarray(x - np.floor(x) - 0.5, np.float32), v - row - 0.5)


def _petals(x: Plane, y: Plane) -> Plane:
    xx, yy = x * x, y * y
    rr = xx + yy + np.float32(1e-8)
    r = np.sqrt(rr)
    five = x * (5 * yy * yy - 10 * xx * yy + xx * xx) / (rr * rr * r)
    out: Plane = np.clip((0.25 + 0.09 * five - r) / 0.03, 0, 1)
    return out


def _disc(radius: float) -> Callable[[Plane, Plane], Plane]:
    def disc(x: Plane, y: Plane) -> Plane:
        out: Plane = np.clip((radius - np.sqrt(x * x + y * y)) / 0.06 + 0.5, 0, 1)
        return out

    return disc


def _leaf(x: Plane, y: Plane) -> Plane:
    a, b = x + y, x - y
    out: Plane = np.clip((0.2 - np.sqrt((a - 0.1) ** 2 * 0.6 + b * b * 4)) / 0.04, 0, 1)
    return out


Weights = list[tuple[Plane, int]]

_PATTERNS: dict[str, Callable[[Plane, Plane], Weights]] = {
    "striped": lambda _u, v: [(_band(v * 6, 0.42), 1)],
    "pinstriped": lambda u, _v: [(_band(u * 15, 0.16, 0.1), 1)],
    "checked": lambda u, v: [(0.5 * _band(u * 7, 0.5), 1), (0.5 * _band(v * 7, 0.5), 1)],
    "tartan": lambda u, v: [
        (0.55 * _band(u * 3, 0.5), 2),
        (0.55 * _band(v * 3, 0.5), 2),
        (0.8 * _band(u * 3 + 0.5, 0.08), 1),
        (0.8 * _band(v * 3 + 0.5, 0.08), 1),
    ],
    "dotted": lambda u, v: [(_stamp(u * 7, v * 7, _disc(0.24)), 1)],
    "floral": lambda u, v: [
        (_stamp(u * 4.2 + 0.37, v * 4.2 + 0.4, _leaf), 2),
        (_stamp(u * 4.2, v * 4.2, _petals), 1),
        (_stamp(u * 4.2, v * 4.2, _disc(0.08)), 2),
        (0.8 * _stamp(u * 8.4 + 0.3, v * 8.4 + 0.55, _disc(0.13)), 1),
    ],
    "geometric": lambda u, v: [
        (_band(u * 3.5 + np.abs((v * 3.5) % 1 - 0.5) * 1.2, 0.4), 1),
        (_stamp(u * 3.5, v * 3.5, _disc(0.12)), 2),
    ],
    "colour-block": lambda _u, v: [(np.clip((v - 0.02) / 0.012, 0, 1), 1), (_band(v * 2 + 0.98, 0.06, 0.02), 2)],
}
PATTERNS = ("plain", *_PATTERNS)


def paint(material: Material, u: Plane, v: Plane) -> list[Plane] | list[float]:
    """Colour planes of a material over texture coordinates ``u, v`` in unit-frame lengths."""
    if material.pattern == "plain":
        return list(material.colour)
    inks = (material.colour, material.second, material.third)
    planes = [np.full(u.shape, c, np.float32) for c in material.colour]
    for weight, ink in _PATTERNS[material.pattern](u * material.scale, v * material.scale):
        for plane, c in zip(planes, inks[ink], strict=True):
            plane += weight * (c - plane)
    return planes
