"""Sizes as shoppers ask for them: "size 9", "size M", "EU 42", "尺码42", "42码", "XL码".

A size is asked for by words that say so, or by its system; a bare "M" or "42" may be anything. Sizes are compared by a
key that spellings share: ``size_key("2XL") == size_key("xxl")``, ``size_key("42码") == size_key("EU 42")``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wares.search.intents.tokens import lowered

SIZE_COLUMN = re.compile(r"size|尺码|尺寸|码数|größe|taille|talla", re.IGNORECASE)
"""Columns of an index that hold sizes, by their name."""

_NUMBER = r"\d{1,3}(?:[.,]\d{1,2})?"
_LETTERS = r"(?:[2-6]x|x{0,5})[sl]|[2-6]xl|m"
_NAMES = {
    "extra small": "xs", "small": "s", "medium": "m", "large": "l", "extra large": "xl", "x-large": "xl",
    "x-small": "xs", "xx-large": "xxl", "均码": "one size", "free size": "one size", "one size": "one size",
    "onesize": "one size", "one size fits all": "one size", "小": "s", "中": "m", "大": "l", "加大": "xl", "特大": "xl",
}  # fmt: skip
_SYSTEMS = "eu|us|uk|fr|it|jp|cn|eur"
_VALUE = rf"(?:(?:{_SYSTEMS}) ?)?{_NUMBER}|{_LETTERS}|extra small|small|medium|extra large|large|one size"
_ASKED = (
    re.compile(rf"(?<![a-z0-9-])size:? ?(?P<value>{_VALUE})(?![a-z0-9.,/x-])"),
    re.compile(rf"(?<![a-z0-9])(?P<value>(?:{_SYSTEMS}) (?:size )?{_NUMBER})(?![a-z0-9.,/-])"),
    re.compile(rf"(?:尺码|尺寸|码数|鞋码)[:：]? ?(?P<value>{_VALUE}|均码)(?![a-z0-9.,/-])码?的?"),
    re.compile(rf"(?<![a-z0-9.])(?P<value>{_NUMBER}|{_LETTERS})(?:码|号码)的?"),
    re.compile(rf"(?<![a-z0-9.])(?P<value>{_LETTERS})号的?"),
    re.compile(r"(?P<value>均码)的?"),
)
_KEYED = re.compile(rf"(?P<system>{_SYSTEMS})? ?(?:size )?(?P<number>{_NUMBER})(?: ?码)?")
_LETTER_KEY = re.compile(r"(?:(?P<times>[2-6])x|(?P<more>x{0,5}))(?P<end>[sl])(?: ?码)?|(?P<medium>m)(?: ?码)?")


@dataclass(frozen=True, slots=True)
class SizePhrase:
    """``text[start:end]`` asks for the size with this key."""

    start: int
    end: int
    key: str


def size_phrases(text: str) -> Iterator[SizePhrase]:
    """The size phrases of a text; they may overlap, the surest kind first."""
    low = lowered(text)
    for pattern in _ASKED:
        for match in pattern.finditer(low):
            yield SizePhrase(match.start(), match.end(), size_key(match["value"]))


def size_key(value: str) -> str:
    """What spellings of one size share; a number keeps its system: ``"eu 42"``, but ``"42"`` without one."""
    words = " ".join(value.lower().split())
    words = _NAMES.get(words.removesuffix("码") or words, _NAMES.get(words, words))
    if found := _KEYED.fullmatch(words):
        number = found["number"].replace(",", ".")
        number = number.rstrip("0").rstrip(".") if "." in number else number
        system = "eu" if found["system"] == "eur" else found["system"]
        return f"{system} {number}" if system else number
    if letters := _LETTER_KEY.fullmatch(words):
        if letters["medium"]:
            return "m"
        more = int(letters["times"]) if letters["times"] else len(letters["more"])
        return "x" * more + letters["end"]
    return words


def alike(key: str, known: frozenset[str] | set[str]) -> list[str]:
    """Keys of a catalogue that a key asked for means: itself, else the same number in the other way of naming it."""
    if key in known:
        return [key]
    number = key.split(" ")[-1]
    if number != key:
        return [number] if number in known else []
    return [each for system in _SYSTEMS.split("|") if (each := f"{system} {number}") in known]
