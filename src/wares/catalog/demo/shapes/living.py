"""Plants, beauty and toys."""

from dataclasses import replace

import numpy as np

from wares.catalog.demo.canvas import Canvas
from wares.catalog.demo.materials import Material
from wares.catalog.demo.outline import Outline, ellipse, lathe, moved, rect, ring, rounded, smooth, stroke, turned
from wares.catalog.demo.shapes.look import BLACK, GLASS, LEAF, OAK, PAPER, SOIL, Look, shape, tint


def _pot(c: Canvas, look: Look, top: float = 0.18, r: float = 0.32) -> None:
    c.revolve(lathe([(top, r, 0.02), (0.66, r * look.span(0.68, 0.95), 0.05)]), look.main, shadow=0.4)
    c.part(ellipse(0, top, r, r * 0.16), look.plain(1.08), puff=0.015, shadow=0)
    c.part(ellipse(0, top + 0.006, r * 0.91, r * 0.13), SOIL, puff=0.03, bulge=-0.6, shadow=0)


def _blade(x: float, y: float, length: float, width: float, turn: float) -> Outline:
    pts = [
        (0, 0),
        (width * 0.6, -length * 0.3),
        (width * 0.5, -length * 0.7),
        (0, -length),
        (-width * 0.5, -length * 0.7),
        (-width * 0.6, -length * 0.3),
    ]
    return moved(turned([smooth(pts)], turn), x, y)


@shape("monstera", "table")
def _monstera(c: Canvas, look: Look) -> None:
    _pot(c, look)
    leaves = (
        (-0.45, -0.3, -0.9),
        (0.46, -0.34, 0.9),
        (-0.3, -0.66, -0.35),
        (0.28, -0.7, 0.4),
        (0.0, -0.46, 0.05),
        (-0.02, -0.82, -0.05),
    )
    for k, (x, y, turn) in enumerate(leaves[: 5 + (look.tall > 0.4)]):
        c.part(stroke([(0.02 * k - 0.05, 0.18), (x * 0.4, (y + 0.2) / 2), (x * 0.8, y + 0.1)], 0.022), LEAF, puff=0.01)
        s = 0.26
        heart = [
            (0, 0.16),
            (0.14, 0.26),
            (0.26, 0.1),
            (0.24, -0.1),
            (0.0, -0.32),
            (-0.24, -0.1),
            (-0.26, 0.1),
            (-0.14, 0.26),
        ]
        cuts: Outline = []
        for side in (-1, 1):
            for j in range(3):
                y0 = 0.13 - j * 0.13
                cuts.append(
                    np.array(
                        [
                            (side * 0.3, y0 - 0.02),
                            (side * 0.09, y0 - 0.005),
                            (side * 0.08, y0 + 0.012),
                            (side * 0.3, y0 + 0.035),
                        ]
                    )
                )
        m = replace(LEAF, colour=tint((0.20 + 0.03 * (k % 3), 0.44 + 0.03 * (k % 2), 0.26), 0.9 + 0.05 * k))

        def place(o: Outline, x: float = x, y: float = y, turn: float = turn, s: float = s) -> Outline:
            return moved(turned([p * (s / 0.26) for p in o], turn), x, y)

        c.part(place([smooth(heart)]), m, puff=0.06, bulge=0.7, holes=place(cuts), shadow=0.4)
        mid = place([np.array([(0, 0.16), (0, -0.28)])])[0]
        c.crease(mid.tolist(), 0.018, 0.8, curved=False)


@shape("snake plant", "table")
def _snake_plant(c: Canvas, look: Look) -> None:
    for k, (x, length, turn) in enumerate(
        (
            (-0.16, 0.75, -0.24),
            (0.17, 0.7, 0.26),
            (-0.06, 1.0, -0.07),
            (0.1, 0.88, 0.1),
            (0.0, 0.62, 0.0),
            (-0.14, 0.5, -0.14),
        )
    ):
        edge = Material((0.78, 0.78, 0.42), gloss=0.3)
        c.part(_blade(x, 0.24, length, 0.17, turn), edge, puff=0.04, bulge=0.9)
        c.part(
            _blade(x, 0.24, length * 0.96, 0.12, turn),
            replace(
                LEAF, pattern="striped", second=(0.42, 0.58, 0.40), scale=1.4, colour=(0.17, 0.36 + 0.02 * k, 0.24)
            ),
            puff=0.04,
            bulge=0.7,
            shadow=0,
        )
    _pot(c, look)


@shape("cactus", "table")
def _cactus(c: Canvas, look: Look) -> None:
    green = Material((0.30, 0.52, 0.36), gloss=0.2, relief="plush", depth=0.2)
    arms = look.tall > 0.4
    if arms:
        for s, y in ((-1, -0.18), (1, -0.02)):
            c.part(
                stroke([(0, y + 0.08), (s * 0.26, y + 0.06), (s * 0.34, y - 0.1), (s * 0.33, y - 0.3)], 0.16),
                green,
                puff=0.06,
                bulge=1.3,
            )
    r = 0.18 if arms else 0.3
    c.part(rect(-r, -0.68 if arms else -0.4, r, 0.24, r), green, puff=0.12, bulge=1.3)
    for i in range(5):
        x = (i - 2) * r * 0.36
        c.crease([(x * 0.6, -0.64 if arms else -0.36), (x * 1.25, -0.2), (x, 0.2)], 0.03, 0.8)
        for j in range(8):
            y = (-0.58 if arms else -0.32) + j * 0.1
            c.ink(ellipse(x * 1.1 + r * 0.18, y, 0.009), (0.98, 0.96, 0.85), 0.9)
    c.part(
        ellipse(0.03, -0.68 if arms else -0.4, 0.07, 0.055),
        Material((0.93, 0.45, 0.55), relief="plush", depth=0.5),
        puff=0.03,
    )
    _pot(c, look, 0.2, 0.34)


def _label(c: Canvas, x: float, y: float, w: float, look: Look) -> None:
    """A small printed label: a mark and two lines of text."""
    c.ink(ellipse(x, y, w * 0.22), tint(look.trim.colour, 0.8), 0.85)
    c.ink(rect(x - w * 0.6, y + w * 0.42, x + w * 0.6, y + w * 0.52), (0.25, 0.24, 0.24), 0.75)
    c.ink(rect(x - w * 0.4, y + w * 0.66, x + w * 0.4, y + w * 0.72), (0.25, 0.24, 0.24), 0.6)


@shape("cream jar", "table")
def _cream_jar(c: Canvas, look: Look) -> None:
    r, top = look.span(0.4, 0.5), look.rise(-0.02, -0.12)
    lid = look.trim if look.trim.metal or look.cut > 0.5 else OAK
    c.revolve(lathe([(top, r, 0.04), (0.46, r * 0.98, 0.1)]), replace(look.main, gloss=0.8))
    _label(c, 0, top + 0.2, 0.26, look)
    c.revolve(lathe([(top - 0.24, r * 0.98, 0.03), (top + 0.005, r * 1.0, 0.02)]), lid, shadow=0.4)
    c.part(ellipse(0, top - 0.24, r * 0.98, r * 0.17), lid, puff=0.03, bulge=0.7, tilt=(0, -0.15), shadow=0)


@shape("serum", "table")
def _serum(c: Canvas, look: Look) -> None:
    r = look.span(0.24, 0.3)
    tone = replace(look.main, gloss=1.0)
    c.revolve(lathe([(-0.72, 0.05, 0.05), (-0.5, 0.1, 0.06), (-0.38, 0.1)]), replace(BLACK, gloss=0.35))
    c.revolve(lathe([(-0.4, 0.13, 0.02), (-0.2, 0.135, 0.01)]), look.trim)
    c.revolve(lathe([(-0.2, 0.12), (-0.12, 0.13, 0.05), (0.0, r, 0.1), (0.62, r, 0.06)]), replace(tone, opacity=0.93))
    c.part(rect(-r * 0.8, 0.12, r * 0.8, 0.5, 0.01), replace(PAPER, opacity=0.95), puff=0.004, bulge=0.1, shadow=0)
    _label(c, 0, 0.24, 0.22, look)


@shape("perfume", "table")
def _perfume(c: Canvas, look: Look) -> None:
    w, top = look.span(0.32, 0.42), look.rise(-0.12, -0.24)
    c.revolve(lathe([(top - 0.26, 0.13, 0.03), (top - 0.04, 0.13, 0.02)]), look.trim)
    c.revolve(rect(-0.07, top - 0.06, 0.07, top + 0.02), look.trim)
    round_ = look.cut > 0.6
    outer = ellipse(0, 0.22, w, 0.4) if round_ else rect(-w, top, w, 0.6, 0.06)
    inner = ellipse(0, 0.24, w - 0.07, 0.31) if round_ else rect(-w + 0.06, top + 0.12, w - 0.06, 0.54, 0.03)
    c.part(outer, replace(GLASS, colour=(0.9, 0.93, 0.94), opacity=0.8), puff=0.04, bulge=1.2)
    c.part(
        inner,
        replace(look.main, gloss=0.9, pattern="plain", relief="plain", depth=0, opacity=0.88),
        puff=0.06,
        bulge=0.8,
        shadow=0.1,
    )
    c.ink(
        [rounded([(-w * 0.7, 0.5), (-w * 0.35, top + 0.16), (-w * 0.15, top + 0.16), (-w * 0.5, 0.5)], 0.02)],
        (1, 1, 1),
        0.22,
    )
    _label(c, 0, 0.2, 0.24, look)


@shape("lipstick", "table")
def _lipstick(c: Canvas, look: Look) -> None:
    case = look.trim
    c.revolve(lathe([(0.0, 0.17, 0.02), (0.62, 0.17, 0.02)]), case if case.metal else replace(BLACK, gloss=0.8))
    c.revolve(lathe([(-0.22, 0.135, 0.01), (0.02, 0.135)]), replace(case, colour=(0.92, 0.76, 0.48), metal=1.0))
    stick = replace(look.main, gloss=0.6, pattern="plain", relief="plain", depth=0)
    c.part(
        [
            rounded(
                [(-0.105, -0.2), (-0.105, -0.5, 0.05), (0.02, -0.72, 0.07), (0.105, -0.6, 0.06), (0.105, -0.2)], 0.02
            )
        ],
        stick,
        puff=0.06,
        bulge=1.3,
    )
    c.part(
        ellipse(0.005, -0.54, 0.07, 0.15, 0.42),
        replace(stick, colour=tint(look.main.colour, 1.12)),
        puff=0.03,
        bulge=0.4,
        shadow=0,
    )
    c.revolve(
        lathe([(0.18, 0.18, 0.02), (0.62, 0.18, 0.03)], 0.45),
        case if case.metal else replace(BLACK, gloss=0.8),
    )
    c.part(ellipse(0.45, 0.18, 0.18, 0.03), BLACK, puff=0.02, shadow=0)


@shape("teddy bear", "table")
def _teddy_bear(c: Canvas, look: Look) -> None:
    fur = replace(look.main, relief="plush", depth=1.0, grain=0.14, gloss=0.0, pattern="plain")
    pale = replace(fur, colour=tint(look.main.colour, 1.45))
    for s in (-1, 1):
        c.part(ellipse(s * 0.27, -0.66, 0.13), fur, puff=0.07, bulge=1.2)
        c.part(ellipse(s * 0.27, -0.65, 0.075), pale, puff=0.03, bulge=-0.5, shadow=0)
        c.part(ellipse(s * 0.4, 0.02, 0.13, 0.27, s * -0.5), fur, puff=0.08, bulge=1.2)
    c.part(ellipse(0, 0.22, look.span(0.36, 0.42), 0.42), fur, puff=0.15, bulge=1.2)
    c.part(ellipse(0, 0.24, 0.23, 0.27), pale, puff=0.08, bulge=0.8, shadow=0.1)
    for s in (-1, 1):
        c.part(ellipse(s * 0.32, 0.55, 0.2, 0.17), fur, puff=0.09, bulge=1.2)
        c.part(ellipse(s * 0.34, 0.56, 0.11, 0.1), pale, puff=0.04, bulge=0.6, shadow=0.1)
    c.part(ellipse(0, -0.4, 0.38, 0.34), fur, puff=0.15, bulge=1.2, shadow=0.5)
    c.part(ellipse(0, -0.3, 0.17, 0.13), pale, puff=0.06, bulge=1.0, shadow=0.15)
    c.part(ellipse(0, -0.35, 0.055, 0.04), replace(BLACK, gloss=0.8), puff=0.02)
    c.ink(ring(0, -0.29, 0.05, 0.05, 0.012, 0.4, 2.3), (0.1, 0.08, 0.08))
    for s in (-1, 1):
        c.part(ellipse(s * 0.14, -0.47, 0.034), replace(BLACK, gloss=1.0), puff=0.018)
    if look.tall > 0.4:
        bow = replace(look.trim, gloss=0.3, metal=0)
        for s in (-1, 1):
            c.part([rounded([(0, -0.08), (s * 0.2, -0.18), (s * 0.2, 0.04)], 0.04)], bow, puff=0.04, bulge=1.1)
        c.part(ellipse(0, -0.07, 0.045), bow, puff=0.02)


@shape("building blocks", "table")
def _building_blocks(c: Canvas, look: Look) -> None:
    palette = [
        look.main.colour,
        look.trim.colour,
        (0.93, 0.76, 0.33),
        (0.36, 0.58, 0.66),
        (0.86, 0.45, 0.36),
        (0.50, 0.66, 0.45),
    ]
    spots = ((-0.42, 0.3), (0.02, 0.3), (0.46, 0.3), (-0.2, -0.1), (0.24, -0.1), (0.02, -0.5))
    for k, (x, y) in enumerate(spots):
        m = Material(palette[k % 6], relief="wood", depth=0.1, grain=0.06, gloss=0.35)
        w = 0.205
        if k == 5 and look.cut > 0.5:
            c.part([rounded([(x, y - 0.2), (x + 0.26, y + 0.19), (x - 0.26, y + 0.19)], 0.03)], m, puff=0.03, bulge=1.0)
            continue
        c.part(
            [
                rounded(
                    [(x + w, y - w), (x + w + 0.08, y - w - 0.06), (x + w + 0.08, y + w - 0.06), (x + w, y + w)], 0.01
                )
            ],
            replace(m, colour=tint(m.colour, 0.62)),
            puff=0.01,
        )
        c.part(
            [
                rounded(
                    [(x - w, y - w), (x - w + 0.08, y - w - 0.06), (x + w + 0.08, y - w - 0.06), (x + w, y - w)], 0.01
                )
            ],
            replace(m, colour=tint(m.colour, 1.25)),
            puff=0.01,
        )
        c.part(rect(x - w, y - w, x + w, y + w, 0.025), m, puff=0.02, bulge=0.9, shadow=0.2)
        c.dent(rect(x - w * 0.78, y - w * 0.78, x + w * 0.78, y + w * 0.78, 0.03), 0.012, 0.5)
        mark = (
            ellipse(x, y, 0.09),
            rect(x - 0.08, y - 0.08, x + 0.08, y + 0.08, 0.02),
            [rounded([(x, y - 0.1), (x + 0.1, y + 0.08), (x - 0.1, y + 0.08)], 0.02)],
        )[k % 3]
        c.ink(mark, tint(palette[(k + 2) % 6], 1.2))


@shape("toy train", "table")
def _toy_train(c: Canvas, look: Look) -> None:
    wood = replace(look.main, relief="wood", depth=0.1, grain=0.06, gloss=0.4)
    trim = replace(look.trim, relief="wood", depth=0.1, gloss=0.4, metal=0)
    c.part(rect(-0.74, 0.2, 0.72, 0.34, 0.04), OAK, puff=0.02)
    c.part(rect(-0.66, -0.44, -0.16, 0.22, 0.03), trim, puff=0.03, bulge=1.0)
    c.part(
        rect(-0.55, -0.32, -0.28, -0.08, 0.03), Material((0.86, 0.92, 0.94), gloss=0.6), puff=0.02, bulge=-0.8, shadow=0
    )
    c.part(rect(-0.74, -0.54, -0.08, -0.43, 0.05), wood, puff=0.03, bulge=1.1)
    c.part(rect(-0.18, -0.16, 0.66, 0.22, 0.17), wood, puff=0.12, bulge=1.3)
    for x in (0.02, 0.4):
        c.part(stroke([(x, -0.15), (x, 0.2)], 0.04, curved=False), trim, puff=0.015, shadow=0.2)
    c.part(
        [rounded([(0.36, -0.14), (0.34, -0.36), (0.3, -0.46), (0.62, -0.46), (0.58, -0.36), (0.56, -0.14)], 0.02)],
        trim,
        puff=0.05,
        bulge=1.2,
    )
    c.part(ellipse(0.1, -0.18, 0.09, 0.08), Material((0.93, 0.76, 0.33), gloss=0.5), puff=0.05)
    for x, r in ((-0.5, 0.2), (0.08, 0.15), (0.5, 0.15)):
        y = 0.52 - r
        c.part(ellipse(x, y, r), trim if look.cut > 0.5 else wood, puff=0.03, bulge=1.1, shadow=0.4)
        c.part(ellipse(x, y, r * 0.62), OAK, puff=0.02, bulge=-0.6, shadow=0)
        c.part(ellipse(x, y, r * 0.22), Material((0.93, 0.76, 0.33), gloss=0.5), puff=0.015)
