"""Texts made alike: what a shopper has typed so far and what a merchant wrote, whatever the case, width or script.

Half width, lower case, no accents, simplified Chinese, one space between words and none beside Chinese signs. What is
typed is a prefix of a text exactly where the one folded is a prefix of the other, so that a lookup is a comparison of
bytes.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from wares.protocols import Token
from wares.search.han import HAN, SIGNS, simplified

Tokens = Callable[[str, str], Sequence[Token]]
"""A text and its language → its words, such as ``Analyzer.tokens``."""

MAX_CHARS = 200
_ACCENTS = r"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]"
_LETTERS = rf"(?:[^\W_{SIGNS}]{_ACCENTS}*)+"
_WORD = re.compile(rf"[{SIGNS}]+|{_LETTERS}(?:['’.&+\-]{_ACCENTS}*{_LETTERS})*")
_ACCENT = re.compile(rf"{_ACCENTS}+")
_MARKS = dict.fromkeys(map(ord, "™®©℠℗"))
_APOSTROPHE = re.compile(r"(?<=\w)['’](?=\w)")
_OTHER = re.compile(r"[\W_]+")
_BESIDE_HAN = re.compile(rf"(?<=[{SIGNS}]) | (?=[{SIGNS}])")


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is shown (lower case) and as it is compared; ``after_break``: it follows a sign, not a space."""

    shown: str
    folded: str
    after_break: bool
    is_han: bool


def fold(text: str) -> str:
    """A text, or what is typed of it so far, in the form in which it is compared; a space at the end is kept."""
    plain = _ACCENT.sub("", unicodedata.normalize("NFKD", _unmarked(text).casefold()))
    plain = _APOSTROPHE.sub("", unicodedata.normalize("NFKC", plain).casefold())
    spaced = _OTHER.sub(" ", plain).lstrip(" ")
    if not HAN.search(spaced):
        return spaced
    return _BESIDE_HAN.sub("", simplified(spaced))


def split(text: str, language: str = "", tokens: Tokens | None = None) -> list[Word]:
    """The words of a text; runs of Chinese are cut by ``tokens``, without which each sign is a word."""
    shown = unicodedata.normalize("NFKC", _unmarked(text)).casefold()
    starts = _starts(shown, language, tokens) if HAN.search(shown) else frozenset()
    words: list[Word] = []
    end = 0
    for match in _WORD.finditer(shown):
        breaks = shown[end : match.start()].strip() != "" and bool(words)
        end = match.end()
        for piece in _pieces(match, starts):
            folded, is_han = _folded(piece)
            if folded:
                words.append(Word(piece, folded, breaks, is_han))
                breaks = False
    return words


def joined(words: Sequence[str]) -> str:
    """Words as a text: a space between two that are not Chinese, none beside Chinese."""
    text = " ".join(words)
    return text if text.isascii() else _BESIDE_HAN.sub("", text)


def syllables(text: str, cuts: Sequence[int] = ()) -> list[tuple[str, int]]:
    """The pinyin of each Chinese sign and every other run as it stands, each with the place it begins at in the text.

    Readings follow the word a sign stands in (重庆 is chongqing); ``ü`` is typed ``v``. ``cuts`` are places where words
    begin, where they are known: a word is then read once, wherever it stands.
    """
    ends = sorted({0, *cuts, len(text)})
    # Signs that no dictionary joined may still be a phrase together.
    ends = [end for end in ends if not (end - 1 in ends and end + 1 in ends and HAN.match(text[end - 1 : end + 1]))]
    return [(syllable, start + place) for start, end in pairwise(ends) for syllable, place in _read(text[start:end])]


@lru_cache(maxsize=16_384)
def _read(text: str) -> tuple[tuple[str, int], ...]:
    from pypinyin import Style, pinyin

    read: list[tuple[str, int]] = []
    place = 0
    for (syllable,) in pinyin(text, style=Style.NORMAL, v_to_u=False):
        read.append((syllable.replace("ü", "v").replace(" ", ""), place))
        place += 1 if place < len(text) and HAN.match(text[place]) else _run(text, place)
    return tuple(read)


def _unmarked(text: str) -> str:
    """Trade marks are no letters ("™" would become "tm")."""
    return text[:MAX_CHARS].translate(_MARKS)


def _run(text: str, place: int) -> int:
    """The length of the run without Chinese signs at a place."""
    found = HAN.search(text, place)
    return (found.start() if found else len(text)) - place


def _starts(shown: str, language: str, tokens: Tokens | None) -> frozenset[int]:
    if tokens is None:
        return frozenset(range(len(shown)))
    return frozenset(token.start for token in tokens(shown, language))


def _pieces(match: re.Match[str], starts: frozenset[int]) -> list[str]:
    run = match.group()
    if not HAN.match(run):
        return [run]
    inner = [place - match.start() for place in starts if match.start() < place < match.end()]
    cuts = [0, *sorted(inner), len(run)]
    return [run[one:other] for one, other in pairwise(cuts)]


@lru_cache(maxsize=65_536)
def _folded(word: str) -> tuple[str, bool]:
    folded = fold(word).strip()
    return folded, HAN.match(folded) is not None
