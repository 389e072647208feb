"""Where the words of a query stand in a text: highlights and snippets as this protocol gives them.

Texts are given as they are, with the tags that were asked for around what matches. Tags that are HTML make HTML of the
text, so all else in it is escaped then; InstantSearch sends tags that are none, and escapes for itself.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import escape

# Scripts that are written without spaces: there a run of characters is matched by its pairs, not by whole words.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]+")
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_MAX_WORDS, _LONGEST = 32, 32


@dataclass(frozen=True, slots=True)
class Tags:
    """What stands around a match, and where a snippet is cut."""

    pre: str = "<em>"
    post: str = "</em>"
    ellipsis: str = "…"

    def text(self, text: str) -> str:
        """A text between tags."""
        return str(escape(text)) if "<" in self.pre or "<" in self.post else text


class Marker:
    """Marks the words of one query.

    A spaced word matches at the start of a word, its plural ending left out; Chinese and Japanese match by runs of two
    or more characters.
    """

    def __init__(self, query: str, tags: Tags) -> None:
        self._tags = tags
        words = dict.fromkeys(word.casefold()[:_LONGEST] for word in _WORD.findall(query)[:_MAX_WORDS])
        self._words = [word for word in words if len(word) > 1]
        self._pattern = _pattern(self._words)

    def highlight(self, value: Any) -> Any:
        """A text, or texts in lists and objects, each as ``{value, matchLevel, matchedWords}``."""
        if isinstance(value, str):
            return self._marked(value)
        if isinstance(value, dict):
            return {name: self.highlight(each) for name, each in value.items()}
        return [self.highlight(each) for each in value]

    def snippet(self, value: Any, words: int) -> Any:
        """The same of that many words around the first match."""
        if isinstance(value, str):
            marked = self._marked(self._cut(value, words), cut=True)
            return {"value": marked["value"], "matchLevel": marked["matchLevel"]}
        if isinstance(value, dict):
            return {name: self.snippet(each, words) for name, each in value.items()}
        return [self.snippet(each, words) for each in value]

    def _marked(self, text: str | tuple[str, str, str], cut: bool = False) -> dict[str, Any]:
        before, text, after = text if isinstance(text, tuple) else ("", text, "")
        tags, pieces, matched, end, covered = self._tags, [], list[str](), 0, 0
        for match in self._pattern.finditer(text) if self._pattern else ():
            pieces += [tags.text(text[end : match.start()]), tags.pre, tags.text(match.group()), tags.post]
            end, covered = match.end(), covered + match.end() - match.start()
            matched.append(match.group().casefold())
        found = [word for word in self._words if _says(word, matched)]
        level = "none" if not matched else "full" if len(found) == len(self._words) else "partial"
        told = {
            "value": "".join([before, *pieces, tags.text(text[end:]), after]),
            "matchLevel": level,
            "matchedWords": found,
        }
        return told | ({"fullyHighlighted": covered == len(text.strip())} if matched and not cut else {})

    def _cut(self, text: str, words: int) -> tuple[str, str, str]:
        tokens = list(_TOKEN.finditer(text))
        if len(tokens) <= words:
            return "", text, ""
        match = self._pattern.search(text) if self._pattern else None
        at = next((n for n, token in enumerate(tokens) if match and token.end() > match.start()), 0)
        first = max(0, min(at - words // 2, len(tokens) - words))
        last = first + words - 1
        begin = tokens[first].start() if first else 0
        end = tokens[last].end() if last + 1 < len(tokens) else len(text)
        dots = self._tags.ellipsis
        return dots if first else "", text[begin:end], dots if end < len(text) else ""


def facet_marked(value: str, query: str, tags: Tags) -> str | None:
    """A facet's value with what was typed marked in it; None where no word of it begins so."""
    if not query:
        return tags.text(value)
    pattern = re.compile(rf"(?:(?<=[{_UNSPACED}])|\b|^){re.escape(query)}", re.IGNORECASE)
    match = pattern.search(value)
    if match is None:
        return None
    start, end = match.span()
    return f"{tags.text(value[:start])}{tags.pre}{tags.text(value[start:end])}{tags.post}{tags.text(value[end:])}"


def _pattern(words: Sequence[str]) -> re.Pattern[str] | None:
    runs: set[str] = set()
    starts = []
    for word in words:
        if _unspaced(word):
            sizes = range(2, min(len(word), 4) + 1)
            runs |= {word} | {word[at : at + size] for size in sizes for at in range(len(word) - size + 1)}
        else:
            stem = _singular(word)
            starts.append(rf"\b{re.escape(stem)}\w*" if len(stem) > 3 else rf"\b{re.escape(stem)}s?\b")
    every = [*map(re.escape, sorted(runs, key=len, reverse=True)), *starts]
    return re.compile("|".join(every), re.IGNORECASE) if every else None


def _says(word: str, matched: Sequence[str]) -> bool:
    """Whether what matched says a word of the query: begins with it, or has all of its characters."""
    if _unspaced(word):
        return set(word) <= set("".join(matched))
    return any(each.startswith(_singular(word)) for each in matched)


def _unspaced(word: str) -> bool:
    return re.match(f"[{_UNSPACED}]", word) is not None


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("es") and word[-3] in "sxzh":
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
