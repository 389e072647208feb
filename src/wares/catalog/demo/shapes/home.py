"""Lamps, decoration and home textiles."""

from dataclasses import replace

import numpy as np

from wares.catalog.demo.canvas import Canvas
from wares.catalog.demo.materials import Material
from wares.catalog.demo.outline import ellipse, lathe, rect, ring, rounded, smooth, stroke
from wares.catalog.demo.shapes.look import BLACK, BRASS, DARK_STEEL, OAK, PAPER, Look, shape, tint

GLOW = Material((1.25, 1.12, 0.86))


def _glow(c: Canvas, x: float, y: float, r: float) -> None:
    for k in range(4):
        c.ink(ellipse(x, y, r * (1 - k * 0.2)), (1.2, 1.08, 0.82), 0.16)


@shape("table lamp", "table")
def _table_lamp(c: Canvas, look: Look) -> None:
    r, top = look.span(0.4, 0.52), look.rise(-0.62, -0.72)
    base = replace(look.trim, gloss=0.6)
    if look.cut > 0.5:
        c.revolve(
            lathe([(-0.1, 0.05), (0.1, 0.13, 0.1), (0.36, 0.25, 0.2), (0.58, 0.18, 0.1), (0.64, 0.2, 0.03)]),
            base,
        )
    else:
        c.revolve(lathe([(0.58, 0.1, 0.03), (0.66, 0.27, 0.02)]), base)
        c.revolve(rect(-0.025, -0.2, 0.025, 0.6), BRASS)
    c.revolve(lathe([(top, r * 0.58), (0.0, r)]), look.main, shadow=0.5)
    _glow(c, 0, -0.2, r * 0.8)
    c.part(ellipse(0, top, r * 0.58, 0.06), GLOW, puff=0.02, shadow=0)


@shape("floor lamp", "room")
def _floor_lamp(c: Canvas, look: Look) -> None:
    metal = look.trim if look.trim.metal else DARK_STEEL
    if look.cut > 0.5:
        for x in (-0.3, 0.3, 0.05):
            c.part(stroke([(0, -0.3), (x, 0.8)], 0.045, 0.03, curved=False), OAK, puff=0.02)
    else:
        c.revolve(lathe([(0.74, 0.2, 0.02), (0.78, 0.22)]), metal)
        c.revolve(rect(-0.02, -0.4, 0.02, 0.76), metal)
    r = look.rise(0.28, 0.36)
    c.revolve(lathe([(-0.84, r * 0.68), (-0.34, r)]), look.main, shadow=0.4)
    _glow(c, 0, -0.55, r * 0.8)
    c.part(ellipse(0, -0.84, r * 0.68, 0.04), GLOW, puff=0.02, shadow=0)


@shape("pendant", "hang")
def _pendant(c: Canvas, look: Look) -> None:
    r = look.span(0.44, 0.58)
    c.part(rect(-0.01, -1.2, 0.01, -0.3), BLACK, puff=0.006)
    c.revolve(lathe([(-0.42, 0.05), (-0.28, 0.07)]), BRASS)
    c.part(ellipse(0, 0.33, 0.15, 0.16), GLOW, puff=0.06, bulge=0.4)
    shade = replace(look.main, gloss=max(look.main.gloss, 0.5))
    if look.tall > 0.5:
        c.revolve(
            [
                rounded(
                    [
                        (-r, 0.32, 0.03),
                        (-r * 0.96, 0.0, 0.3),
                        (-0.1, -0.3, 0.16),
                        (0.1, -0.3, 0.16),
                        (r * 0.96, 0.0, 0.3),
                        (r, 0.32, 0.03),
                        (0, 0.36, 0.3),
                    ],
                    0.05,
                )
            ],
            shade,
        )
    else:
        c.revolve(
            [
                rounded(
                    [
                        (-r, 0.3, 0.03),
                        (-r * 0.4, -0.2, 0.1),
                        (-0.08, -0.3, 0.05),
                        (0.08, -0.3, 0.05),
                        (r * 0.4, -0.2, 0.1),
                        (r, 0.3, 0.03),
                        (0, 0.34, 0.3),
                    ],
                    0.05,
                )
            ],
            shade,
        )
    c.part(ellipse(0, 0.325, r * 0.98, 0.055), replace(GLOW, colour=(1.1, 0.97, 0.74)), puff=0.03, bulge=-0.4, shadow=0)


@shape("vase", "table")
def _vase(c: Canvas, look: Look) -> None:
    neck, belly, top = look.span(0.1, 0.2), look.rise(0.26, 0.42), -0.16
    stems = ((-0.2, -0.66), (-0.05, -0.8), (0.14, -0.74), (0.27, -0.56))
    petal = replace(look.trim, gloss=0.1, metal=0.0, relief="plush", depth=0.4)
    for x, y in stems:
        c.part(stroke([(0, top + 0.1), (x * 0.5, (y + top) / 2), (x, y)], 0.022), Material((0.34, 0.5, 0.3)), puff=0.01)
        c.part(
            [
                smooth(
                    [
                        (x * 0.5, (y + top) / 2),
                        (x * 0.5 + 0.1, (y + top) / 2 - 0.09),
                        (x * 0.5 + 0.14, (y + top) / 2 - 0.02),
                    ]
                )
            ],
            Material((0.36, 0.54, 0.33)),
            puff=0.02,
        )
        for k in range(6):
            a = k * 1.047
            c.part(ellipse(x + 0.065 * np.cos(a), y + 0.06 * np.sin(a), 0.055, 0.045, a), petal, puff=0.025, shadow=0.2)
        c.part(ellipse(x, y, 0.035), Material((0.95, 0.78, 0.35), relief="plush", depth=0.6), puff=0.02)
    c.revolve(
        lathe(
            [
                (top, neck, 0.02),
                (top + 0.16, neck * 0.9, 0.12),
                (0.2, belly, 0.25),
                (0.5, belly * 0.8, 0.2),
                (0.64, belly * 0.55, 0.03),
            ]
        ),
        look.main,
    )
    c.part(ellipse(0, top, neck, 0.03), look.plain(0.5), puff=0.015, bulge=-0.8, shadow=0)


@shape("candle", "table")
def _candle(c: Canvas, look: Look) -> None:
    r, top = look.span(0.3, 0.38), look.rise(-0.2, -0.34)
    c.revolve(lathe([(top, r, 0.01), (0.5, r * 0.97, 0.05)]), replace(look.main, gloss=max(look.main.gloss, 0.5)))
    c.part(ellipse(0, top, r, r * 0.19), look.plain(1.1), puff=0.015, shadow=0)
    c.part(
        ellipse(0, top + 0.015, r * 0.93, r * 0.16),
        Material((1.0, 0.94, 0.82), gloss=0.3),
        puff=0.03,
        bulge=-0.6,
        shadow=0,
    )
    c.part(rect(-r * 0.55, top + 0.2, r * 0.55, top + 0.52, 0.02), PAPER, puff=0.004, bulge=0.1, shadow=0.1)
    for i, w in enumerate((0.3, 0.4, 0.22)):
        c.ink(rect(-r * w, top + 0.28 + i * 0.065, r * w, top + 0.295 + i * 0.065), (0.3, 0.28, 0.26), 0.8)
    c.part(stroke([(0, top + 0.01), (0.008, top - 0.07)], 0.016, curved=False), BLACK, puff=0.006, shadow=0)
    c.part(
        [
            smooth(
                [
                    (0.008, top - 0.3),
                    (0.055, top - 0.14),
                    (0.04, top - 0.06),
                    (0.008, top - 0.04),
                    (-0.03, top - 0.07),
                    (-0.035, top - 0.15),
                ]
            )
        ],
        Material((1.4, 0.95, 0.35), opacity=0.95),
        puff=0.03,
        bulge=0.2,
        shadow=0,
    )
    c.ink(ellipse(0.008, top - 0.1, 0.018, 0.05), (1.3, 1.25, 0.95), 0.9)


@shape("clock", "hang")
def _clock(c: Canvas, look: Look) -> None:
    r = look.span(0.56, 0.66)
    c.part(ellipse(0, 0, r), look.main, puff=0.05, bulge=1.4)
    face = PAPER if look.tall > 0.4 else Material((0.12, 0.13, 0.15))
    ink = (0.14, 0.14, 0.16) if look.tall > 0.4 else (0.94, 0.92, 0.88)
    c.part(ellipse(0, 0, r * 0.88), face, puff=0.03, bulge=-0.7, shadow=0)
    for i in range(60):
        a = i * np.pi / 30
        long = i % 5 == 0
        c.ink(
            stroke(
                [
                    (r * (0.68 if long else 0.77) * np.sin(a), -r * (0.68 if long else 0.77) * np.cos(a)),
                    (r * 0.8 * np.sin(a), -r * 0.8 * np.cos(a)),
                ],
                0.026 if long else 0.008,
                curved=False,
            ),
            ink,
            0.9,
        )
    for a, length, width in ((-0.95, 0.4, 0.045), (1.05, 0.62, 0.03)):
        c.part(
            stroke(
                [(-0.08 * np.sin(a), 0.08 * np.cos(a)), (r * length * np.sin(a), -r * length * np.cos(a))],
                width,
                width * 0.6,
                curved=False,
            ),
            Material(ink),
            puff=0.01,
            shadow=0.3,
        )
    c.part(
        stroke([(0.05, 0.12), (-0.18, -0.36)], 0.01, curved=False), replace(look.trim, metal=0), puff=0.005, shadow=0.3
    )
    c.part(ellipse(0, 0, 0.04), look.trim, puff=0.02)


@shape("cushion", "lay")
def _cushion(c: Canvas, look: Look) -> None:
    w, h = look.span(0.56, 0.64), look.rise(0.42, 0.62)
    c.part(
        [
            smooth(
                [
                    (-w, -h),
                    (-w * 0.5, -h * 0.95),
                    (0, -h * 0.93),
                    (w * 0.5, -h * 0.95),
                    (w, -h),
                    (w * 0.95, 0),
                    (w, h),
                    (w * 0.5, h * 0.95),
                    (0, h * 0.93),
                    (-w * 0.5, h * 0.95),
                    (-w, h),
                    (-w * 0.95, 0),
                ]
            )
        ],
        look.main,
        puff=0.17,
        bulge=1.1,
    )
    for sx in (-1, 1):
        for sy in (-1, 1):
            c.crease(
                [(sx * w * 0.93, sy * h * 0.93), (sx * w * 0.75, sy * h * 0.78), (sx * w * 0.6, sy * h * 0.7)],
                0.05,
                0.4,
            )
    if look.tall > 0.6:
        c.part(stroke([(-w, -h), (0, -h * 0.93), (w, -h)], 0.025), look.trim, puff=0.012)
        c.part(stroke([(-w, h), (0, h * 0.93), (w, h)], 0.025), look.trim, puff=0.012)


@shape("rug", "lay")
def _rug(c: Canvas, look: Look) -> None:
    pile = replace(look.main, relief="plush", depth=0.6, grain=0.1, gloss=0.0)
    if look.cut > 0.7:
        c.part(ellipse(0, 0, 0.76), pile, puff=0.015, bulge=0.8)
        c.ink(ring(0, 0, 0.68, 0.68, 0.05), look.trim.colour, 0.85)
        return
    h = look.rise(0.46, 0.58)
    for s in (-1, 1):
        for i in range(26):
            y = -h + 0.03 + i * (2 * h - 0.06) / 25
            c.part(
                stroke([(s * 0.76, y), (s * 0.86, y + 0.012 * (i % 3 - 1))], 0.022, 0.014, curved=False),
                Material((0.9, 0.86, 0.78), relief="plush", depth=0.4),
                puff=0.01,
                shadow=0,
            )
    c.part(rect(-0.78, -h, 0.78, h, 0.01), pile, puff=0.012, bulge=0.8)
    for m, k in ((0.05, 0.035), (0.11, 0.015)):
        for a, b in (
            ((-0.78 + m, -h + m), (0.78 - m, -h + m)),
            ((-0.78 + m, h - m), (0.78 - m, h - m)),
            ((-0.78 + m, -h + m), (-0.78 + m, h - m)),
            ((0.78 - m, -h + m), (0.78 - m, h - m)),
        ):
            c.ink(stroke([a, b], k, curved=False), look.trim.colour, 0.9)


@shape("towels", "table")
def _towels(c: Canvas, look: Look) -> None:
    terry = replace(look.main, relief="plush", depth=0.7, grain=0.08, gloss=0.0, fold=0.1)
    n = 3
    for i in range(n):
        y1 = 0.46 - i * 0.25
        w = 0.58 - 0.025 * i
        shade = (0.9, 1.0, 1.12)[i] if look.cut > 0.5 else 1.0
        m = replace(terry, colour=tint(look.main.colour, shade))
        c.part(rect(-w, y1 - 0.24, w, y1, 0.1), m, puff=0.07, bulge=1.2, shadow=0.5)
        c.crease([(-w * 0.98, y1 - 0.12), (w * 0.84, y1 - 0.115)], 0.02, 1.1, curved=False)
        c.part(
            rect(w * 0.42, y1 - 0.238, w * 0.54, y1 - 0.002, 0.01),
            replace(look.trim, gloss=0, metal=0, opacity=0.75),
            puff=0.008,
            bulge=0.3,
            shadow=0,
        )


@shape("picture frame", "hang")
def _picture_frame(c: Canvas, look: Look) -> None:
    w, h = (0.5, 0.66) if look.tall > 0.4 else (0.68, 0.5)
    frame = OAK if look.cut < 0.4 else Material((0.1, 0.1, 0.11), gloss=0.4) if look.cut < 0.7 else BRASS
    c.part(rect(-w, -h, w, h, 0.01), frame, puff=0.025, bulge=1.2)
    c.part(rect(-w + 0.06, -h + 0.06, w - 0.06, h - 0.06), PAPER, puff=0.015, bulge=-0.7, shadow=0)
    x, y = w - 0.17, h - 0.17
    c.part(rect(-x, -y, x, y), replace(look.plain(1.25), relief="weave", depth=0.1), puff=0.004, bulge=0.1, shadow=0)
    a, b = look.main.colour, look.trim.colour
    c.ink(ellipse(x * 0.3, -y * 0.4, x * 0.34), b)
    for k, base in enumerate((0.05, 0.35, 0.62)):
        xs = np.linspace(-x, x, 24)
        ys = y * (base + 0.16 * np.sin(xs * 6 + k * 2.1))
        c.ink([np.vstack([np.stack([xs, ys], 1), [[x, y], [-x, y]]])], tint(a, 0.9 - 0.27 * k))
