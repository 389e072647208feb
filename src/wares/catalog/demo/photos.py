"""The photographer: every view of a product, drawn from its truth and its own seed, and saved as a JPEG."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from wares.catalog.demo.backdrops import SCENES, SURFACES, paper, studio, window
from wares.catalog.demo.canvas import Canvas, View
from wares.catalog.demo.goods import Good, pick
from wares.catalog.demo.light import Frame, Lamp, photograph
from wares.catalog.demo.materials import RGB, Material, Plane
from wares.catalog.demo.shapes import SHAPES, Look
from wares.catalog.demo.shapes.look import BLACK, GOLD, tint
from wares.catalog.demo.vocabulary import Colour

SIZE = 480
QUALITY = 86
METALS: dict[str, Material] = {
    "gold": Material((0.95, 0.75, 0.40), metal=1.0, gloss=0.7),
    "silver": Material((0.84, 0.85, 0.87), metal=1.0, gloss=0.7),
    "rose": Material((0.93, 0.66, 0.56), metal=1.0, gloss=0.7),
}
TAN = Material((0.66, 0.44, 0.27), relief="leather", depth=0.3, gloss=0.4)
WHITE = Material((0.94, 0.93, 0.91), gloss=0.3)
PAPERS: tuple[RGB, ...] = (
    (0.93, 0.84, 0.78),
    (0.80, 0.87, 0.88),
    (0.86, 0.88, 0.80),
    (0.94, 0.88, 0.74),
    (0.85, 0.82, 0.90),
    (0.90, 0.78, 0.74),
    (0.76, 0.83, 0.80),
)
POSES = {
    "lay": "lay",
    "long": "lay",
    "lay_side": "table",
    "table": "table",
    "room": "room",
    "outside": "outside",
    "hang": "lay",
}
LYING = ("lay", "long", "hang")
"""Poses whose shadow falls on what is right behind them."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One photo to take: which colour, which view (studio, scene or detail), and its file name."""

    colour: int
    view: str
    name: str


def shots(good: Good) -> tuple[Shot, ...]:
    """The photos of a product: studio and scene of its first colour, studio of the others, here and there a detail."""
    out = [Shot(0, "studio", f"{good.id}-1.jpg"), Shot(0, "scene", f"{good.id}-2.jpg")]
    out += [Shot(i, "studio", f"{good.id}-{i + 2}.jpg") for i in range(1, len(good.colours))]
    if good.look_seed % 8 == 0:
        out.append(Shot(0, "detail", f"{good.id}-9.jpg"))
    return tuple(out)


def _trim(good: Good) -> Material:
    accent = Material(good.accent.rgb, gloss=0.35)
    choices: dict[str, tuple[Material, ...]] = {
        "contrast": (accent, WHITE, BLACK, TAN),
        "bright": (accent,),
        "any": (accent, GOLD, WHITE),
        "gold": (GOLD, METALS["silver"]),
        "dark": (BLACK, Material((0.25, 0.25, 0.27), gloss=0.4)),
        "tan": (TAN, BLACK),
        "metal": tuple(METALS.values()),
    }
    options = choices[good.kind.trim]
    return options[good.look_seed // 7 % len(options)]


def look(good: Good, colour: Colour) -> Look:
    """The appearance of a product in one of its colours."""
    dark = sum(colour.rgb) < 1.55
    second = (0.95, 0.93, 0.88) if dark else tint(good.accent.rgb, 0.75)
    if not dark and sum(abs(a - b) for a, b in zip(second, colour.rgb, strict=True)) < 0.7:
        second = (0.16, 0.2, 0.33)
    scale = 0.8 + 0.5 * (good.look_seed % 100) / 100
    draw = dict(good.stuff.draw)
    rgb = good.accent.rgb if good.kind.paints == "trim" else colour.rgb
    main = Material(rgb, pattern=good.pattern, second=second, third=(0.88, 0.68, 0.30), scale=scale, **draw)
    trim = METALS[colour.key] if good.kind.paints == "trim" else _trim(good)
    return Look(main, trim, good.cut, good.tall)


def canvas(good: Good, colour: Colour, view: View, size: int = SIZE) -> Canvas:
    """The product drawn, not yet lit."""
    sheet = Canvas(size, view, np.random.default_rng((good.look_seed, 5)))
    SHAPES[good.kind.shape][0](sheet, look(good, colour))
    return sheet


def backdrop(good: Good, view: str, rng: np.random.Generator, size: int = SIZE) -> Plane:
    """What stands behind the product: white paper, coloured paper or a small scene."""
    pose = SHAPES[good.kind.shape][1]
    if view != "scene":
        warm = float(rng.uniform(-0.008, 0.008))
        return studio(size, (0.955 + warm, 0.952, 0.946 - warm))
    if pose != "outside" and rng.random() < 0.3:
        return paper(size, PAPERS[int(rng.integers(len(PAPERS)))])
    return SCENES[pick(rng, SURFACES[POSES[pose]])](size, rng)


def take(good: Good, shot: Shot) -> Frame:
    """Take one photo, ``(SIZE, SIZE, 3)`` bytes."""
    rng = np.random.default_rng((good.look_seed, 7, shot.colour, len(shot.view)))
    pose = SHAPES[good.kind.shape][1]
    turn = float(rng.normal(0, 0.045 if pose in ("lay", "long") else 0.008))
    zoom = {"studio": float(rng.uniform(1.06, 1.14)), "scene": float(rng.uniform(0.9, 1.02)), "detail": 2.1}[shot.view]
    shift = rng.uniform(-0.03, 0.03, 2) if shot.view != "detail" else rng.uniform(-0.25, 0.25, 2)
    flip = shot.view != "studio" and rng.random() < 0.5
    zoom *= {"outside": 0.95, "hang": 0.95, "long": 0.88}.get(pose, 1.0)
    view = View(zoom, turn, float(shift[0]), float(shift[1]), bool(flip))
    sheet = canvas(good, good.colours[shot.colour], view)
    behind = backdrop(good, shot.view, rng)
    lamp = Lamp(
        x=float(rng.uniform(-0.62, -0.34)),
        y=float(rng.uniform(-0.7, -0.5)),
        warmth=0.5 if shot.view == "scene" else 0.0,
    )
    gobo = window(SIZE, rng) if shot.view == "scene" and pose != "outside" and rng.random() < 0.35 else None
    return photograph(sheet, behind, lamp, lying=pose in LYING, gobo=gobo)


def develop(goods: tuple[Good, ...], folder: Path) -> int:
    """Take and save every photo of some products; returns how many."""
    count = 0
    for good, shot in _every(goods):
        Image.fromarray(take(good, shot)).save(folder / shot.name, quality=QUALITY, subsampling=1)
        count += 1
    return count


def _every(goods: tuple[Good, ...]) -> Iterator[tuple[Good, Shot]]:
    return ((good, shot) for good in goods for shot in shots(good))
