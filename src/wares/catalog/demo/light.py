"""Light: one key lamp, a soft sky and a floor bounce over a finished canvas, then shadow and backdrop."""

from dataclasses import dataclass

import numpy as np

from wares.catalog.demo.canvas import ALPHA, COARSE, GLOSS, LIT, METAL, NX, NY, Canvas, blur, coarsened, resized
from wares.catalog.demo.materials import Plane

Frame = np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]


@dataclass(frozen=True, slots=True)
class Lamp:
    """Direction of the key light (x right, y down, z towards the camera) and its warmth in [-1, 1]."""

    x: float = -0.48
    y: float = -0.62
    z: float = 0.62
    warmth: float = 0.0


def _shade(planes: Plane, lamp: Lamp) -> tuple[list[Plane], Plane]:
    """Light a ``(9, h, w)`` canvas crop; returns its three colour planes and its cover."""
    nx, ny = planes[NX], planes[NY]
    flat = nx * nx + ny * ny
    over = np.sqrt(np.maximum(flat, 1.0))
    nx, ny = nx / over, ny / over
    nz = np.sqrt(np.maximum(1 - nx * nx - ny * ny, 0))
    norm = np.float32(1 / np.sqrt(lamp.x**2 + lamp.y**2 + lamp.z**2))
    lx, ly, lz = (np.float32(c) * norm for c in (lamp.x, lamp.y, lamp.z))
    facing = nx * lx + ny * ly + nz * lz
    wrap = np.maximum(0.4 + 0.6 * facing, 0)
    diffuse = (0.40 + 0.10 * -ny + 0.68 * wrap) * planes[LIT]
    hn = np.float32(1 / np.sqrt(lx * lx + ly * ly + (1 + lz) ** 2))
    half = np.maximum(nx * lx * hn + ny * ly * hn + nz * (1 + lz) * hn, 0)
    p4 = half * half
    p4 *= p4
    p16 = p4 * p4
    p16 *= p16
    p64 = p16 * p16
    p64 *= p64
    gloss = planes[GLOSS]
    edge = 1 - nz
    rim = edge * edge * edge
    box = np.clip((p64 - 0.45) * 4, 0, 1)
    shine = gloss * (0.16 * p16 + gloss * (0.75 * box + 0.22 * rim)) * planes[LIT]
    warm = np.float32(lamp.warmth)
    tints = (1 + 0.07 * warm, 1.0 + 0.015 * warm, 1 - 0.09 * warm)
    metal = planes[METAL]
    steel = None
    if float(metal.max(initial=0.0)) > 0.01:
        band = ny * np.float32(1.1) + nx * np.float32(0.55)
        sky = 0.62 - 0.34 * np.clip(band * 1.3, -1, 1) + 0.42 * np.exp(-(((band + 0.42) * 5) ** 2))
        ground = 0.3 * np.exp(-(((band - 0.3) * 6) ** 2))
        steel = (sky - ground + 0.22 * rim) * (0.35 + 0.65 * planes[LIT])
    out = []
    for ink, tint in zip(planes[:3], tints, strict=True):
        lit = ink * diffuse * np.float32(tint)
        if steel is not None:
            lit = lit + metal * ((ink * 0.9 + 0.1) * steel * 1.12 - lit)
        out.append(lit + shine * np.float32(tint))
    return out, planes[ALPHA]


def _box(canvas: Canvas, margin: int) -> tuple[slice, slice]:
    rows = np.flatnonzero(canvas.planes[ALPHA].max(1) > 0.01)
    cols = np.flatnonzero(canvas.planes[ALPHA].max(0) > 0.01)
    if not len(rows) or not len(cols):
        return slice(0, COARSE), slice(0, COARSE)
    lo_y, lo_x = max(rows[0] - margin, 0), max(cols[0] - margin, 0)
    return slice(lo_y, min(rows[-1] + margin, canvas.size)), slice(lo_x, min(cols[-1] + margin, canvas.size))


def _shadow(canvas: Canvas, lamp: Lamp, lying: bool) -> Plane:
    """Darkness in [0, 1] that the object casts on what is behind or under it, ``(size, size)``."""
    n = canvas.size // COARSE
    cover = coarsened(canvas.planes[ALPHA])
    if lying:
        near = blur(np.roll(cover, (2, 1), (0, 1)), 1.6)
        far = blur(np.roll(cover, (round(-lamp.y * 7), round(-lamp.x * 8)), (0, 1)), 4.5)
        dark = np.maximum(0.42 * near, 0.34 * far) + 0.12 * far
        return resized(dark, canvas.size, canvas.size)
    rows = np.flatnonzero(cover.max(1) > 0.3)
    if not len(rows):
        return np.zeros((canvas.size, canvas.size), np.float32)
    base = int(rows[-1])
    height = base - int(rows[0]) + 1
    foot = cover[max(base - max(height // 9, 3), 0) : base + 1].max(0)
    body = cover.max(0)
    y = np.arange(n, dtype=np.float32)
    tight = np.exp(-(((y - base) / 1.7) ** 2))[:, None] * foot[None, :]
    flat = np.exp(-(((y - base + 0.5) / 4.5) ** 2))[:, None] * body[None, :]
    slide = np.roll(flat, round(-lamp.x * 11), 1)
    dark = 0.62 * blur(tight, 1.1) + 0.30 * blur(flat, 3.5) + 0.24 * blur(slide, 6.0)
    return resized(np.minimum(dark, 0.85).astype(np.float32), canvas.size, canvas.size)


def photograph(canvas: Canvas, backdrop: Plane, lamp: Lamp, *, lying: bool = False, gobo: Plane | None = None) -> Frame:
    """Light the canvas and put it before a ``(3, size, size)`` backdrop in [0, 1]; returns ``(size, size, 3)`` bytes.

    ``lying`` casts the shadow of a thing laid flat or hung; otherwise it stands on a floor.
    ``gobo`` multiplies all light (window bars, leaves).
    """
    picture = backdrop * (1 - _shadow(canvas, lamp, lying) * np.array([0.86, 0.9, 0.92], np.float32)[:, None, None])
    box = _box(canvas, 2)
    colours, cover = _shade(canvas.planes[(slice(None), *box)], lamp)
    for plane, lit in zip(picture, colours, strict=True):
        plane[box] += cover * (lit - plane[box])
    if gobo is not None:
        picture *= gobo
    np.clip(picture, 0, 1, out=picture)
    out: Frame = np.ascontiguousarray((picture * 255 + 0.5).astype(np.uint8).transpose(1, 2, 0))
    return out
