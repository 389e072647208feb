"""What a review says of which aspect, and whether it praises or blames; English and Chinese.

A lexicon with negation, clause by clause (after Hu and Liu, "Mining and Summarizing Customer Reviews", KDD 2004). Small
and fast and without labels; how often it is right is in ``docs/results.md``.
"""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from wares.encode import lexicon
from wares.encode.words import stem
from wares.types import Review

MAX_CHARS = 2_000
_REACH = 3  # words between a negation and what it denies
_CLAUSE = re.compile(r"[.!?;,:。！？；，、：~\n]+|\bbut\b|\bhowever\b|\balthough\b|但是|但|不过|可是|只是|就是")
_TOKEN = re.compile(r"[a-z]+(?:['’][a-z]+)?|[\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Opinion:
    """One judgement: ``polarity`` is 1 or -1, ``aspect`` is "" where the product as a whole is meant."""

    aspect: str
    polarity: int
    evidence: str


@dataclass(frozen=True, slots=True)
class AspectOpinions:
    """How many reviews praise and blame an aspect, with the words of one of them."""

    aspect: str
    positive: int
    negative: int
    evidence: str

    @property
    def share(self) -> float:
        """Share of praise in [0, 1], drawn towards ½ by one imagined review of each kind (Laplace)."""
        return (self.positive + 1) / (self.positive + self.negative + 2)


def opinions(text: str) -> list[Opinion]:
    """Every judgement in the first 2,000 characters of a text."""
    return [opinion for clause in _CLAUSE.split(text[:MAX_CHARS].lower()) for opinion in _clause(clause or "")]


def polarity(text: str) -> float:
    """Praise minus blame in [-1, 1]; NaN where the text judges nothing."""
    found = [opinion.polarity for opinion in opinions(text)]
    return sum(found) / len(found) if found else math.nan


def aspects(reviews: Iterable[Review]) -> list[AspectOpinions]:
    """Aspects that reviews judge, the most spoken of first; a review counts once for praise or blame of an aspect."""
    votes: dict[str, list[tuple[int, str]]] = {}
    for review in reviews:
        sums: dict[str, int] = {}
        words: dict[str, str] = {}
        for opinion in opinions(f"{review.title}. {review.text}"):
            if opinion.aspect:
                sums[opinion.aspect] = sums.get(opinion.aspect, 0) + opinion.polarity
                words.setdefault(opinion.aspect, opinion.evidence)
        for aspect, total in sums.items():
            if total:
                votes.setdefault(aspect, []).append((1 if total > 0 else -1, words[aspect]))
    summed = [
        AspectOpinions(aspect, sum(v > 0 for v, _ in some), sum(v < 0 for v, _ in some), some[0][1])
        for aspect, some in votes.items()
    ]
    return sorted(summed, key=lambda each: (-each.positive - each.negative, each.aspect))


def _clause(clause: str) -> Iterator[Opinion]:
    judged = [*_english(clause), *_chinese(clause)]
    if not judged:
        return
    spoken = _aspect_of(clause)
    for own_aspect, sign in judged:
        yield Opinion(own_aspect or spoken, sign, clause.strip())


def _english(clause: str) -> Iterator[tuple[str, int]]:
    """(aspect or "", polarity) of each judging English word."""
    words = [match.group() for match in _TOKEN.finditer(clause) if match.group().isascii()]
    known = _english_lexicon()
    for place, word in enumerate(words):
        hit = known.get(word) or known.get(stem(word, "english"))
        if hit:
            before = words[max(0, place - _REACH) : place]
            denied = any(_negates(each) for each in before) and before[-1:] != ["only"]
            yield hit[0], -hit[1] if denied else hit[1]


def _negates(word: str) -> bool:
    return word in lexicon.ENGLISH_NEGATORS or word.endswith(("n't", "n’t"))


def _chinese(clause: str) -> Iterator[tuple[str, int]]:
    """(aspect or "", polarity) of each judging Chinese word, the longest first."""
    pattern, known = _chinese_lexicon()
    for match in pattern.finditer(clause):
        aspect, sign = known[match["word"]]
        yield aspect, -sign if match["denied"] else sign


def _aspect_of(clause: str) -> str:
    english, chinese = _aspect_words()
    for match in _TOKEN.finditer(clause):
        if match.group().isascii():
            if aspect := english.get(stem(match.group(), "english")):
                return aspect
        elif found := chinese[0].search(match.group()):
            return chinese[1][found.group()]
    return ""


@cache
def _entries() -> dict[str, tuple[str, int]]:
    known = dict.fromkeys(lexicon.POSITIVE.split(), ("", 1)) | dict.fromkeys(lexicon.NEGATIVE.split(), ("", -1))
    for aspect, (praise, blame) in lexicon.JUDGED.items():
        known |= dict.fromkeys(praise.split(), (aspect, 1)) | dict.fromkeys(blame.split(), (aspect, -1))
    return known


@cache
def _english_lexicon() -> dict[str, tuple[str, int]]:
    return {stem(word, "english"): hit for word, hit in _entries().items() if word.isascii()}


@cache
def _chinese_lexicon() -> tuple[re.Pattern[str], dict[str, tuple[str, int]]]:
    known = {word: hit for word, hit in _entries().items() if not word.isascii()}
    longest = "|".join(sorted(map(re.escape, known), key=len, reverse=True))
    return re.compile(rf"(?P<denied>{lexicon.CHINESE_NEGATION})?(?P<word>{longest})"), known


@cache
def _aspect_words() -> tuple[dict[str, str], tuple[re.Pattern[str], dict[str, str]]]:
    english = {stem(word, "english"): aspect for aspect, (some, _) in lexicon.ASPECTS.items() for word in some.split()}
    chinese = {word: aspect for aspect, (_, some) in lexicon.ASPECTS.items() for word in some.split()}
    return english, (re.compile("|".join(sorted(chinese, key=len, reverse=True))), chinese)
