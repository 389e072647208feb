"""Shoes in profile, toe to the right."""

from dataclasses import replace

from wares.catalog.demo.canvas import Canvas
from wares.catalog.demo.outline import ellipse, rounded, smooth, stroke
from wares.catalog.demo.shapes.look import DARK_RUBBER, LINING, RUBBER, WALNUT, Look, shape, tint


def laces(c: Canvas, points: list[tuple[float, float]], look: Look, reach: float = 0.1) -> None:
    """White laces, dark on pale shoes, drawn at the given eyelets."""
    lace = replace(RUBBER, colour=(0.95, 0.94, 0.92) if sum(look.main.colour) < 2.2 else (0.2, 0.2, 0.22))
    for x, y in points:
        c.part(
            stroke(
                [(x - reach * 0.75, y + reach * 0.8), (x - reach * 0.1, y + reach * 0.12), (x + 0.03, y - 0.015)], 0.034
            ),
            lace,
            puff=0.014,
        )


def _sneaker_upper(c: Canvas, look: Look) -> None:
    c.part(
        [smooth([(-0.64, -0.26), (-0.45, -0.38), (-0.16, -0.3), (-0.05, -0.2), (-0.3, -0.05), (-0.6, -0.1)])],
        replace(LINING, colour=tint(look.main.colour, 0.5)),
        puff=0.04,
    )
    upper = [
        (-0.72, 0.38),
        (-0.72, 0.0, 0.1),
        (-0.68, -0.3, 0.07),
        (-0.58, -0.33, 0.05),
        (-0.46, -0.14, 0.14),
        (-0.24, -0.16, 0.08),
        (-0.08, -0.34, 0.06),
        (0.02, -0.29, 0.06),
        (0.3, -0.02, 0.22),
        (0.68, 0.08, 0.16),
        (0.76, 0.3, 0.1),
        (0.74, 0.38),
    ]
    c.part([rounded(upper, 0.04, 8)], look.main, puff=0.09, bulge=1.0)
    c.part(
        [rounded([(0.36, 0.32), (0.38, 0.1, 0.1), (0.5, 0.02, 0.1), (0.70, 0.1, 0.12), (0.775, 0.32)], 0.04)],
        look.plain(0.92),
        puff=0.06,
        bulge=0.9,
        shadow=0.15,
    )
    c.part(
        [rounded([(-0.735, 0.32), (-0.735, 0.0, 0.05), (-0.66, -0.12, 0.05), (-0.5, 0.06, 0.1), (-0.42, 0.32)], 0.05)],
        look.trim,
        puff=0.05,
        bulge=0.9,
        shadow=0.2,
    )


@shape("sneaker", "lay_side")
def _sneaker(c: Canvas, look: Look) -> None:
    chunky = look.span(0.10, 0.17)
    sole = 0.42
    _sneaker_upper(c, look)
    c.part(
        [rounded([(-0.16, -0.22), (-0.07, -0.33), (0.02, -0.28), (0.34, 0.03), (0.22, 0.16), (-0.02, 0.0)], 0.05)],
        look.plain(0.95),
        puff=0.03,
        bulge=0.8,
        shadow=0.2,
    )
    if look.tall > 0.35:
        c.part(
            stroke([(-0.38, 0.22), (-0.12, 0.16), (0.1, -0.02)], 0.05, 0.1),
            look.trim,
            puff=0.015,
            bulge=0.5,
            shadow=0.1,
        )
        c.part(
            stroke([(-0.22, 0.26), (0.02, 0.2), (0.2, 0.04)], 0.05, 0.09), look.trim, puff=0.015, bulge=0.5, shadow=0.1
        )
    laces(c, [(0.0, -0.2), (0.08, -0.125), (0.16, -0.055), (0.24, 0.015)], look)
    c.part(
        [
            rounded(
                [
                    (-0.76, sole - chunky, 0.04),
                    (-0.3, sole - chunky + 0.02, 0.1),
                    (0.3, sole - chunky + 0.015, 0.1),
                    (0.78, sole - chunky - 0.04, 0.06),
                    (0.80, sole - 0.05, 0.06),
                    (0.7, sole),
                    (-0.68, sole),
                    (-0.77, sole - 0.05, 0.05),
                ],
                0.03,
            )
        ],
        RUBBER,
        puff=0.035,
        bulge=1.0,
        shadow=0.5,
    )
    c.crease([(-0.74, sole - chunky * 0.5), (0, sole - chunky * 0.42), (0.78, sole - chunky * 0.6)], 0.012, 0.8)
    c.part(
        [rounded([(-0.7, sole - 0.02), (0.72, sole - 0.02), (0.68, sole + 0.02), (-0.66, sole + 0.02)], 0.015)],
        replace(look.trim, gloss=0.1) if look.cut > 0.5 else DARK_RUBBER,
        puff=0.012,
    )


@shape("high-top", "lay_side")
def _high_top(c: Canvas, look: Look) -> None:
    c.part(
        [smooth([(-0.6, -0.6), (-0.3, -0.68), (-0.06, -0.56), (-0.3, -0.4)])],
        replace(LINING, colour=tint(look.main.colour, 0.5)),
        puff=0.03,
    )
    c.part(
        [
            rounded(
                [
                    (-0.66, 0.34),
                    (-0.64, -0.1, 0.1),
                    (-0.66, -0.6, 0.06),
                    (-0.5, -0.6, 0.08),
                    (-0.2, -0.54, 0.1),
                    (-0.06, -0.6, 0.06),
                    (0.02, -0.5, 0.06),
                    (0.12, -0.12, 0.16),
                    (0.62, 0.1, 0.18),
                    (0.74, 0.34, 0.08),
                ],
                0.05,
                8,
            )
        ],
        look.main,
        puff=0.08,
        bulge=0.9,
    )
    c.crease([(-0.3, -0.5), (-0.26, -0.1), (-0.05, 0.1), (0.0, 0.34)], 0.014, 0.7)
    c.stitches([(-0.34, -0.5), (-0.3, -0.1), (-0.1, 0.1), (-0.05, 0.34)], (0.95, 0.94, 0.92))
    c.crease([(-0.64, -0.3), (-0.46, -0.25), (-0.4, 0.34)], 0.014, 0.5)
    c.part(ellipse(-0.44, -0.26, 0.115), replace(look.trim, gloss=0.2), puff=0.02, bulge=0.5)
    c.part(
        [rounded([(0.4, 0.34), (0.42, 0.1, 0.12), (0.6, 0.06, 0.12), (0.76, 0.34, 0.08)], 0.04)],
        RUBBER,
        puff=0.06,
        bulge=0.9,
        shadow=0.2,
    )
    laces(c, [(-0.02, -0.46), (0.0, -0.35), (0.035, -0.24), (0.08, -0.13), (0.16, -0.04), (0.26, 0.03)], look)
    c.part(
        [rounded([(-0.7, 0.28), (0.78, 0.27), (0.79, 0.42, 0.05), (-0.7, 0.42, 0.04)], 0.03)],
        RUBBER,
        puff=0.03,
        bulge=0.9,
        shadow=0.4,
    )
    c.ink(stroke([(-0.72, 0.325), (0.8, 0.32)], 0.016, curved=False), look.trim.colour, 0.9)


def _heel_and_sole(c: Canvas, look: Look) -> None:
    thin = look.span(0.035, 0.11)
    c.part(
        [rounded([(-0.66, -0.12), (-0.44, -0.04), (-0.5 + thin, 0.48), (-0.5 - thin * 0.3, 0.48), (-0.66, 0.1)], 0.02)],
        look.plain(0.85),
        puff=0.03,
        bulge=1.1,
    )
    c.part(
        [
            rounded(
                [
                    (-0.68, -0.1),
                    (-0.5, 0.0, 0.1),
                    (-0.1, 0.26, 0.2),
                    (0.2, 0.44, 0.12),
                    (0.76, 0.45, 0.06),
                    (0.74, 0.49),
                    (0.14, 0.49, 0.1),
                    (-0.16, 0.33, 0.15),
                    (-0.52, 0.06, 0.1),
                    (-0.68, 0.0),
                ],
                0.02,
            )
        ],
        DARK_RUBBER,
        puff=0.012,
    )


@shape("heel", "lay_side")
def _heel(c: Canvas, look: Look) -> None:
    _heel_and_sole(c, look)
    shiny = replace(look.main, gloss=max(look.main.gloss, 0.7))
    c.part(
        [smooth([(-0.6, -0.2), (-0.3, -0.02), (0.1, 0.26), (0.3, 0.3), (0.1, 0.36), (-0.3, 0.14)])],
        replace(LINING, colour=(0.82, 0.70, 0.58)),
        puff=0.03,
    )
    c.part(
        [
            rounded(
                [
                    (-0.7, -0.06, 0.06),
                    (-0.66, -0.36, 0.07),
                    (-0.58, -0.36, 0.05),
                    (-0.4, -0.08, 0.16),
                    (-0.12, 0.2, 0.2),
                    (0.08, 0.3, 0.1),
                    (0.3, 0.12, 0.1),
                    (0.5, 0.2, 0.12),
                    (0.82, 0.43, 0.08),
                    (0.76, 0.47),
                    (0.2, 0.45, 0.1),
                    (-0.1, 0.27, 0.2),
                    (-0.5, 0.0, 0.1),
                ],
                0.03,
                8,
            )
        ],
        shiny,
        puff=0.06,
        bulge=1.2,
    )
    if look.tall > 0.55:
        c.part(stroke([(-0.64, -0.3), (-0.4, -0.42), (-0.2, -0.3), (-0.28, -0.06)], 0.04), shiny, puff=0.015)
        c.part(ellipse(-0.22, -0.26, 0.03), look.trim, puff=0.01)


@shape("sandal", "lay_side")
def _sandal(c: Canvas, look: Look) -> None:
    thick = look.rise(0.09, 0.2)
    cork = replace(WALNUT, colour=(0.72, 0.55, 0.38), relief="speckle", grain=0.1, depth=0.0)
    for pts, w in (
        ([(0.3, 0.24), (0.36, -0.06), (0.52, 0.2)], 0.1),
        ([(-0.52, 0.2), (-0.5, -0.2), (-0.36, 0.2)], 0.06),
    ):
        c.part(stroke(pts, w), look.plain(0.6), puff=0.03)
    c.part(
        [
            rounded(
                [
                    (-0.7, 0.2, 0.06),
                    (-0.3, 0.26, 0.2),
                    (0.2, 0.3, 0.2),
                    (0.74, 0.22, 0.08),
                    (0.76, 0.3 + thick * 0.5, 0.08),
                    (0.6, 0.3 + thick),
                    (-0.66, 0.3 + thick, 0.04),
                ],
                0.04,
            )
        ],
        cork,
        puff=0.04,
        bulge=0.9,
    )
    c.part(
        [rounded([(-0.68, 0.29 + thick), (0.66, 0.29 + thick), (0.6, 0.34 + thick), (-0.64, 0.34 + thick)], 0.02)],
        DARK_RUBBER,
        puff=0.015,
    )
    strap = replace(look.main, gloss=max(look.main.gloss, 0.3))
    c.part(
        [rounded([(0.08, 0.36), (0.16, 0.06, 0.1), (0.3, -0.06, 0.06), (0.42, -0.02, 0.06), (0.56, 0.34)], 0.04)],
        strap,
        puff=0.06,
        bulge=1.1,
    )
    c.part(
        [rounded([(-0.26, 0.34), (-0.18, 0.0, 0.08), (-0.08, -0.14, 0.05), (0.02, -0.12, 0.05), (0.04, 0.34)], 0.04)],
        strap,
        puff=0.05,
        bulge=1.1,
    )
    c.part(stroke([(-0.1, -0.06), (-0.34, -0.12), (-0.58, -0.04), (-0.62, 0.12)], 0.085), strap, puff=0.03, bulge=1.0)
    c.part(ellipse(-0.05, 0.03, 0.06, 0.05), look.trim, puff=0.015, holes=ellipse(-0.05, 0.03, 0.038, 0.03))


@shape("loafer", "lay_side")
def _loafer(c: Canvas, look: Look) -> None:
    leather = replace(look.main, gloss=max(look.main.gloss, 0.5))
    c.part(
        [smooth([(-0.64, -0.1), (-0.3, -0.08), (0.08, -0.1), (0.0, 0.08), (-0.5, 0.1)])],
        replace(LINING, colour=(0.72, 0.58, 0.44)),
        puff=0.04,
    )
    c.part(
        [
            rounded(
                [
                    (-0.72, 0.3),
                    (-0.72, 0.0, 0.1),
                    (-0.66, -0.18, 0.06),
                    (-0.54, -0.12, 0.1),
                    (-0.3, 0.06, 0.2),
                    (-0.08, 0.0, 0.1),
                    (0.06, -0.2, 0.06),
                    (0.2, -0.16, 0.1),
                    (0.5, 0.04, 0.2),
                    (0.74, 0.14, 0.12),
                    (0.78, 0.3, 0.05),
                ],
                0.04,
                8,
            )
        ],
        leather,
        puff=0.09,
        bulge=1.1,
    )
    c.crease([(0.12, -0.1), (0.2, 0.08), (0.5, 0.14), (0.72, 0.16)], 0.03, -0.9)
    c.part(stroke([(-0.12, 0.1), (0.04, -0.02), (0.16, -0.13)], 0.1, 0.08), look.plain(0.85), puff=0.025)
    if look.cut > 0.4:
        c.part(stroke([(0.02, -0.02), (0.09, -0.06)], 0.045, curved=False), look.trim, puff=0.015)
    c.part(
        [rounded([(-0.74, 0.27), (0.8, 0.27), (0.8, 0.34, 0.03), (-0.24, 0.35), (-0.28, 0.43), (-0.73, 0.43)], 0.02)],
        replace(DARK_RUBBER, gloss=0.4),
        puff=0.02,
        shadow=0.4,
    )
