"""A text as signs of Chinese and words of everything else, each with its place and the keys that names are found by."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from wares.protocols import Analyzer
from wares.search.han import HAN, SIGNS

_TOKEN = re.compile(rf"[{SIGNS}]|[^\W_{SIGNS}]+(?:['’][^\W_{SIGNS}]+)*")
_JOINTS = frozenset(".-&+_")
_SINGULAR = {
    "women": "woman", "men": "man", "children": "child", "feet": "foot", "teeth": "tooth", "mice": "mouse",
    "knives": "knife", "scarves": "scarf", "shelves": "shelf", "leaves": "leaf", "loaves": "loaf", "grey": "gray",
    "colour": "color", "jewellery": "jewelry", "pyjama": "pajama", "aluminium": "aluminum", "fibre": "fiber",
}  # fmt: skip
_MARKS = re.compile("[\u0300-\u036f'’]")


@dataclass(frozen=True, slots=True)
class Token:
    """``text[start:end]``.

    ``key`` is what singular, plural and possessive share ("Women's", "woman"), ``exact`` the word itself without case
    and accents; ``joined``: it hangs on the token before it, as in "off-white".
    """

    start: int
    end: int
    key: str
    exact: str
    joined: bool = False

    @property
    def han(self) -> bool:
        return HAN.match(self.exact) is not None


def lowered(text: str) -> str:
    """Lower case of the same length, so that places stay."""
    return "".join(lower if len(lower := sign.lower()) == 1 else sign for sign in text)


def singular(word: str) -> str:
    """An English word without its plural; no stem, for a light is no lighting."""
    if word in _SINGULAR:
        return _SINGULAR[word]
    if len(word) > 4 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif len(word) > 4 and word.endswith(("xes", "ches", "shes", "sses", "zes")):
        word = word[:-2]
    elif len(word) > 2 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return _SINGULAR.get(word, word)


class Tokenizer:
    """Cuts texts into tokens; Chinese signs are brought to one script by the analyzer."""

    def __init__(self, analyzer: Analyzer) -> None:
        @lru_cache(maxsize=20_000)
        def keys(word: str) -> tuple[str, str]:
            exact = _MARKS.sub("", unicodedata.normalize("NFKD", word).casefold())
            if len(word) > 1 or word.isascii():
                return singular(exact), exact
            return next(iter(analyzer.terms(word)), exact), exact

        self._keys = keys

    def __call__(self, text: str) -> list[Token]:
        """Tokens in the order of the text."""
        return list(self._tokens(text))

    def _tokens(self, text: str) -> Iterator[Token]:
        last, beside = -2, False  # where the last token ended, and whether it was a word
        for match in _TOKEN.finditer(text):
            start = match.start()
            key, exact = self._keys(match[0])
            word = not HAN.fullmatch(match[0])
            joined = word and beside and start == last + 1 and text[last] in _JOINTS
            yield Token(start, match.end(), key, exact if word else key, joined)
            last, beside = match.end(), word
