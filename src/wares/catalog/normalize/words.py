"""Clean text: mended encodings, no markup, no invisible tricks; and which language it is in."""

import html
import math
import re
import unicodedata
from functools import lru_cache
from html.parser import HTMLParser

_PLAIN = re.compile(r"[^\x20-\x25\x27-\x3b\x3d-\x7e\n]")  # anything but ASCII that needs no work
_MARKUP = re.compile(r"</?[a-zA-Z!][^<>]{0,2000}>?|&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,31});")
# Controls, bidirectional overrides, zero-width spaces and lone surrogates; joiners stay, scripts and emoji need them.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_SPACES = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r" ?\n(?: ?\n)+ ?")

_BLOCKS = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "figure",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tr",
        "ul",
    ]
)
_SILENT = frozenset(["script", "style", "template", "noscript", "iframe", "object", "svg", "math", "head", "title"])


def clean(text: str, limit: int = 100_000) -> str:
    """Text without markup, control characters and mojibake, its white space tidy, in Unicode NFC."""
    if not _PLAIN.search(text):
        return _tidy(text[:limit])
    text = _HIDDEN.sub("", text[: 4 * limit].replace("\r\n", "\n").replace("\r", "\n"))
    if not text.isascii():
        text = _mended(text)
    if _MARKUP.search(text):
        text = _without_markup(text)
    return _tidy(unicodedata.normalize("NFC", text))[:limit]


def line(text: str, limit: int = 1_000) -> str:
    """Clean text on a single line."""
    return clean(text, limit).replace("\n", " ")


def _tidy(text: str) -> str:
    text = text.strip()
    if "  " in text or "\t" in text or "\u3000" in text or "\xa0" in text:
        text = _SPACES.sub(" ", text)
    return _BREAKS.sub("\n\n", text) if "\n" in text else text


def _mended(text: str) -> str:
    from ftfy import TextFixerConfig, fix_text

    config = TextFixerConfig(unescape_html=False, uncurl_quotes=False, fix_character_width=False, normalization=None)
    return str(fix_text(text, config))


class _Words(HTMLParser):
    """Keeps the words of a document, block by block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._silent += tag in _SILENT
        if tag == "li":
            self.parts.append("\n• ")
        elif tag in _BLOCKS:
            self.parts.append("\n")
        elif tag in ("td", "th"):
            self.parts.append(" ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _SILENT:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))
        if tag in _BLOCKS and tag != "br":
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def _without_markup(text: str) -> str:
    # A browser would show text that was escaped twice as markup again, so go on until nothing changes.
    for _ in range(3):
        parser = _Words()
        parser.feed(text)
        parser.close()
        words = "".join(parser.parts)
        if words == text or not _MARKUP.search(words):
            return words
        text = words
    return _MARKUP.sub(" ", html.unescape(text))


_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
)
_LETTERS = re.compile(r"[^\W\d_]")
_SHORT = 20
_SURE = 20.0  # natural log of the odds


@lru_cache(maxsize=4096)
def language_of(text: str, default: str = "") -> str:
    """BCP 47 tag of the text: by its script where that decides, else by a statistical guess, else ``default``.

    Chinese titles are full of Latin brands and model numbers, so a quarter of Han letters makes a text Chinese. Titles
    are brands and nouns, which mislead a guess: it must be e^20 times likelier than the default to overrule it.
    """
    letters = len(_LETTERS.findall(text))
    if not letters:
        return default
    for tag, script in _SCRIPTS:
        if len(script.findall(text)) * 4 >= letters:
            return tag
    if default in {tag for tag, _ in _SCRIPTS}:
        default = "en"  # its letters are not there
    if letters < _SHORT and default:
        return default
    from py3langid import rank

    likely: list[tuple[str, float]] = rank(text[:1000])
    best, score = max(likely, key=lambda item: item[1])
    return best if score - dict(likely).get(default, -math.inf) > _SURE else default
