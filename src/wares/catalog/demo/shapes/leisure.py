"""Sports and music: bicycle, helmet, ball, dumbbell, yoga mat, racket, guitars."""

from dataclasses import replace

import numpy as np

from wares.catalog.demo.canvas import Canvas
from wares.catalog.demo.materials import Material
from wares.catalog.demo.outline import Outline, ellipse, lathe, rect, ring, rounded, smooth, stroke, turned
from wares.catalog.demo.shapes.look import BLACK, DARK_RUBBER, DARK_STEEL, OAK, PAPER, STEEL, WALNUT, Look, shape, tint


def _wheel(c: Canvas, x: float, y: float, r: float) -> None:
    for k in range(14):
        a = k * 2 * np.pi / 14
        c.part(
            stroke([(x, y), (x + r * np.cos(a), y + r * np.sin(a))], 0.007, curved=False), STEEL, puff=0.004, shadow=0
        )
    c.part(ring(x, y, r, r, 0.05), DARK_RUBBER, puff=0.022, bulge=1.1, shadow=0)
    c.part(ring(x, y, r - 0.04, r - 0.04, 0.018), STEEL, puff=0.01, shadow=0)
    c.part(ellipse(x, y, 0.035), STEEL, puff=0.015)


@shape("bicycle", "outside")
def _bicycle(c: Canvas, look: Look) -> None:
    r, hub = 0.34, 0.36
    rear, front, crank = (-0.54, hub), (0.54, hub), (-0.1, hub + 0.02)
    seat, head = (-0.24, -0.28), (0.36, -0.3)
    for x, y in (rear, front):
        _wheel(c, x, y, r)
    paint = replace(look.main, gloss=0.85, metal=0.25, pattern="plain", relief="plain", depth=0)

    def tube(*points: tuple[float, float], w: float = 0.042) -> None:
        c.part(stroke(points, w, curved=len(points) > 2), paint, puff=0.018, bulge=1.4, shadow=0.2)

    tube(rear, crank, w=0.03)
    tube(rear, (seat[0] + 0.01, seat[1] + 0.06), w=0.028)
    step = look.cut > 0.6
    tube((seat[0] - 0.02, seat[1] - 0.1), crank)
    if step:
        tube(crank, (0.1, 0.2), (0.3, -0.05), (head[0] + 0.02, head[1] + 0.08))
    else:
        tube(crank, (head[0] + 0.03, head[1] + 0.1), w=0.048)
        tube((seat[0] + 0.015, seat[1] + 0.04), (head[0] + 0.01, head[1] + 0.04))
    tube((head[0] - 0.02, head[1] - 0.1), (head[0] + 0.05, head[1] + 0.16), (0.5, 0.18), front, w=0.038)
    c.part(ellipse(*crank, 0.1), DARK_STEEL, puff=0.02, holes=ellipse(*crank, 0.06))
    c.part(stroke([crank, (0.02, hub + 0.16)], 0.028, curved=False), STEEL, puff=0.012)
    c.part(rect(-0.03, hub + 0.15, 0.09, hub + 0.185, 0.01), BLACK, puff=0.01)
    c.part(stroke([(-0.1, hub - 0.07), (-0.54, hub - 0.04)], 0.012, curved=False), DARK_STEEL, puff=0.006, shadow=0)
    c.part(stroke([(-0.1, hub + 0.11), (-0.54, hub + 0.04)], 0.012, curved=False), DARK_STEEL, puff=0.006, shadow=0)
    saddle = Material(
        (0.45, 0.28, 0.18) if look.tall > 0.5 else (0.12, 0.12, 0.13), relief="leather", depth=0.3, gloss=0.4
    )
    c.part(
        [
            rounded(
                [
                    (-0.44, -0.42, 0.03),
                    (-0.3, -0.42),
                    (-0.08, -0.38, 0.03),
                    (-0.1, -0.35),
                    (-0.28, -0.34),
                    (-0.42, -0.35),
                ],
                0.03,
            )
        ],
        saddle,
        puff=0.025,
        bulge=1.2,
    )
    if look.tall > 0.5:
        c.part(stroke([(0.35, -0.4), (0.46, -0.5), (0.3, -0.54), (0.2, -0.5)], 0.034), STEEL, puff=0.015)
        c.part(stroke([(0.3, -0.535), (0.2, -0.5)], 0.05, curved=False), saddle, puff=0.02)
    else:
        c.part(
            stroke([(0.35, -0.4), (0.48, -0.44), (0.56, -0.36), (0.48, -0.26)], 0.036),
            replace(BLACK, gloss=0.3),
            puff=0.016,
        )


@shape("helmet", "table")
def _helmet(c: Canvas, look: Look) -> None:
    for s, x in ((-1, -0.3), (1, 0.2)):
        c.part(stroke([(x, 0.18), (x * 0.6, 0.46), (-0.04, 0.6)], 0.03), BLACK, puff=0.012)
        _ = s
    c.part(rect(-0.09, 0.56, 0.02, 0.62, 0.02), BLACK, puff=0.01)
    c.part(
        [
            rounded(
                [
                    (-0.7, 0.2, 0.08),
                    (-0.66, -0.2, 0.25),
                    (-0.3, -0.48, 0.25),
                    (0.2, -0.44, 0.3),
                    (0.62, -0.1, 0.25),
                    (0.74, 0.16, 0.05),
                    (0.3, 0.24, 0.2),
                    (-0.2, 0.2, 0.2),
                    (-0.6, 0.3, 0.05),
                ],
                0.06,
            )
        ],
        replace(look.main, gloss=0.8),
        puff=0.17,
        bulge=1.2,
    )
    n = 4
    for i in range(n):
        x = -0.46 + i * 0.27
        y = -0.2 + 0.05 * abs(i - 1.3)
        slot: Outline = turned(
            [
                smooth(
                    [
                        (x - 0.1, y + 0.22),
                        (x - 0.02, y - 0.14),
                        (x + 0.05, y - 0.18),
                        (x + 0.06, y + 0.02),
                        (x, y + 0.26),
                    ]
                )
            ],
            0.35,
            x,
            y,
        )
        c.part(slot, replace(DARK_RUBBER, colour=(0.09, 0.09, 0.1)), puff=0.04, bulge=-1.4, shadow=0)
    c.crease([(-0.66, 0.08), (-0.2, 0.08), (0.3, 0.1), (0.72, 0.06)], 0.025, 0.8)
    c.part(stroke([(-0.6, 0.24), (-0.2, 0.15), (0.3, 0.19), (0.72, 0.13)], 0.05), look.trim, puff=0.02, shadow=0.2)


@shape("ball", "outside")
def _ball(c: Canvas, look: Look) -> None:
    r = look.span(0.48, 0.58)
    skin = Material((0.94, 0.93, 0.91), gloss=0.5, relief="leather", depth=0.12)
    basket = look.cut > 0.6
    if basket:
        skin = replace(skin, colour=look.main.colour, relief="plush", depth=0.25, gloss=0.25)
    c.revolve(ellipse(0, 0.1, r), skin)
    line = (0.10, 0.09, 0.09)
    if basket:
        for pts in ([(-r, 0.1), (0, 0.18), (r, 0.1)], [(-0.06, 0.1 - r), (0.04, 0.1), (-0.06, 0.1 + r)]):
            c.ink(stroke(pts, 0.024), line)
        for s in (-1, 1):
            c.ink(
                stroke([(s * r * 0.78, 0.1 - r * 0.62), (s * r * 0.36, 0.12), (s * r * 0.78, 0.1 + r * 0.62)], 0.024),
                line,
            )
        return

    def patch(x: float, y: float, s: float, squash: float, turn: float) -> None:
        five = [(s * squash * np.sin(k * 1.2566), -s * np.cos(k * 1.2566)) for k in range(5)]
        c.ink(turned([rounded([(x + a, y + b) for a, b in five], s * 0.12)], turn, x, y), look.main.colour)

    patch(0, 0.1, r * 0.3, 1, 0)
    for k in range(5):
        a = k * 1.2566
        x, y = r * 0.78 * np.sin(a), 0.1 - r * 0.78 * np.cos(a)
        c.ink(
            stroke(
                [(r * 0.29 * np.sin(a), 0.1 - r * 0.29 * np.cos(a)), (x * 0.84, 0.1 + (y - 0.1) * 0.84)],
                0.014,
                curved=False,
            ),
            (0.45, 0.45, 0.46),
        )
        patch(x, y, r * 0.28, 0.6, a + 3.14)
        b = a + 0.6283
        px, py = r * 0.62 * np.sin(b), 0.1 - r * 0.62 * np.cos(b)
        for q in (a, a + 1.2566):
            c.ink(
                stroke(
                    [
                        (px, py),
                        (
                            r * 0.72 * np.sin(q + (0.24 if q == a else -0.24)),
                            0.1 - r * 0.72 * np.cos(q + (0.24 if q == a else -0.24)),
                        ),
                    ],
                    0.012,
                    curved=False,
                ),
                (0.45, 0.45, 0.46),
            )


@shape("dumbbell", "table")
def _dumbbell(c: Canvas, look: Look) -> None:
    head, r = replace(look.main, gloss=0.35, pattern="plain"), look.span(0.24, 0.31)
    y = 0.18
    c.part(rect(-0.4, y - 0.06, 0.4, y + 0.06, 0.02), STEEL, puff=0.04, bulge=1.4)
    for i in range(14):
        c.crease([(-0.2 + i * 0.03, y - 0.05), (-0.19 + i * 0.03, y + 0.05)], 0.012, 0.6, curved=False)
    for s in (-1, 1):
        for x0, x1, k in ((0.34, 0.5, 0.86), (0.48, 0.74, 1.0)):
            h = r * k
            c.part(
                [
                    rounded(
                        [
                            (s * x0, y - h * 0.62),
                            (s * (x0 + 0.04), y - h),
                            (s * (x1 - 0.04), y - h),
                            (s * x1, y - h * 0.62),
                            (s * x1, y + h * 0.62),
                            (s * (x1 - 0.04), y + h),
                            (s * (x0 + 0.04), y + h),
                            (s * x0, y + h * 0.62),
                        ],
                        0.03,
                    )
                ],
                head,
                puff=0.06,
                bulge=1.2,
                shadow=0.4,
            )
            c.crease([(s * x0, y - h * 0.4), (s * x1, y - h * 0.4)], 0.02, 0.6, curved=False)
            c.crease([(s * x0, y + h * 0.4), (s * x1, y + h * 0.4)], 0.02, 0.6, curved=False)


@shape("yoga mat", "lay")
def _yoga_mat(c: Canvas, look: Look) -> None:
    mat = replace(look.main, relief="cane", depth=0.2, grain=0.03, gloss=0.1)
    c.part([rounded([(-0.58, -0.3), (0.62, -0.3), (0.78, 0.62), (-0.74, 0.62)], 0.03)], mat, puff=0.015, bulge=0.9)
    c.part(rect(-0.66, -0.5, 0.68, -0.16, 0.16), mat, puff=0.11, bulge=1.3, shadow=0.5)
    for x in (-0.36, 0.34):
        c.part(rect(x - 0.035, -0.51, x + 0.035, -0.15, 0.02), look.trim, puff=0.02, bulge=0.8)
    for k in range(3):
        c.part(
            ring(0.68, -0.33, 0.035 + k * 0.035, 0.06 + k * 0.045, 0.016),
            look.plain(0.75 if k % 2 else 1.2),
            puff=0.008,
            shadow=0,
        )


@shape("racket", "lay")
def _racket(c: Canvas, look: Look) -> None:
    lean = 0.5
    for k in range(15):
        t = -0.28 + k * 0.04
        h = 0.4 * np.sqrt(max(0, 1 - (t / 0.31) ** 2))
        c.part(turned(stroke([(t, -0.34 - h), (t, -0.34 + h)], 0.007, curved=False), lean), PAPER, puff=0.004, shadow=0)
    for k in range(19):
        t = -0.36 + k * 0.04
        w = 0.31 * np.sqrt(max(0, 1 - (t / 0.4) ** 2))
        c.part(
            turned(stroke([(-w, -0.34 + t), (w, -0.34 + t)], 0.007, curved=False), lean), PAPER, puff=0.004, shadow=0
        )
    frame = replace(look.main, gloss=0.8, pattern="plain", relief="plain")
    for s in (-1, 1):
        c.part(turned(stroke([(s * 0.2, -0.03), (s * 0.06, 0.2), (s * 0.015, 0.34)], 0.045), lean), frame, puff=0.02)
    c.part(turned(ring(0, -0.34, 0.32, 0.41, 0.055), lean), frame, puff=0.025, bulge=1.3)
    c.part(turned(ring(0, -0.34, 0.32, 0.41, 0.057, 3.6, 1.2), lean), look.trim, puff=0.025, bulge=1.3, shadow=0)
    c.part(
        turned(rect(-0.045, 0.32, 0.045, 0.86, 0.03), lean),
        replace(DARK_RUBBER, relief="rib", depth=0.3),
        puff=0.03,
        bulge=1.2,
    )


def _strings(c: Canvas, y0: float, y1: float, lean: float, n: int = 6) -> None:
    for k in range(n):
        x = (k - (n - 1) / 2) * 0.021
        c.part(
            turned(stroke([(x * 0.75, y0), (x, y1)], 0.006, curved=False), lean),
            Material((0.93, 0.9, 0.82), gloss=0.5),
            puff=0.003,
            shadow=0.12,
        )


def _neck(c: Canvas, lean: float, y: float, head: Outline, wood: Material) -> None:
    c.part(turned(rect(-0.058, -0.72, 0.058, y, 0.01), lean), replace(WALNUT, gloss=0.3), puff=0.02)
    for k in range(11):
        c.ink(
            turned(
                rect(-0.058, -0.64 + k * 0.075 * (1 - k * 0.012), 0.058, -0.634 + k * 0.075 * (1 - k * 0.012)), lean
            ),
            (0.85, 0.83, 0.78),
            0.8,
        )
    for k in (2, 4, 6):
        c.ink(turned(ellipse(0, -0.68 + k * 0.074, 0.013), lean), (0.95, 0.94, 0.9))
    c.part(turned(head, lean), wood, puff=0.02)
    for s in (-1, 1):
        for k in range(3):
            c.part(turned(ellipse(s * 0.1, -0.94 + k * 0.07, 0.022), lean), STEEL, puff=0.01)


@shape("acoustic guitar", "long")
def _acoustic_guitar(c: Canvas, look: Look) -> None:
    lean = 0.42
    wood = replace(look.main, relief="wood", depth=0.08, grain=0.09, gloss=0.6, pattern="plain")
    half = [
        (0.0, -0.06),
        (0.15, -0.06),
        (0.25, 0.04),
        (0.24, 0.16),
        (0.2, 0.26),
        (0.27, 0.38),
        (0.36, 0.54),
        (0.32, 0.74),
        (0.18, 0.84),
        (0, 0.86),
    ]
    body = [smooth(half + [(-x, y) for x, y in reversed(half[1:-1])])]
    c.part(turned(body, lean), replace(wood, colour=tint(wood.colour, 0.45)), puff=0.03)
    c.part(
        turned([p * 0.965 + np.array([0, 0.014]) for p in body], lean),
        wood,
        puff=0.025,
        bulge=0.9,
        shadow=0,
        grain_turn=lean,
    )
    c.part(turned(ellipse(0, 0.3, 0.115), lean), Material((0.1, 0.07, 0.05)), puff=0.03, bulge=-1.2, shadow=0)
    c.part(
        turned(ring(0, 0.3, 0.125, 0.125, 0.018), lean), Material((0.85, 0.78, 0.6), gloss=0.4), puff=0.008, shadow=0
    )
    c.part(
        turned([smooth([(0.08, 0.38), (0.2, 0.36), (0.24, 0.5), (0.14, 0.52)])], lean),
        Material((0.16, 0.09, 0.06), gloss=0.8),
        puff=0.008,
        shadow=0.1,
    )
    _neck(
        c,
        lean,
        0.2,
        [rounded([(-0.065, -0.7), (-0.085, -1.0), (0.085, -1.0), (0.065, -0.7)], 0.02)],
        replace(wood, colour=tint(wood.colour, 0.5)),
    )
    c.part(turned(rect(-0.13, 0.6, 0.13, 0.645, 0.015), lean), WALNUT, puff=0.015)
    _strings(c, -0.72, 0.62, lean)


@shape("electric guitar", "long")
def _electric_guitar(c: Canvas, look: Look) -> None:
    lean = 0.42
    lacquer = replace(look.main, gloss=0.95, pattern="plain", relief="plain", depth=0, fold=0)
    points = [
        (-0.07, 0.16),
        (-0.16, -0.02),
        (-0.24, 0.02),
        (-0.28, 0.24),
        (-0.24, 0.4),
        (-0.34, 0.6),
        (-0.3, 0.8),
        (-0.08, 0.86),
        (0.2, 0.84),
        (0.34, 0.68),
        (0.27, 0.44),
        (0.28, 0.26),
        (0.26, 0.1),
        (0.18, 0.06),
        (0.1, 0.2),
    ]
    c.part(turned([smooth(points)], lean), lacquer, puff=0.05, bulge=1.3)
    c.part(
        turned(
            [
                smooth(
                    [(-0.1, 0.26), (-0.02, 0.2), (0.14, 0.24), (0.2, 0.42), (0.22, 0.66), (0.08, 0.74), (-0.08, 0.62)]
                )
            ],
            lean,
        ),
        PAPER if look.cut > 0.4 else BLACK,
        puff=0.008,
        bulge=0.6,
        shadow=0.2,
    )
    _neck(
        c,
        lean,
        0.28,
        [rounded([(-0.06, -0.7), (-0.09, -0.98, 0.04), (0.03, -1.03, 0.04), (0.1, -0.92), (0.06, -0.7)], 0.02)],
        OAK,
    )
    for y in (0.36, 0.47, 0.58):
        c.part(
            turned(rect(-0.08, y - 0.022, 0.08, y + 0.022, 0.02), lean),
            Material((0.12, 0.12, 0.13) if look.cut > 0.4 else (0.92, 0.9, 0.86), gloss=0.5),
            puff=0.015,
        )
    c.part(turned(rect(-0.09, 0.65, 0.09, 0.71, 0.01), lean), STEEL, puff=0.015)
    for x, y in ((0.15, 0.54), (0.17, 0.64), (0.13, 0.72)):
        c.part(turned(lathe([(y - 0.024, 0.026), (y + 0.02, 0.028)], x), lean), STEEL, puff=0.02)
    _strings(c, -0.72, 0.68, lean)
