"""A catalogue and a log of queries → a ``Suggester``, in one pass and bounded memory.

Queries are what several shoppers searched for, and the word sequences that several products share ("running shoes",
"无线耳机"), counted with pruning as in lossy counting (Manku and Motwani 2002).
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import log1p

import numpy as np

from wares.search.han import HAN
from wares.search.suggest.folding import MAX_CHARS, Tokens, Word, joined, split, syllables
from wares.search.suggest.prefixes import END, Key, PrefixTable, Strings
from wares.search.suggest.suggester import LOGGED, Kind, Layer, Suggester
from wares.types import Category, Product

STOP_WORDS = frozenset(
    "a,an,and,are,at,by,for,from,in,is,it,of,on,or,the,to,with,的,了,和,与,及,之".split(",")  # noqa: SIM905
)
SEQUENCE = 4  # words
HAN_SIGNS = 8  # in a sequence
TITLE_WORDS, TITLE_KEYS, SPOKEN_KEYS = 24, 32, 12
CLOSED = 0.9  # a sequence is left out where a longer one has this share of its products
QUERY_WORDS = 8
MOST_LEVELS = 12  # of a category; a deeper one is not suggested
KINDS_KEPT = 10_000  # brands with categories
LATER = 0.4  # what a match inside a text is worth
_PRIVATE = re.compile(r"@|(?:\d[\s().+-]*){6}")  # an address, or digits enough for a telephone number
_JOINT = "\x1f"


@dataclass(slots=True)
class _Counts:
    """How often each sequence was seen; the rarest are forgotten when there are too many."""

    limit: int
    counts: dict[str, int] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)

    def add(self, sequences: Iterable[tuple[str, str]]) -> None:
        for key, shown in sequences:
            if key not in self.counts and shown != key.replace(_JOINT, " "):
                self.shown[key] = shown
            self.counts[key] = self.counts.get(key, 0) + 1
        if len(self.counts) > self.limit:
            floor = sorted(self.counts.values())[len(self.counts) // 2]
            self.counts = {key: count for key, count in self.counts.items() if count > floor}
            self.shown = {key: shown for key, shown in self.shown.items() if key in self.counts}


@dataclass(frozen=True, slots=True)
class _Entry:
    text: str
    words: list[Word]
    target: str
    weight: float


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a product has from its brand and categories: names with their parents' and paths, sequences and words."""

    categories: list[tuple[str, str, str]]
    sequences: dict[str, str]
    words: set[str]


class SuggesterBuilder:
    """Takes products and queries one by one.

    Parameters
    ----------
    tokens
        The words of Chinese, such as ``Analyzer.tokens``; without it a product is found from each sign on, and
        Chinese sequences are not counted.
    shoppers
        A query is suggested only if at least so many different shoppers typed it.
    products
        A sequence of words is suggested only if at least so many products have it.
    most_queries, most_counted
        Queries kept, and word sequences counted at the same time.
    """

    def __init__(
        self,
        tokens: Tokens | None = None,
        *,
        shoppers: int = 3,
        products: int = 2,
        most_queries: int = 60_000,
        most_counted: int = 600_000,
    ) -> None:
        self._tokens = tokens
        self._shoppers = shoppers
        self._least = products
        self._most_queries = most_queries
        self._most_counted = most_counted
        self._sequences = _Counts(most_counted)
        self._vocabulary = _Counts(most_counted)
        self._categories: dict[tuple[str, str, str], int] = {}
        self._kinds: dict[object, _Kind] = {}
        self._products: list[_Entry] = []
        self._log: dict[str, tuple[str, int]] = {}

    def add(self, product: Product, popularity: float = 0.0) -> None:
        """Take a product in; ``popularity`` is any count that tells how wanted it is, such as its clicks."""
        weight = 1.0 + log1p(max(0.0, popularity)) + 0.1 * log1p(product.rating.count if product.rating else 0)
        if all(variant.availability in ("out_of_stock", "discontinued") for variant in product.variants):
            weight *= 0.5
        titles = {product.language: product.title} | {
            tag: translation.title for tag, translation in product.translations.items() if translation.title
        }
        kind = self._kind(product)
        for key in kind.categories:
            if key in self._categories or len(self._categories) < self._most_queries:
                self._categories[key] = self._categories.get(key, 0) + 1
        seen, vocabulary = dict(kind.sequences), set(kind.words)
        for language, title in titles.items():
            words = split(title, language, self._tokens)[:TITLE_WORDS]
            if words:
                self._products.append(_Entry(" ".join(title[:MAX_CHARS].split()), words, product.id, weight))
            seen |= self._sequences_of(words)
            vocabulary.update(word.folded for word in words)
        self._sequences.add(seen.items())
        self._vocabulary.add((word, word) for word in vocabulary)

    def add_query(self, text: str, count: int) -> None:
        """Take in that ``count`` different shoppers typed a query; of the same text twice the larger count is kept.

        What may be an address or a telephone number is left out.
        """
        if _PRIVATE.search(unicodedata.normalize("NFKC", text[:MAX_CHARS])):
            return
        words = split(text, "", self._tokens)
        key, shown = _named(words)
        if words and len(words) <= QUERY_WORDS and count > self._log.get(key, ("", 0))[1]:
            self._log[key] = shown, count

    def finish(self, known: Callable[[str], bool] | None = None) -> Suggester:
        """Sort everything.

        Parameters
        ----------
        known
            Says whether a logged query finds anything; without it, its words must all be words of the catalogue.
        """
        layers: dict[Kind, Layer] = {
            "category": _layer(self._category_entries()),
            "query": _layer(self._query_entries(known or self._has_words)),
            "product": _layer(self._products, short=False),
        }
        counted = self._vocabulary.counts
        usual = [word for word in counted if word.isascii() and word.isalpha() and len(word) > 2]
        usual = sorted(sorted(usual, key=lambda word: (-counted[word], word))[: self._most_queries])
        return Suggester(layers, usual, np.array([counted[word] for word in usual], np.uint32))

    def _sequences_of(self, words: Sequence[Word]) -> dict[str, str]:
        """Key → text of each sequence that may be a query."""
        found = {}
        inner = [word.folded not in STOP_WORDS and not word.folded.isdigit() for word in words]
        for start in range(len(words)):
            if not inner[start]:
                continue
            for end in range(start + 1, min(start + SEQUENCE, len(words)) + 1):
                if end > start + 1 and words[end - 1].after_break:
                    break
                if inner[end - 1] and self._is_query(words[start:end]):
                    key, text = _named(words[start:end])
                    found[key] = text
        return found

    def _is_query(self, part: Sequence[Word]) -> bool:
        signs = sum([len(word.folded) for word in part if word.is_han])
        if signs:
            return self._tokens is not None and 2 <= signs <= HAN_SIGNS
        return len(part) > 1 or len(part[0].folded) > 2

    def _kind(self, product: Product) -> _Kind:
        """What a product shares with others of its brand and categories, which is worked out once."""
        translated = [(tag, each.categories) for tag, each in product.translations.items()]
        known = product.brand, product.language, product.categories, tuple(translated)
        if known not in self._kinds:
            if len(self._kinds) >= KINDS_KEPT:
                self._kinds.clear()
            self._kinds[known] = self._kind_of(product)
        return self._kinds[known]

    def _kind_of(self, product: Product) -> _Kind:
        brand = split(product.brand, product.language, self._tokens)
        kind = _Kind([], self._sequences_of(brand), {word.folded for word in brand})
        for place, category in enumerate(product.categories):
            names = {product.language: category.path}
            for tag, translation in product.translations.items():
                if len(translation.categories) == len(product.categories):
                    names[tag] = Category(translation.categories[place]).path
            for language, path in names.items():
                if len(path) != len(category.path) or not 0 < len(path) <= MOST_LEVELS:
                    continue
                for depth, name in enumerate(path):
                    parent = path[depth - 1] if depth else ""
                    kind.categories.append((name, parent, " > ".join(category.path[: depth + 1])))
                leaf = split(path[-1], language, self._tokens)
                kind.words.update(word.folded for word in leaf)
                kind.sequences.update(self._sequences_of(leaf))
                if brand and leaf and len(brand) + len(leaf) <= SEQUENCE + 1 and self._is_query([*brand, *leaf]):
                    kind.sequences.update([_named([*brand, *leaf])])
        return kind

    def _category_entries(self) -> list[_Entry]:
        targets: dict[str, set[str]] = {}
        for name, _, target in self._categories:
            targets.setdefault(name, set()).add(target)
        entries = []
        for (name, parent, target), count in self._categories.items():
            text = (f"{name} – {parent}" if parent and len(targets[name]) > 1 else name)[:MAX_CHARS]
            entries.append(_Entry(text, split(text, "", self._tokens), target, log1p(count)))
        return [entry for entry in entries if entry.words]

    def _query_entries(self, known: Callable[[str], bool]) -> list[_Entry]:
        """Logged queries come before sequences; the weight of either is the logarithm of its count over the highest."""
        log = {key: (text, count) for key, (text, count) in self._log.items() if count >= self._shoppers}
        most = log1p(max((count for _, count in log.values()), default=1))
        weighed = {key: (text, LOGGED + log1p(count) / most) for key, (text, count) in log.items() if known(text)}
        closed = _closed(self._sequences.counts)
        frequent = {key: count for key, count in closed.items() if count >= self._least}
        most = log1p(max(frequent.values(), default=1))
        for key, count in frequent.items():
            weighed.setdefault(key, (self._sequences.shown.get(key, key.replace(_JOINT, " ")), log1p(count) / most))
        best = sorted(weighed.items(), key=lambda each: (-each[1][1], each[0]))[: self._most_queries]
        return [_Entry(text, split(text, "", self._tokens), "", weight) for _, (text, weight) in best]

    def _has_words(self, text: str) -> bool:
        counted = self._vocabulary.counts
        return all(
            any(form in counted for form in (word.folded, word.folded + "s", word.folded.removesuffix("s")))
            for word in split(text, "", self._tokens)
            if word.folded not in STOP_WORDS
        )


def _named(words: Sequence[Word]) -> tuple[str, str]:
    """The key of a sequence and how it is shown."""
    return _JOINT.join([word.folded for word in words]), joined([word.shown for word in words])


def _closed(counts: dict[str, int]) -> dict[str, int]:
    """Sequences without those that nearly always stand in one and the same longer one."""
    longest: dict[str, int] = {}
    for key, count in counts.items():
        for inner in {key.partition(_JOINT)[2], key.rpartition(_JOINT)[0]} - {""}:
            longest[inner] = max(count, longest.get(inner, 0))
    return {key: count for key, count in counts.items() if longest.get(key, 0) < CLOSED * count}


def _layer(entries: Sequence[_Entry], *, short: bool = True) -> Layer:
    """Owners are numbered from the best on; among equal ones the shortest comes first.

    Chinese is found from each sign on; the pinyin of a long text from each word on.
    """
    ordered = sorted(entries, key=lambda entry: (-entry.weight, len(entry.text), entry.text, entry.target))
    words, pinyin, begins, place = [], [], [0], 0
    for owner, entry in enumerate(ordered):
        text, starts = _spread(entry.words)
        encoded = text.encode("utf-8", "ignore")
        signs = starts
        if not text.isascii():
            signs = sorted({*starts, *(match.start() for match in HAN.finditer(text))})
        keys = tuple(_bytes_before(text, signs[:TITLE_KEYS]))
        words.append(Key(owner, encoded, keys, entry.weight))
        place += len(encoded) + len(END)
        begins.append(place)
        if HAN.search(text):
            read = syllables(text, starts)
            pinyin += _spoken(owner, text, read, signs if short else starts[:SPOKEN_KEYS], entry.weight)
    return Layer(
        PrefixTable.build(words, LATER),
        PrefixTable.build(pinyin, LATER),
        Strings.build([entry.text for entry in ordered]),
        Strings.build([entry.target for entry in ordered]),
        {
            "weights": np.array([entry.weight for entry in ordered], np.float32),
            "begins": np.array(begins, np.uint32),
        },
    )


def _bytes_before(text: str, places: Sequence[int]) -> Sequence[int]:
    if text.isascii():
        return places
    return [len(text[:place].encode("utf-8", "ignore")) for place in places]


def _spread(words: Sequence[Word]) -> tuple[str, list[int]]:
    """The folded text and the places where its words begin; the parts of a compound are words."""
    pieces: list[str] = []
    starts: list[int] = []
    place, after_han = 0, True
    for word in words:
        if not (after_han or word.is_han):
            pieces.append(" ")
            place += 1
        starts.append(place)
        if " " in word.folded:
            starts += [place + at + 1 for at, sign in enumerate(word.folded) if sign == " "]
        pieces.append(word.folded)
        place += len(word.folded)
        after_han = word.is_han
    return "".join(pieces), starts


def _spoken(owner: int, text: str, read: Sequence[tuple[str, int]], starts: Sequence[int], weight: float) -> list[Key]:
    """Two keys: the pinyin in full, and the initials."""
    begins = set(starts)
    keys = []
    for initials in (False, True):
        spoken, places = b"", []
        for syllable, place in read:
            if place in begins:
                places.append(len(spoken))
            spoken += (syllable[:1] if initials and HAN.match(text[place]) else syllable).encode("utf-8", "ignore")
        keys.append(Key(owner, spoken, tuple(places), weight))
    return keys
