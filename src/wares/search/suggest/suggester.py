"""What a shopper who has begun to type may mean: categories, queries and products, by words and by pinyin.

What is typed is looked for at the beginning of every word of a text, Chinese by its signs, its pinyin ("lianyi") and
its initials ("lyq"). Where nothing begins like that, the words may stand in any order and apart, and then with one
letter wrong in words of four letters or more.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wares.search.han import HAN
from wares.search.suggest import packed
from wares.search.suggest.folding import fold
from wares.search.suggest.prefixes import END, PrefixTable, Strings
from wares.types import Suggestion

FILE_KIND = "suggestions.v1"
Kind = Literal["category", "query", "product"]
KINDS: tuple[Kind, ...] = ("category", "query", "product")
MAX_TYPED, MAX_WORDS, MOST = 64, 6, 16
LOGGED = 1.0  # the weight above which a query was typed by shoppers; below, products share the words
LEAST_LETTERS, MOST_LETTERS = 4, 12  # of a word that may be misspelt
SPELLINGS = 3  # are tried
APART = 256  # products that may have the words apart
LETTERS = "abcdefghijklmnopqrstuvwxyz"

Known = Callable[[Suggestion], bool]


class Layer:
    """Suggestions of one kind: their texts by words and by pinyin, targets and weights; owners are their numbers."""

    def __init__(self, words: PrefixTable, pinyin: PrefixTable, texts: Strings, targets: Strings, rest: Any) -> None:
        self.words = words
        self.pinyin = pinyin
        self.texts = texts
        self.targets = targets
        self.weights: NDArray[np.float32] = rest["weights"]
        self._begins: NDArray[np.uint32] = rest["begins"]  # of each folded text, and the end

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """What to save, by name."""
        parts: dict[str, PrefixTable | Strings] = {"words": self.words, "pinyin": self.pinyin, "texts": self.texts}
        parts["targets"] = self.targets
        named = {f"{part}/{name}": array for part, kept in parts.items() for name, array in kept.arrays.items()}
        return {**named, "weights": self.weights, "begins": self._begins}

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> "Layer":
        """The layer whose ``arrays`` these are."""

        def under(part: str) -> dict[str, NDArray[Any]]:
            return {name.split("/")[1]: array for name, array in arrays.items() if name.startswith(f"{part}/")}

        tables = PrefixTable(under("words")), PrefixTable(under("pinyin"))
        return cls(*tables, Strings(under("texts")), Strings(under("targets")), arrays)

    def folded(self, owner: int) -> str:
        """The text of an owner in the form in which it is compared."""
        start, end = int(self._begins[owner]), int(self._begins[owner + 1]) - len(END)
        return self.words.arrays["bytes"][start:end].tobytes().decode("utf-8", "replace")

    def find(self, typed: str, language: str, k: int) -> list[int]:
        """The best owners; Chinese shops look among the pinyin first."""
        found: dict[int, None] = {}
        tables = [(self.words, typed), (self.pinyin, typed.replace(" ", ""))]
        if not typed.isascii():
            tables.pop()
        elif language.startswith("zh"):
            tables.reverse()
        for table, prefix in tables:
            if len(found) < k:
                found |= dict.fromkeys(table.best(prefix.encode("utf-8", "ignore"), k))
        return list(found)[:k]


class Suggester:
    """Suggestions from a catalogue and what shoppers searched for; :class:`SuggesterBuilder` makes it.

    Parameters
    ----------
    layers
        By kind.
    words
        Those of the catalogue that may be misspelt, in order.
    frequencies : (words,)
        How many texts have each.
    """

    def __init__(self, layers: Mapping[Kind, Layer], words: Sequence[str], frequencies: NDArray[np.uint32]) -> None:
        self._layers = layers
        self._words = words
        self._frequencies = frequencies

    def suggest(
        self, prefix: str, language: str = "", limit: int = 8, *, known: Known | None = None, depth: int = MOST
    ) -> tuple[Suggestion, ...]:
        """A few categories, then a few queries, then products; never the same twice, at most 16.

        Parameters
        ----------
        prefix
            What is typed so far: any text.
        language
            Of the page. Where it is Chinese, Latin letters are taken for pinyin first.
        known
            Says whether a suggestion still leads somewhere, such as whether a product is still sold.
        depth
            How many of each kind are looked at; more where only a few of them are known.
        """
        typed = fold(prefix[: 4 * MAX_TYPED])[:MAX_TYPED]
        limit = min(limit, MOST)
        if not typed.strip() or limit < 1:
            return ()
        for attempt in self._attempts(typed, language, limit, depth):
            # What was typed in full already is no suggestion.
            told = [each for each in attempt if each.kind != "query" or fold(each.text) != typed.rstrip()]
            found = _mixed([each for each in told if known is None or known(each)], limit)
            if found:
                return found
        return ()

    def logged(self, texts: Sequence[str]) -> bool:
        """Whether one of the queries is suggested because shoppers typed it."""
        wanted = {fold(text).rstrip() for text in texts}
        layer = self._layers["query"]
        owners = np.flatnonzero(layer.weights > LOGGED).tolist()
        return any(fold(layer.texts[owner]).rstrip() in wanted for owner in owners)

    def save(self, path: Path) -> None:
        """Write one file."""
        layers = {f"{kind}/{name}": array for kind in KINDS for name, array in self._layers[kind].arrays.items()}
        words = np.frombuffer("\n".join(self._words).encode(), np.uint8)
        packed.write(path, {**layers, "words": words, "frequencies": self._frequencies}, FILE_KIND)

    @classmethod
    def load(cls, path: Path) -> "Suggester":
        """What ``save`` wrote, mapped into memory.

        Raises
        ------
        CorruptIndex
            The file is missing, cut off, changed, or of another version.
        """
        arrays = packed.read(path, FILE_KIND)

        def under(part: str) -> dict[str, NDArray[Any]]:
            return {name.split("/", 1)[1]: array for name, array in arrays.items() if name.startswith(f"{part}/")}

        layers = {kind: Layer.of(under(kind)) for kind in KINDS}
        return cls(layers, arrays["words"].tobytes().decode().split("\n"), arrays["frequencies"])

    def _attempts(self, typed: str, language: str, limit: int, depth: int) -> Iterator[list[Suggestion]]:
        """Beginnings as typed, words apart, and the same with other spellings."""
        most, apart = (min(2 * limit, MOST), limit) if depth == MOST else (depth, depth)
        yield self._beginning(typed, language, most)
        for words in _cuts(typed):
            yield self._apart(words, apart)
        for other in self._spelled(typed):
            yield self._beginning(other, language, most) or self._apart(other.split(), apart)

    def _beginning(self, typed: str, language: str, most: int) -> list[Suggestion]:
        return [
            self._suggestion(kind, owner) for kind in KINDS for owner in self._layers[kind].find(typed, language, most)
        ]

    def _suggestion(self, kind: Kind, owner: int) -> Suggestion:
        layer = self._layers[kind]
        return Suggestion(kind, layer.texts[owner], layer.targets[owner], float(layer.weights[owner]))

    def _apart(self, words: list[str], most: int) -> list[Suggestion]:
        """Products that have all words in any order, and as queries the words with what the last one begins."""
        if len(words) < 2:
            return []
        products = self._layers["product"]
        rarest = min(words, key=lambda word: len(range(*products.words.range(word.encode("utf-8", "ignore")))))
        found: list[Suggestion] = []
        ends: dict[str, int] = {}
        for owner in products.words.some(rarest.encode("utf-8", "ignore"), APART):
            text = products.folded(owner)
            if not _has(text, words):
                continue
            found.append(self._suggestion("product", owner))
            for word in text.split():
                if word.startswith(words[-1]) and not HAN.search(word):
                    ends[word] = ends.get(word, 0) + 1
        best = sorted(ends, key=lambda word: (-ends[word], word))[:most]
        return [*(Suggestion("query", " ".join([*words[:-1], word])) for word in best), *found[: 2 * most]]

    def _spelled(self, typed: str) -> list[str]:
        """What is typed with its misspelt words replaced; the last one may be unfinished."""
        words = typed.split()[:MAX_WORDS]
        written = [self._nearest(word, whole=True)[:1] or [word] for word in words[:-1]]
        lasts = self._nearest(words[-1], whole=typed.endswith(" ")) or [words[-1]]
        others = (" ".join([*(each[0] for each in written), last]) for last in lasts[:SPELLINGS])
        return [other for other in others if other != " ".join(words)]

    def _nearest(self, word: str, whole: bool) -> list[str]:
        """Words, or beginnings of words, that differ by one letter or two that changed places; the most usual first.

        A word that is there is right. All spellings one edit away are looked up (Norvig, How to write a spelling
        corrector, 2007), a few hundred for a word of usual length.
        """
        if not (LEAST_LETTERS <= len(word) <= MOST_LETTERS and word.isascii() and word.isalpha()):
            return []
        if self._frequency(word, whole):
            return []
        frequencies = {other: self._frequency(other, whole) for other in _edits(word)}
        near = [other for other, frequency in frequencies.items() if frequency]
        return sorted(near, key=lambda other: (other[0] != word[0], -frequencies[other], other))

    def _frequency(self, word: str, whole: bool) -> int:
        """How many texts have a word; of a beginning, the most that have any word with it."""
        at = bisect_left(self._words, word)
        if whole:
            return int(self._frequencies[at]) if at < len(self._words) and self._words[at] == word else 0
        if at == len(self._words) or not self._words[at].startswith(word):
            return 0
        return int(self._frequencies[at : bisect_left(self._words, word + "\U0010ffff")].max())


def _cuts(typed: str) -> Iterator[list[str]]:
    """The words of what is typed; Chinese, which is written without spaces, cut in two at each sign."""
    words = typed.split()[:MAX_WORDS]
    yield words
    if len(words) == 1 and HAN.search(typed):
        yield from ([typed[:place], typed[place:]] for place in range(1, min(len(typed), MOST_LETTERS)))


def _has(text: str, words: Sequence[str]) -> bool:
    """Whether a folded text has all words, the last one perhaps unfinished, the others perhaps in the plural."""
    text = f" {text} "
    whole = all(
        f" {word} " in text or f" {word}s " in text or (HAN.search(word) and word in text) for word in words[:-1]
    )
    return whole and (f" {words[-1]}" in text or (HAN.search(words[-1]) is not None and words[-1] in text))


def _edits(word: str) -> set[str]:
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    missing = {one + other[1:] for one, other in cuts if other}
    swapped = {one + other[1] + other[0] + other[2:] for one, other in cuts if len(other) > 1}
    replaced = {one + letter + other[1:] for one, other in cuts if other for letter in LETTERS}
    added = {one + letter + other for one, other in cuts for letter in LETTERS}
    return missing | swapped | replaced | added


def _mixed(found: list[Suggestion], limit: int) -> tuple[Suggestion, ...]:
    """At most a quarter categories and a half queries where there is enough of the rest; nothing twice."""
    taken: dict[Kind, list[Suggestion]] = {kind: [] for kind in KINDS}
    seen: set[object] = set()
    left = limit
    shares: list[tuple[Kind, int]] = [("category", max(1, limit // 4)), ("query", max(1, limit // 2))]
    for kind, most in (*shares, ("product", limit), ("query", limit), ("category", limit)):
        for each in found:
            if left and each.kind == kind and len(taken[kind]) < most:
                same = {_likeness(each.text), (kind, each.target or each.text)}
                if seen.isdisjoint(same):
                    seen |= same
                    taken[kind].append(each)
                    left -= 1
    return tuple(each for kind in KINDS for each in taken[kind])


def _likeness(text: str) -> str:
    """The same for a text in another case or script and for singular and plural."""
    words = fold(text).split()
    return " ".join(word[:-1] if len(word) > 3 and word.endswith("s") and word.isascii() else word for word in words)
