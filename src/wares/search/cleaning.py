"""A shopper's words made fit to be read: any length, script or content comes in, one short line comes out."""

import re
import unicodedata
from collections.abc import Iterable

from wares.search.han import SIGNS
from wares.types import Notice

MAX_CHARS = 300
_LETTER = rf"[^\W{SIGNS}]"
_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))


def clean(text: str) -> tuple[str, tuple[Notice, ...]]:
    """The text without signs that cannot be seen, in NFKC, cut to a limit; and a notice where it was cut."""
    seen = (" " if sign.isspace() else sign for sign in text[: 4 * MAX_CHARS] if sign.isspace() or _is_shown(sign))
    line = " ".join(unicodedata.normalize("NFKC", "".join(seen)).split())
    if len(line) <= MAX_CHARS and len(text) <= 4 * MAX_CHARS:
        return line, ()
    told = Notice("query_cut", f"Only the first {MAX_CHARS} characters were searched for.")
    return line[:MAX_CHARS].rstrip(), (told,)


def without(text: str, words: Iterable[str]) -> str:
    """A text without the first occurrence of each of the words, whatever their case; no part of a word is taken."""
    for word in sorted(words, key=len, reverse=True):
        if word:
            text = re.sub(rf"(?<!{_LETTER}){re.escape(word)}(?!{_LETTER})", " ", text, count=1, flags=re.IGNORECASE)
    return " ".join(text.split())


def _is_shown(sign: str) -> bool:
    return unicodedata.category(sign) not in _HIDDEN
