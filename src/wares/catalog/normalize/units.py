"""Quantities in canonical units: ``0.175 l``, ``175ml`` and ``175毫升`` are all 175 ml."""

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from wares.types import Quantity

if TYPE_CHECKING:
    from pint import UnitRegistry

# What merchants write → pint's name. Only these count as units: "5 C" or "3 D" are words, not coulombs and dimensions.
_SPELLINGS = {
    "mm": "mm millimeter millimeters millimetre millimetres 毫米",
    "cm": "cm centimeter centimeters centimetre centimetres 厘米 公分",
    "m": "m meter meters metre metres 米 公尺",
    "km": "km kilometer kilometers kilometre kilometres 公里 千米",
    "inch": 'in inch inches " ″ 英寸 寸',
    "foot": "ft foot feet ′ 英尺",
    "yard": "yd yard yards 码",
    "mg": "mg milligram milligrams 毫克",
    "g": "g gr gram grams gramme grammes 克",
    "kg": "kg kilo kilos kilogram kilograms 千克 公斤",
    "0.5 kg": "斤 市斤",
    "tonne": "t ton tons tonne tonnes 吨",
    "ounce": "oz ounce ounces 盎司",
    "pound": "lb lbs pound pounds 磅",
    "ml": "ml milliliter milliliters millilitre millilitres cc 毫升",
    "cl": "cl centiliter centilitre",
    "dl": "dl deciliter decilitre",
    "l": "l ltr liter liters litre litres 升 公升",
    "fluid_ounce": "floz fl.oz fl.oz.",
    "gallon": "gal gallon gallons 加仑",
    "W": "w watt watts 瓦 瓦特",
    "kW": "kw kilowatt kilowatts 千瓦",
    "V": "v volt volts 伏 伏特",
    "mA": "ma milliampere 毫安",
    "A": "amp amps ampere amperes 安 安培",
    "mA hour": "mah 毫安时",
    "watt_hour": "wh 瓦时",
    "Hz": "hz hertz 赫兹",
    "kHz": "khz",
    "MHz": "mhz",
    "GHz": "ghz",
    "kB": "kb",
    "MB": "mb",
    "GB": "gb",
    "TB": "tb",
    "second": "s sec secs second seconds 秒",
    "minute": "min mins minute minutes 分钟",
    "hour": "h hr hrs hour hours 小时",
    "degC": "°c ℃ 摄氏度",
    "cm**2": "cm² cm2 平方厘米",
    "m**2": "m² m2 sqm 平方米",
}
_PINT = {spelling: name for name, spellings in _SPELLINGS.items() for spelling in spellings.split()}

# The canonical unit of a dimension is the one that most goods are labelled in.
_CANONICAL = ("cm", "g", "ml", "W", "V", "A", "A hour", "watt_hour", "Hz", "GB", "second", "degC", "m**2")
_LABEL = {"A hour": "Ah", "watt_hour": "Wh", "second": "s", "degC": "°C", "m**2": "m²"}

_QUANTITY = re.compile(r"([+-]?\d{1,12}(?:[.,]\d{1,6})?)\s*([^\d\s.,;:+*/()-][^\d\s,;:+*/()]{0,14})")


_FIRST = frozenset("+-0123456789 ")


def quantity(text: str) -> Quantity | None:
    """The quantity that the whole text is, or None: ``"1.5 kg"`` → ``Quantity(1500.0, "g")``."""
    match = _QUANTITY.fullmatch(text.strip()) if len(text) < 40 and text[:1] in _FIRST else None
    scale = match and _scale(match[2].lower())
    if not match or not scale:
        return None
    factor, unit = scale
    return Quantity(_rounded(float(match[1].replace(",", ".")) * factor), unit)


def canonical(value: Quantity) -> Quantity:
    """The same quantity in the canonical unit of its dimension; an unknown unit stays as it is."""
    scale = _scale(value.unit.strip().lower())
    return value if scale is None else Quantity(_rounded(value.value * scale[0]), scale[1])


def _rounded(value: float) -> float:
    return float(f"{value:.10g}")


@cache
def _registry() -> "UnitRegistry[float]":
    from pint import UnitRegistry

    return UnitRegistry(cache_folder=None)


@cache
def _scale(spelling: str) -> tuple[float, str] | None:
    """Factor to, and label of, the canonical unit."""
    spelling = next((label.lower() for label in (spelling, spelling.rstrip(".")) if label in _PINT), spelling)
    name = _PINT.get(spelling) or next((unit for unit, label in _LABEL.items() if label.lower() == spelling), "")
    if not name:
        return None
    if name == "degC":
        return 1.0, _LABEL[name]
    amount: Any = _registry().Quantity(name)
    for unit in _CANONICAL:
        if unit != "degC" and amount.is_compatible_with(unit):
            return float(amount.to(unit).magnitude), _LABEL.get(unit, unit)
    return None
