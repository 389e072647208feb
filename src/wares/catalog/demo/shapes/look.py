"""What a drawing is told about one product: its materials, its proportions, and the register of drawings."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from wares.catalog.demo.canvas import Canvas
from wares.catalog.demo.materials import RGB, Material


@dataclass(frozen=True, slots=True)
class Look:
    """One product's appearance: body and trim materials, and two proportions in [0, 1] that make it itself."""

    main: Material
    trim: Material
    cut: float = 0.5
    tall: float = 0.5

    def plain(self, shade: float = 1.0) -> Material:
        """The body material without its pattern, its colour darkened or lightened by ``shade``."""
        return replace(self.main, pattern="plain", colour=tint(self.main.colour, shade))

    def span(self, low: float, high: float) -> float:
        """A length between ``low`` and ``high`` by the first proportion."""
        return low + (high - low) * self.cut

    def rise(self, low: float, high: float) -> float:
        """A length between ``low`` and ``high`` by the second proportion."""
        return low + (high - low) * self.tall


Draw = Callable[[Canvas, Look], None]
SHAPES: dict[str, tuple[Draw, str]] = {}


def shape(name: str, pose: str) -> Callable[[Draw], Draw]:
    """Register a drawing under a name; ``pose`` is one of ``wares.catalog.demo.photos.POSES``."""

    def keep(draw: Draw) -> Draw:
        SHAPES[name] = (draw, pose)
        return draw

    return keep


def tint(rgb: RGB, shade: float) -> RGB:
    """A colour darkened (``shade`` < 1) or drawn towards white (> 1)."""
    if shade <= 1:
        return (rgb[0] * shade, rgb[1] * shade, rgb[2] * shade)
    k = shade - 1
    return (rgb[0] + (1 - rgb[0]) * k, rgb[1] + (1 - rgb[1]) * k, rgb[2] + (1 - rgb[2]) * k)


RUBBER = Material((0.93, 0.92, 0.90), gloss=0.2)
DARK_RUBBER = Material((0.11, 0.11, 0.12), gloss=0.25)
STEEL = Material((0.80, 0.81, 0.83), metal=1.0, gloss=0.5)
DARK_STEEL = Material((0.25, 0.26, 0.28), metal=0.7, gloss=0.5)
BRASS = Material((0.86, 0.68, 0.38), metal=1.0, gloss=0.5)
GOLD = Material((0.95, 0.76, 0.42), metal=1.0, gloss=0.7)
OAK = Material((0.74, 0.56, 0.39), relief="wood", depth=0.12, grain=0.12, gloss=0.2)
WALNUT = Material((0.40, 0.27, 0.19), relief="wood", depth=0.12, grain=0.14, gloss=0.25)
LEAF = Material((0.22, 0.46, 0.25), relief="leather", depth=0.12, grain=0.05, gloss=0.35)
SOIL = Material((0.24, 0.17, 0.13), relief="plush", depth=0.5, grain=0.2, gloss=0.0)
BLACK = Material((0.07, 0.07, 0.08), gloss=0.6)
SCREEN = Material((0.05, 0.06, 0.09), gloss=0.9)
PAPER = Material((0.96, 0.95, 0.92), gloss=0.05)
GLASS = Material((0.86, 0.92, 0.93), gloss=1.0)
LINING = Material((0.30, 0.28, 0.27), relief="weave", depth=0.1, gloss=0.0)
