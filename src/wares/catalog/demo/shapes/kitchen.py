"""Kitchen: mug, kettle, teapot, bottle, wine glass, pan, saucepan."""

from dataclasses import replace

from wares.catalog.demo.canvas import Canvas
from wares.catalog.demo.materials import Material
from wares.catalog.demo.outline import ellipse, lathe, rect, ring, rounded, stroke
from wares.catalog.demo.shapes.look import BLACK, DARK_RUBBER, GLASS, OAK, STEEL, Look, shape, tint

COFFEE = Material((0.30, 0.18, 0.11), gloss=0.5)
WINE = Material((0.42, 0.05, 0.12), gloss=0.6)


@shape("mug", "table")
def _mug(c: Canvas, look: Look) -> None:
    r, top = look.span(0.36, 0.46), look.rise(-0.34, -0.58)
    foot = r * (0.94 if look.cut > 0.5 else 0.72)
    c.part(ring(r * 0.98, 0.03, 0.24, 0.27, 0.1), look.main, puff=0.05, bulge=1.2)
    c.revolve(lathe([(top, r), (0.3, r * 0.98, 0.25), (0.5, foot, 0.06)]), look.main)
    c.part(ellipse(0, top, r, r * 0.19), look.plain(1.1), puff=0.015, shadow=0)
    c.part(ellipse(0, top + 0.008, r * 0.92, r * 0.16), look.plain(0.62), puff=0.05, bulge=-1.2, shadow=0)
    if look.tall > 0.45:
        c.part(ellipse(0, top + 0.03, r * 0.85, r * 0.125), COFFEE, puff=0.01, bulge=0.1, shadow=0)


@shape("kettle", "table")
def _kettle(c: Canvas, look: Look) -> None:
    r = look.span(0.42, 0.5)
    c.part(
        [
            rounded(
                [(r * 0.6, 0.16), (r + 0.16, -0.26), (r + 0.3, -0.33, 0.02), (r + 0.27, -0.24), (r * 0.95, 0.36)], 0.04
            )
        ],
        look.main,
        puff=0.05,
        bulge=1.3,
    )
    grip = OAK if look.cut > 0.5 else DARK_RUBBER
    c.part(ring(0, -0.14, r * 0.84, 0.5, 0.045, 3.0, 3.4), STEEL, puff=0.02)
    c.part(ring(0, -0.14, r * 0.84, 0.5, 0.085, 4.0, 1.4), grip, puff=0.035)
    c.revolve(
        lathe([(-0.22, r * 0.6, 0.06), (-0.05, r * 0.85, 0.12), (0.35, r, 0.2), (0.5, r * 0.94, 0.05)]),
        look.main,
    )
    c.part(ellipse(0, -0.22, r * 0.6, 0.07), look.plain(0.9), puff=0.03, shadow=0)
    c.revolve(lathe([(-0.31, r * 0.16, 0.03), (-0.24, r * 0.5, 0.04), (-0.2, r * 0.54)]), look.main, shadow=0.2)
    c.part(ellipse(0, -0.36, 0.06, 0.055), grip, puff=0.035)


@shape("teapot", "table")
def _teapot(c: Canvas, look: Look) -> None:
    r = look.span(0.44, 0.52)
    c.part(
        [
            rounded(
                [
                    (r * 0.62, 0.3),
                    (r + 0.1, 0.06, 0.14),
                    (r + 0.17, -0.24, 0.05),
                    (r + 0.31, -0.3, 0.02),
                    (r + 0.25, -0.1, 0.1),
                    (r + 0.1, 0.32, 0.1),
                    (r * 0.6, 0.44),
                ],
                0.03,
            )
        ],
        look.main,
        puff=0.05,
        bulge=1.3,
    )
    c.part(ring(-r - 0.02, 0.08, 0.2, 0.26, 0.08, 1.3, 3.7), look.main, puff=0.04, bulge=1.3)
    c.revolve(
        lathe([(-0.2, r * 0.5, 0.08), (-0.06, r * 0.84, 0.16), (0.2, r, 0.2), (0.44, r * 0.8, 0.16), (0.54, r * 0.58)]),
        look.main,
    )
    c.revolve(
        lathe([(-0.32, r * 0.22, 0.06), (-0.24, r * 0.42, 0.05), (-0.17, r * 0.5)]),
        look.plain(0.97),
        shadow=0.4,
    )
    c.part(ellipse(0, -0.37, 0.07, 0.065), look.trim, puff=0.04, bulge=1.3)


@shape("bottle", "table")
def _bottle(c: Canvas, look: Look) -> None:
    r, top = look.span(0.2, 0.26), look.rise(-0.4, -0.5)
    cap = look.trim if look.cut > 0.35 else OAK
    c.revolve(
        lathe([(top, r * 0.62), (top + 0.1, r * 0.66, 0.06), (top + 0.24, r, 0.12), (0.66, r, 0.05)]),
        replace(look.main, gloss=max(look.main.gloss, 0.35)),
    )
    c.revolve(lathe([(top - 0.24, r * 0.7, 0.03), (top, r * 0.74, 0.01)]), cap)
    c.part(ring(0, top - 0.24, r * 0.5, 0.11, 0.045, 3.14, 3.14), cap, puff=0.02)
    c.part(
        rect(-r * 0.3, 0.0, r * 0.3, 0.1, 0.02), replace(look.plain(1.3), opacity=0.8), puff=0.006, bulge=0.1, shadow=0
    )
    c.crease([(-r, 0.56), (0, 0.575), (r, 0.56)], 0.014, 0.6)


@shape("wine glass", "table")
def _wine_glass(c: Canvas, look: Look) -> None:
    r, top = look.span(0.27, 0.34), look.rise(-0.66, -0.74)
    c.part(ellipse(0, 0.66, r * 0.86, 0.075), replace(GLASS, opacity=0.55), puff=0.03)
    c.revolve(
        lathe([(0.0, 0.03), (0.1, 0.02), (0.56, 0.022), (0.64, 0.1, 0.05)], sag=0.1),
        replace(GLASS, opacity=0.75),
        shadow=0.1,
    )
    bowl = [(top, r * 0.78), (-0.36, r, 0.2), (-0.12, r * 0.8, 0.2), (0.04, 0.06, 0.04)]
    c.revolve(lathe(bowl, sag=0.3), replace(GLASS, colour=(0.80, 0.88, 0.9), opacity=0.38), shadow=0.1)
    liquid = replace(WINE, colour=look.main.colour)
    c.revolve(
        lathe([(-0.36, r * 0.96), (-0.14, r * 0.8, 0.2), (0.02, 0.06, 0.04)], sag=0.3),
        replace(liquid, opacity=0.9),
        shadow=0,
    )
    c.part(
        ellipse(0, -0.36, r * 0.96, 0.05),
        replace(liquid, colour=tint(look.main.colour, 1.15), opacity=0.9),
        puff=0.01,
        bulge=0.2,
        shadow=0,
    )
    c.part(ring(0, top, r * 0.78, 0.045, 0.012), replace(GLASS, opacity=0.9), puff=0.006, shadow=0)
    for x, k in ((-r * 0.72, 0.5), (r * 0.8, 0.3)):
        c.part(
            stroke([(x * 0.8, top + 0.1), (x, -0.34), (x * 0.72, -0.12)], 0.03, 0.012),
            Material((1, 1, 1), opacity=k),
            puff=0.02,
            shadow=0,
        )


@shape("pan", "lay")
def _pan(c: Canvas, look: Look) -> None:
    r = look.span(0.44, 0.5)
    grip = OAK if look.cut > 0.5 else DARK_RUBBER
    c.part(
        [
            rounded(
                [(0.2, -0.06), (0.46, -0.05), (0.86, -0.065, 0.05), (0.86, 0.065, 0.05), (0.46, 0.05), (0.2, 0.06)],
                0.02,
            )
        ],
        grip,
        puff=0.04,
        bulge=1.2,
    )
    c.part(ellipse(0.82, 0, 0.025), BLACK, puff=0.008, shadow=0)
    c.part(rect(0.22, -0.045, 0.42, 0.045, 0.02), STEEL, puff=0.02)
    c.part(ellipse(-0.24, 0, r), look.main, puff=0.04, bulge=1.4)
    c.part(
        ellipse(-0.24, 0, r - 0.035),
        replace(BLACK, gloss=0.35, colour=(0.16, 0.16, 0.17)),
        puff=0.09,
        bulge=-1.2,
        shadow=0,
    )
    c.part(
        ellipse(-0.24, 0, r - 0.1),
        replace(BLACK, gloss=0.25, colour=(0.20, 0.20, 0.21), relief="speckle", grain=-0.1),
        puff=0.02,
        bulge=0.1,
        shadow=0,
    )


@shape("saucepan", "table")
def _saucepan(c: Canvas, look: Look) -> None:
    r, top = look.span(0.42, 0.52), look.rise(-0.02, -0.16)
    grip = look.trim if look.cut > 0.5 else STEEL
    for s in (-1, 1):
        c.part(ring(s * (r + 0.02), top + 0.17, 0.13, 0.09, 0.05), grip, puff=0.02)
    enamel = replace(look.main, gloss=max(look.main.gloss, 0.6))
    c.revolve(lathe([(top, r), (0.4, r, 0.12), (0.5, r * 0.93, 0.04)]), enamel)
    c.revolve(lathe([(top - 0.04, r * 1.03, 0.02), (top + 0.04, r * 1.03, 0.02)]), enamel, shadow=0.4)
    c.part(ellipse(0, top - 0.04, r * 1.03, 0.13), replace(enamel, pattern="plain"), puff=0.1, bulge=0.6, shadow=0)
    c.revolve(lathe([(top - 0.17, 0.09, 0.03), (top - 0.12, 0.07, 0.02), (top - 0.06, 0.05)]), grip, shadow=0.4)
