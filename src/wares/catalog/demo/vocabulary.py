"""The demo shop's vocabulary, read from ``words/*.toml``: kinds, colours, materials, brands and sentences."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from wares.catalog.demo.materials import RGB

Pair = tuple[str, str]
"""The same thing said in English and in Chinese."""


@dataclass(frozen=True, slots=True)
class Colour:
    key: str
    name: Pair
    rgb: RGB


@dataclass(frozen=True, slots=True)
class Stuff:
    """A material in words: its name, what is said of it, its care, and how `Material` draws it.

    The name of an ``adjective`` goes before the product, never after "in".
    """

    key: str
    name: Pair
    says: Pair
    care: Pair
    draw: dict[str, Any]
    adjective: bool


@dataclass(frozen=True, slots=True)
class Brand:
    name: Pair
    families: tuple[str, ...]
    level: float


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of product: where it stands in the shop, what it is called, and what it may be made of."""

    key: str
    shape: str
    family: str
    path: Pair
    name: Pair
    also: Pair
    materials: tuple[str, ...]
    colours: tuple[str, ...]
    patterns: tuple[str, ...]
    genders: tuple[str, ...]
    sizes: str
    price: tuple[int, int]
    has: tuple[Pair, ...]
    goes_with: tuple[str, ...]
    cut: tuple[float, float]
    tall: tuple[float, float]
    trim: str
    paints: str
    options: bool


def _pair(value: list[str]) -> Pair:
    return value[0], value[1]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("wares.catalog.demo").joinpath("words", f"{name}.toml").read_text("utf-8"))


@cache
def colours() -> dict[str, Colour]:
    """Every colour by its key."""
    rows = _read("colours")["colours"]
    return {key: Colour(key, (en, zh), (rgb[0], rgb[1], rgb[2])) for key, (en, zh, rgb) in rows.items()}


@cache
def stuffs() -> dict[str, Stuff]:
    """Every material by its key."""
    return {
        key: Stuff(
            key, _pair(row["name"]), _pair(row["says"]), _pair(row["care"]), row["draw"], row.get("adjective", False)
        )
        for key, row in _read("materials").items()
    }


@cache
def brands() -> tuple[Brand, ...]:
    """The invented brands."""
    return tuple(Brand((en, zh), tuple(where), level) for en, zh, where, level in _read("brands")["brands"])


@cache
def series() -> tuple[Pair, ...]:
    """Names of product lines."""
    return tuple(_pair(row) for row in _read("brands")["series"])


@cache
def named(group: str) -> dict[str, Pair]:
    """Names of the values of an attribute: ``patterns`` or ``genders``."""
    return {key: _pair(value) for key, value in _read("brands")[group].items()}


@cache
def texts() -> dict[str, Any]:
    """Sentences of descriptions and reviews."""
    return _read("texts")


@cache
def kinds() -> tuple[Kind, ...]:
    """Every kind of product, in the order of the files."""
    groups = _read("colours")["groups"]
    out = []
    for name in ("kinds_wear", "kinds_live"):
        rows = _read(name)
        defaults = rows.pop("defaults")
        for key, own in rows.items():
            row = {**defaults, **own}
            out.append(
                Kind(
                    key=key,
                    shape=row.get("shape", key),
                    family=row["family"],
                    path=_pair(row["path"]),
                    name=_pair(row["name"]),
                    also=_pair(row["also"]),
                    materials=tuple(row["materials"]),
                    colours=tuple(groups[row["colours"]]),
                    patterns=tuple(row["patterns"]),
                    genders=tuple(row["genders"]),
                    sizes=row["sizes"],
                    price=(row["price"][0], row["price"][1]),
                    has=tuple(_pair(p) for p in row["has"]),
                    goes_with=tuple(row["with"]),
                    cut=tuple(row.get("cut", (0.0, 1.0))),
                    tall=tuple(row.get("tall", (0.0, 1.0))),
                    trim=row["trim"],
                    paints=row.get("paints", "main"),
                    options=row.get("options", True),
                )
            )
    return tuple(out)
