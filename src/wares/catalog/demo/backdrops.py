"""Backdrops: seamless studio paper, coloured paper, and small scenes with a surface and a wall."""

from collections.abc import Callable
from functools import cache

import numpy as np

from wares.catalog.demo.materials import RGB, TILE, Plane, relief_tile


@cache
def _grid(size: int) -> tuple[Plane, Plane]:
    t = ((np.arange(size, dtype=np.float32) + 0.5) / size * 2 - 1).astype(np.float32)
    return t[:, None], t[None, :]


def _step(t: Plane) -> Plane:
    """The logistic function."""
    return np.asarray(0.5 + 0.5 * np.tanh(t / 2), np.float32)


def _colour(rgb: RGB, light: Plane) -> Plane:
    out: Plane = np.asarray(rgb, np.float32)[:, None, None] * light[None]
    return out


def _surface(size: int, relief: str, rgb: RGB, grain: float, rng: np.random.Generator, squeeze: int = 1) -> Plane:
    tile = relief_tile(relief, 1)[0]
    y, x = rng.integers(0, TILE - size, 2)
    crop = tile[y : y + size, x : x + size]
    if squeeze > 1:
        crop = np.take(tile, (np.arange(size) * squeeze + y) % TILE, 0)[:, x : x + size]
    return _colour(rgb, 1 + grain * crop)


def studio(size: int, rgb: RGB = (0.955, 0.952, 0.945)) -> Plane:
    """Seamless paper: a lighter pool behind the object, a horizon that bends away."""
    y, x = _grid(size)
    pool = 0.045 * np.exp(-(x * x + (y + 0.15) ** 2) * 1.3)
    floor = 0.035 * np.clip((y - 0.35) * 1.6, 0, 1)
    return _colour(rgb, np.minimum(0.975 + pool - floor - 0.02 * np.abs(x), 1.06))


def paper(size: int, rgb: RGB) -> Plane:
    """Coloured paper with a sweep: wall above, floor below, soft light from the upper left."""
    y, x = _grid(size)
    sweep = _step((y - 0.42) * 14)
    light = 1.02 - 0.10 * (x + 0.6) ** 2 * 0.5 - 0.07 * (y + 0.7) ** 2 * 0.4 + 0.05 * sweep
    return _colour(rgb, light.astype(np.float32))


def _table(size: int, rng: np.random.Generator, relief: str, rgb: RGB, grain: float, wall: RGB) -> Plane:
    y, x = _grid(size)
    edge = int(size * 0.66)
    out = _colour(wall, 1.0 - 0.10 * (x + 0.5) ** 2 - 0.10 * (y + 0.6) ** 2)
    top = _surface(size, relief, rgb, grain, rng, squeeze=2)[:, : size - edge]
    out[:, edge:] = top * (0.86 + 0.2 * (y[edge:] - y[edge]) - 0.06 * (x - 0.1) ** 2)
    out[:, edge - 2 : edge] *= 0.9
    return out


def _flat(size: int, rng: np.random.Generator, relief: str, rgb: RGB, grain: float) -> Plane:
    y, x = _grid(size)
    return _surface(size, relief, rgb, grain, rng) * (1.03 - 0.08 * (x + 0.4) ** 2 - 0.08 * (y + 0.4) ** 2)


def _planks(size: int, rng: np.random.Generator, rgb: RGB) -> Plane:
    out = _flat(size, rng, "wood", rgb, 0.09)
    width = size // 5
    for i in range(6):
        y0 = i * width - int(rng.integers(0, width // 2))
        out[:, max(y0, 0) : max(y0 + width, 0)] *= np.float32(rng.uniform(0.93, 1.05))
        if 1 < y0 < size - 2:
            out[:, y0 : y0 + 2] *= 0.62
    return out


def _room(size: int, rng: np.random.Generator, wall: RGB, floor: RGB) -> Plane:
    y, x = _grid(size)
    edge = int(size * 0.74)
    out = _colour(wall, 1.02 - 0.10 * (x + 0.5) ** 2 - 0.07 * (y + 0.5) ** 2)
    out[:, edge:] = _surface(size, "wood", floor, 0.08, rng, squeeze=3)[:, : size - edge] * (
        0.9 + 0.35 * (y[edge:] - y[edge])
    )
    out[:, edge - 11 : edge] = out[:, edge - 11 : edge] * 0.4 + 0.56
    out[:, edge - 1 : edge + 1] *= 0.72
    return out


def _outside(size: int, rng: np.random.Generator) -> Plane:
    y, x = _grid(size)
    out = np.empty((3, size, size), np.float32)
    cloud = relief_tile("cloud", 1)[0]
    i = int(rng.integers(0, TILE - size))
    haze = np.clip(0.5 + 0.5 * cloud[i : i + size, i : i + size], 0, 1) * 0.22
    for k, (top, low) in enumerate(((0.60, 0.88), (0.77, 0.93), (0.92, 0.95))):
        out[k] = top + (low - top) * (y + 1) * 0.75 + haze * (1 - top)
    hill = 0.30 + 0.10 * np.sin(x * 2.2 + rng.uniform(0, 6)) + 0.04 * np.sin(x * 5 + 1)
    far = _step((y - hill) * 60)
    ground = _step((y - 0.5) * 90)
    grass = 1 + 0.16 * relief_tile("plush", 1)[0][:size, :size]
    for k, (f, g) in enumerate(((0.56, 0.60), (0.69, 0.68), (0.60, 0.42))):
        out[k] += far * (f - out[k])
        out[k] += ground * (g * grass * (0.9 + 0.15 * y) - out[k])
    return out


SCENES: dict[str, Callable[[int, np.random.Generator], Plane]] = {
    "oak table": lambda n, r: _table(n, r, "wood", (0.70, 0.52, 0.36), 0.11, (0.90, 0.88, 0.84)),
    "walnut table": lambda n, r: _table(n, r, "wood", (0.46, 0.31, 0.22), 0.13, (0.80, 0.83, 0.82)),
    "marble counter": lambda n, r: _table(n, r, "marble", (0.93, 0.925, 0.92), 0.10, (0.84, 0.88, 0.87)),
    "concrete bench": lambda n, r: _table(n, r, "cloud", (0.72, 0.71, 0.70), 0.06, (0.88, 0.87, 0.86)),
    "terracotta wall": lambda n, r: _table(n, r, "wood", (0.82, 0.70, 0.56), 0.07, (0.83, 0.60, 0.49)),
    "linen": lambda n, r: _flat(n, r, "weave", (0.88, 0.85, 0.79), 0.05),
    "oak boards": lambda n, r: _planks(n, r, (0.76, 0.61, 0.45)),
    "grey boards": lambda n, r: _planks(n, r, (0.72, 0.71, 0.69)),
    "marble": lambda n, r: _flat(n, r, "marble", (0.95, 0.945, 0.94), 0.10),
    "plaster": lambda n, r: _flat(n, r, "cloud", (0.86, 0.83, 0.78), 0.035),
    "pale room": lambda n, r: _room(n, r, (0.91, 0.89, 0.85), (0.72, 0.56, 0.41)),
    "sage room": lambda n, r: _room(n, r, (0.71, 0.77, 0.70), (0.66, 0.50, 0.36)),
    "blue room": lambda n, r: _room(n, r, (0.67, 0.75, 0.82), (0.75, 0.62, 0.48)),
    "outside": _outside,
}
SURFACES = {
    "table": ("oak table", "walnut table", "marble counter", "concrete bench", "terracotta wall"),
    "lay": ("linen", "oak boards", "grey boards", "marble", "plaster"),
    "room": ("pale room", "sage room", "blue room"),
    "outside": ("outside",),
}


def window(size: int, rng: np.random.Generator, shift: float = 0.0) -> Plane:
    """Light through a window with bars falling across the scene, ``(size, size)`` in about [0.82, 1.06]."""
    y, x = _grid(size)
    slant = x * 0.9 + y * 0.45 + np.float32(rng.uniform(-0.3, 0.3) + shift)
    rise = y * 0.9 - x * 0.25
    pane = np.clip(np.abs((slant * 1.1) % 1 - 0.5) * 14 - 0.6, 0, 1) * np.clip(
        np.abs((rise * 0.9) % 1 - 0.5) * 14 - 0.6, 0, 1
    )
    edge = np.clip((slant + 1.0) * 4, 0, 1) * np.clip((1.1 - slant) * 4, 0, 1)
    out: Plane = (0.84 + 0.21 * pane * edge).astype(np.float32)
    return out
