"""The catalogue's own vocabulary: the words of its products as they are written, how often, and how they sound.

Words come from titles, brands, categories, attributes, options and tags in every language of a product, in one pass.
Neighbours are kept as well ("running shoes", "华为手机"): they say where joined words part and which of many homophones
is meant. Chinese words are kept by their sound and by their initials.
"""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from wares.errors import CorruptIndex
from wares.protocols import Analyzer, Token
from wares.search.spelling.pinyin import Readings, blurred
from wares.search.spelling.sieve import Sieve
from wares.search.spelling.sortedkeys import SortedKeys
from wares.search.spelling.wordform import folded, is_han, is_lettered
from wares.types import AttributeValue, Product

MOST_WORDS, MOST_PHRASES, MOST_TRANSLATIONS = 200_000, 200_000, 50_000
LONGEST, LONGEST_PHRASE = 32, 6  # letters of a word, signs of a Chinese phrase
CHANCE = 500  # in a catalogue of this size, neighbours that were met once are chance
MAGIC = b"wares lexicon 2\n"
SIEVE = {"numbers": "<u4", "lengths": "<u1", "masks": "<u8"}
KEYS = ("words", "phrases", "joined", "sounds", "initials")


@dataclass(frozen=True, slots=True)
class Called:
    """The same thing in two languages, and by how many products."""

    words: str
    also: str
    count: int


class Lexicon:
    """The vocabulary; made by :class:`LexiconBuilder`.

    Attributes
    ----------
    words, phrases
        Folded words, and neighbours of one script, with the number of products that have them. A phrase of letters
        has a space between its words, one of Chinese signs has none.
    joined, sounds, initials
        Keys of entries: phrases of letters without their space; Chinese words and phrases by their blurred sound and
        by their initials. Entries are numbered through words and phrases.
    languages
        How many products have each language.
    translations
        What categories and attribute values are called in two languages.
    readings
        How Chinese sounds; of no sign where no entry has any.
    """

    def __init__(
        self,
        keys: Mapping[str, SortedKeys],
        sieve: Sieve,
        languages: Mapping[str, int],
        translations: Sequence[Called],
        readings: Readings,
    ) -> None:
        self.sieve = sieve
        self.words, self.phrases, self.joined, self.sounds, self.initials = (keys[name] for name in KEYS)
        self.languages = languages
        self.translations = translations
        self.readings = readings

    def count(self, word: str) -> int:
        """How many products have a folded word or phrase."""
        for kept in (self.words, self.phrases):
            place = kept.place(word)
            if place is not None:
                return int(kept.numbers[place])
        return 0

    def entry(self, number: int) -> str:
        """The word or phrase of a number."""
        words = len(self.words)
        return self.words.keys[number] if number < words else self.phrases.keys[number - words]

    @cached_property
    def _counts(self) -> NDArray[np.int64]:
        return np.concatenate([self.words.numbers, self.phrases.numbers]).astype(np.int64)

    def commonest(self, numbers: NDArray[Any], most: int) -> list[str]:
        """The entries that most products have, first, each once."""
        if len(numbers) > most:
            numbers = numbers[np.argsort(-self._counts[numbers], kind="stable")[:most]]
        entries = dict.fromkeys(self.entry(int(number)) for number in numbers)
        return sorted(entries, key=lambda entry: -self.count(entry))

    def near(self, word: str, limit: int) -> list[tuple[str, int]]:
        """Words within ``limit`` edits, each with its distance."""
        return self.sieve.near(word, limit, self.words.keys)

    def save(self, path: Path) -> None:
        """Write one file: a line of JSON about the arrays, then the arrays."""
        keys = (part for name in KEYS for part in (getattr(self, name).text, getattr(self, name).numbers.astype("<u4")))
        sieve = (getattr(self.sieve, name).astype(kind) for name, kind in SIEVE.items())
        parts = [part if isinstance(part, bytes) else part.tobytes() for part in (*keys, *sieve, self.readings.table)]
        body = b"".join(parts)
        about = {
            "sizes": [len(part) for part in parts],
            "crc": zlib.crc32(body),
            "languages": dict(self.languages),
            "translations": [[each.words, each.also, each.count] for each in self.translations],
        }
        path.write_bytes(MAGIC + orjson.dumps(about) + b"\n" + body)

    @classmethod
    def load(cls, path: Path) -> "Lexicon":
        """Read what ``save`` wrote; strings are decoded when they are first asked for.

        Raises
        ------
        CorruptIndex
            The file is none of ours, or damaged.
        """
        data = path.read_bytes()
        end = data.find(b"\n", len(MAGIC))
        try:
            if not data.startswith(MAGIC):
                raise ValueError("it is no lexicon")
            about = orjson.loads(data[len(MAGIC) : end])
            body = memoryview(data)[end + 1 :]
            if len(body) != sum(about["sizes"]) or zlib.crc32(body) != about["crc"]:
                raise ValueError("its checksum is wrong")
        except ValueError as error:
            raise CorruptIndex(
                f"{path.name} cannot be read: {error}", fix="`wares rebuild` makes it anew from the store"
            ) from error
        ends = np.cumsum(about["sizes"]).tolist()
        parts = [bytes(body[start:end]) for start, end in pairwise((0, *ends))]
        keys = {
            name: SortedKeys(text, np.frombuffer(numbers, "<u4"))
            for name, text, numbers in zip(KEYS, parts[::2], parts[1::2], strict=False)
        }
        *parts, table = parts
        arrays = zip(SIEVE.values(), parts[-len(SIEVE) :], strict=True)
        sieve = Sieve(*(np.frombuffer(part, kind) for kind, part in arrays))
        translations = [Called(*each) for each in about["translations"]]
        return cls(keys, sieve, about["languages"], translations, Readings(table))


@dataclass(slots=True)
class _Tally:
    """Counts of at most twice as many names as are kept; then the rarer half goes, the youngest first among equals.

    A name that goes and comes back is counted anew, so that the counts of rare names are too low, never too high
    (Manku and Motwani, Approximate frequency counts over data streams, VLDB 2002).
    """

    most: int
    counts: Counter[Any] = field(default_factory=Counter)

    def add(self, names: Iterable[Any]) -> None:
        self.counts.update(names)
        if len(self.counts) > 2 * self.most:
            self.counts = Counter(dict(self.counts.most_common(self.most)))

    def kept(self, least: int = 1) -> list[tuple[Any, int]]:
        return [(name, count) for name, count in self.counts.most_common(self.most) if count >= least]


class LexiconBuilder:
    """Learns the vocabulary of a catalogue, product by product.

    Parameters
    ----------
    analyzer
        What cuts texts into words.
    words, phrases
        How many are kept; memory is bounded by twice as many of each.
    """

    def __init__(self, analyzer: Analyzer, words: int = MOST_WORDS, phrases: int = MOST_PHRASES) -> None:
        self._analyzer = analyzer
        self._words, self._phrases = _Tally(words), _Tally(phrases)
        self._translations = _Tally(MOST_TRANSLATIONS)
        self._languages: Counter[str] = Counter()
        self._products = 0

    def add(self, product: Product) -> None:
        """Take the words of one product in."""
        self._languages.update({tag.split("-")[0].lower() for tag in (product.language, *product.translations) if tag})
        self._translations.add(_translated(product))
        self.learn(_texts(product))

    def learn(self, texts: Iterable[tuple[str, str]]) -> None:
        """Take the words of (language, text) pairs in, as those of one product."""
        words: set[str] = set()
        phrases: set[str] = set()
        for language, text in dict.fromkeys(texts):
            own = [_Word(each, text) for each in self._analyzer.tokens(text, language)]
            for each in own:
                words.update(each.parts())
            phrases.update(each.inside for each in own if each.inside)
            phrases.update(filter(None, (left.beside(right, text) for left, right in pairwise(own))))
        self._words.add(words)
        self._phrases.add(phrases)
        self._products += 1

    def finish(self) -> Lexicon:
        """The vocabulary of all products that were added."""
        words = SortedKeys.of(self._words.kept())
        phrases = SortedKeys.of(self._phrases.kept(2 if self._products >= CHANCE else 1))
        entries = (*words.keys, *phrases.keys)
        chinese = [(number, entry) for number, entry in enumerate(entries) if is_han(entry)]
        readings = Readings.known() if chinese else Readings()
        spoken = [(number, way) for number, entry in chinese for way in readings.ways(entry)]
        keys = {
            "words": words,
            "phrases": phrases,
            "joined": SortedKeys.of((e.replace(" ", ""), n) for n, e in enumerate(entries) if " " in e),
            "sounds": SortedKeys.of({(blurred("".join(way)), number) for number, way in spoken}),
            "initials": SortedKeys.of({("".join(said[0] for said in way), number) for number, way in spoken}),
        }
        called = [Called(words, also, count) for (words, also), count in self._translations.kept()]
        sieve = Sieve.of(list(enumerate(words.keys)))
        return Lexicon(keys, sieve, dict(self._languages.most_common(20)), called, readings)


class _Word:
    """A word of a text: where it stands, folded, and as a phrase where it has joints ("t-shirt": "t shirt")."""

    def __init__(self, token: Token, text: str) -> None:
        self.start, self.end = token.start, token.end
        surface = folded(text[token.start : token.end]) if token.terms and token.end - token.start <= LONGEST else ""
        self.text = surface if is_han(surface) or is_lettered(surface) else ""
        joints = surface.replace("-", " ").replace("'", " ").replace("&", " ").split()
        jointed = len(joints) == 2 and all(is_lettered(part) for part in joints)
        self.inside = " ".join(joints) if jointed else ""

    def parts(self) -> Iterator[str]:
        """What is kept as words: words of letters from two letters on, of signs from two signs on."""
        yield from (part for part in (self.text, *self.inside.split()) if 1 < len(part) <= LONGEST)

    def beside(self, other: "_Word", text: str) -> str:
        """The phrase that two neighbours make; "" where they make none."""
        if not (self.text and other.text):
            return ""
        if is_han(self.text):
            near = is_han(other.text) and self.end == other.start
            return self.text + other.text if near and len(self.text + other.text) <= LONGEST_PHRASE else ""
        apart = text[self.end : other.start]
        return f"{self.text} {other.text}" if apart in (" ", "-") and not is_han(other.text) else ""


def _texts(product: Product) -> Iterator[tuple[str, str]]:
    own = product.language
    yield from ((own, text) for text in (product.title, product.brand, *product.tags) if text)
    yield from ((own, part) for category in product.categories for part in category.path)
    yield from ((own, value) for value in _said(product.attributes))
    yield from ((own, value) for variant in product.variants for value in variant.options.values())
    for tag, translation in product.translations.items():
        yield tag, translation.title
        yield from ((tag, part) for path in translation.categories for part in path.split(">"))
        yield from ((tag, value) for value in _said(translation.attributes))


def _said(attributes: Mapping[str, AttributeValue]) -> Iterator[str]:
    for value in attributes.values():
        yield from (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ()


def _translated(product: Product) -> set[tuple[str, str]]:
    """Names of categories and attribute values with what they are called in a further language."""
    pairs: set[tuple[str, str]] = set()
    for tag, translation in product.translations.items():
        paths = [[part.strip() for part in path.split(">")] for path in translation.categories]
        if len(paths) == len(product.categories):
            for category, path in zip(product.categories, paths, strict=True):
                pairs |= set(zip(category.path, path, strict=True)) if len(path) == len(category.path) else set()
        language = tag.split("-")[0]
        pairs |= {
            (value, product.called(name, value, language))
            for name in translation.attributes
            for value in _said({name: product.attributes.get(name, "")})
        }
    return {
        (folded(a), folded(b)) for a, b in pairs if a and b and max(len(a), len(b)) <= 40 and folded(a) != folded(b)
    }
