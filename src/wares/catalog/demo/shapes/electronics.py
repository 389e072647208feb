"""Electronics: headphones, earbuds, speaker, phone, laptop, camera."""

from dataclasses import replace

import numpy as np

from wares.catalog.demo.canvas import Canvas
from wares.catalog.demo.materials import Material
from wares.catalog.demo.outline import ellipse, lathe, rect, ring, rounded, smooth, stroke
from wares.catalog.demo.shapes.look import BLACK, DARK_RUBBER, DARK_STEEL, SCREEN, STEEL, Look, shape, tint


@shape("headphones", "table")
def _headphones(c: Canvas, look: Look) -> None:
    soft = replace(DARK_RUBBER, relief="leather", depth=0.3, colour=tint(look.main.colour, 0.45))
    w = look.span(0.48, 0.56)
    c.part(ring(0, 0.02, w, 0.64, 0.085, 3.14, 3.14), look.main, puff=0.035, bulge=1.2)
    c.part(ring(0, 0.04, w - 0.06, 0.58, 0.05, 3.6, 2.2), soft, puff=0.03, bulge=1.0, shadow=0.2)
    for s in (-1, 1):
        c.part(stroke([(s * w, 0.0), (s * (w + 0.02), 0.18)], 0.06, curved=False), STEEL, puff=0.02)
        c.part(ellipse(s * (w - 0.11), 0.3, 0.13, 0.28), soft, puff=0.07, bulge=1.4)
        c.part(ellipse(s * (w + 0.03), 0.3, look.rise(0.16, 0.2), 0.29), look.main, puff=0.09, bulge=1.3)
        c.part(
            ellipse(s * (w + 0.05), 0.3, 0.1, 0.19),
            replace(look.plain(0.9), metal=look.trim.metal * 0.8),
            puff=0.04,
            bulge=-0.8,
            shadow=0,
        )
        c.crease([(s * (w - 0.1), 0.1), (s * (w - 0.14), 0.3), (s * (w - 0.1), 0.5)], 0.012, 0.6)


@shape("earbuds", "table")
def _earbuds(c: Canvas, look: Look) -> None:
    shell = replace(look.main, gloss=0.8, pattern="plain")
    c.part(
        rect(-0.46, -0.46, 0.46, 0.0, 0.18), replace(shell, colour=tint(look.main.colour, 0.9)), puff=0.09, bulge=1.0
    )
    c.part(
        rect(-0.36, -0.36, 0.36, -0.03, 0.12),
        replace(BLACK, colour=tint(look.main.colour, 0.5)),
        puff=0.05,
        bulge=-0.8,
        shadow=0,
    )
    tip = replace(DARK_RUBBER, colour=tint(look.main.colour, 0.75))
    for s in (-1, 1):
        c.part(ellipse(s * 0.27, -0.2, 0.06, 0.075, -0.5 * s), tip, puff=0.03, bulge=1.3)
        c.part(ellipse(s * 0.17, -0.2, 0.105, 0.1, 0.3 * s), shell, puff=0.06, bulge=1.4)
        c.part(stroke([(s * 0.14, -0.16), (s * 0.12, 0.08)], 0.085, 0.075, curved=False), shell, puff=0.035, bulge=1.3)
        c.ink(stroke([(s * 0.14, -0.1), (s * 0.135, -0.03)], 0.014, curved=False), (0.25, 0.25, 0.27), 0.7)
    c.part(rect(-0.48, -0.02, 0.48, 0.5, 0.2), shell, puff=0.12, bulge=1.2, shadow=0.5)
    c.part(ellipse(0, 0.2, 0.022), Material((0.45, 0.9, 0.55), gloss=0.3), puff=0.01, shadow=0)
    c.crease([(-0.12, 0.0), (0.12, 0.0)], 0.02, 0.9, curved=False)


@shape("speaker", "table")
def _speaker(c: Canvas, look: Look) -> None:
    mesh = replace(look.main, relief="weave", depth=0.9, grain=0.22, gloss=0.1)
    if look.cut > 0.5:
        w = look.span(0.3, 0.44)
        c.revolve(lathe([(-0.58, w, 0.12), (0.56, w, 0.06)]), mesh)
        c.part(ellipse(0, -0.53, w * 0.94, 0.1), look.plain(0.7), puff=0.03, bulge=0.8, shadow=0)
        c.part(ellipse(0, -0.53, w * 0.66, 0.066), replace(BLACK, gloss=0.9), puff=0.02, shadow=0)
        c.ink(ring(0, -0.53, w * 0.5, 0.05, 0.012), (0.4, 0.8, 0.95), 0.9)
        c.part(
            [
                rounded(
                    [
                        (-w * 0.98, 0.42),
                        (-w * 0.6, 0.5, 0.2),
                        (w * 0.6, 0.5, 0.2),
                        (w * 0.98, 0.42),
                        (w * 0.96, 0.54, 0.08),
                        (0, 0.625, 0.3),
                        (-w * 0.96, 0.54, 0.08),
                    ],
                    0.03,
                )
            ],
            DARK_RUBBER,
            puff=0.03,
        )
        c.part(rect(w * 0.5, 0.0, w * 0.62, 0.16, 0.02), look.trim, puff=0.012)
    else:
        c.part(rect(-0.72, -0.24, 0.72, 0.4, 0.2), look.plain(0.8), puff=0.1, bulge=1.2)
        c.part(rect(-0.66, -0.19, 0.66, 0.35, 0.17), mesh, puff=0.06, bulge=0.8, shadow=0.2)
        for s in (-1, 1):
            c.dent(ellipse(s * 0.34, 0.08, 0.17), 0.03, -0.9)
            c.part(ring(s * 0.34, 0.08, 0.19, 0.19, 0.02), look.trim, puff=0.012, shadow=0.2)
        for i in range(3):
            c.part(ellipse(-0.12 + i * 0.12, -0.24, 0.035, 0.016), DARK_RUBBER, puff=0.01)
        c.part(stroke([(0.7, -0.04), (0.86, 0.06), (0.7, 0.18)], 0.035), look.trim, puff=0.015)


def _wallpaper(c: Canvas, look: Look, x0: float, y0: float, x1: float, y1: float) -> None:
    """A gently coloured screen picture, printed on the last part."""
    a, b = look.main.colour, look.trim.colour
    n = 16
    for i in range(n):
        t = i / (n - 1)
        colour = tuple(min(1.0, 0.15 + 0.85 * (a[k] * (1 - t) + b[k] * t)) for k in range(3))
        c.ink(rect(x0, y0 + (y1 - y0) * i / n, x1, y1), colour)  # type: ignore[arg-type]
    w, h = x1 - x0, y1 - y0
    c.ink(ellipse(x0 + w * 0.66, y0 + h * 0.3, w * 0.17), (1.0, 0.95, 0.85), 0.75)
    for k, (base, amp) in enumerate(((0.62, 0.08), (0.76, 0.06))):
        xs = np.linspace(x0, x1, 14)
        ys = y0 + h * (base + amp * np.sin(np.linspace(0, 5, 14) + 2 * k))
        c.ink([np.vstack([np.stack([xs, ys], 1), [[x1, y1], [x0, y1]]])], tint(a, 0.55 - 0.2 * k), 0.8)


@shape("phone", "lay")
def _phone(c: Canvas, look: Look) -> None:
    w, h = look.span(0.30, 0.34), look.rise(0.62, 0.70)
    body = replace(look.main, gloss=0.8, metal=0.35, pattern="plain", relief="plain")
    c.part(rect(-0.42, -h + 0.02, -0.42 + 2 * w, h - 0.02, 0.09), body, puff=0.03, bulge=0.9)
    c.part(
        rect(-0.37, -h + 0.07, -0.10, -h + 0.36, 0.07),
        replace(body, colour=tint(look.main.colour, 0.9)),
        puff=0.015,
        bulge=0.9,
    )
    for x, y in ((-0.3, -h + 0.14), (-0.3, -h + 0.29), (-0.17, -h + 0.215)):
        c.part(ellipse(x, y, 0.058), DARK_STEEL, puff=0.015)
        c.part(ellipse(x, y, 0.042), SCREEN, puff=0.03)
        c.ink(ellipse(x - 0.012, y - 0.014, 0.012), (0.6, 0.7, 0.95), 0.8)
    x0 = -0.12
    c.part(
        rect(x0, -h, x0 + 2 * w, h, 0.09),
        replace(DARK_STEEL, colour=tint(look.main.colour, 0.8)),
        puff=0.02,
        bulge=1.0,
        shadow=0.6,
    )
    c.part(rect(x0 + 0.022, -h + 0.022, x0 + 2 * w - 0.022, h - 0.022, 0.075), SCREEN, puff=0.01, bulge=0.2, shadow=0)
    c.part(
        rect(x0 + 0.035, -h + 0.035, x0 + 2 * w - 0.035, h - 0.035, 0.065),
        replace(SCREEN, gloss=0.35),
        puff=0.005,
        bulge=0.1,
        shadow=0,
    )
    _wallpaper(c, look, x0 + 0.03, -h + 0.03, x0 + 2 * w - 0.03, h - 0.03)
    c.ink(rect(x0 + w - 0.07, -h + 0.055, x0 + w + 0.07, -h + 0.09, 0.017), (0.02, 0.02, 0.03))
    for i in range(4):
        c.ink(
            rect(x0 + 0.075 + i * (2 * w - 0.13) / 4, h - 0.17, x0 + 0.165 + i * (2 * w - 0.13) / 4, h - 0.08, 0.025),
            (1, 1, 1),
            0.7,
        )


@shape("laptop", "table")
def _laptop(c: Canvas, look: Look) -> None:
    alloy = replace(look.main, gloss=0.5, metal=0.55, pattern="plain", relief="plain", fold=0, depth=0)
    c.part(rect(-0.6, -0.5, 0.6, 0.28, 0.05), replace(alloy, colour=tint(look.main.colour, 0.75)), puff=0.015)
    c.part(rect(-0.575, -0.475, 0.575, 0.26, 0.035), SCREEN, puff=0.006, bulge=0.2, shadow=0)
    c.part(rect(-0.545, -0.44, 0.545, 0.23, 0.012), replace(SCREEN, gloss=0.25), puff=0.004, bulge=0.1, shadow=0)
    _wallpaper(c, look, -0.545, -0.44, 0.545, 0.23)
    c.part(
        [rounded([(-0.6, 0.28), (0.6, 0.28), (0.8, 0.56, 0.03), (-0.8, 0.56, 0.03)], 0.015)],
        alloy,
        puff=0.012,
        tilt=(0, -0.35),
        shadow=0.3,
    )
    c.part(
        [rounded([(-0.54, 0.305), (0.54, 0.305), (0.62, 0.44), (-0.62, 0.44)], 0.01)],
        replace(SCREEN, gloss=0.1, colour=(0.12, 0.12, 0.13)),
        puff=0.004,
        shadow=0,
    )
    for row in range(4):
        for k in range(13):
            y = 0.32 + row * 0.031
            s = 0.545 + (y - 0.305) * 0.55
            x = -s + (k + 0.12) * 2 * s / 13
            c.ink(rect(x, y, x + 1.7 * s / 13, y + 0.022), (0.28, 0.28, 0.3))
    c.part(
        [rounded([(-0.19, 0.46), (0.19, 0.46), (0.21, 0.54), (-0.21, 0.54)], 0.01)],
        replace(alloy, colour=tint(look.main.colour, 0.9)),
        puff=0.006,
        tilt=(0, -0.2),
        shadow=0.1,
    )
    c.part(
        [rounded([(-0.8, 0.555), (0.8, 0.555), (0.78, 0.59), (-0.78, 0.59)], 0.012)],
        replace(alloy, colour=tint(look.main.colour, 0.7)),
        puff=0.012,
        shadow=0,
    )


@shape("camera", "table")
def _camera(c: Canvas, look: Look) -> None:
    body = replace(look.main, relief="leather", depth=0.25, grain=0.06, gloss=0.3, pattern="plain")
    silver = STEEL if look.cut > 0.4 else DARK_STEEL
    c.part(rect(-0.34, -0.5, -0.14, -0.34, 0.03), silver, puff=0.03)
    c.part([rounded([(-0.2, -0.36), (-0.14, -0.56), (0.2, -0.56), (0.26, -0.36)], 0.04)], silver, puff=0.04)
    c.revolve(lathe([(-0.48, 0.08), (-0.38, 0.08)], 0.46), silver)
    c.part(ellipse(-0.52, -0.4, 0.06, 0.035), look.trim, puff=0.02)
    c.part(rect(-0.7, -0.38, 0.7, 0.46, 0.09), silver, puff=0.05, bulge=1.1)
    c.part(rect(-0.7, -0.2, 0.7, 0.34, 0.04), body, puff=0.03, bulge=0.7, shadow=0.15)
    c.part(
        rect(-0.68, -0.22, -0.42, 0.42, 0.08),
        replace(body, colour=tint(look.main.colour, 0.85)),
        puff=0.05,
        bulge=1.1,
        shadow=0.3,
    )
    for r, m, b in (
        (0.38, silver, 1.2),
        (0.335, DARK_RUBBER, 1.0),
        (0.29, DARK_STEEL, 1.2),
        (0.24, BLACK, -1.0),
        (0.19, SCREEN, 1.1),
    ):
        c.part(ellipse(0.08, 0.07, r), m, puff=0.035, bulge=b, shadow=0.3)
    c.ink(ellipse(0.02, 0.0, 0.055, 0.035, -0.7), (0.62, 0.70, 0.98), 0.75)
    c.ink(ellipse(0.15, 0.15, 0.03), (0.75, 0.5, 0.85), 0.5)
    c.part(ellipse(0.56, -0.29, 0.035), SCREEN, puff=0.015)
    c.part([smooth([(-0.1, -0.45), (0.03, -0.48), (0.16, -0.45), (0.03, -0.42)])], DARK_STEEL, puff=0.01, shadow=0)
