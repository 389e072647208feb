"""Watches and jewellery."""

from dataclasses import replace

import numpy as np

from wares.catalog.demo.canvas import Canvas
from wares.catalog.demo.materials import Material
from wares.catalog.demo.outline import Outline, ellipse, rect, ring, rounded, stroke, turned
from wares.catalog.demo.shapes.look import BLACK, PAPER, STEEL, Look, shape, tint


def _metal(look: Look) -> Material:
    """The trim where it is metal, else steel."""
    return look.trim if look.trim.metal else STEEL


@shape("watch", "long")
def _watch(c: Canvas, look: Look) -> None:
    case, r = _metal(look), look.span(0.31, 0.37)
    band = replace(look.main, pattern="plain")
    w = look.rise(0.15, 0.2)
    for s in (-1, 1):
        c.part(
            [rounded([(-w, s * 0.2), (w, s * 0.2), (w * 0.8, s * 0.88, 0.05), (-w * 0.8, s * 0.88, 0.05)], 0.03)],
            band,
            puff=0.05,
            bulge=1.0,
        )
        c.stitches([(-w * 0.74, s * 0.34), (-w * 0.62, s * 0.82)], (0.9, 0.85, 0.75))
        c.stitches([(w * 0.74, s * 0.34), (w * 0.62, s * 0.82)], (0.9, 0.85, 0.75))
        for x in (-w, w):
            c.part(rect(x - 0.045, s * 0.3 - 0.09, x + 0.045, s * 0.3 + 0.09, 0.03), case, puff=0.02)
    for i in range(3):
        c.part(ellipse(0, 0.55 + i * 0.09, 0.016, 0.022), BLACK, puff=0.006, shadow=0)
    c.part(rect(r - 0.02, -0.05, r + 0.07, 0.05, 0.02), case, puff=0.02)
    c.part(ellipse(0, 0, r), case, puff=0.05, bulge=1.4, shadow=0.5)
    dial = (
        PAPER if look.cut < 0.5 else Material((0.10, 0.13, 0.22) if look.tall > 0.5 else (0.08, 0.09, 0.1), gloss=0.6)
    )
    c.part(ellipse(0, 0, r * 0.84), replace(dial, gloss=0.5), puff=0.03, bulge=-0.6, shadow=0)
    mark = (0.15, 0.15, 0.17) if look.cut < 0.5 else (0.92, 0.9, 0.84)
    for i in range(12):
        a = i * np.pi / 6
        inner = 0.62 if i % 3 == 0 else 0.70
        c.ink(
            stroke(
                [(r * inner * np.sin(a), -r * inner * np.cos(a)), (r * 0.77 * np.sin(a), -r * 0.77 * np.cos(a))],
                0.022 if i % 3 == 0 else 0.012,
                curved=False,
            ),
            mark,
        )
    for a, length, width in ((-1.0, 0.46, 0.032), (0.9, 0.66, 0.022)):
        c.part(
            stroke([(0, 0), (r * length * np.sin(a), -r * length * np.cos(a))], width, width * 0.5, curved=False),
            replace(case, colour=mark, metal=0.3),
            puff=0.008,
            shadow=0.3,
        )
    c.part(
        stroke([(-0.03, 0.08), (0.06, -0.2)], 0.008, curved=False), Material((0.85, 0.25, 0.2)), puff=0.004, shadow=0.2
    )
    c.part(ellipse(0, 0, 0.024), case, puff=0.01)


def _gem(c: Canvas, x: float, y: float, r: float, look: Look) -> None:
    stone = Material(look.main.colour, gloss=1.0, metal=0.25)
    n = 8
    c.part(
        [rounded([(x + r * np.sin(i * 6.283 / n), y - r * np.cos(i * 6.283 / n)) for i in range(n)], 0.0)],
        stone,
        puff=r * 0.5,
        bulge=1.4,
    )
    for i in range(n):
        a, b = i * 6.283 / n, (i + 1) * 6.283 / n
        c.ink(
            [np.array([[x, y], [x + r * np.sin(a), y - r * np.cos(a)], [x + r * np.sin(b), y - r * np.cos(b)]])],
            (1, 1, 1) if i % 2 else (0, 0, 0),
            0.22 if i % 2 else 0.12,
        )
    c.ink(
        [rounded([(x + r * 0.5 * np.sin(i * 6.283 / n), y - r * 0.5 * np.cos(i * 6.283 / n)) for i in range(n)], 0.0)],
        (1, 1, 1),
        0.28,
    )


@shape("necklace", "lay")
def _necklace(c: Canvas, look: Look) -> None:
    gold, drop = _metal(look), look.rise(0.28, 0.5)
    t = np.linspace(-1, 1, 60)
    x, y = 0.56 * np.sin(t * 1.9), -0.62 + (drop + 0.62) * (1 - np.abs(t) ** 1.7) ** 1.0
    pearls = look.cut > 0.6
    if pearls:
        pearl = replace(PAPER, gloss=0.9, colour=(0.95, 0.92, 0.88))
        for k in range(0, 60, 2):
            c.part(ellipse(float(x[k]), float(y[k]), 0.042), pearl, puff=0.03, bulge=1.6)
    else:
        for k in range(59):
            c.part(
                stroke(
                    [(float(x[k]), float(y[k])), (float(x[k + 1]), float(y[k + 1]))],
                    0.02 if k % 2 else 0.03,
                    curved=False,
                ),
                gold,
                puff=0.01,
                shadow=0.2,
            )
    c.part(ring(0, drop + 0.04, 0.035, 0.045, 0.016), gold, puff=0.01)
    if look.cut < 0.3:
        c.part(ellipse(0, drop + 0.2, 0.13), gold, puff=0.05, bulge=0.9)
        c.part(ellipse(0, drop + 0.2, 0.1), gold, puff=0.03, bulge=-0.8)
        _gem(c, 0, drop + 0.2, 0.05, look)
    else:
        c.part(
            [
                rounded(
                    [(0, drop + 0.06), (0.13, drop + 0.24, 0.1), (0, drop + 0.36, 0.1), (-0.13, drop + 0.24, 0.1)], 0.03
                )
            ],
            gold,
            puff=0.03,
            bulge=1.3,
        )
        _gem(c, 0, drop + 0.235, 0.095, look)


@shape("ring", "table")
def _finger_ring(c: Canvas, look: Look) -> None:
    gold, r = _metal(look), look.span(0.36, 0.42)
    c.part(
        ring(0, 0.18, r * 0.96, r * 0.94, look.rise(0.06, 0.1)),
        replace(gold, colour=tint(gold.colour, 0.72)),
        puff=0.03,
        bulge=-0.8,
    )
    c.part(ring(0, 0.2, r, r, look.rise(0.08, 0.13)), gold, puff=0.035, bulge=1.5, shadow=0.2)
    y = 0.2 - r - 0.12
    for s in (-1, 1):
        c.part(stroke([(s * 0.05, y + 0.17), (s * 0.14, y - 0.02)], 0.035, 0.02, curved=False), gold, puff=0.012)
    _gem(c, 0, y, look.span(0.14, 0.19), look)
    for s in (-1, 1):
        c.part(ellipse(s * 0.13, y - 0.06, 0.025), gold, puff=0.012)


@shape("earrings", "lay")
def _earrings(c: Canvas, look: Look) -> None:
    gold = _metal(look)
    for s in (-1, 1):
        x = s * 0.33
        if look.cut > 0.62:
            hoop: Outline = ring(x, 0.06, 0.24, 0.32, 0.06)
            c.part(hoop, gold, puff=0.03, bulge=1.5)
            c.part(ellipse(x, -0.26, 0.045), gold, puff=0.02)
        else:
            c.part(
                stroke([(x, -0.22), (x - s * 0.02, -0.46), (x + s * 0.1, -0.5), (x + s * 0.12, -0.36)], 0.02),
                gold,
                puff=0.01,
            )
            c.part(ellipse(x, -0.18, 0.06), gold, puff=0.03)
            if look.cut > 0.3:
                c.part(
                    turned(
                        [rounded([(x, -0.1), (x + 0.13, 0.22, 0.12), (x, 0.38, 0.12), (x - 0.13, 0.22, 0.12)], 0.03)],
                        0.04 * s,
                        x,
                        0,
                    ),
                    gold,
                    puff=0.03,
                    bulge=1.2,
                )
                _gem(c, x, 0.2, 0.09, look)
            else:
                c.part(stroke([(x, -0.14), (x, 0.06)], 0.016, curved=False), gold, puff=0.008)
                c.part(
                    ellipse(x, 0.18, 0.14), replace(PAPER, gloss=0.9, colour=(0.95, 0.92, 0.88)), puff=0.09, bulge=1.5
                )
