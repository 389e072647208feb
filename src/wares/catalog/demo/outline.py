"""Outlines: the few curves every drawn product is made of.

Coordinates are the unit frame of a photo: x to the right, y downwards, both in [-1, 1].
An outline is a list of polygons (their union), each an ``(n, 2)`` float array.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Outline = list[Points]
Vertices = Sequence[Sequence[float]]


def smooth(points: Vertices, closed: bool = True, steps: int = 7) -> Points:
    """Catmull-Rom curve through ``points``, shape ``(n * steps, 2)``."""
    p = np.asarray([q[:2] for q in points], float)
    if closed:
        a, b, c, d = np.roll(p, 1, 0), p, np.roll(p, -1, 0), np.roll(p, -2, 0)
    else:
        e = np.vstack([2 * p[0] - p[1], p, 2 * p[-1] - p[-2]])
        a, b, c, d = e[:-3], e[1:-2], e[2:-1], e[3:]
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    a, b, c, d = (q[:, None, :] for q in (a, b, c, d))
    out = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    flat = out.reshape(-1, 2)
    return flat if closed else np.vstack([flat, p[-1:]])


def rounded(points: Vertices, radius: float = 0.0, steps: int = 6) -> Points:
    """Polygon whose corners are rounded; a vertex ``(x, y, r)`` overrides ``radius``."""
    p = np.asarray([q[:2] for q in points], float)
    r = np.asarray([q[2] if len(q) > 2 else radius for q in points], float)
    back, ahead = np.roll(p, 1, 0) - p, np.roll(p, -1, 0) - p
    lb, la = np.linalg.norm(back, axis=1) + 1e-9, np.linalg.norm(ahead, axis=1) + 1e-9
    a = p + back / lb[:, None] * np.minimum(r, lb / 2)[:, None]
    b = p + ahead / la[:, None] * np.minimum(r, la / 2)[:, None]
    t = np.linspace(0, 1, steps)[None, :, None]
    out: Points = ((1 - t) ** 2 * a[:, None] + 2 * t * (1 - t) * p[:, None] + t**2 * b[:, None]).reshape(-1, 2)
    return out


def mirror(right: Vertices, axis: float = 0.0) -> list[tuple[float, ...]]:
    """Vertices of the right half, top to bottom, closed with their reflection in ``x = axis``."""
    half = [tuple(float(c) for c in q) for q in right]
    other = [(2 * axis - q[0], *q[1:]) for q in reversed(half) if abs(q[0] - axis) > 1e-9]
    return half + other


def symmetric(right: Vertices, radius: float = 0.03) -> Outline:
    """Rounded polygon from its right half."""
    return [rounded(mirror(right), radius)]


def ellipse(cx: float, cy: float, rx: float, ry: float | None = None, turn: float = 0.0) -> Outline:
    """Ellipse turned by ``turn`` radians."""
    t = np.linspace(0, 2 * np.pi, 56, endpoint=False)
    x, y = rx * np.cos(t), (rx if ry is None else ry) * np.sin(t)
    c, s = np.cos(turn), np.sin(turn)
    return [np.stack([cx + c * x - s * y, cy + s * x + c * y], 1)]


def rect(x0: float, y0: float, x1: float, y1: float, r: float = 0.0) -> Outline:
    """Axis-parallel rectangle with rounded corners."""
    return [rounded([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], r)]


def stroke(points: Vertices, width: float, end: float | None = None, *, curved: bool = True) -> Outline:
    """A brush stroke along ``points`` whose width runs from ``width`` to ``end``, round at both ends."""
    p = smooth(points, closed=False) if curved and len(points) > 2 else np.asarray([q[:2] for q in points], float)
    w = np.linspace(width, width if end is None else end, len(p)) / 2
    step = np.diff(p, axis=0)
    n = np.stack([-step[:, 1], step[:, 0]], 1) / (np.linalg.norm(step, axis=1)[:, None] + 1e-9)
    wa, wb = w[:-1, None], w[1:, None]
    quads = np.stack([p[:-1] + n * wa, p[1:] + n * wb, p[1:] - n * wb, p[:-1] - n * wa], 1)
    t = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    disc = np.stack([np.cos(t), np.sin(t)], 1)
    return [*quads, *(c + disc * r for c, r in zip(p, w, strict=True))]


def ring(
    cx: float, cy: float, rx: float, ry: float, width: float, start: float = 0.0, sweep: float = 6.2832
) -> Outline:
    """An elliptical arc drawn with a brush of ``width``; angles in radians, clockwise from the right."""
    t = np.linspace(start, start + sweep, max(8, int(abs(sweep) * 9)))
    return stroke(np.stack([cx + rx * np.cos(t), cy + ry * np.sin(t)], 1).tolist(), width, curved=False)


def lathe(profile: Vertices, cx: float = 0.0, sag: float = 0.16) -> Outline:
    """Side view of a turned body seen slightly from above: its foot bows by ``sag`` of its radius.

    ``profile`` lists ``(y, radius)`` or ``(y, radius, rounding)`` from the top.
    """
    y, r = profile[-1][0], profile[-1][1]
    t = np.linspace(0, np.pi / 2, 9)[1:]
    foot = [(cx + r * np.cos(a), y + sag * r * np.sin(a), 0.0) for a in t]
    side = [(cx + q[1], q[0], *q[2:]) for q in profile]
    return [rounded(mirror([(cx, profile[0][0]), *side, *foot], cx), 0.02)]


def turned(outline: Outline, turn: float, cx: float = 0.0, cy: float = 0.0) -> Outline:
    """The outline turned by ``turn`` radians about ``(cx, cy)``."""
    c, s = np.cos(turn), np.sin(turn)
    m, o = np.array([[c, s], [-s, c]]), np.array([cx, cy])
    return [(p - o) @ m + o for p in outline]


def flipped(outline: Outline, axis: float = 0.0) -> Outline:
    """The outline reflected in ``x = axis``."""
    return [np.stack([2 * axis - p[:, 0], p[:, 1]], 1) for p in outline]


def moved(outline: Outline, dx: float, dy: float, scale: float = 1.0) -> Outline:
    """The outline scaled about the origin, then moved."""
    return [p * scale + np.array([dx, dy]) for p in outline]
