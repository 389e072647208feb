"""Filters as this protocol writes them → our own: the text ``filters``, and the lists of facet and numeric filters.

::

    filters         brand:Luma AND (color:red OR color:"dark blue") AND NOT price > 80 AND rating:3 TO 5
    facetFilters    [["color:red", "color:blue"], "brand:-Luma"]     lists within the list are OR, ``-`` is not
    numericFilters  ["price>=10", "price<=80.5"]

AND binds closer than OR. Each text is read once, from the left. Prices are in major units here, in minor units in what
comes of it.
"""

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from wares.errors import FilterError
from wares.search.filters import MAX_DEPTH, MAX_VALUES, MONEY
from wares.serve.algolia.names import TRUTHS, field_of
from wares.types import AllOf, AnyOf, Between, Filter, Not, OneOf

MAX_CHARS = 50_000

_NUMBER = r"[-+]?\d{1,30}(?:\.\d{1,30})?(?:[eE][-+]?\d{1,2})?"
_BLANK = re.compile(r"\s*")
_NAME = re.compile(r"[^\s()\"'<>=!:]+")
_BARE = re.compile(r"(?:[^\s()<]|<(?!score=))+")
_QUOTED = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'", re.DOTALL)
_SCORE = re.compile(r"<score=\d{1,9}>")
_KEYWORD = re.compile(r"(AND|OR|NOT)(?=[\s(]|$)")
_RANGE = re.compile(rf"({_NUMBER})\s+TO\s+({_NUMBER})(?=[\s)]|$)")
_COMPARISON = re.compile(rf"\s*(<=|>=|!=|=|<|>)\s*({_NUMBER})(?=[\s)]|$)")


def parse(text: str, digits: int) -> tuple[Filter, ...]:
    """What ``filters`` says, joined by AND.

    Parameters
    ----------
    digits
        Decimal places of the shop's currency.

    Raises
    ------
    FilterError
        With the place in the text and how to mend it.
    """
    reader = _Reader(text, digits, "filters")
    if reader.at_end():
        return ()
    found = reader.either(0)
    if not reader.at_end():
        raise reader.error("AND, OR or the end was expected", "join conditions by AND or OR")
    return found.parts if isinstance(found, AllOf) else (found,)


def facet_filters(value: Any, digits: int, *, name: str = "facetFilters", prefix: str = "") -> tuple[Filter, ...]:
    """What a list of ``attribute:value`` says; ``prefix`` stands before each of them."""
    return _joined(value, lambda text: _facet_filter(prefix + text, digits, name), name)


def numeric_filters(value: Any, digits: int) -> tuple[Filter, ...]:
    """What a list of comparisons and ranges says."""

    def read(text: str) -> Filter:
        reader = _Reader(text, digits, "numericFilters")
        found = reader.numeric()
        if not reader.at_end():
            raise reader.error("a number was expected to end it", "such as price>=10 or price:10 TO 20")
        return found

    return _joined(value, read, "numericFilters")


def any_of(parts: Sequence[Filter]) -> Filter:
    """One of the parts; choices within one field are one choice, so that its facet is known as filtered by it."""
    if len(parts) == 1:
        return parts[0]
    fields = {part.field if isinstance(part, OneOf) else "" for part in parts}
    if len(fields) == 1 and "" not in fields:
        values = (value for part in parts if isinstance(part, OneOf) for value in part.values)
        return OneOf(fields.pop(), tuple(dict.fromkeys(values)))
    return AnyOf(tuple(parts))


def _joined(value: Any, read: Any, name: str) -> tuple[Filter, ...]:
    """AND over the list, OR over lists within it."""
    outer = [value] if isinstance(value, str) else value
    if not isinstance(outer, list):
        raise FilterError(f"{name} is no list", fix=f'{name}: [["color:red", "color:blue"], "brand:Luma"]')
    found, count = [], 0
    for group in outer:
        texts = group if isinstance(group, list) else [group]
        count += len(texts)
        if count > MAX_VALUES:
            raise FilterError(f"{name} has more than {MAX_VALUES} filters", fix="send fewer")
        if not all(isinstance(text, str) for text in texts):
            raise FilterError(f"{name} holds something that is no text", fix="texts, or lists of texts that are OR")
        if parts := [read(text) for text in texts if text]:
            found.append(any_of(parts))
    return tuple(found)


def _facet_filter(text: str, digits: int, name: str) -> Filter:
    attribute, colon, value = text.partition(":")
    if not colon or not attribute:
        raise FilterError(f"{name}: no ':' in {text[:100]!r}", fix="attribute:value, such as brand:Luma")
    inverted = attribute.startswith("-")
    if value.startswith("-"):
        inverted, value = not inverted, value[1:]
    elif value.startswith("\\-"):
        value = value[1:]
    found = _equal(attribute.removeprefix("-"), value, digits, name)
    return Not(found) if inverted else found


def _equal(attribute: str, value: str, digits: int, where: str) -> Filter:
    field = field_of(attribute)
    if field not in MONEY:
        return OneOf(field, (value,))
    if not re.fullmatch(_NUMBER, value):
        raise FilterError(f"{where}: {value[:100]!r} is no price", fix=f"{attribute}:19.99 or {attribute}:10 TO 80")
    return _compared(attribute, "=", value, digits)


def _compared(attribute: str, sign: str, number: str, digits: int) -> Filter:
    field = field_of(attribute)
    value = float(Decimal(number).scaleb(digits if field in MONEY else 0))
    if field in TRUTHS and sign in ("=", "!="):
        return OneOf(field, ("true" if (value != 0) == (sign == "=") else "false",))
    match sign:
        case "<=":
            return Between(field, None, value)
        case ">=":
            return Between(field, value, None)
        case "<":
            return Between(field, None, math.nextafter(value, -math.inf))
        case ">":
            return Between(field, math.nextafter(value, math.inf), None)
        case "=":
            return Between(field, value, value)
    return Not(Between(field, value, value))


class _Reader:
    """Reads from the left; ``place`` is where it stands."""

    def __init__(self, text: str, digits: int, name: str) -> None:
        if len(text) > MAX_CHARS:
            raise FilterError(f"{name} has {len(text)} characters", fix=f"at most {MAX_CHARS}")
        self._text, self._digits, self._name = text, digits, name
        self._place = self._count = 0

    def at_end(self) -> bool:
        self._skip()
        return self._place >= len(self._text)

    def either(self, depth: int) -> Filter:
        """Parts joined by OR, each of them parts joined by AND."""
        choices = [self._every(depth)]
        while self._keyword("OR"):
            choices.append(self._every(depth))
        return any_of(choices)

    def numeric(self) -> Filter:
        """A comparison or a range."""
        self._skip()
        attribute = self._word(_NAME, "the name of an attribute")
        found = self._comparison(attribute)
        if found is None and self._text.startswith(":", self._place):
            self._place += 1
            found = self._span(attribute)
        if found is None:
            raise self.error("a comparison with a number is missing", "such as price>=10 or price:10 TO 20")
        return found

    def error(self, what: str, fix: str) -> FilterError:
        return FilterError(f"{self._name}: {what} at character {self._place + 1}", fix=fix)

    def _every(self, depth: int) -> Filter:
        parts = [self._part(depth)]
        while self._keyword("AND"):
            parts.append(self._part(depth))
        flat = tuple(each for part in parts for each in (part.parts if isinstance(part, AllOf) else (part,)))
        return flat[0] if len(flat) == 1 else AllOf(flat)

    def _part(self, depth: int) -> Filter:
        self._skip()
        self._count += 1
        if depth > MAX_DEPTH or self._count > MAX_VALUES:
            raise self.error("it is too large", f"at most {MAX_VALUES} conditions, {MAX_DEPTH} deep")
        if self._keyword("NOT"):
            return Not(self._part(depth + 1))
        if self._text.startswith("(", self._place):
            opened = self._place
            self._place += 1
            found = self.either(depth + 1)
            self._skip()
            if not self._text.startswith(")", self._place):
                raise self.error(f"the ( of character {opened + 1} is not closed", "add a )")
            self._place += 1
            return found
        return self._condition()

    def _condition(self) -> Filter:
        attribute = self._word(_NAME, "a condition")
        if self._text.startswith(":", self._place):
            self._place += 1
            self._skip()
            return self._span(attribute) or self._value(attribute)
        return self._comparison(attribute) or OneOf(field_of("_tags"), (attribute,))

    def _comparison(self, attribute: str) -> Filter | None:
        if (found := _COMPARISON.match(self._text, self._place)) is None:
            return None
        self._place = found.end()
        return _compared(attribute, found[1], found[2], self._digits)

    def _span(self, attribute: str) -> Filter | None:
        self._skip()
        if (found := _RANGE.match(self._text, self._place)) is None:
            return None
        self._place = found.end()
        field = field_of(attribute)
        low, high = (float(Decimal(end).scaleb(self._digits if field in MONEY else 0)) for end in found.groups())
        return Between(field, low, high)

    def _value(self, attribute: str) -> Filter:
        value = self._word(_BARE, f"a value of {attribute[:100]}")
        if score := _SCORE.match(self._text, self._place):
            self._place = score.end()
        return _equal(attribute, value, self._digits, self._name)

    def _word(self, bare: re.Pattern[str], what: str) -> str:
        quoted = _QUOTED.match(self._text, self._place)
        if quoted:
            self._place = quoted.end()
            return re.sub(r"\\(.)", r"\1", quoted[1] or quoted[2] or "", flags=re.DOTALL)
        if self._text[self._place : self._place + 1] in ('"', "'"):
            raise self.error("a quotation mark is not closed", "add one, or write \\ before it")
        found = bare.match(self._text, self._place)
        if not found:
            raise self.error(f"{what} is missing", 'such as brand:Luma, color:"dark blue" or price > 10')
        self._place = found.end()
        return found[0]

    def _keyword(self, word: str) -> bool:
        self._skip()
        found = _KEYWORD.match(self._text, self._place)
        if found is None or found[1] != word:
            return False
        self._place = found.end()
        return True

    def _skip(self) -> None:
        blank = _BLANK.match(self._text, self._place)
        self._place = blank.end() if blank else self._place
