"""Attributes: words → typed values, units and sizes; values → phrases; and all of a product's → one vector.

Values are hashed into a vector (Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009); a
number falls into two neighbouring steps of a logarithmic scale, so that 480 ml is nearly 500 ml and far from 5 l.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from wares.encode.rows import unit_rows
from wares.encode.words import UNITS
from wares.errors import EncodeError
from wares.protocols import ColumnValue, Encoded
from wares.registry import register
from wares.types import AttributeValue, FloatArray, Quantity

NAME = "attributes.v1"
DIM = 256
STEP = math.log(1.25)  # one step of the scale of numbers

# Unit → the unit that numbers are kept in, and what one of it is in that; screens and jeans stay in inches.
CANONICAL: dict[str, tuple[str, float]] = {
    "cl": ("ml", 10), "l": ("ml", 1000), "mg": ("g", 0.001), "kg": ("g", 1000), "oz": ("g", 28.349523125),
    "lb": ("g", 453.59237), "mm": ("cm", 0.1), "m": ("cm", 100), "ft": ("cm", 30.48), "mb": ("gb", 1 / 1024),
    "tb": ("gb", 1024), "ghz": ("hz", 1e9),
}  # fmt: skip
LETTER_SIZES = ("XXXS", "XXS", "XS", "S", "M", "L", "XL", "XXL", "XXXL", "XXXXL", "XXXXXL")
_LETTER_NAMES = {
    "extra small": "XS", "x-small": "XS", "small": "S", "medium": "M", "large": "L", "x-large": "XL",
    "extra large": "XL", "小码": "S", "中码": "M", "大码": "L", "加大码": "XL",
}  # fmt: skip
_ONE_SIZE = frozenset(("one size", "onesize", "free size", "os", "均码", "f", "one size fits all"))
_TRUE = frozenset(("yes", "true", "是", "有"))
_FALSE = frozenset(("no", "false", "否", "无"))

_NUMBER = r"\d+(?:[.,]\d+)?"
_QUANTITY = re.compile(rf"(?:(?P<packs>\d+)\s*[x×*]\s*)?(?P<number>[-+]?{_NUMBER})\s*-?\s*(?P<unit>[^\W\d_]+|\")")
_LETTERS = re.compile(r"(?:(?P<times>[2-5])|(?P<more>X{0,5}))(?P<size>XS|XL|S|M|L)", re.IGNORECASE)
_SYSTEM = re.compile(rf"(?P<system>EU|US|UK|IT|FR|JP|CN|CM)\s*[:\-]?\s*(?P<number>{_NUMBER}|\d+\s?½)", re.IGNORECASE)
_WAIST = re.compile(r"W?\s?(?P<waist>\d{2})\s*[/xX ]\s*L?\s?(?P<length>\d{2})")
_CHINESE = re.compile(rf"(?P<number>{_NUMBER})\s*码|(?P<height>1\d\d)/(?P<girth>\d{{2,3}})[A-Z]?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Size:
    """A size of clothes or shoes: its system ("letter", "EU" …), its order there, and how it is said."""

    system: str
    order: float
    phrase: str


def parse(text: str) -> AttributeValue:
    """The typed value of what a merchant wrote: a truth value, a number, a quantity in its canonical unit, or words.

    "2 x 500 g" is the quantity of all packs together.
    """
    words = " ".join(text.split())
    lower = words.casefold()
    if lower in _TRUE | _FALSE:
        return lower in _TRUE
    if re.fullmatch(rf"[-+]?{_NUMBER}", words):
        return _float(words)
    found = _QUANTITY.fullmatch(lower)
    if found and (unit := UNITS.get(found["unit"])):
        return quantity(int(found["packs"] or 1) * _float(found["number"]), unit)
    return words


def quantity(value: float, unit: str) -> Quantity:
    """The same amount in the unit that its kind is kept in."""
    canonical, factor = CANONICAL.get(unit, (unit, 1.0))
    return Quantity(round(value * factor, 9), canonical)


def size(text: str) -> Size | None:
    """A size in any of the usual systems; None where it is none."""
    words = " ".join(text.split())
    lower = words.casefold()
    if lower in _ONE_SIZE:
        return Size("one size", 0.0, "one size")
    if letters := _LETTERS.fullmatch(_LETTER_NAMES.get(lower, words)):
        more = "X" * (int(letters["times"] or 1) - 1) if letters["times"] else letters["more"] or ""
        name = f"{more}{letters['size']}".upper()
        return Size("letter", float(LETTER_SIZES.index(name)), name) if name in LETTER_SIZES else None
    if found := _SYSTEM.fullmatch(words):
        number = _float(found["number"])
        return Size(found["system"].upper(), number, f"{found['system'].upper()} {number:g}")
    if found := _WAIST.fullmatch(words):
        return Size("waist/length", int(found["waist"]) + int(found["length"]) / 100, f"W{found[1]} L{found[2]}")
    if found := _CHINESE.fullmatch(words):
        if found["height"]:
            return Size("CN", int(found["height"]) + int(found["girth"]) / 1000, words.upper())
        return Size("CN", _float(found["number"]), f"{_float(found['number']):g}码")
    return None


def phrases(name: str, value: AttributeValue) -> Iterator[str]:
    """How an attribute is said in a listing: words as they are, a quantity with its name, a truth value by its name."""
    spoken = name.replace("_", " ")
    match value:
        case bool():
            if value:
                yield spoken
        case str():
            yield value
        case tuple():
            yield from value
        case Quantity(number, unit):
            yield f"{spoken} {number:g} {unit}"


def columns(attributes: Mapping[str, AttributeValue]) -> dict[str, ColumnValue]:
    """Attributes as columns for filters: quantities as numbers in canonical units, words that are sizes as sizes."""
    found: dict[str, ColumnValue] = {}
    for name, value in attributes.items():
        match value:
            case Quantity(number, unit):
                found[name] = quantity(number, unit).value
            case str():
                known = size(value)
                found[name] = known.phrase if known else value
            case _:
                found[name] = value
    return found


@register("encoder", "attributes.v1")
class AttributesEncoder:
    """A product's attributes as one unit row of 256 dimensions; alike where names and values are."""

    modality = "attributes"
    space = NAME
    dim = DIM
    fingerprint = f"{NAME}:1"

    def encode(self, items: Sequence[Mapping[str, AttributeValue]]) -> Encoded:
        """(n, 256) unit rows; no attributes are absent."""
        vectors = np.zeros((len(items), DIM), np.float32)
        for row, attributes in enumerate(items):
            for name, value in attributes.items():
                for feature, weight in _features(name.casefold(), value):
                    place, sign = _hashed(feature)
                    vectors[row, place] += sign * weight
        present = np.asarray(np.abs(vectors).max(axis=1, initial=0) > 0, np.bool_)
        vectors[present] = unit_rows(vectors[present], NAME)
        return Encoded(vectors, present)

    def encode_query(self, item: Mapping[str, AttributeValue]) -> FloatArray:
        """(256,) unit vector; no attributes are an EncodeError."""
        encoded = self.encode([item])
        if not encoded.present[0]:
            raise EncodeError("there are no attributes in the query", fix="leave this modality out")
        vector: FloatArray = encoded.vectors[0]
        return vector


def _features(name: str, value: AttributeValue) -> Iterator[tuple[str, float]]:
    match value:
        case bool():
            yield f"{name}={value}", 1.0
        case str():
            yield f"{name}={value.casefold()}", 1.0
        case tuple():
            yield from ((f"{name}={each.casefold()}", 1 / math.sqrt(len(value))) for each in value)
        case Quantity(number, unit):
            canonical = quantity(number, unit)
            yield from _steps(f"{name}:{canonical.unit}", canonical.value)
        case _:
            yield from _steps(name, value)


def _steps(name: str, number: float) -> Iterator[tuple[str, float]]:
    """Two neighbouring steps that share a weight of length 1."""
    if not math.isfinite(number):
        return
    place = math.log(abs(number)) / STEP if number else -1e3
    low = math.floor(place)
    angle = (place - low) * math.pi / 2
    side = "-" if number < 0 else ""
    yield f"{name}~{side}{low}", math.cos(angle)
    yield f"{name}~{side}{low + 1}", math.sin(angle)


def _hashed(feature: str) -> tuple[int, float]:
    digest = int.from_bytes(blake2b(feature.encode("utf-8", "surrogatepass"), digest_size=8).digest())
    return digest % DIM, 1.0 if digest >> 63 else -1.0


def _float(number: str) -> float:
    half = 0.5 if "½" in number else 0.0
    return float(number.replace("½", "").strip().replace(",", ".")) + half
