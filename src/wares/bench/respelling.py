"""Slips planted into real queries: how many are found and put right, and how many right queries are left alone."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from wares.bench.slips import Slip
from wares.encode.words import WordsAnalyzer
from wares.search.spelling.lexicon import Lexicon, LexiconBuilder
from wares.search.spelling.speller import Speller
from wares.search.spelling.wordform import folded, is_han

Correct = Callable[[str], tuple[str, bool]]
"""A query → what it is meant to be (itself: it is right), and whether that is searched for without being asked."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a shop knows of words: its lexicon, and how many texts have each term."""

    lexicon: Lexicon
    having: Mapping[str, int]
    analyzer: WordsAnalyzer

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Vocabulary":
        """From titles and queries, each as one product."""
        analyzer = WordsAnalyzer()
        builder = LexiconBuilder(analyzer)
        having: Counter[str] = Counter()
        for text in texts:
            builder.learn([("zh", text)])
            having.update(set(analyzer.terms(text, "zh")))
        return cls(builder.finish(), having, analyzer)

    def knows(self, word: str) -> bool:
        return self.lexicon.count(word) > 0 or self.having.get(word, 0) > 0

    def words(self, text: str) -> list[tuple[int, int, str]]:
        """Start, end and folded form of each word."""
        tokens = self.analyzer.tokens(text, "zh")
        return [(token.start, token.end, folded(text[token.start : token.end])) for token in tokens]


@dataclass(frozen=True, slots=True)
class Planted:
    """A real query and the same with one slip in it."""

    right: str
    wrong: str


def plant(queries: Sequence[str], slip: Slip, vocabulary: Vocabulary, rng: Random, most: int) -> list[Planted]:
    """One slip in one word of two signs or more that the vocabulary has; what came out is no word of it."""
    planted: list[Planted] = []
    for query in queries:
        words = [each for each in vocabulary.words(query) if len(each[2]) > 1 and is_han(each[2])]
        known = [each for each in words if vocabulary.lexicon.words.place(each[2]) is not None]
        if not known or len(planted) == most:
            continue
        start, end, _ = rng.choice(known)
        other = slip(query[start:end], rng)
        if len(other) > 1 and other != query[start:end] and not vocabulary.knows(other):
            planted.append(Planted(query, query[:start] + other + query[end:]))
    return planted


def correctors(vocabulary: Vocabulary) -> dict[str, Correct]:
    """Ours; the nearest word by edits; the commonest word that sounds the same."""
    speller = Speller(
        vocabulary.lexicon, vocabulary.analyzer, lambda terms: np.array([vocabulary.having.get(t, 0) for t in terms])
    )

    def ours(query: str) -> tuple[str, bool]:
        respelled = speller(query, "zh")
        return (query, False) if respelled is None else (respelled.text, respelled.sure)

    return {"wares": ours, "edits": _by_edits(vocabulary), "sounds": _by_sound(vocabulary)}


def _by_edits(vocabulary: Vocabulary) -> Correct:
    """rapidfuzz: each stretch that is not known becomes the nearest word within one edit, the commonest of equals."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    counts = dict(zip(vocabulary.lexicon.words.keys, vocabulary.lexicon.words.numbers.tolist(), strict=True))
    words = sorted(counts, key=lambda word: -counts[word])

    def nearest(stretch: str) -> str:
        found = process.extractOne(stretch, words, scorer=OSA.distance, score_cutoff=1)
        return found[0] if found else stretch

    return lambda query: _each_unknown(query, vocabulary, nearest)


def _by_sound(vocabulary: Vocabulary) -> Correct:
    """pypinyin: each stretch that is not known becomes the commonest word with its pinyin, or its letters' pinyin."""
    best: dict[str, str] = {}
    lexicon = vocabulary.lexicon
    syllables = lexicon.readings.syllables
    for word in sorted((word for word in lexicon.words.keys if is_han(word)), key=lambda word: -lexicon.count(word)):
        best.setdefault("".join(syllables(word)), word)

    def sounding(stretch: str) -> str:
        sound = "".join(syllables(stretch)) if is_han(stretch) else stretch
        return best.get(sound, stretch)

    return lambda query: _each_unknown(query, vocabulary, sounding)


def _each_unknown(query: str, vocabulary: Vocabulary, change: Callable[[str], str]) -> tuple[str, bool]:
    """Neighbouring words that are not known, or are single signs, make one stretch."""
    stretches: list[list[int]] = []
    for start, end, word in vocabulary.words(query):
        if any(sign.isdigit() for sign in word) or (len(word) > 1 and vocabulary.knows(word)):
            continue
        if stretches and stretches[-1][1] == start:
            stretches[-1][1] = end
        else:
            stretches.append([start, end])
    text = query
    for start, end in reversed(stretches):
        if end - start > 1:
            text = text[:start] + change(folded(query[start:end])) + text[end:]
    return text, text != query


def recovered(correct: Correct, planted: Sequence[Planted]) -> tuple[list[bool], list[bool]]:
    """For each planted slip whether the right query came back, and whether without being asked."""
    answers = [(correct(each.wrong), folded(each.right)) for each in planted]
    right = [folded(text) == wanted for (text, _), wanted in answers]
    return right, [good and sure for good, ((_, sure), _) in zip(right, answers, strict=True)]
