"""Filters as text ↔ typed filters.

::

    brand:Luma,Nike price:10..80 -category:"Men > Tops" (color:red | size:40..)

What stands side by side must all hold, values with commas and alternatives with bars are any of them, ``-`` is not,
``10..80`` is a closed range whose ends may be left open. Prices are in major units here, in minor units in a filter.
"""

import math
import re
from collections.abc import Sequence
from decimal import Decimal

from wares.errors import FilterError
from wares.types import AllOf, AnyOf, Between, Filter, Not, OneOf

MONEY = frozenset(("price", "list_price"))
MAX_CHARS, MAX_PARTS, MAX_DEPTH, MAX_VALUES = 10_000, 200, 20, 1_000

_BARE = re.compile(r'[^\s:,"()|]+')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_NUMBER = r"-?\d{1,30}(?:\.\d{1,30})?"
_RANGE = re.compile(rf"({_NUMBER})?\.\.({_NUMBER})?")
_PLAIN = re.compile(r"[^\W_][\w.+-]*")


def parse(text: str, *, digits: int = 2) -> tuple[Filter, ...]:
    """Read filters.

    Parameters
    ----------
    digits
        Decimal places of the shop's currency: 2 for EUR, 0 for JPY.

    Raises
    ------
    FilterError
        With the place in the text and how to mend it.
    """
    if len(text) > MAX_CHARS:
        raise FilterError(f"the filter has {len(text)} characters", fix=f"at most {MAX_CHARS}")
    reader = _Reader(text, digits)
    parts = reader.parts(0)
    reader.finish()
    return parts


def check(filters: Sequence[Filter]) -> None:
    """Refuse filters that would cost too much, however they came about: too many parts or values, or too deep.

    Raises
    ------
    FilterError
        With the limit.
    """
    parts = values = 0
    todo = [(part, 1) for part in filters]
    while todo:
        part, depth = todo.pop()
        parts += 1
        match part:
            case AllOf(inner) | AnyOf(inner):
                todo += [(each, depth + 1) for each in inner]
            case Not(each):
                todo.append((each, depth + 1))
            case OneOf(_, named):
                values += len(named)
        if parts > MAX_PARTS or depth > MAX_DEPTH or values > MAX_VALUES:
            fix = f"at most {MAX_PARTS} parts, {MAX_DEPTH} deep, {MAX_VALUES} values in all"
            raise FilterError("the filters are too large", fix=fix)


def to_text(filters: Sequence[Filter], *, digits: int = 2) -> str:
    """Filters as text that ``parse`` reads back to the same; a choice among nothing cannot be written."""
    return " ".join(_written(part, digits) for part in filters)


class _Reader:
    """Reads from the left; ``place`` is where it stands."""

    def __init__(self, text: str, digits: int) -> None:
        self._text = text
        self._digits = digits
        self._place = 0
        self._count = 0

    def parts(self, depth: int) -> tuple[Filter, ...]:
        parts: list[Filter] = []
        while (sign := self._peek()) and sign not in ")|":
            parts.append(self._part(depth))
        return tuple(parts)

    def finish(self) -> None:
        if sign := self._peek():
            raise self._error(f"{sign!r} opens nothing or closes nothing", "alternatives stand in ( … | … )")

    def _part(self, depth: int) -> Filter:
        self._count += 1
        if depth > MAX_DEPTH or self._count > MAX_PARTS:
            raise self._error("the filter is too large", f"at most {MAX_PARTS} parts, {MAX_DEPTH} deep")
        if self._take("-"):
            return Not(self._part(depth + 1))
        if self._take("("):
            return self._group(depth + 1)
        field = self._word("the name of a field")
        if not self._take(":", spaces=False):
            raise self._error(f"no ':' after {field!r}", f'field:value, such as {field}:x or color:"dark red"')
        return self._values(field)

    def _group(self, depth: int) -> Filter:
        choices = [self.parts(depth)]
        while self._take("|"):
            choices.append(self.parts(depth))
        if not self._take(")"):
            raise self._error("a ( is not closed", "add a )")
        if len(choices) == 1:
            return AllOf(choices[0])
        if not choices[0]:
            choices = choices[1:]
        if not all(choices):
            raise self._error("an alternative is empty", "write a filter on both sides of |")
        return AnyOf(tuple(choice[0] if len(choice) == 1 else AllOf(choice) for choice in choices))

    def _values(self, field: str) -> Filter:
        start = self._place
        values = []
        while True:
            bare = self._rest()[:1] != '"'
            value = self._word(f"a value of {field}", spaces=False)
            span = _RANGE.fullmatch(value) if bare else None
            if span is None:
                values.append(self._value(field, value))
            elif values or self._rest()[:1] == ",":
                self._place = start
                raise self._error("a range stands alone", f"({field}:1..2 | {field}:5..9)")
            else:
                return self._range(field, span)
            if not self._take(",", spaces=False):
                return OneOf(field, tuple(values))

    def _range(self, field: str, span: re.Match[str]) -> Between:
        low, high = (None if end is None else self._number(field, end) for end in span.groups())
        if low is None and high is None:
            raise self._error("a range without ends", f"{field}:10.. or {field}:..80")
        return Between(field, low, high)

    def _value(self, field: str, value: str) -> str:
        if field not in MONEY:
            return value
        if not re.fullmatch(_NUMBER, value):
            raise self._error(f"{value!r} is no price", f"{field}:19.99 or {field}:10..80")
        return _plain(Decimal(value).scaleb(self._digits))

    def _number(self, field: str, text: str) -> float:
        return float(Decimal(text).scaleb(self._digits if field in MONEY else 0))

    def _word(self, what: str, *, spaces: bool = True) -> str:
        if spaces:
            self._skip()
        if self._rest()[:1] == '"':
            quoted = _QUOTED.match(self._text, self._place)
            if not quoted:
                raise self._error("a quotation mark is not closed", 'add a "')
            self._place = quoted.end()
            return re.sub(r"\\(.)", r"\1", quoted[1], flags=re.DOTALL)
        bare = _BARE.match(self._text, self._place)
        if not bare:
            raise self._error(f"{what} is missing", 'field:value, such as color:red or color:"dark red"')
        self._place = bare.end()
        return bare[0]

    def _rest(self) -> str:
        return self._text[self._place : self._place + 1]

    def _peek(self) -> str:
        self._skip()
        return self._rest()

    def _take(self, sign: str, *, spaces: bool = True) -> bool:
        if spaces:
            self._skip()
        taken = self._rest() == sign
        self._place += taken
        return taken

    def _skip(self) -> None:
        while self._rest().isspace():
            self._place += 1

    def _error(self, what: str, fix: str) -> FilterError:
        return FilterError(f"character {self._place + 1} of the filter: {what}", fix=fix)


def _written(part: Filter, digits: int) -> str:
    match part:
        case OneOf(field, values) if values:
            return f"{_quoted(field)}:{','.join(_value_written(field, value, digits) for value in values)}"
        case Between(field, low, high) if low is not None or high is not None:
            ends = ("" if end is None else _number_written(field, end, digits) for end in (low, high))
            return f"{_quoted(field)}:{'..'.join(ends)}"
        case Not(inner):
            return f"-{_written(inner, digits)}"
        case AllOf(parts):
            return f"({' '.join(_written(each, digits) for each in parts)})"
        case AnyOf(parts) if parts:
            return f"(| {' | '.join(_written(each, digits) for each in parts)})"
    raise FilterError(f"{part} cannot be written", fix="give it a value")


def _value_written(field: str, value: str, digits: int) -> str:
    return _plain(Decimal(value).scaleb(-digits)) if field in MONEY else _quoted(value)


def _number_written(field: str, number: float, digits: int) -> str:
    if not math.isfinite(number):
        raise FilterError(f"{field} cannot end at {number}", fix="leave the end open")
    return _plain(Decimal(repr(float(number))).scaleb(-digits if field in MONEY else 0))


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _quoted(word: str) -> str:
    if _PLAIN.fullmatch(word) and ".." not in word:
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
