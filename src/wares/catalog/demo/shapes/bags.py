"""Bags and things worn: tote, handbag, backpack, suitcase, beanie, cap, scarf, sunglasses, umbrella."""

from dataclasses import replace

from wares.catalog.demo.canvas import Canvas
from wares.catalog.demo.outline import ellipse, lathe, rect, ring, rounded, smooth, stroke
from wares.catalog.demo.shapes.look import BLACK, DARK_RUBBER, DARK_STEEL, LINING, OAK, STEEL, Look, shape


@shape("tote", "table")
def _tote(c: Canvas, look: Look) -> None:
    w, top = look.span(0.46, 0.56), look.rise(-0.14, -0.24)
    for r, m in ((0.27, look.plain(0.72)), (0.30, look.trim)):
        c.part(ring(0, top + 0.04, r * 0.85, look.rise(0.42, 0.52), 0.055, 3.14, 3.14), m, puff=0.02, bulge=0.8)
    c.part(rect(-w * 0.93, top - 0.04, w * 0.93, top + 0.1, 0.02), replace(LINING, colour=(0.2, 0.18, 0.17)), puff=0.02)
    c.part(
        [
            rounded(
                [
                    (-w * 0.95, top),
                    (0, top + 0.025, 0.3),
                    (w * 0.95, top),
                    (w, 0.55),
                    (w * 0.9, 0.66),
                    (-w * 0.9, 0.66),
                    (-w, 0.55),
                ],
                0.05,
            )
        ],
        look.main,
        puff=0.1,
        bulge=0.75,
    )
    for x in (-0.24, 0.24):
        c.part(rect(x - 0.04, top - 0.01, x + 0.04, top + 0.16, 0.01), look.trim, puff=0.012, bulge=0.6, shadow=0.2)
    c.crease([(-w, 0.3), (-w * 0.7, 0.1), (-w * 0.72, -0.1)], 0.05, 0.4)
    c.crease([(w * 0.9, 0.5), (w * 0.6, 0.35), (w * 0.65, 0.0)], 0.05, 0.4)
    c.stitches([(-w * 0.9, top + 0.055), (0, top + 0.075), (w * 0.9, top + 0.055)], (0.9, 0.86, 0.78))


@shape("handbag", "table")
def _handbag(c: Canvas, look: Look) -> None:
    w, h = look.span(0.5, 0.66), look.rise(0.62, 0.78)
    top = 0.6 - h
    c.part(
        ring(0, top + 0.04, w * 0.5, look.span(0.34, 0.46), 0.06, 3.14, 3.14), look.plain(0.82), puff=0.025, bulge=1.2
    )
    c.part(
        [
            rounded(
                [
                    (-w * 0.8, top),
                    (w * 0.8, top),
                    (w, 0.5, 0.12),
                    (w * 0.94, 0.6, 0.06),
                    (-w * 0.94, 0.6, 0.06),
                    (-w, 0.5, 0.12),
                ],
                0.08,
            )
        ],
        look.main,
        puff=0.12,
        bulge=0.9,
    )
    flap = h * look.span(0.45, 0.62)
    c.part(
        [
            rounded(
                [
                    (-w * 0.82, top - 0.01),
                    (w * 0.82, top - 0.01),
                    (w * 0.88, top + flap * 0.7, 0.16),
                    (0, top + flap * 1.15, 0.3),
                    (-w * 0.88, top + flap * 0.7, 0.16),
                ],
                0.07,
            )
        ],
        look.plain(0.97),
        puff=0.05,
        bulge=0.8,
        shadow=0.5,
    )
    c.stitches(
        [
            (-w * 0.82, top + flap * 0.5),
            (-w * 0.5, top + flap * 0.86),
            (0, top + flap * 0.98),
            (w * 0.5, top + flap * 0.86),
            (w * 0.82, top + flap * 0.5),
        ],
        (0.9, 0.8, 0.62),
    )
    c.part(rect(-0.085, top + flap * 0.86, 0.085, top + flap * 0.86 + 0.12, 0.03), look.trim, puff=0.02, bulge=1.2)
    c.part(rect(-0.03, top + flap * 0.86 + 0.035, 0.03, top + flap * 0.86 + 0.085, 0.015), look.plain(0.6), puff=0.01)
    for x in (-w * 0.5, w * 0.5):
        c.part(ellipse(x, top + 0.04, 0.045), look.trim, puff=0.015, holes=ellipse(x, top + 0.04, 0.024))


@shape("backpack", "table")
def _backpack(c: Canvas, look: Look) -> None:
    w, top = look.span(0.42, 0.5), look.rise(-0.5, -0.62)
    c.part(ring(0, top + 0.03, 0.13, 0.16, 0.05, 3.14, 3.14), look.trim, puff=0.02)
    for s in (-1, 1):
        c.part(
            stroke([(s * w * 0.7, top + 0.25), (s * (w + 0.13), 0.0), (s * w * 0.9, 0.55)], 0.1, 0.06),
            look.plain(0.75),
            puff=0.035,
        )
        c.part(rect(s * (w + 0.0) - 0.08, 0.12, s * (w + 0.0) + 0.08, 0.6, 0.07), look.plain(0.85), puff=0.05)
    c.part(
        [
            rounded(
                [
                    (-w * 0.85, top, 0.3),
                    (w * 0.85, top, 0.3),
                    (w, 0.5, 0.2),
                    (w * 0.95, 0.68, 0.08),
                    (-w * 0.95, 0.68, 0.08),
                    (-w, 0.5, 0.2),
                ],
                0.2,
            )
        ],
        look.main,
        puff=0.13,
        bulge=1.0,
    )
    c.part(
        stroke(
            [(-w * 0.92, 0.02), (-w * 0.75, top + 0.2), (0, top + 0.09), (w * 0.75, top + 0.2), (w * 0.92, 0.02)], 0.024
        ),
        DARK_STEEL,
        puff=0.01,
    )
    c.part(
        [
            rounded(
                [
                    (-w * 0.78, 0.06),
                    (w * 0.78, 0.06),
                    (w * 0.8, 0.5),
                    (w * 0.74, 0.62),
                    (-w * 0.74, 0.62),
                    (-w * 0.8, 0.5),
                ],
                0.08,
            )
        ],
        look.main,
        puff=0.07,
        bulge=0.9,
        shadow=0.5,
    )
    c.part(stroke([(-w * 0.7, 0.13), (0, 0.115), (w * 0.7, 0.13)], 0.022), DARK_STEEL, puff=0.01)
    c.part(stroke([(w * 0.4, 0.12), (w * 0.42, 0.24)], 0.03, curved=False), look.trim, puff=0.012)
    c.part(rect(-0.1, top + 0.28, 0.1, top + 0.4, 0.02), look.trim, puff=0.012, bulge=0.6)
    c.crease([(-w * 0.6, 0.4), (0, 0.44), (w * 0.6, 0.4)], 0.03, 0.3)


@shape("suitcase", "room")
def _suitcase(c: Canvas, look: Look) -> None:
    w, top = look.span(0.36, 0.44), look.rise(-0.42, -0.56)
    for x in (-0.17, 0.17):
        c.part(rect(x - 0.018, -0.84, x + 0.018, top + 0.02), STEEL, puff=0.012)
    c.part(rect(-0.21, -0.88, 0.21, -0.81, 0.03), DARK_RUBBER, puff=0.02)
    for x in (-w + 0.09, w - 0.09):
        c.part(ellipse(x, 0.73, 0.07), DARK_RUBBER, puff=0.03)
        c.part(ellipse(x, 0.73, 0.03), STEEL, puff=0.012)
    shell = replace(look.main, gloss=0.55, pattern="plain", relief="plain", depth=0.08)
    c.part(rect(-w, top, w, 0.68, 0.1), shell, puff=0.07, bulge=1.2)
    for i in range(6):
        x = -w * 0.72 + i * w * 1.44 / 5
        c.crease([(x, top + 0.06), (x, 0.62)], 0.03, 1.0, curved=False)
    c.part(rect(-0.15, top - 0.03, 0.15, top + 0.03, 0.02), DARK_RUBBER, puff=0.015)
    for s in (-1, 1):
        for y in (top + 0.05, 0.62):
            c.part(ellipse(s * (w - 0.055), y, 0.06), look.plain(0.75), puff=0.03)
    c.part(rect(-0.09, 0.02, 0.09, 0.1, 0.02), look.trim, puff=0.012)


@shape("beanie", "lay")
def _beanie(c: Canvas, look: Look) -> None:
    knit = replace(look.main, relief="rib" if look.tall > 0.5 else "knit", depth=0.5, grain=0.1)
    if look.cut > 0.5:
        c.part(ellipse(0, -0.56, 0.17), replace(look.plain(1.15), relief="plush", depth=1.2, grain=0.2), puff=0.08)
    c.part(
        [
            rounded(
                [
                    (-0.52, 0.3),
                    (-0.5, -0.1, 0.2),
                    (-0.3, -0.46, 0.2),
                    (0, -0.52, 0.2),
                    (0.3, -0.46, 0.2),
                    (0.5, -0.1, 0.2),
                    (0.52, 0.3),
                ],
                0.05,
            )
        ],
        knit,
        puff=0.16,
        bulge=1.2,
    )
    for t in (-0.6, -0.2, 0.2, 0.6):
        c.crease([(t * 0.2, -0.48), (t * 0.7, -0.1), (t * 0.8, 0.3)], 0.04, 0.5)
    c.part(
        [rounded([(-0.55, 0.2), (0, 0.24, 0.3), (0.55, 0.2), (0.56, 0.5), (0, 0.55, 0.3), (-0.56, 0.5)], 0.06)],
        replace(knit, relief="rib", depth=0.6),
        puff=0.07,
        bulge=1.1,
        shadow=0.5,
    )
    c.part(rect(0.2, 0.32, 0.38, 0.44, 0.015), look.trim, puff=0.012, bulge=0.5, shadow=0.2)


@shape("cap", "table")
def _cap(c: Canvas, look: Look) -> None:
    c.part(
        [
            rounded(
                [(0.1, 0.2), (0.5, 0.1, 0.2), (0.84, 0.3, 0.1), (0.8, 0.39, 0.06), (0.4, 0.34, 0.3), (0.05, 0.36)], 0.06
            )
        ],
        look.trim if look.cut > 0.6 else look.plain(0.92),
        puff=0.04,
        bulge=0.9,
    )
    c.crease([(0.2, 0.28), (0.5, 0.22), (0.76, 0.34)], 0.012, 0.4)
    c.part(
        [
            rounded(
                [
                    (-0.58, 0.34),
                    (-0.62, 0.0, 0.2),
                    (-0.4, -0.36, 0.25),
                    (-0.06, -0.44, 0.25),
                    (0.26, -0.28, 0.2),
                    (0.38, 0.05, 0.2),
                    (0.4, 0.28, 0.06),
                    (0, 0.36, 0.2),
                ],
                0.05,
            )
        ],
        look.main,
        puff=0.17,
        bulge=1.2,
    )
    for pts in ([(-0.08, -0.43), (-0.34, -0.1), (-0.38, 0.33)], [(-0.08, -0.43), (0.08, -0.1), (0.1, 0.34)]):
        c.crease(pts, 0.014, 0.7)
    c.part(ellipse(-0.08, -0.43, 0.045, 0.025), look.plain(0.85), puff=0.012)
    for x in (-0.2, 0.22):
        c.part(ellipse(x, -0.15, 0.018), look.plain(0.4), puff=0.006)
    c.part(ellipse(0.25, 0.02, 0.075, 0.095, 0.1), look.trim, puff=0.015, bulge=0.6, shadow=0.2)


@shape("scarf", "lay")
def _scarf(c: Canvas, look: Look) -> None:
    back = look.plain(0.7)
    c.part([smooth([(-0.3, -0.5), (0.0, -0.62), (0.3, -0.5), (0.2, -0.3), (0, -0.36), (-0.2, -0.3)])], back, puff=0.06)
    for s, hem in ((1, 0.5), (-1, look.rise(0.62, 0.74))):
        c.part(
            [rounded([(-0.06 * s, -0.24), (0.2 * s, -0.3), (0.26 * s, hem), (0.02 * s, hem + 0.02)], 0.02)],
            look.main,
            puff=0.04,
            bulge=0.8,
            grain_turn=0.06 * s,
        )
        for i in range(9):
            x = s * (0.03 + i * 0.0275)
            c.part(
                stroke([(x, hem), (x + 0.006 * (i % 3 - 1), hem + 0.1)], 0.016, 0.01, curved=False),
                look.plain(0.9),
                puff=0.007,
                shadow=0.2,
            )
    c.part(
        [
            smooth(
                [
                    (-0.38, -0.42),
                    (-0.34, -0.54),
                    (-0.16, -0.42),
                    (0.1, -0.32),
                    (0.33, -0.54),
                    (0.38, -0.42),
                    (0.24, -0.16),
                    (0.0, -0.06),
                    (-0.24, -0.16),
                ]
            )
        ],
        look.main,
        puff=0.09,
        bulge=1.1,
        shadow=0.5,
        grain_turn=0.5,
    )
    for d in (0.0, 0.08, 0.16):
        c.crease([(-0.34, -0.42 + d), (-0.05, -0.2 + d * 0.6), (0.3, -0.4 + d)], 0.035, 0.8)


@shape("sunglasses", "table")
def _sunglasses(c: Canvas, look: Look) -> None:
    frame = replace(look.main, gloss=0.85, pattern="plain", relief="plain", depth=0, fold=0)
    for s in (-1, 1):
        c.part(
            stroke([(s * 0.7, -0.1), (s * 0.62, -0.32), (s * 0.5, -0.36)], 0.045),
            replace(frame, colour=look.plain(0.8).colour),
            puff=0.02,
        )
    r, square = look.rise(0.22, 0.28), look.cut > 0.5
    for s in (-1, 1):
        x = s * 0.37
        eye = rect(x - 0.29, -0.15, x + 0.29, 0.15 + r * 0.4, 0.12) if square else ellipse(x, 0.02, 0.28, r)
        inner = rect(x - 0.235, -0.1, x + 0.235, 0.1 + r * 0.4, 0.09) if square else ellipse(x, 0.02, 0.235, r - 0.045)
        c.part(eye, frame, puff=0.03, bulge=1.1)
        lens = replace(BLACK, gloss=1.0, colour=(0.13, 0.12, 0.14) if look.tall < 0.6 else (0.32, 0.2, 0.12))
        c.part(inner, lens, puff=0.07, bulge=0.8)
        c.ink(
            [rounded([(x - 0.2, 0.06), (x - 0.03, -0.16), (x + 0.05, -0.16), (x - 0.15, 0.13)], 0.02)], (1, 1, 1), 0.16
        )
    c.part(stroke([(-0.11, -0.04), (0, -0.1), (0.11, -0.04)], 0.05), frame, puff=0.02)
    for s in (-1, 1):
        c.part(ellipse(s * 0.64, -0.09, 0.018, 0.012), STEEL, puff=0.006)


@shape("umbrella", "hang")
def _umbrella(c: Canvas, look: Look) -> None:
    c.revolve(rect(-0.016, -0.7, 0.016, 0.5), STEEL)
    wood = OAK if look.cut > 0.4 else DARK_RUBBER
    c.part(stroke([(0, 0.36), (0, 0.62), (0.07, 0.74), (0.17, 0.72), (0.2, 0.6)], 0.06), wood, puff=0.025, bulge=1.2)
    w, top = 0.78, -0.62
    edge = (
        [(-w, 0.02)]
        + [(-w + (i + 0.5) * w / 3, -0.05) if j else (-w + i * w / 3, 0.03) for i in range(6) for j in (0, 1)]
        + [(w, 0.02)]
    )
    c.part(
        [
            rounded(
                [
                    *edge,
                    (0.56, -0.38, 0.25),
                    (0.2, -0.58, 0.2),
                    (0, top, 0.05),
                    (-0.2, -0.58, 0.2),
                    (-0.56, -0.38, 0.25),
                ],
                0.05,
            )
        ],
        look.main,
        puff=0.18,
        bulge=1.2,
    )
    for x in (-0.52, -0.26, 0.26, 0.52):
        c.crease([(0, -0.62), (x * 0.75, -0.4), (x, 0.02)], 0.03, -0.8)
    c.revolve(lathe([(-0.74, 0.012), (-0.6, 0.03)]), STEEL)
