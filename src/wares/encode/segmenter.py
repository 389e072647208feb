"""Where the words of a run of Chinese begin: the likeliest way through a dictionary, which is jieba's.

The method is jieba's without its hidden Markov model: of all ways to part a run into words of the dictionary, the one
whose words are the most frequent together; a sign that begins no word stands alone. As a dict of every beginning of
349,000 words the dictionary takes .6 s to load and 59 MB of each process; here it lies in a trie of 1.3 MB (marisa:
Yata, https://github.com/s-yata/marisa-trie) beside the counts, and is laid out once.
"""

from functools import cache
from importlib.metadata import version
from math import log
from pathlib import Path
from typing import Any

import numpy as np
from marisa_trie import Trie
from numpy.typing import NDArray

from wares.arrayfiles import Arrays
from wares.encode.memory import give_back
from wares.encode.unpacked import kept

PACKAGE = "jieba"
LAYOUT = 1  # goes up when the arrays of the same package come out otherwise


class Segmenter:
    """Parts runs of simplified Chinese.

    Parameters
    ----------
    arrays
        What `unpacked` gives: the trie as bytes, the count of each word by its number there, and the longest word.
    """

    def __init__(self, arrays: Arrays) -> None:
        self._words = Trie()
        self._words.frombytes(arrays["words"].tobytes())
        self._counts = arrays["counts"]
        self._longest = int(arrays["longest"][0])
        self._every = log(int(self._counts.sum()))

    def __contains__(self, word: str) -> bool:
        return word in self._words

    def cut(self, run: str) -> list[str]:
        """The words of a run, which they make up; time grows with its length times that of the longest word."""
        ends, worth = [0] * len(run), [0.0] * (len(run) + 1)
        for start in range(len(run) - 1, -1, -1):
            ways = [
                (log(self._counts.item(number)) - self._every + worth[start + len(word)], start + len(word))
                for word, number in self._words.iter_prefixes_with_ids(run[start : start + self._longest])
            ]
            worth[start], ends[start] = max(ways, default=(worth[start + 1] - self._every, start + 1))
        words, start = [], 0
        while start < len(run):
            words.append(run[start : ends[start]])
            start = ends[start]
        return words


@cache
def segmenter(folder: Path | None) -> Segmenter:
    """The one of a process.

    Parameters
    ----------
    folder
        Where the dictionary is kept once it is laid out; None: it is laid out in the memory of each process.
    """
    recipe = f"{version(PACKAGE)}/{LAYOUT}"
    arrays = unpacked() if folder is None else kept(folder, "chinese-words", recipe, unpacked)
    give_back()  # of what laying out took
    return Segmenter(arrays)


def unpacked() -> dict[str, NDArray[Any]]:
    """The dictionary, out of its package."""
    from jieba import Tokenizer

    with Tokenizer().get_dict_file() as file:
        told = dict(line.split()[:2] for line in file.read().decode().splitlines())
    words = Trie(told)
    counts = np.zeros(len(words), np.int32)
    for word, count in told.items():
        counts[words[word]] = count
    longest = np.array([max(map(len, told))], np.int32)
    return {"words": np.frombuffer(words.tobytes(), np.uint8), "counts": counts, "longest": longest}
