"""A text → its plain form: lower case, half width, without accents and signs that cannot be seen; and, for every
character of the plain form, where it stands in the text.

Normalisation composes and reorders characters, so a place cannot be carried through it character by character. The
text is therefore cut into blocks that nothing composes across (a character and the marks that follow it); the plain
form of a text is the plain forms of its blocks (Unicode Standard Annex 15, "Concatenation of Normalized Strings").
"""

import re
import unicodedata
from collections.abc import Iterator

from wares.encode.rows import readable

_ACCENT = re.compile(r"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]+")
_INVISIBLE = re.compile(r"[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LOOKALIKES = str.maketrans("авеѕікмнорстухјӏ", "abesikmhopctyxjl")
_FOLDS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "×": "x", "″": '"', "”": '"'}
)
# Letters that a letter before them composes with: vowels and finals of Hangul, vowel signs of Indic scripts.
JOINING = re.compile(
    r"[\u1161-\u1175\u11a8-\u11c2\u09be\u09d7\u0b3e\u0b56\u0b57\u0bbe\u0bd7\u0cc2\u0cd5\u0cd6\u0d3e\u0d57\u0dcf\u0ddf"
    r"\u102e\u1b35\U00011127\U0001133e\U00011357\U000114b0\U000114ba\U000114bd\U000115af\U00011930]"
)


def plain(text: str, limit: int) -> str:
    """The plain form of the first ``limit`` characters; lookalikes from other alphabets are unmasked."""
    return _unmasked(_folded(readable(text, limit))[: 2 * limit])


def placed(text: str, limit: int) -> tuple[str, list[int], list[int]]:
    """The plain form, and for each of its characters where what it was made of starts and ends in the text."""
    read = readable(text, limit)
    before = len(text) - len(re.sub("[\ud800-\udfff]", " ", text).lstrip())
    if read.isascii():
        own = range(before, before + len(read))
        return plain(text, limit), [*own], [place + 1 for place in own]
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _blocks(read):
        part = _folded(read[start:end])
        parts.append(part)
        starts += [before + start] * len(part)
        ends += [before + end] * len(part)
    return _unmasked("".join(parts)[: 2 * limit]), starts[: 2 * limit], ends[: 2 * limit]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", _bare(text).casefold()).translate(_FOLDS)


def _bare(text: str) -> str:
    """Lower case, every character taken apart, accents and what cannot be seen left out."""
    seen = _ACCENT.sub("", _INVISIBLE.sub("", text))
    return _ACCENT.sub("", unicodedata.normalize("NFKD", seen.casefold()))


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for place, char in enumerate(text):
        if place > start and not _leans(char):
            yield start, place
            start = place
    if text:
        yield start, len(text)


def _leans(char: str) -> bool:
    """Whether a character may change with those before it."""
    if char.isascii():
        return False
    apart = _bare(char)
    return not apart or unicodedata.combining(apart[0]) != 0 or JOINING.match(apart) is not None


def _unmasked(text: str) -> str:
    """A word of Latin letters with Cyrillic ones among them was written to deceive."""
    if not _CYRILLIC.search(text):
        return text
    return re.sub(
        r"\w+",
        lambda word: word.group().translate(_LOOKALIKES) if re.search("[a-z]", word.group()) else word.group(),
        text,
    )
