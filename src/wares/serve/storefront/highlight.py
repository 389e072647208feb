"""Mark the words of a query in a text, escaped on the server."""

import re
from functools import lru_cache

from markupsafe import Markup, escape

# Scripts that are written without spaces: there a run of characters is matched by its pairs, not by whole words.
_UNSPACED = r"぀-ヿ㐀-䶿一-鿿豈-﫿"
_WORD = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]+")
_MAX_WORDS = 32


def highlight(text: str, query: str) -> Markup:
    """Wrap what matches ``query`` in ``<mark>``; all else is escaped and nothing is lost.

    A spaced word matches at the start of a word, its plural ending left out ("shirts" marks "Shirt"); Chinese and
    Japanese match by the longest runs of two or more characters.
    """
    pattern = _pattern(query)
    if pattern is None:
        return escape(text)
    pieces, end = [], 0
    for match in pattern.finditer(text):
        pieces += [escape(text[end : match.start()]), Markup("<mark>"), escape(match.group()), Markup("</mark>")]
        end = match.end()
    return Markup("").join([*pieces, escape(text[end:])])


@lru_cache(64)  # the same for every card of a page
def _pattern(query: str) -> re.Pattern[str] | None:
    spaced: set[str] = set()
    unspaced: set[str] = set()
    for word in _WORD.findall(query)[:_MAX_WORDS]:
        if re.match(f"[{_UNSPACED}]", word):
            unspaced.update(_runs(word[:_MAX_WORDS]))
        elif len(word) > 1:
            spaced.add(_singular(word.casefold()))
    longest_first = sorted(unspaced, key=len, reverse=True)
    starts = [rf"\b{re.escape(word)}\w*" if len(word) > 3 else rf"\b{re.escape(word)}s?\b" for word in sorted(spaced)]
    if not (longest_first or starts):
        return None
    return re.compile("|".join([*map(re.escape, longest_first), *starts]), re.IGNORECASE)


def _runs(word: str) -> set[str]:
    """Every run of 2 to 4 characters, and the word itself."""
    sizes = range(2, min(len(word), 4) + 1)
    return {word} | {word[start : start + size] for size in sizes for start in range(len(word) - size + 1)}


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("es") and word[-3] in "sxzh":
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
