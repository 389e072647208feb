"""The canvas: parts are laid down as colour, slope and shine; light falls on them afterwards."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from wares.catalog.demo.materials import TILE, Material, Plane, paint, relief_tile
from wares.catalog.demo.outline import Outline, Points, Vertices, stroke

RED, GREEN, BLUE, NX, NY, GLOSS, METAL, LIT, ALPHA = range(9)
OVERSAMPLE = 4
COARSE = 4


@dataclass(frozen=True, slots=True)
class View:
    """Where the camera stands: zoom, turn (radians), shift in the unit frame, and whether it is mirrored."""

    zoom: float = 1.0
    turn: float = 0.0
    dx: float = 0.0
    dy: float = 0.0
    flip: bool = False


@cache
def _blur_matrix(n: int, sigma: float) -> Plane:
    d = np.arange(n)[:, None] - np.arange(n)[None, :]
    k = np.exp(-0.5 * (d / max(sigma, 0.3)) ** 2)
    return np.asarray(k / k.sum(0).max(), np.float32)


def blur(plane: Plane, sigma: float) -> Plane:
    """Gaussian blur of a small plane, zero outside; a product of two banded matrices."""
    s = round(sigma * 4) / 4
    return np.asarray(_blur_matrix(plane.shape[0], s) @ plane @ _blur_matrix(plane.shape[1], s), np.float32)


def coarsened(cover: Plane) -> Plane:
    """Means of ``COARSE × COARSE`` cells; adding slices is five times as fast as a mean over two axes."""
    rows = cover[0::COARSE] + cover[1::COARSE] + cover[2::COARSE] + cover[3::COARSE]
    cells = rows[:, 0::COARSE] + rows[:, 1::COARSE] + rows[:, 2::COARSE] + rows[:, 3::COARSE]
    return np.asarray(cells * np.float32(1 / COARSE**2), np.float32)


def resized(plane: Plane, height: int, width: int) -> Plane:
    """A plane scaled to a height and width, bicubic."""
    out = Image.fromarray(np.ascontiguousarray(plane)).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(out, np.float32)


Box = tuple[slice, slice]


class Canvas:
    """A square photo in the making: nine ``(size, size)`` planes of colour, slope, shine, light and cover."""

    def __init__(self, size: int, view: View, rng: np.random.Generator) -> None:
        self.size, self.view, self.rng = size, view, rng
        self.planes = np.zeros((9, size, size), np.float32)
        self.planes[LIT] = 1.0
        self._last: tuple[Box, Plane] | None = None
        c, s = np.cos(view.turn), np.sin(view.turn)
        sign = -1.0 if view.flip else 1.0
        self._matrix = np.array([[sign * c, sign * s], [-s, c]]) * view.zoom * size / 2
        self._unit = view.zoom * size / 2
        self._reach = max(6, int(0.07 * self._unit))
        self._magnify = 2 if view.zoom > 1.5 else 1

    def _pixels(self, points: Points) -> Points:
        shift = np.array([self.view.dx, self.view.dy])
        return points @ self._matrix + self.size / 2 * (1 + shift)

    def _cover(self, outline: Outline, holes: Outline, pad: int) -> tuple[Box, Plane] | None:
        """Rasterise an outline with smooth edges inside its padded box."""
        polygons = [self._pixels(p) for p in outline]
        every = np.vstack(polygons)
        x0, y0 = np.maximum(np.floor(every.min(0)).astype(int) - pad, 0) // COARSE * COARSE
        x1, y1 = np.minimum(-(-(np.ceil(every.max(0)).astype(int) + pad) // COARSE) * COARSE, self.size)
        if min(x1 - x0, y1 - y0) < 2 * COARSE:
            return None
        image = Image.new("L", (int(x1 - x0) * OVERSAMPLE, int(y1 - y0) * OVERSAMPLE))
        draw = ImageDraw.Draw(image)
        origin = np.array([x0, y0])
        for group, ink in ((polygons, 255), ([self._pixels(p) for p in holes], 0)):
            for p in group:
                draw.polygon(((p - origin) * OVERSAMPLE).ravel().tolist(), fill=ink)
        cover = np.asarray(image.reduce(OVERSAMPLE), np.float32) / np.float32(255)
        return (slice(int(y0), int(y1)), slice(int(x0), int(x1))), cover

    def part(
        self,
        outline: Outline,
        material: Material,
        *,
        puff: float = 0.05,
        bulge: float = 1.3,
        tilt: tuple[float, float] = (0.0, 0.0),
        holes: Outline | None = None,
        shadow: float = 0.35,
        grain_turn: float = 0.0,
    ) -> None:
        """Lay a part on top of what is there.

        ``puff`` is how far from its edge the part is rounded, ``bulge`` the slope at the edge, ``tilt`` the slope
        of the whole part. ``shadow`` is how much it darkens the parts beneath it, ``grain_turn`` turns its pattern.
        """
        found = self._cover(outline, holes or [], self._reach)
        if found is None:
            return
        box, cover = found
        coarse = coarsened(cover)
        sigma = max(puff * self._unit / COARSE, 0.5)
        gy, gx = np.gradient(blur(coarse, sigma))
        k = np.float32(-bulge * sigma * 2.5)
        sx, sy = gx * k + tilt[0], gy * k + tilt[1]
        norm = 1 / np.sqrt(1 + sx * sx + sy * sy)
        slopes = resized(sx * norm, *cover.shape), resized(sy * norm, *cover.shape)
        self._cast(box, coarse, shadow)
        self._lay(box, cover, slopes, self._texture(box, slopes, None, grain_turn), material)

    def revolve(self, outline: Outline, material: Material, *, shadow: float = 0.35) -> None:
        """Lay a body of revolution about an upright axis; its pattern wraps around it."""
        found = self._cover(outline, [], self._reach)
        if found is None:
            return
        box, cover = found
        nx, ny, around = self._revolved(cover)
        self._cast(box, coarsened(cover), shadow)
        self._lay(box, cover, (nx, ny), self._texture(box, (nx, ny), around, 0.0), material)

    def _cast(self, box: Box, coarse: Plane, shadow: float) -> None:
        """Darken what lies beneath a part, softly and a little below it."""
        if shadow:
            dark = blur(np.roll(coarse, 1, 0), 0.028 * self._unit / COARSE)
            height, width = box[0].stop - box[0].start, box[1].stop - box[1].start
            self.planes[LIT][box] *= 1 - shadow * resized(dark, height, width)

    def _revolved(self, cover: Plane) -> tuple[Plane, Plane, Plane]:
        x = np.arange(cover.shape[1], dtype=np.float32)
        width = cover.sum(1)
        half = np.maximum(width / 2, 0.5)
        centre = np.where(width > 0.5, (cover @ x) / np.maximum(width, 0.5), x.mean())
        kernel = np.ones(5, np.float32) / 5
        slope = np.convolve(np.gradient(np.convolve(half, kernel, "same")), kernel, "same")
        slope = np.clip(slope, -1.5, 1.5).astype(np.float32)[:, None]
        nx = np.clip((x[None, :] - centre[:, None]) / half[:, None], -1, 1).astype(np.float32)
        norm = 1 / np.sqrt(1 + slope * slope)
        u = np.arcsin(nx) * half[:, None].astype(np.float32) / np.float32(self._unit)
        return nx * norm * np.float32(0.97), -slope * norm + 0 * nx, u

    def _texture(self, box: Box, slopes: tuple[Plane, Plane], around: Plane | None, turn: float) -> tuple[Plane, Plane]:
        """Texture coordinates of a box in unit-frame lengths; patterns bend with the surface."""
        nx, ny = slopes
        y = (np.arange(box[0].start, box[0].stop, dtype=np.float32)[:, None] - self.size / 2) / np.float32(self._unit)
        x = (np.arange(box[1].start, box[1].stop, dtype=np.float32)[None, :] - self.size / 2) / np.float32(self._unit)
        x = x - np.float32(self.view.dx / self.view.zoom)
        y = y - np.float32(self.view.dy / self.view.zoom)
        a = turn + self.view.turn
        c, s = np.float32(np.cos(a)), np.float32(np.sin(a))
        bend = np.float32(0.035)
        across = c * x + s * y + bend * nx if around is None else around
        sag = (
            np.float32(0.0)
            if around is None
            else np.float32(0.16) * np.abs(around).max(1, keepdims=True) * (1 - nx * nx)
        )
        return across, c * y - s * x + bend * ny - sag

    def _lay(
        self,
        box: Box,
        cover: Plane,
        slopes: tuple[Plane, Plane],
        uv: tuple[Plane, Plane],
        material: Material,
    ) -> None:
        h, w = cover.shape
        nx, ny = slopes
        inks: list[Plane] | list[float] = paint(material, *uv)
        oy, ox = self.rng.integers(0, TILE - self.size, 2)
        tile = (slice(oy, oy + h), slice(ox, ox + w))
        if material.depth or material.grain:
            height, bx, by = relief_tile(material.relief, self._magnify)
            if material.depth:
                nx, ny = nx - material.depth * bx[tile], ny - material.depth * by[tile]
            if material.grain:
                shade = 1 + material.grain * height[tile]
                inks = [ink * shade for ink in inks]
        if material.fold:
            _, fx, fy = relief_tile("fold", self._magnify)
            k = np.float32(material.fold * 28)
            nx, ny = nx - k * fx[tile], ny - k * fy[tile]
        self._last = (box, cover)
        target = self.planes[(slice(None), *box)]
        cover = cover * np.float32(material.opacity)
        values = (*inks, nx, ny, material.gloss, material.metal)
        for plane, value in zip(target[: METAL + 1], values, strict=True):
            plane += cover * (value - plane)
        target[LIT] += cover * (1 - target[LIT])
        target[ALPHA] += cover * (1 - target[ALPHA])

    def crease(self, points: Vertices, width: float = 0.02, depth: float = 0.5, *, curved: bool = True) -> None:
        """Press a crease into the last part: a soft dent that light catches; negative depth raises a ridge."""
        self.dent(stroke(points, width, curved=curved), width, depth)

    def dent(self, outline: Outline, soft: float, depth: float) -> None:
        """Press an outline into the last part with edges ``soft`` wide."""
        if self._last is None:
            return
        found = self._cover(outline, [], max(4, int(soft * self._unit)))
        if found is None:
            return
        box, mark = found
        sigma = max(soft * self._unit / 2.5, 0.6)
        step = 2 if min(mark.shape) > 40 else 1
        low = mark if step == 1 else mark.reshape(mark.shape[0] // 2, 2, mark.shape[1] // 2, 2).mean((1, 3))
        gy, gx = np.gradient(blur(low, sigma / step))
        k = np.float32(depth * sigma / step * 2.5)
        h, w = mark.shape
        gx, gy = (
            (resized(np.asarray(gx * k), h, w), resized(np.asarray(gy * k), h, w)) if step > 1 else (gx * k, gy * k)
        )
        inside = self._inside(box)
        self.planes[NX][box] += gx * inside
        self.planes[NY][box] += gy * inside
        self.planes[LIT][box] *= 1 - np.float32(0.25 * max(depth, 0)) * mark * inside

    def ink(self, outline: Outline, colour: tuple[float, float, float], opacity: float = 1.0) -> None:
        """Print an outline on the last part: its colour changes, its relief does not."""
        found = self._cover(outline, [], 1)
        if found is None:
            return
        box, mark = found
        mark = mark * self._inside(box) * np.float32(opacity)
        for plane, value in zip(self.planes[:3], colour, strict=True):
            plane[box] += mark * (np.float32(value) - plane[box])

    def stitches(self, points: Vertices, colour: tuple[float, float, float], width: float = 0.008) -> None:
        """A dashed seam in thread of a colour."""
        from wares.catalog.demo.outline import smooth

        p = smooth(points, closed=False, steps=12) if len(points) > 2 else np.linspace(points[0], points[1], 40)
        length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(p, axis=0), axis=1))])
        at = np.arange(0, length[-1], 0.035)
        for a in at:
            t = np.array([a, min(a + 0.02, length[-1])])
            ends = np.stack([np.interp(t, length, p[:, 0]), np.interp(t, length, p[:, 1])], 1)
            self.ink(stroke(ends.tolist(), width, curved=False), colour, 0.8)

    def _inside(self, box: Box) -> Plane | NDArray[np.float32]:
        """Cover of the last part over a box."""
        if self._last is None:
            return np.zeros((box[0].stop - box[0].start, box[1].stop - box[1].start), np.float32)
        (sy, sx), cover = self._last
        out = np.zeros((box[0].stop - box[0].start, box[1].stop - box[1].start), np.float32)
        y0, y1 = max(sy.start, box[0].start), min(sy.stop, box[0].stop)
        x0, x1 = max(sx.start, box[1].start), min(sx.stop, box[1].stop)
        if y1 > y0 and x1 > x0:
            out[y0 - box[0].start : y1 - box[0].start, x0 - box[1].start : x1 - box[1].start] = cover[
                y0 - sy.start : y1 - sy.start, x0 - sx.start : x1 - sx.start
            ]
        return out
