"""Amounts with a unit in the words of a query: "500 ml", "15 inch", "16GB", "1米8", "2斤"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wares.search.intents.tokens import lowered

# Spelling → the unit that a catalogue keeps amounts of its kind in, and what one is in that.
_SPELLINGS: dict[tuple[str, float], str] = {
    ("cm", 0.1): "mm millimeter millimeters millimetre millimetres 毫米",
    ("cm", 1): "cm centimeter centimeters centimetre centimetres 厘米 公分",
    ("cm", 100): "m meter meters metre metres 米",
    ("cm", 2.54): 'inch inches in " ″ 英寸 寸',
    ("cm", 30.48): "ft foot feet 英尺",
    ("g", 0.001): "mg 毫克",
    ("g", 1): "g gram grams 克",
    ("g", 1000): "kg kilo kilos kilogram kilograms 千克 公斤",
    ("g", 500): "斤 市斤",
    ("g", 28.349523125): "oz ounce ounces 盎司",
    ("g", 453.59237): "lb lbs pound pounds 磅",
    ("ml", 1): "ml milliliter milliliters millilitre millilitres cc 毫升",
    ("ml", 10): "cl",
    ("ml", 1000): "l ltr liter liters litre litres 升 公升",
    ("W", 1): "w watt watts 瓦",
    ("W", 1000): "kw 千瓦",
    ("V", 1): "v volt volts 伏",
    ("Ah", 0.001): "mah 毫安 毫安时",
    ("Hz", 1): "hz hertz 赫兹",
    ("Hz", 1e9): "ghz",
    ("GB", 0.001): "mb",
    ("GB", 1): "gb g",
    ("GB", 1000): "tb",
}
UNITS: dict[str, tuple[tuple[str, float], ...]] = {}
for _unit, _names in _SPELLINGS.items():
    for _name in _names.split():
        UNITS[_name] = (*UNITS.get(_name, ()), _unit)

_LATIN = "|".join(sorted((unit for unit in UNITS if unit.isascii() and unit.isalpha()), key=len, reverse=True))
_HAN = "|".join(sorted((unit for unit in UNITS if not unit.isascii()), key=len, reverse=True))
_NUMBER = r"\d{1,7}(?:[.,]\d{1,3})?"
_AMOUNT = re.compile(
    rf"(?<![a-z0-9.,])(?P<number>{_NUMBER})[ -]?(?P<unit>(?:{_LATIN})(?![a-z0-9-])|{_HAN}|\")"
    r"(?P<rest>(?<=米)\d{1,2}(?!\d))?"
)
_WORDS_OF_PLACE = re.compile(r"[ -]?in[ ]")  # "15 in black" is no 15 inches


@dataclass(frozen=True, slots=True)
class Amount:
    """``text[start:end]`` is one of these amounts: ``(unit, value)`` in the units that catalogues keep."""

    start: int
    end: int
    readings: tuple[tuple[str, float], ...]


def amounts(text: str) -> Iterator[Amount]:
    """The amounts of a text in its order."""
    low = lowered(text)
    for match in _AMOUNT.finditer(low):
        if match["unit"] == "in" and _WORDS_OF_PLACE.match(low, match.end("number")):
            continue
        value = float(match["number"].replace(",", "."))
        if match["rest"]:  # 1米8 is 1.8 m
            value += float(f"0.{match['rest']}")
        readings = tuple((unit, round(value * factor, 9)) for unit, factor in UNITS[match["unit"]])
        yield Amount(match.start(), match.end(), readings)


def amount_of(text: str) -> tuple[tuple[str, float], ...]:
    """The readings of a text that is an amount as a whole; none where it is not."""
    found = next(amounts(text), None)
    return found.readings if found and (found.start, found.end) == (0, len(text)) else ()
