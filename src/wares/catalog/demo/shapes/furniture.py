"""Furniture: chair, armchair, sofa, stool, coffee table, bookshelf, bed-side things of a room."""

from dataclasses import replace

from wares.catalog.demo.canvas import Canvas
from wares.catalog.demo.materials import Material
from wares.catalog.demo.outline import ellipse, rect, ring, rounded, smooth, stroke
from wares.catalog.demo.shapes.look import BRASS, DARK_STEEL, OAK, PAPER, WALNUT, Look, shape, tint


def _legs(look: Look) -> Material:
    """Wooden or steel legs, by the second proportion."""
    return OAK if look.tall < 0.45 else WALNUT if look.tall < 0.8 else DARK_STEEL


def _leg(c: Canvas, x0: float, y0: float, x1: float, y1: float, wood: Material, w: float = 0.06) -> None:
    c.part(stroke([(x0, y0), (x1, y1)], w, w * 0.6, curved=False), wood, puff=0.025, bulge=1.1, shadow=0.15)


@shape("chair", "room")
def _chair(c: Canvas, look: Look) -> None:
    wood = _legs(look)
    for x0, x1 in ((-0.24, -0.26), (0.27, 0.31)):
        _leg(c, x0, 0.1, x1, 0.66, replace(wood, colour=tint(wood.colour, 0.7)), 0.05)
    if look.cut > 0.55:
        c.part(
            [rounded([(-0.36, -0.74, 0.14), (0.36, -0.74, 0.14), (0.33, 0.02, 0.1), (-0.33, 0.02, 0.1)], 0.1)],
            look.main,
            puff=0.08,
            bulge=0.9,
        )
    else:
        for s in (-1, 1):
            _leg(c, s * 0.29, 0.1, s * 0.36, -0.78, wood, 0.055)
        for i in range(3):
            y = -0.66 + i * 0.19
            c.part(
                [
                    rounded(
                        [
                            (-0.36, y),
                            (0, y - 0.03, 0.3),
                            (0.36, y),
                            (0.35, y + 0.11),
                            (0, y + 0.08, 0.3),
                            (-0.35, y + 0.11),
                        ],
                        0.03,
                    )
                ],
                wood,
                puff=0.025,
                bulge=0.9,
            )
    c.part(
        [
            rounded(
                [
                    (-0.33, 0.02),
                    (0.33, 0.02),
                    (0.43, 0.2, 0.06),
                    (0.42, 0.27, 0.05),
                    (-0.42, 0.27, 0.05),
                    (-0.43, 0.2, 0.06),
                ],
                0.05,
            )
        ],
        look.main,
        puff=0.06,
        bulge=0.9,
        tilt=(0, -0.35),
        shadow=0.4,
    )
    for s in (-1, 1):
        _leg(c, s * 0.36, 0.27, s * 0.42, 0.78, wood, 0.065)


@shape("armchair", "room")
def _armchair(c: Canvas, look: Look) -> None:
    wood, top = _legs(look), look.span(-0.5, -0.66)
    for s in (-1, 1):
        _leg(c, s * 0.46, 0.5, s * 0.52, 0.76, wood, 0.075)
    c.part(
        [rounded([(-0.46, top, 0.2), (0, top - 0.04, 0.3), (0.46, top, 0.2), (0.5, 0.3), (-0.5, 0.3)], 0.1)],
        look.main,
        puff=0.13,
        bulge=1.0,
    )
    c.crease([(0, top), (0.0, 0.1)], 0.02, 0.4, curved=False)
    if look.tall > 0.5:
        for y in (-0.38, -0.16):
            for x in (-0.24, 0.0, 0.24):
                c.dent(ellipse(x, y, 0.03), 0.05, 1.5)
    c.part(rect(-0.48, 0.3, 0.48, 0.56, 0.06), look.plain(0.85), puff=0.05)
    c.part(rect(-0.44, 0.1, 0.44, 0.36, 0.09), look.main, puff=0.09, bulge=1.0, shadow=0.4)
    for s in (-1, 1):
        c.part(
            [
                rounded(
                    [(s * 0.38, -0.1, 0.09), (s * 0.62, -0.1, 0.09), (s * 0.64, 0.58, 0.05), (s * 0.4, 0.58, 0.05)],
                    0.06,
                )
            ],
            look.main,
            puff=0.08,
            bulge=1.1,
            shadow=0.4,
        )


@shape("sofa", "room")
def _sofa(c: Canvas, look: Look) -> None:
    wood, top = _legs(look), look.span(-0.26, -0.38)
    for x in (-0.72, 0.72):
        _leg(c, x, 0.36, x * 1.03, 0.52, wood, 0.06)
    c.part(rect(-0.76, top, 0.76, 0.2, 0.12), look.plain(0.94), puff=0.1, bulge=1.0)
    n = 3 if look.tall > 0.5 else 2
    w = 1.36 / n
    for i in range(n):
        x = -0.68 + i * w
        c.part(rect(x + 0.008, top + 0.07, x + w - 0.008, 0.16, 0.08), look.main, puff=0.09, bulge=1.0, shadow=0.35)
    for i in range(n):
        x = -0.68 + i * w
        c.part(rect(x + 0.006, 0.08, x + w - 0.006, 0.27, 0.06), look.main, puff=0.07, bulge=1.0, shadow=0.4)
    c.part(rect(-0.72, 0.25, 0.72, 0.42, 0.03), look.plain(0.9), puff=0.04, bulge=0.9, shadow=0.4)
    for s in (-1, 1):
        c.part(
            [
                rounded(
                    [(s * 0.66, -0.06, 0.08), (s * 0.88, -0.06, 0.08), (s * 0.88, 0.42, 0.04), (s * 0.68, 0.42, 0.04)],
                    0.05,
                )
            ],
            look.main,
            puff=0.07,
            bulge=1.1,
            shadow=0.4,
        )
    if look.cut > 0.3:
        c.part(
            [rounded([(-0.6, -0.14), (-0.3, -0.2), (-0.24, 0.1), (-0.55, 0.15)], 0.06)],
            replace(look.trim, gloss=0.05, metal=0, relief="weave", depth=0.2),
            puff=0.08,
            bulge=1.0,
            shadow=0.5,
        )


@shape("stool", "room")
def _stool(c: Canvas, look: Look) -> None:
    wood, h = _legs(look), look.rise(-0.1, -0.42)
    for x0, x1 in ((-0.14, -0.2), (0.14, 0.2)):
        _leg(c, x0, h, x1, 0.62, replace(wood, colour=tint(wood.colour, 0.7)), 0.05)
    c.part(stroke([(-0.34, 0.34), (0.34, 0.34)], 0.04, curved=False), wood, puff=0.018)
    for s in (-1, 1):
        _leg(c, s * 0.24, h, s * 0.4, 0.74, wood, 0.07)
    c.part(
        [rounded([(-0.42, h - 0.04, 0.05), (0.42, h - 0.04, 0.05), (0.4, h + 0.1, 0.06), (-0.4, h + 0.1, 0.06)], 0.05)],
        look.main,
        puff=0.05,
        bulge=1.0,
        shadow=0.5,
    )
    c.part(ellipse(0, h - 0.04, 0.42, 0.1), look.plain(1.08), puff=0.05, bulge=0.6, tilt=(0, -0.2), shadow=0)


@shape("coffee table", "room")
def _coffee_table(c: Canvas, look: Look) -> None:
    legs = DARK_STEEL if look.cut > 0.6 else replace(look.plain(0.85), depth=0.05)
    top = look.rise(-0.08, 0.06)
    for s in (-1, 1):
        _leg(c, s * 0.46, top, s * 0.5, 0.48, replace(legs, colour=tint(legs.colour, 0.65)), 0.05)
        _leg(c, s * 0.6, top + 0.08, s * 0.68, 0.62, legs, 0.075)
    if look.cut > 0.4:
        c.part(
            [rounded([(-0.52, 0.38), (0.52, 0.38), (0.62, 0.46), (-0.62, 0.46)], 0.01)],
            look.plain(0.8),
            puff=0.012,
            tilt=(0, -0.3),
        )
    if look.tall > 0.5:
        c.part(ellipse(0, top + 0.07, 0.8, 0.18), look.plain(0.7), puff=0.02)
        c.part(ellipse(0, top + 0.035, 0.8, 0.18), look.main, puff=0.012, tilt=(0, -0.3), shadow=0)
    else:
        c.part(
            [rounded([(-0.8, top + 0.14), (0.8, top + 0.14), (0.8, top + 0.21), (-0.8, top + 0.21)], 0.015)],
            look.plain(0.75),
            puff=0.02,
        )
        c.part(
            [rounded([(-0.62, top - 0.07), (0.62, top - 0.07), (0.8, top + 0.15), (-0.8, top + 0.15)], 0.02)],
            look.main,
            puff=0.01,
            tilt=(0, -0.3),
            shadow=0,
        )
    y = top + 0.06
    for i, colour in enumerate(((0.80, 0.42, 0.34), (0.30, 0.42, 0.52), (0.92, 0.88, 0.80))):
        c.part(
            rect(-0.34 + i * 0.015, y - 0.05 - i * 0.045, 0.02 - i * 0.02, y - i * 0.045, 0.008),
            Material(colour),
            puff=0.01,
            bulge=0.6,
            shadow=0.3,
        )


@shape("bookshelf", "room")
def _bookshelf(c: Canvas, look: Look) -> None:
    w, top = look.span(0.4, 0.56), look.rise(-0.7, -0.84)
    c.part(rect(-w, top, w, 0.76, 0.01), look.plain(0.6), puff=0.01)
    n = 4
    h = (0.72 - top) / n
    palette = (
        (0.72, 0.30, 0.25),
        (0.25, 0.38, 0.52),
        (0.90, 0.82, 0.66),
        (0.33, 0.48, 0.38),
        (0.88, 0.64, 0.3),
        (0.2, 0.2, 0.24),
        (0.75, 0.6, 0.62),
    )
    for i in range(n):
        y = top + 0.03 + (i + 1) * h - 0.03
        x, k = -w + 0.06, i * 3
        stop = w - 0.08 if (i + k) % 2 else w * 0.3
        while x < stop - 0.06:
            t = 0.035 + 0.028 * ((k * 37) % 5) / 4
            c.part(
                rect(x, y - h * (0.62 + 0.22 * ((k * 53) % 7) / 6), x + t, y),
                Material(palette[k % 7], gloss=0.15),
                puff=0.012,
                bulge=0.7,
                shadow=0.25,
            )
            x, k = x + t + 0.004, k + 1
        if stop < w * 0.5:
            pot = PAPER if i % 2 else Material((0.8, 0.5, 0.38))
            cx = w * 0.62
            c.part(
                [
                    smooth(
                        [
                            (cx - 0.1, y - 0.16),
                            (cx - 0.05, y - 0.24),
                            (cx, y - 0.16),
                            (cx + 0.07, y - 0.25),
                            (cx + 0.11, y - 0.14),
                            (cx, y - 0.06),
                        ]
                    )
                ],
                Material((0.3, 0.5, 0.32)),
                puff=0.03,
            )
            c.revolve(rect(cx - 0.06, y - 0.11, cx + 0.06, y, 0.02), pot)
        c.part(rect(-w, y, w, y + 0.04), look.main, puff=0.008, bulge=0.6, shadow=0.5)
    for x in (-w, w - 0.045):
        c.part(rect(x, top, x + 0.045, 0.78), look.main, puff=0.01, bulge=0.6, grain_turn=1.57, shadow=0.4)
    c.part(rect(-w - 0.015, top - 0.04, w + 0.015, top + 0.015, 0.008), look.main, puff=0.01, shadow=0.3)


@shape("mirror", "hang")
def _mirror_on_wall(c: Canvas, look: Look) -> None:
    frame = look.trim if look.trim.metal else BRASS if look.cut > 0.5 else OAK
    if look.tall > 0.45:
        r = look.span(0.5, 0.62)
        c.part(ellipse(0, 0, r), frame, puff=0.03, bulge=1.2)
        glass = ellipse(0, 0, r - 0.06)
    else:
        c.part(rect(-0.42, -0.7, 0.42, 0.7, 0.38), frame, puff=0.03, bulge=1.2)
        glass = rect(-0.37, -0.65, 0.37, 0.65, 0.34)
    c.part(glass, Material((0.78, 0.83, 0.85), gloss=0.4), puff=0.02, bulge=-0.5, shadow=0)
    for k, (a, b) in enumerate(((-0.5, -0.26), (-0.18, -0.12), (0.2, 0.52))):
        c.ink([rounded([(a - 0.4, 0.8), (b - 0.4, 0.8), (b + 0.4, -0.8), (a + 0.4, -0.8)])], (1, 1, 1), 0.35 - 0.06 * k)
    c.ink(ring(0.0, 0.02, 0.0, 0.0, 0.01), (1, 1, 1), 0.0)
