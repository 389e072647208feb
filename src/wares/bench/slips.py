"""Slips of Chinese typists, seeded: what an input method or a hurried hand makes of a word."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from random import Random

from wares.search.spelling.pinyin import Readings, blurred
from wares.search.spelling.wordform import is_han

Slip = Callable[[str, Random], str]


class Slips:
    """Slips by name; each gives another text for a word, or the word itself where it cannot be made.

    Parameters
    ----------
    texts
        Where the signs come from that stand for one another; a frequent sign is chosen more often.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._read = Readings.known().syllables
        self._signs: dict[str, int] = defaultdict(int)
        for text in texts:
            for sign in text:
                if is_han(sign):
                    self._signs[sign] += 1

    def kinds(self) -> Mapping[str, Slip]:
        return {
            "homophone": lambda word, rng: self._sounding(word, rng, self._same),
            "similar": lambda word, rng: self._sounding(word, rng, self._similar),
            "dropped": _dropped,
            "doubled": _doubled,
            "swapped": _swapped,
            "pinyin": lambda word, _: "".join(self._read(word)),
            "initials": lambda word, _: "".join(said[0] for said in self._read(word)),
        }

    @cached_property
    def _same(self) -> dict[str, list[str]]:
        """Sign → signs that sound the same."""
        alike: dict[str, list[str]] = defaultdict(list)
        for sign in sorted(self._signs):
            alike[self._read(sign)[0]].append(sign)
        return {sign: [each for each in alike[self._read(sign)[0]] if each != sign] for sign in self._signs}

    @cached_property
    def _similar(self) -> dict[str, list[str]]:
        """Sign → signs whose sound is confused with its own, and is not the same."""
        alike: dict[str, list[str]] = defaultdict(list)
        for sign in sorted(self._signs):
            alike[blurred(self._read(sign)[0])].append(sign)
        return {
            sign: [each for each in alike[blurred(self._read(sign)[0])] if self._read(each) != self._read(sign)]
            for sign in self._signs
        }

    def _sounding(self, word: str, rng: Random, alike: Mapping[str, list[str]]) -> str:
        places = [place for place, sign in enumerate(word) if alike.get(sign)]
        if not places:
            return word
        place = rng.choice(places)
        others = alike[word[place]]
        other = rng.choices(others, [self._signs[sign] for sign in others])[0]
        return word[:place] + other + word[place + 1 :]


def _dropped(word: str, rng: Random) -> str:
    place = rng.randrange(len(word))
    return word[:place] + word[place + 1 :]


def _doubled(word: str, rng: Random) -> str:
    place = rng.randrange(len(word))
    return word[:place] + word[place] + word[place:]


def _swapped(word: str, rng: Random) -> str:
    place = rng.randrange(len(word) - 1)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
