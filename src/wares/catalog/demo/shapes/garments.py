"""Outerwear, dresses and bottoms laid flat."""

from dataclasses import replace

from wares.catalog.demo.canvas import Canvas
from wares.catalog.demo.outline import Outline, ellipse, flipped, rect, rounded, stroke, symmetric
from wares.catalog.demo.shapes.look import BRASS, DARK_STEEL, LINING, STEEL, Look, shape, tint


def _both(c: Canvas, outline: Outline, look: Look, turn: float = 0.0, puff: float = 0.05, bulge: float = 0.8) -> None:
    c.part(outline, look.main, puff=puff, bulge=bulge, grain_turn=-turn)
    c.part(flipped(outline), look.main, puff=puff, bulge=bulge, grain_turn=turn)


@shape("jacket", "lay")
def _jacket(c: Canvas, look: Look) -> None:
    hem = look.rise(0.46, 0.56)
    thread = tint(look.main.colour, 1.45)
    c.part(ellipse(0, -0.62, 0.16, 0.1), replace(LINING, colour=tint(look.main.colour, 0.5)), puff=0.02)
    _both(c, [rounded([(0.3, -0.58), (0.46, -0.5, 0.1), (0.7, 0.36), (0.49, 0.43), (0.36, 0.0)], 0.05)], look, 0.3)
    for s in (-1, 1):
        c.part(
            stroke([(0.53 * s, 0.415), (0.66 * s, 0.38)], 0.085, curved=False), look.plain(0.9), puff=0.02, bulge=0.7
        )
    c.part(
        symmetric([(0.12, -0.64), (0.36, -0.56), (0.42, -0.1, 0.1), (0.4, hem, 0.04), (0, hem)]),
        look.main,
        puff=0.06,
        bulge=0.7,
        holes=[rounded([(-0.13, -0.7), (0.13, -0.7), (0, -0.5)], 0.03)],
    )
    for s in (-1, 1):
        c.crease([(0.06 * s, -0.3), (0.4 * s, -0.3)], 0.012, 0.5, curved=False)
        c.stitches([(0.07 * s, -0.275), (0.39 * s, -0.275)], thread)
        c.crease([(0.3 * s, -0.1), (0.24 * s, hem - 0.1)], 0.014, 0.5, curved=False)
        c.crease([(0.13 * s, -0.1), (0.08 * s, hem - 0.1)], 0.014, 0.5, curved=False)
        c.part(
            rect(0.22 * s - 0.095, -0.3, 0.22 * s + 0.095, -0.08, 0.03), look.main, puff=0.012, bulge=0.5, shadow=0.2
        )
        c.part(
            [
                rounded(
                    [
                        (0.22 * s - 0.1, -0.31),
                        (0.22 * s + 0.1, -0.31),
                        (0.22 * s + 0.1, -0.25),
                        (0.22 * s, -0.2),
                        (0.22 * s - 0.1, -0.25),
                    ],
                    0.015,
                )
            ],
            look.main,
            puff=0.012,
            bulge=0.7,
            shadow=0.3,
        )
        c.part(ellipse(0.22 * s, -0.235, 0.014), BRASS, puff=0.008)
    c.part(rect(-0.4, hem - 0.07, 0.4, hem + 0.02, 0.02), look.plain(0.95), puff=0.015, bulge=0.6, shadow=0.2)
    c.crease([(0, -0.5), (0, hem)], 0.014, 0.7, curved=False)
    c.stitches([(0.035, -0.48), (0.035, hem)], thread)
    for i in range(6):
        c.part(ellipse(0, -0.42 + i * (hem + 0.4) / 5.6, 0.02), BRASS if look.cut > 0.4 else STEEL, puff=0.01)
    collar: Outline = [rounded([(0.0, -0.49), (0.13, -0.7), (0.24, -0.61), (0.22, -0.42), (0.1, -0.37)], 0.03)]
    _both(c, collar, look, 0.5, 0.02, 0.9)


@shape("puffer", "lay")
def _puffer(c: Canvas, look: Look) -> None:
    hem = look.rise(0.5, 0.66)
    shiny = replace(look, main=replace(look.main, gloss=0.45, relief="cloud", depth=0.9))
    c.part(
        [rounded([(-0.2, -0.5), (-0.21, -0.76, 0.08), (0.21, -0.76, 0.08), (0.2, -0.5)], 0.05)],
        shiny.plain(0.85),
        puff=0.06,
    )
    sleeve = [(0.29, -0.56), (0.5, -0.45, 0.14), (0.73, 0.36, 0.06), (0.5, 0.44, 0.06), (0.36, 0.0)]
    for side in (0, 1):
        c.part(flipped([rounded(sleeve, 0.05)]) if side else [rounded(sleeve, 0.05)], shiny.main, puff=0.08, bulge=1.1)
        s = -1 if side else 1
        for i in range(6):
            y = -0.36 + i * 0.145
            c.crease(
                [
                    (s * (0.3 + i * 0.035), y + 0.05),
                    (s * (0.42 + i * 0.035), y + 0.03),
                    (s * (0.56 + i * 0.036), y - 0.03),
                ],
                0.03,
                1.6,
            )
    c.part(
        symmetric([(0.14, -0.58), (0.36, -0.54), (0.45, -0.1, 0.1), (0.43, hem, 0.08), (0, hem)]),
        shiny.main,
        puff=0.1,
        bulge=1.0,
    )
    n = 6
    for i in range(n):
        y = -0.42 + i * (hem + 0.36) / n
        c.crease([(-0.46, y), (-0.2, y + 0.02), (0.0, y + 0.012), (0.2, y + 0.02), (0.46, y)], 0.034, 1.7)
    c.crease([(0, -0.6), (0, hem)], 0.02, 1.0, curved=False)
    c.part(stroke([(0, -0.56), (0, hem)], 0.022, curved=False), DARK_STEEL, puff=0.01)
    c.part(
        [rounded([(-0.19, -0.5), (-0.17, -0.7, 0.05), (0.17, -0.7, 0.05), (0.19, -0.5), (0, -0.44)], 0.04)],
        shiny.main,
        puff=0.05,
        bulge=1.0,
    )
    c.part(ellipse(0, -0.66, 0.13, 0.045), replace(LINING, colour=tint(look.main.colour, 0.4)), puff=0.03, bulge=-1)


@shape("coat", "long")
def _coat(c: Canvas, look: Look) -> None:
    hem = look.rise(0.72, 0.84)
    c.part(ellipse(0, -0.72, 0.14, 0.08), replace(LINING, colour=tint(look.main.colour, 0.55)), puff=0.02)
    _both(c, [rounded([(0.26, -0.7), (0.4, -0.62, 0.1), (0.58, 0.2), (0.41, 0.26), (0.32, -0.2)], 0.05)], look, 0.22)
    for s in (-1, 1):
        c.part(stroke([(0.39 * s, 0.18), (0.57 * s, 0.12)], 0.045, curved=False), look.plain(0.93), puff=0.015)
    c.part(
        symmetric(
            [(0.1, -0.76), (0.31, -0.68), (0.36, -0.3, 0.1), (0.33, 0.0, 0.1), (0.46, hem, 0.05), (0, hem + 0.01)]
        ),
        look.main,
        puff=0.06,
        bulge=0.65,
        holes=[rounded([(-0.11, -0.82), (0.11, -0.82), (0.02, -0.5)], 0.03)],
    )
    for x0, x1 in ((-0.24, -0.34), (-0.1, -0.12), (0.22, 0.3), (0.33, 0.4)):
        c.crease([(x0, 0.05), ((x0 + x1) / 2 + 0.01, 0.4), (x1, hem)], 0.04, 0.4)
    c.crease([(0.04, -0.4), (0.05, 0.1), (0.07, hem)], 0.016, 0.7)
    for i in range(3):
        for x in (-0.1, 0.12):
            c.part(
                ellipse(x, -0.28 + i * 0.14 + (0.08 if i == 2 else 0), 0.024),
                replace(look.trim, gloss=0.6, pattern="plain"),
                puff=0.012,
            )
    c.part(rect(-0.345, -0.035, 0.345, 0.035, 0.015), look.plain(0.93), puff=0.015, bulge=0.7, shadow=0.4)
    c.part(rect(-0.065, -0.055, 0.065, 0.055, 0.02), look.trim, puff=0.012, holes=rect(-0.04, -0.033, 0.04, 0.033))
    lapel: Outline = [
        rounded([(0.0, -0.36), (0.07, -0.8), (0.19, -0.74), (0.22, -0.58), (0.16, -0.56), (0.2, -0.5)], 0.02)
    ]
    _both(c, lapel, look, 0.4, 0.02, 0.8)


@shape("dress", "lay")
def _dress(c: Canvas, look: Look) -> None:
    hem, flare = look.rise(0.6, 0.82), look.span(0.34, 0.58)
    sleeves = look.cut > 0.45
    c.part(ellipse(0, -0.68, 0.15, 0.06), replace(LINING, colour=tint(look.main.colour, 0.6)), puff=0.02)
    if sleeves:
        _both(
            c,
            [rounded([(0.2, -0.7), (0.33, -0.66, 0.08), (0.5, -0.36, 0.04), (0.36, -0.27), (0.24, -0.44)], 0.05)],
            look,
            0.6,
            0.06,
            1.0,
        )
    c.part(
        [
            rounded(
                [
                    (-flare, hem),
                    (-0.2, -0.14, 0.08),
                    (0.2, -0.14, 0.08),
                    (flare, hem, 0.04),
                    (flare * 0.4, hem + 0.035, 0.1),
                    (-flare * 0.4, hem + 0.035, 0.1),
                ],
                0.04,
            )
        ],
        look.main,
        puff=0.07,
        bulge=0.6,
    )
    for i in range(9):
        t = (i - 4) / 4.5
        c.crease(
            [(t * 0.18, -0.1), (t * (0.18 + flare) / 2 + 0.01, hem * 0.4), (t * flare, hem)],
            0.05,
            0.5 if i % 2 else -0.3,
        )
    neck = (
        ellipse(0, -0.74, 0.13, 0.16) if look.tall > 0.4 else [rounded([(-0.13, -0.8), (0.13, -0.8), (0, -0.5)], 0.04)]
    )
    c.part(
        symmetric([(0.1, -0.72), (0.22, -0.69), (0.27, -0.42, 0.08), (0.2, -0.12, 0.05), (0, -0.1)]),
        look.main,
        puff=0.07,
        bulge=0.8,
        holes=neck,
        shadow=0.15,
    )
    c.crease([(-0.12, -0.36), (-0.06, -0.14)], 0.02, 0.5, curved=False)
    c.crease([(0.12, -0.36), (0.06, -0.14)], 0.02, 0.5, curved=False)
    c.part(
        stroke([(-0.2, -0.13), (0, -0.115), (0.2, -0.13)], 0.05),
        look.plain(0.85) if look.tall > 0.5 else look.trim,
        puff=0.015,
        bulge=0.8,
    )


@shape("slip dress", "long")
def _slip_dress(c: Canvas, look: Look) -> None:
    hem = look.rise(0.7, 0.85)
    silk = replace(look.main, gloss=0.45, fold=max(look.main.fold, 0.35))
    for s in (-1, 1):
        c.part(stroke([(0.12 * s, -0.45), (0.11 * s, -0.7), (0.06 * s, -0.85)], 0.016), look.plain(0.9), puff=0.008)
    w = look.span(0.3, 0.4)
    c.part(
        symmetric(
            [
                (0.0, -0.4),
                (0.12, -0.5),
                (0.2, -0.34, 0.05),
                (0.19, -0.05, 0.15),
                (0.27, 0.25, 0.2),
                (w, hem, 0.03),
                (0, hem + 0.02),
            ],
            0.04,
        ),
        silk,
        puff=0.09,
        bulge=0.75,
    )
    for x0, y0, x1, y1 in (
        (-0.15, 0.0, -0.26, hem),
        (0.1, 0.05, 0.2, hem),
        (-0.03, 0.15, -0.06, hem),
        (0.18, -0.2, 0.02, 0.0),
        (0.22, 0.2, 0.33, hem),
    ):
        c.crease([(x0, y0), ((x0 + x1) / 2 - 0.015, (y0 + y1) / 2), (x1, y1)], 0.05, 0.5)


@shape("skirt", "lay")
def _skirt(c: Canvas, look: Look) -> None:
    hem, flare = look.rise(0.3, 0.62), look.span(0.4, 0.68)
    c.part(
        [
            rounded(
                [
                    (-0.24, -0.5),
                    (0.24, -0.5),
                    (flare, hem, 0.04),
                    (flare / 2, hem + 0.05, 0.1),
                    (-flare / 2, hem + 0.05, 0.1),
                    (-flare, hem, 0.04),
                ],
                0.03,
            )
        ],
        look.main,
        puff=0.06,
        bulge=0.6,
    )
    for i in range(11):
        t = (i - 5) / 5.4
        c.crease(
            [(t * 0.23, -0.45), (t * (0.23 + flare) / 2, hem * 0.2), (t * flare, hem + 0.04 * (1 - abs(t)))],
            0.045,
            0.6 if i % 2 else -0.4,
        )
    c.part(rect(-0.255, -0.58, 0.255, -0.47, 0.02), look.plain(0.9), puff=0.02, bulge=0.7)


@shape("jeans", "long")
def _jeans(c: Canvas, look: Look) -> None:
    wide = look.span(0.16, 0.27)
    thread = (0.85, 0.62, 0.32) if look.main.relief == "twill" else tint(look.main.colour, 1.3)
    c.part(ellipse(0, -0.76, 0.26, 0.05), replace(LINING, colour=tint(look.main.colour, 0.45)), puff=0.02)
    leg: Outline = [
        rounded(
            [
                (-0.03, -0.74),
                (0.28, -0.78),
                (0.36, -0.4, 0.1),
                (0.24 + wide * 0.5, 0.84),
                (0.24 - wide * 0.5, 0.86),
                (-0.03, -0.24),
            ],
            0.02,
        )
    ]
    _both(c, leg, look, 0.0, 0.07, 0.8)
    for s in (-1, 1):
        c.crease([(0.18 * s, -0.2), (0.21 * s, 0.3), (0.24 * s, 0.8)], 0.05, -0.35)
    c.part(leg, look.main, puff=0.07, bulge=0.8, shadow=0.0)
    c.crease([(0.06, -0.3), (0.16, -0.22), (0.28, -0.24)], 0.03, 0.5)
    c.crease([(0.1, 0.25), (0.2, 0.29), (0.3, 0.24)], 0.03, 0.4)
    c.stitches([(0.33, -0.3), (0.24 + wide * 0.43, 0.8)], thread)
    c.stitches([(0.012, -0.66), (0.07, -0.52), (0.02, -0.34)], thread)
    for s in (-1, 1):
        c.part(
            [rounded([(0.12 * s, -0.68), (0.28 * s, -0.68), (0.31 * s, -0.5)], 0.02)],
            look.plain(0.9),
            puff=0.01,
            bulge=0.3,
            shadow=0.1,
        )
        c.crease([(0.12 * s, -0.69), (0.18 * s, -0.56), (0.31 * s, -0.5)], 0.012, 0.7)
    c.part(rect(-0.285, -0.79, 0.285, -0.69, 0.02), look.plain(0.97), puff=0.015, bulge=0.6, shadow=0.3)
    c.stitches([(-0.27, -0.705), (0.27, -0.705)], thread)
    for x in (-0.2, 0.2):
        c.part(rect(x - 0.018, -0.81, x + 0.018, -0.67, 0.01), look.plain(0.93), puff=0.01)
    c.part(ellipse(0, -0.74, 0.026), BRASS, puff=0.012)


@shape("shorts", "lay")
def _shorts(c: Canvas, look: Look) -> None:
    hem = look.rise(0.3, 0.48)
    leg: Outline = [
        rounded([(0.0, -0.46), (0.34, -0.5), (0.4, -0.1, 0.1), (0.5, hem), (0.06, hem + 0.06), (0.0, 0.05)], 0.03)
    ]
    _both(c, leg, look, 0.06, 0.07, 0.75)
    for s in (-1, 1):
        c.crease([(0.12 * s, 0.05), (0.24 * s, 0.2), (0.24 * s, hem)], 0.04, 0.4)
        c.crease([(0.2 * s, -0.38), (0.3 * s, -0.2), (0.38 * s, -0.1)], 0.014, 0.7)
        c.crease([(0.07 * s, hem + 0.01), (0.49 * s, hem - 0.05)], 0.012, 0.6, curved=False)
    c.part(
        rect(-0.35, -0.54, 0.35, -0.42, 0.03), replace(look.plain(0.95), relief="rib", depth=0.3), puff=0.025, bulge=0.8
    )
    for s in (-1, 1):
        c.part(stroke([(0.02 * s, -0.44), (0.06 * s, -0.3), (0.05 * s + 0.02, -0.16)], 0.02), look.trim, puff=0.01)
