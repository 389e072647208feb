"""Boots in profile, toe to the right: elastic sides or laces."""

from dataclasses import replace

from wares.catalog.demo.canvas import Canvas
from wares.catalog.demo.materials import Material
from wares.catalog.demo.outline import ellipse, rounded, stroke
from wares.catalog.demo.shapes.look import DARK_RUBBER, LINING, WALNUT, Look, shape
from wares.catalog.demo.shapes.shoes import laces


def _elastic_side(c: Canvas, look: Look, shaft: float) -> None:
    c.part(
        [rounded([(-0.42, shaft + 0.03), (-0.2, shaft + 0.03), (-0.22, 0.0, 0.08), (-0.4, 0.0, 0.08)], 0.03)],
        replace(DARK_RUBBER, relief="rib", depth=0.6),
        puff=0.015,
        bulge=0.5,
    )
    c.part(
        stroke([(-0.56, shaft + 0.01), (-0.57, shaft - 0.11), (-0.52, shaft - 0.12), (-0.51, shaft + 0.02)], 0.04),
        look.plain(0.85),
        puff=0.015,
    )


def _laced_front(c: Canvas, look: Look, shaft: float, leather: Material) -> None:
    c.crease([(-0.2, shaft), (-0.22, 0.1), (0.0, 0.34)], 0.014, 0.6)
    laces(
        c,
        [
            (-0.1, shaft + 0.1),
            (-0.1, shaft + 0.21),
            (-0.09, shaft + 0.32),
            (-0.06, shaft + 0.43),
            (0.02, shaft + 0.53),
        ],
        look,
        0.12,
    )
    c.part(
        [rounded([(0.42, 0.36), (0.42, 0.1, 0.1), (0.66, 0.08, 0.12), (0.75, 0.36)], 0.04)],
        leather,
        puff=0.05,
        shadow=0.2,
    )


@shape("boot", "lay_side")
def _boot(c: Canvas, look: Look) -> None:
    shaft = look.rise(-0.52, -0.72)
    c.part(ellipse(-0.34, shaft, 0.25, 0.045), LINING, puff=0.02)
    leather = replace(look.main, gloss=max(look.main.gloss, 0.4))
    c.part(
        [
            rounded(
                [
                    (-0.6, 0.36),
                    (-0.6, -0.05, 0.2),
                    (-0.6, shaft, 0.03),
                    (-0.08, shaft, 0.03),
                    (-0.06, -0.1, 0.16),
                    (0.2, 0.0, 0.2),
                    (0.66, 0.1, 0.2),
                    (0.74, 0.36, 0.06),
                ],
                0.05,
                8,
            )
        ],
        leather,
        puff=0.1,
        bulge=1.1,
    )
    c.crease([(-0.14, -0.05), (-0.02, 0.06), (0.12, 0.02)], 0.04, 0.5)
    c.crease([(-0.12, 0.05), (0.04, 0.12), (0.2, 0.06)], 0.03, 0.4)
    if look.cut > 0.5:
        _elastic_side(c, look, shaft)
    else:
        _laced_front(c, look, shaft, leather)
    sole = DARK_RUBBER if look.cut < 0.75 else replace(WALNUT, grain=0.06)
    c.part(
        [rounded([(-0.63, 0.33), (0.76, 0.33), (0.77, 0.41, 0.04), (-0.18, 0.42), (-0.22, 0.5), (-0.62, 0.5)], 0.02)],
        sole,
        puff=0.02,
        bulge=0.8,
        shadow=0.4,
    )
    c.stitches([(-0.6, 0.345), (0.72, 0.345)], (0.8, 0.7, 0.5))
