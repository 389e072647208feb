"""Tops laid flat: T-shirt, shirt, polo, sweater, cardigan, hoodie."""

from dataclasses import replace

from wares.catalog.demo.canvas import Canvas
from wares.catalog.demo.outline import Outline, ellipse, flipped, rect, ring, rounded, stroke, symmetric
from wares.catalog.demo.shapes.look import LINING, RUBBER, Look, shape, tint


def _sleeves(
    c: Canvas, look: Look, vertices: list[tuple[float, ...]], turn: float, cuff: tuple[float, ...] = ()
) -> None:
    for side in (0, 1):
        outline: Outline = [rounded(vertices, 0.05)]
        c.part(
            flipped(outline) if side else outline, look.main, puff=0.05, bulge=0.75, grain_turn=turn if side else -turn
        )
        if cuff:
            x0, y0, x1, y1 = cuff[:4]
            inset = 0.16
            line = [(x0 + (x1 - x0) * inset, y0 + (y1 - y0) * inset), (x1 - (x1 - x0) * inset, y1 - (y1 - y0) * inset)]
            if side:
                line = [(-x, y) for x, y in line]
            rib = replace(look.plain(0.93), relief="rib", depth=0.35, grain=0.06)
            c.part(stroke(line, cuff[4], curved=False), rib, puff=0.02, bulge=0.8)


def _body(look: Look, top: float, hem: float, flare: float = 0.0) -> Outline:
    w = look.span(0.37, 0.44)
    return symmetric(
        [(0.15, top), (0.36, top + 0.09), (w - 0.01, top + 0.42, 0.12), (w + flare, hem, 0.05), (0, hem + 0.02)]
    )


def _drape(c: Canvas, hem: float, depth: float = 0.35) -> None:
    for x0, y0, x1, y1 in (
        (-0.3, -0.2, -0.12, 0.15),
        (0.31, -0.22, 0.15, 0.2),
        (-0.25, hem - 0.3, -0.2, hem),
        (0.12, hem - 0.4, 0.2, hem - 0.05),
        (0.02, 0.1, -0.04, 0.42),
    ):
        c.crease([(x0, y0), ((x0 + x1) / 2 + 0.02, (y0 + y1) / 2), (x1, y1)], 0.035, depth)


@shape("t-shirt", "lay")
def _t_shirt(c: Canvas, look: Look) -> None:
    hem = look.rise(0.62, 0.72)
    c.part(ellipse(0, -0.68, 0.17, 0.08), replace(LINING, colour=tint(look.main.colour, 0.62)), puff=0.02)
    _sleeves(c, look, [(0.28, -0.64), (0.44, -0.60), (0.76, -0.22), (0.55, -0.04), (0.3, -0.2)], 0.75)
    c.part(_body(look, -0.70, hem), look.main, puff=0.07, bulge=0.6, holes=ellipse(0, -0.71, 0.155, 0.125))
    _drape(c, hem)
    c.crease([(-0.41, hem - 0.045), (0, hem - 0.03), (0.41, hem - 0.045)], 0.012, 0.5)
    c.part(
        ring(0, -0.71, 0.17, 0.14, 0.04, 0.05, 3.04),
        replace(look.plain(0.95), relief="rib", depth=0.2),
        puff=0.015,
        bulge=0.7,
    )


@shape("shirt", "lay")
def _shirt(c: Canvas, look: Look) -> None:
    hem = look.rise(0.66, 0.74)
    c.part(ellipse(0, -0.66, 0.15, 0.09), replace(LINING, colour=tint(look.main.colour, 0.7)), puff=0.02)
    _sleeves(
        c,
        look,
        [(0.3, -0.6), (0.43, -0.56), (0.66, 0.32), (0.49, 0.38), (0.36, -0.1)],
        0.25,
        (0.47, 0.39, 0.67, 0.33, 0.08),
    )
    c.part(
        symmetric(
            [
                (0.13, -0.68),
                (0.37, -0.58),
                (0.41, -0.2, 0.1),
                (0.42, hem - 0.14, 0.1),
                (0.3, hem, 0.12),
                (0, hem - 0.02),
            ]
        ),
        look.main,
        puff=0.07,
        bulge=0.55,
        holes=[rounded([(-0.14, -0.72), (0.14, -0.72), (0.0, -0.48)], 0.03)],
    )
    _drape(c, hem - 0.1)
    c.crease([(0.045, -0.47), (0.045, hem)], 0.012, 0.5, curved=False)
    c.crease([(-0.045, -0.47), (-0.045, hem)], 0.012, 0.4, curved=False)
    if look.cut > 0.4:
        c.part(rect(0.13, -0.26, 0.32, -0.04, 0.03), look.main, puff=0.012, bulge=0.5, shadow=0.15)
    for side in (0, 1):
        collar: Outline = [rounded([(0.0, -0.47), (0.12, -0.73), (0.19, -0.66), (0.17, -0.42), (0.07, -0.36)], 0.025)]
        c.part(flipped(collar) if side else collar, look.main, puff=0.02, bulge=0.8, grain_turn=0.5 if side else -0.5)
    for i in range(6):
        c.part(ellipse(0, -0.4 + i * (hem + 0.3) / 6, 0.017), RUBBER, puff=0.008)


@shape("polo", "lay")
def _polo(c: Canvas, look: Look) -> None:
    hem = look.rise(0.62, 0.7)
    c.part(ellipse(0, -0.66, 0.16, 0.08), replace(LINING, colour=tint(look.main.colour, 0.65)), puff=0.02)
    _sleeves(
        c,
        look,
        [(0.28, -0.62), (0.43, -0.58), (0.73, -0.2), (0.54, -0.04), (0.3, -0.18)],
        0.75,
        (0.55, -0.03, 0.73, -0.2, 0.06),
    )
    c.part(_body(look, -0.68, hem), look.main, puff=0.07, bulge=0.6, holes=ellipse(0, -0.71, 0.14, 0.11))
    _drape(c, hem)
    c.part(rect(-0.055, -0.6, 0.055, -0.26, 0.02), look.plain(0.97), puff=0.012, bulge=0.5, shadow=0.2)
    for y in (-0.5, -0.41, -0.32):
        c.part(ellipse(0, y, 0.017), RUBBER, puff=0.008)
    trim = replace(look.trim, relief="rib", depth=0.25, pattern="plain", gloss=0.05, metal=0)
    for side in (0, 1):
        collar: Outline = [rounded([(0.01, -0.57), (0.13, -0.74), (0.22, -0.66), (0.2, -0.48), (0.1, -0.46)], 0.04)]
        c.part(flipped(collar) if side else collar, trim if look.tall > 0.5 else look.plain(0.95), puff=0.02, bulge=0.8)


def _ribs(c: Canvas, look: Look, hem: float, w: float) -> None:
    rib = replace(look.plain(0.92), relief="rib", depth=0.45, grain=0.08)
    c.part(rect(-w, hem - 0.05, w, hem + 0.07, 0.04), rib, puff=0.03, bulge=0.7, shadow=0.2)


@shape("sweater", "lay")
def _sweater(c: Canvas, look: Look) -> None:
    hem = look.rise(0.5, 0.6)
    c.part(ellipse(0, -0.66, 0.19, 0.08), replace(look.plain(0.55), relief="knit", depth=0.3), puff=0.02)
    _sleeves(
        c,
        look,
        [(0.3, -0.62), (0.46, -0.56, 0.1), (0.74, 0.36), (0.52, 0.44), (0.36, -0.05)],
        0.3,
        (0.50, 0.46, 0.75, 0.38, 0.12),
    )
    c.part(_body(look, -0.68, hem), look.main, puff=0.08, bulge=0.75, holes=ellipse(0, -0.70, 0.17, 0.12))
    _drape(c, hem, 0.3)
    if look.cut > 0.6 and look.main.pattern == "plain":
        for x in (-0.2, 0.0, 0.2):
            c.crease([(x + 0.03 * (-1) ** i, -0.45 + i * 0.12) for i in range(9)], 0.05, -0.9)
            c.crease([(x - 0.03 * (-1) ** i, -0.45 + i * 0.12) for i in range(9)], 0.05, -0.7)
    _ribs(c, look, hem, look.span(0.36, 0.43))
    c.part(
        ring(0, -0.70, 0.19, 0.14, 0.075, 0.0, 3.14),
        replace(look.plain(0.95), relief="rib", depth=0.4),
        puff=0.025,
        bulge=0.9,
    )


@shape("cardigan", "lay")
def _cardigan(c: Canvas, look: Look) -> None:
    hem = look.rise(0.52, 0.62)
    c.part(
        [rounded([(-0.16, -0.68), (0.16, -0.68), (0.03, 0.02), (-0.03, 0.02)], 0.04)],
        replace(look.plain(0.5), relief="knit", depth=0.3),
        puff=0.02,
    )
    _sleeves(
        c,
        look,
        [(0.3, -0.62), (0.45, -0.56, 0.1), (0.7, 0.38), (0.5, 0.46), (0.36, -0.05)],
        0.3,
        (0.48, 0.48, 0.71, 0.4, 0.1),
    )
    c.part(
        _body(look, -0.68, hem),
        look.main,
        puff=0.08,
        bulge=0.75,
        holes=[rounded([(-0.16, -0.75), (0.16, -0.75), (0.0, -0.05)], 0.05)],
    )
    _drape(c, hem, 0.3)
    _ribs(c, look, hem, look.span(0.36, 0.43))
    rib = replace(look.plain(0.9), relief="rib", depth=0.3)
    c.part(stroke([(0, hem + 0.06), (0, -0.05), (0.15, -0.66)], 0.09, 0.07, curved=False), rib, puff=0.02, bulge=0.8)
    c.part(stroke([(0, -0.05), (-0.15, -0.66)], 0.08, 0.07, curved=False), rib, puff=0.02, bulge=0.8)
    for i in range(5):
        c.part(ellipse(0, 0.02 + i * 0.125, 0.024), replace(look.trim, gloss=0.6), puff=0.01)
    for s in (-1, 1):
        x = s * 0.23
        c.part(rect(x - 0.1, 0.2, x + 0.1, 0.4, 0.03), look.main, puff=0.02, bulge=0.5, shadow=0.2)


@shape("hoodie", "lay")
def _hoodie(c: Canvas, look: Look) -> None:
    hem = look.rise(0.56, 0.64)
    c.part(
        [rounded([(-0.2, -0.6), (-0.22, -0.82, 0.12), (0.22, -0.82, 0.12), (0.2, -0.6), (0, -0.36)], 0.08)],
        look.plain(0.92),
        puff=0.06,
        bulge=0.9,
    )
    _sleeves(
        c,
        look,
        [(0.26, -0.58), (0.44, -0.5, 0.12), (0.72, 0.38), (0.5, 0.46), (0.36, -0.02)],
        0.3,
        (0.48, 0.48, 0.73, 0.4, 0.11),
    )
    c.part(
        symmetric([(0.1, -0.62), (0.34, -0.54), (0.41, -0.2, 0.12), (0.43, hem, 0.06), (0, hem)]),
        look.main,
        puff=0.08,
        bulge=0.7,
    )
    _drape(c, hem)
    c.part(
        [rounded([(-0.27, 0.5), (-0.27, 0.32), (-0.17, 0.16), (0.17, 0.16), (0.27, 0.32), (0.27, 0.5)], 0.03)],
        look.main,
        puff=0.03,
        bulge=0.6,
        shadow=0.3,
    )
    _ribs(c, look, hem, 0.4)
    c.part(
        [
            rounded(
                [
                    (-0.23, -0.62),
                    (-0.13, -0.78, 0.1),
                    (0.13, -0.78, 0.1),
                    (0.23, -0.62),
                    (0.05, -0.3, 0.03),
                    (0, -0.36),
                    (-0.05, -0.3, 0.03),
                ],
                0.07,
            )
        ],
        look.plain(0.97),
        puff=0.05,
        bulge=0.9,
    )
    c.part(ellipse(0, -0.63, 0.135, 0.145), replace(look.plain(0.5), relief="weave"), puff=0.05, bulge=-1.2, shadow=0)
    cord = replace(RUBBER, colour=look.trim.colour if look.tall > 0.6 else (0.93, 0.92, 0.9))
    for s in (-1, 1):
        c.part(stroke([(0.06 * s, -0.42), (0.085 * s, -0.2), (0.07 * s, -0.02 + 0.05 * s)], 0.022), cord, puff=0.01)
