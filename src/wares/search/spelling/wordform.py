"""The form in which words are compared letter by letter: lower case, half width, simplified, without accents."""

import re
import unicodedata
from functools import lru_cache

from wares.search.han import HAN, SIGNS, simplified

_ONLY_HAN = re.compile(f"[{SIGNS}]+")
_ACCENT = re.compile(r"[\u0300-\u036f\u200b-\u200f\u2060\ufe00-\ufe0f]+")


@lru_cache(maxsize=65_536)
def folded(word: str) -> str:
    """A word as the catalogue's vocabulary has it."""
    apart = _ACCENT.sub("", unicodedata.normalize("NFKD", word.casefold()))
    plain = unicodedata.normalize("NFC", apart)
    return simplified(plain) if HAN.search(plain) else plain


def is_han(word: str) -> bool:
    """Whether a word is written in Chinese signs alone."""
    return _ONLY_HAN.fullmatch(word) is not None


def is_lettered(word: str) -> bool:
    """Whether a word is made of letters with spaces between them: no signs, no digits, no joints."""
    return word.isalpha() and not HAN.search(word)
