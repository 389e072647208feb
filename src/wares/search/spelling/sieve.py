"""Words within a few edits of another one: sieved by length and by a mask of their letters, then measured.

One edit changes at most two bits of a mask, so that nothing is missed. Looking at 200,000 masks takes a fraction of a
millisecond and leaves a few hundred words to be measured; an index of deletions (SymSpell) would be a hundred times as
large.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class Sieve:
    """Masks of words of letters, in the order of their lengths.

    Parameters
    ----------
    numbers : (n,) uint32
        Numbers of the words.
    lengths : (n,) uint8
        Ascending.
    masks : (n,) uint64
    """

    def __init__(self, numbers: NDArray[np.uint32], lengths: NDArray[np.uint8], masks: NDArray[np.uint64]) -> None:
        self.numbers, self.lengths, self.masks = numbers, lengths, masks

    @classmethod
    def of(cls, words: Sequence[tuple[int, str]]) -> "Sieve":
        """From (number, word) in any order; a word has at most 255 letters."""
        ordered = sorted((len(word), number, word) for number, word in words)
        return cls(
            np.array([number for _, number, _ in ordered], np.uint32),
            np.array([length for length, _, _ in ordered], np.uint8),
            np.array([mask(word) for _, _, word in ordered], np.uint64),
        )

    def near(self, word: str, limit: int, words: Sequence[str]) -> list[tuple[str, int]]:
        """The words within ``limit`` edits, each with its distance (OSA: transpositions of neighbours count once).

        Parameters
        ----------
        words
            What the numbers stand for.
        """
        from rapidfuzz.distance import OSA

        low, high = np.searchsorted(self.lengths, [max(0, len(word) - limit), min(255, len(word) + limit) + 1])
        close = np.bitwise_count(self.masks[low:high] ^ mask(word)) <= 2 * limit
        others = [words[number] for number in self.numbers[low:high][close].tolist()]
        measured = ((other, OSA.distance(word, other, score_cutoff=limit)) for other in others)
        return [(other, distance) for other, distance in measured if distance <= limit]


def mask(word: str) -> np.uint64:
    """A bit for each letter a–z of a word, and one for each that it has twice; other letters share 64 bits."""
    once = twice = other = 0
    for letter in word:
        if "a" <= letter <= "z":
            bit = 1 << ord(letter) - 97
            twice |= once & bit
            once |= bit
        else:
            other |= 1 << ord(letter) % 64
    return np.uint64((once | twice << 26) ^ other)
