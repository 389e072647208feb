"""Text → the terms that words are matched by: ``words.v1``, for English, Chinese and what stands between them.

The script decides first. Latin, Greek and Cyrillic words are lowered, stripped of accents and stemmed; Chinese is
brought to simplified characters and cut by dictionary, sub-words included; scripts without spaces give pairs of
characters. Quantities ("175 ml", "175毫升") and model numbers ("DC-40X", "dc40x") give the same terms however they are
written. Nothing is learnt, so the same text gives the same terms at index and at query time.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any

from wares.encode.plain import placed, plain
from wares.encode.segmenter import Segmenter, segmenter
from wares.protocols import Token
from wares.registry import register

NAME = "words.v1"
MAX_CHARS = 10_000
MAX_WORD = 64

STOP_WORDS = frozenset(
    "a,an,and,are,at,by,for,from,in,is,it,of,on,or,the,to,with,的,了,和,与,及,之".split(",")  # noqa: SIM905
)
SPELLINGS = {
    "aluminium": "aluminum", "centre": "center", "colour": "color", "colours": "color", "fibre": "fiber",
    "grey": "gray", "jewellery": "jewelry", "litre": "liter", "metre": "meter", "moisturiser": "moisturizer",
    "pyjamas": "pajamas", "tyre": "tire", "tyres": "tire",
    "men": "man", "women": "woman", "children": "child", "feet": "foot", "teeth": "tooth", "mice": "mouse",
    "knives": "knife", "scarves": "scarf", "shelves": "shelf", "leaves": "leaf", "loaves": "loaf",
}  # fmt: skip
UNITS = {
    "ml": "ml", "毫升": "ml", "cl": "cl", "l": "l", "升": "l", "liter": "l", "liters": "l", "litre": "l", "litres": "l",
    "mg": "mg", "毫克": "mg", "g": "g", "克": "g", "kg": "kg", "千克": "kg", "公斤": "kg", "oz": "oz", "lb": "lb",
    "lbs": "lb", "mm": "mm", "毫米": "mm", "cm": "cm", "厘米": "cm", "m": "m", "米": "m", "in": "inch", "inch": "inch",
    "inches": "inch", "英寸": "inch", "寸": "inch", '"': "inch", "ft": "ft", "w": "w", "瓦": "w", "v": "v", "伏": "v",
    "mah": "mah", "毫安": "mah", "hz": "hz", "赫兹": "hz", "ghz": "ghz", "mb": "mb", "gb": "gb", "tb": "tb",
    "mp": "mp",
}  # fmt: skip
HEADS = frozenset("裙裤鞋帽袜衫衣包杯碗锅椅桌柜床灯伞刀毯枕箱袋瓶盒镜表")
SNOWBALL = {
    "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish", "fr": "french",
    "hu": "hungarian", "it": "italian", "nb": "norwegian", "nl": "dutch", "no": "norwegian", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\uac00-\ud7af"
_NUMBER = r"\d+(?:[.,]\d+)*"
_LETTER = rf"[^\W_{_HAN}{_UNSPACED}]"
_LATIN_UNITS = "|".join(sorted((u for u in UNITS if u.isalpha() and u.isascii() and u != "in"), key=len, reverse=True))
_HAN_UNITS = "|".join(sorted((u for u in UNITS if not u.isascii()), key=len, reverse=True))
_TOKEN = re.compile(  # "15 in black" and "5-in-1" are no inches
    rf"(?P<number>(?<![^\W_]){_NUMBER})"
    rf"(?P<unit>[ -]?(?:{_LATIN_UNITS})(?!{_LETTER})|-?in(?!{_LETTER}|-)|[ ]?(?:{_HAN_UNITS})|\")"
    rf"|(?P<han>[{_HAN}]+)"
    rf"|(?P<unspaced>[{_UNSPACED}]+)"
    rf"|(?P<word>(?:{_NUMBER}(?!{_LETTER})|{_LETTER}+)(?:['’&+.\-_]{_LETTER}+)*)"
)


@register("analyzer", "words.v1")
class WordsAnalyzer:
    """Terms of English, Chinese and mixed text; the dictionary of Chinese is loaded when the first Han sign is met.

    Parameters
    ----------
    language
        Whose stemmer is used where a text does not say its language.
    folder
        Where the dictionary is kept once it is laid out; None: it is laid out in the memory of each process.
    """

    def __init__(self, language: str = "en", folder: Path | None = None) -> None:
        self.language = language
        self._folder = folder

    @property
    def fingerprint(self) -> str:
        parts = ",".join(f"{name}-{version(name)}" for name in ("jieba", "opencc", "pystemmer"))
        return f"{NAME}:{self.language}:{parts}:unicode-{unicodedata.unidata_version}"

    def terms(self, text: str, language: str = "") -> list[str]:
        """Terms in the order of the text; of a very long text the first 10,000 characters are read."""
        stemmer = self._stemmer(language)
        found = _TOKEN.finditer(plain(text, MAX_CHARS))
        every = [term for match in found for _, _, terms in self._words(match, stemmer) for term in terms]
        return [term for term in every if term not in STOP_WORDS] or every

    def tokens(self, text: str, language: str = "") -> list[Token]:
        """The words as they stand in the text, ascending and apart, each with its terms; a run of a script without
        spaces is one word, and so is what one character stands for ("½")."""
        stemmer = self._stemmer(language)
        read, starts, ends = placed(text, MAX_CHARS)
        tokens: list[Token] = []
        for match in _TOKEN.finditer(read):
            for first, last, terms in self._words(match, stemmer):
                start, end = starts[first], ends[last - 1]
                if tokens and start < tokens[-1].end:
                    before = tokens.pop()
                    start, terms = before.start, (*before.terms, *terms)
                tokens.append(Token(start, end, terms))
        told = [Token(each.start, each.end, tuple(t for t in each.terms if t not in STOP_WORDS)) for each in tokens]
        return told if any(token.terms for token in told) else tokens

    def _stemmer(self, language: str) -> str:
        return SNOWBALL.get((language or self.language)[:2].lower(), "english")

    def _words(self, match: re.Match[str], stemmer: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        """The words of one match, each with its start, its end and its terms."""
        match match.lastgroup:
            case "unit":
                number = _number(match["number"])
                yield match.start(), match.end(), (number + UNITS[match["unit"].strip(" -")], number)
            case "han":
                yield from _han(match["han"], match.start(), segmenter(self._folder))
            case "unspaced":
                yield match.start(), match.end(), tuple(_pairs(match["unspaced"]))
            case _:
                yield match.start(), match.end(), _word(match["word"][:MAX_WORD], stemmer)


def _number(digits: str) -> str:
    """Thousands lose their comma, decimals keep a point."""
    return re.sub(r",(?=\d{3}(?!\d))", "", digits[:MAX_WORD]).replace(",", ".")


def _pairs(run: str) -> Iterator[str]:
    if len(run) == 1:
        yield run
    yield from (run[i : i + 2] for i in range(len(run) - 1))


@lru_cache(maxsize=65_536)
def _word(word: str, stemmer: str) -> tuple[str, ...]:
    """A word, or a compound as a whole without its joints and then its parts."""
    if re.fullmatch(_NUMBER, word):
        return (_number(word),)
    word = re.sub(r"['’]s?$", "", word)
    parts = [part for part in re.split(r"['’&+.\-_]", word) if part]
    terms = [term for part in parts for term in _part(part, stemmer)]
    if len(parts) > 1 and not all(part.isdigit() for part in parts):
        terms.insert(0, stem("".join(parts), stemmer))
    return tuple(terms)


def _part(part: str, stemmer: str) -> tuple[str, ...]:
    """A word's stem; a code as a whole and its series ("iphone15", "wh1000xm5"); measures, each and as a whole."""
    if measures := re.fullmatch(r"(\d+(?:x\d+)+)([a-z]*)", part):
        numbers = measures[1].split("x")
        unit = UNITS.get(measures[2])
        return (measures[1], *numbers, *([numbers[-1] + unit] if unit else []))
    if code := re.fullmatch(r"([^\W\d_]{2,})(\d.*)|(\d+)([^\W\d_]{2,})", part):
        return (part, *(stem(piece, stemmer) for piece in code.groups() if piece))
    return (stem(part, stemmer),)


def stem(word: str, stemmer: str) -> str:
    """The stem of one lower-case word, a few spellings and irregular plurals of English made one first."""
    if not word.isalpha() or len(word) < 3:
        return word
    if stemmer == "english":
        word = SPELLINGS.get(word, word)
    with _stemming:
        stem: str = _stemmer(stemmer).stemWord(word)
    return stem


def _han(run: str, at: int, dictionary: Segmenter) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Words of the dictionary with the words inside them, single signs that stand together as pairs, and heads.

    The head of a compound is its last sign ("连衣裙" and "裙子" are both "裙").
    """
    simple = _simplifier().convert(run)
    alone, start = "", at
    for word in dictionary.cut(simple):
        # where simplifying changed the number of signs, only the run as a whole can be found again
        first, last = (start, start + len(word)) if len(simple) == len(run) else (at, at + len(run))
        start += len(word)
        if len(word) == 1:
            yield first, last, (alone + word, word) if alone else (word,)
            alone = word
            continue
        alone = ""
        inner = (word[i : i + size] for size in (2, 3) if len(word) > size for i in range(len(word) - size + 1))
        head = word[0] if word[-1] == "子" else word[-1]
        heads = (head,) if head in HEADS else ()
        yield first, last, (*(part for part in inner if part in dictionary), word, *heads)


_stemming = Lock()  # a stemmer serves one thread at a time


@cache
def _stemmer(name: str) -> Any:
    from Stemmer import Stemmer

    return Stemmer(name, 0)


@cache
def _simplifier() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")
