"""A text as signs of Chinese and words of everything else, each with its place and the keys that names are found by."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from wares.protocols import Analyzer

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_TOKEN = re.compile(rf"[{HAN}]|[^\W_{HAN}]+(?:['’][^\W_{HAN}]+)*")
_JOINTS = frozenset(".-&+_/")
_MARKS = re.compile("[\u0300-\u036f'’]")


@dataclass(frozen=True, slots=True)
class Token:
    """``text[start:end]``.

    ``key`` is what spellings and endings share ("Women's", "woman"), ``exact`` the word itself without case and
    accents; ``joined``: it hangs on the token before it, as in "off-white".
    """

    start: int
    end: int
    key: str
    exact: str
    joined: bool = False

    @property
    def han(self) -> bool:
        return bool(re.match(f"[{HAN}]", self.exact))


def lowered(text: str) -> str:
    """Lower case of the same length, so that places stay."""
    return "".join(lower if len(lower := sign.lower()) == 1 else sign for sign in text)


class Tokenizer:
    """Cuts texts into tokens; their keys are the analyzer's terms."""

    def __init__(self, analyzer: Analyzer) -> None:
        @lru_cache(maxsize=20_000)
        def keys(word: str) -> tuple[str, str]:
            exact = _MARKS.sub("", unicodedata.normalize("NFKD", word).casefold())
            terms = analyzer.terms(word[:64])
            return (terms[0] if terms else exact), exact

        self._keys = keys

    def __call__(self, text: str) -> list[Token]:
        """Tokens in the order of the text."""
        return list(self._tokens(text))

    def _tokens(self, text: str) -> Iterator[Token]:
        last = -2
        for match in _TOKEN.finditer(text):
            start = match.start()
            key, exact = self._keys(match[0])
            han = len(match[0]) == 1 and re.match(f"[{HAN}]", match[0]) is not None
            joined = not han and (start == last or (start == last + 1 and text[last] in _JOINTS and text[last] != "/"))
            yield Token(start, match.end(), key, key if han else exact, joined and last > 0)
            last = match.end()
