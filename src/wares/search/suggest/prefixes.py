"""Texts found by the beginning of any of their words, best first, in bounded time.

All texts lie in one run of bytes; a key is a place in it where a word begins, and the keys are sorted by what follows
(a suffix array over word starts, Manber and Myers 1993). What is typed is one range of keys. The best of a range come
from the best few of each whole block of keys, which are known beforehand, and from the keys at its two ends: exact,
and a few thousand comparisons even where one letter is typed.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]

BLOCK = 1024
BEST = 16  # of a block are known; the most that are asked for
WIDTH = 48  # bytes by which keys are sorted and looked up
END = b"\n"  # of a text; less than any sign of a folded text
_NONE = np.iinfo(np.uint32).max


@dataclass(frozen=True, slots=True)
class Key:
    """A text of an owner: the words of it that can be typed first begin at ``starts`` (places in its bytes)."""

    owner: int
    text: bytes
    starts: tuple[int, ...]
    weight: float


class PrefixTable:
    """Keys of owners, who are numbers.

    Attributes
    ----------
    arrays
        What to save: ``bytes`` (b,) u8, ``starts`` and ``ranks`` (k,) u32 in the order of keys, ``owners`` (k,) u32 in
        the order of ranks, ``best`` (blocks, 16) u32 ranks. Ranks start at 0 for the best key and no two are equal.
    """

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays
        self._bytes = memoryview(arrays["bytes"])  # type: ignore[arg-type]
        self._starts = arrays["starts"]
        self._ranks = arrays["ranks"]
        self._owners = arrays["owners"]
        self._best = arrays["best"]

    @classmethod
    def build(cls, keys: Sequence[Key], later: float) -> "PrefixTable":
        """Sort the keys.

        Parameters
        ----------
        later
            What a word that is not the first of its text is worth, in (0, 1].
        """
        body = np.frombuffer(b"".join(key.text + END for key in keys), np.uint8)
        places = np.cumsum([0, *(len(key.text) + len(END) for key in keys)])
        counts = [len(key.starts) for key in keys]
        starts = np.fromiter((start for key in keys for start in key.starts), np.uint32, sum(counts))
        worth = np.repeat(np.array([key.weight for key in keys], np.float64), counts) * np.where(starts, later, 1.0)
        owners = np.repeat(np.array([key.owner for key in keys], np.uint32), counts)
        starts = starts + np.repeat(places[:-1].astype(np.uint32), counts)
        order = _sorted(body, starts)
        starts, owners, worth = starts[order], owners[order], worth[order]
        by_rank = np.lexsort((starts, owners, -worth))
        ranks = np.empty(len(by_rank), np.uint32)
        ranks[by_rank] = np.arange(len(by_rank), dtype=np.uint32)
        owners = owners[by_rank]
        best = _best_of_blocks(ranks, owners)
        return cls({"bytes": body, "starts": starts, "ranks": ranks, "owners": owners, "best": best})

    def range(self, prefix: bytes) -> tuple[int, int]:
        """The keys that begin with the first 48 bytes of a prefix, from and to."""
        prefix = prefix[:WIDTH]
        size = len(prefix)

        def key(place: int) -> bytes:
            start = int(self._starts[place])
            return bytes(self._bytes[start : start + size])

        every = range(len(self._starts))
        low = bisect_left(every, prefix, key=key)
        return low, bisect_right(every, prefix, lo=low, key=key)

    def best(self, prefix: bytes, k: int) -> list[int]:
        """The ``k`` best different owners of keys that begin with a prefix (its first 48 bytes); at most 16."""
        low, high = self.range(prefix)
        return self._first(self._candidates(low, high), min(k, BEST))

    def some(self, prefix: bytes, k: int) -> list[int]:
        """Up to ``k`` owners, however many; the best of them where there are more than a few blocks of keys."""
        low, high = self.range(prefix)
        return self._first(self._candidates(low, high), k)

    def _candidates(self, low: int, high: int) -> NDArray[Any]:
        """Ranks among which are the best of a range."""
        first, last = -(-low // BLOCK), high // BLOCK
        if first >= last:
            return self._ranks[low:high]
        inner = self._best[first:last].ravel()
        parts = (self._ranks[low : first * BLOCK], inner[inner != _NONE], self._ranks[last * BLOCK : high])
        return np.concatenate(parts)

    def _first(self, ranks: NDArray[Any], k: int) -> list[int]:
        few = 4 * k
        if len(ranks) > few:
            found = self._different(np.sort(np.partition(ranks, few)[:few]), k)
            if len(found) == k:
                return found
        return self._different(np.sort(ranks), k)

    def _different(self, ranks: NDArray[Any], k: int) -> list[int]:
        found: dict[int, None] = {}
        for owner in self._owners[ranks].tolist():
            found[owner] = None
            if len(found) == k:
                break
        return list(found)


def _sorted(body: NDArray[np.uint8], starts: NDArray[np.uint32]) -> NDArray[np.int64]:
    """The order of what follows each start, by its first 48 bytes."""
    padded = np.concatenate([body, np.zeros(WIDTH, np.uint8)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, WIDTH)[starts]
    columns = np.ascontiguousarray(windows).view(">u8")  # eight bytes at a time, the first column first
    return np.lexsort((starts, *columns.T[::-1]))


def _best_of_blocks(ranks: NDArray[np.uint32], owners: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """(blocks, 16) the best ranks of different owners in each whole block."""
    blocks = len(ranks) // BLOCK
    best = np.full((blocks, BEST), _NONE, np.uint32)
    for block in range(blocks):
        inside = np.sort(ranks[block * BLOCK : (block + 1) * BLOCK])
        _, first = np.unique(owners[inside], return_index=True)
        chosen = inside[np.sort(first)[:BEST]]
        best[block, : len(chosen)] = chosen
    return best


class Strings:
    """Strings in one run of bytes, decoded one at a time."""

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays
        self._bytes = memoryview(arrays["bytes"])  # type: ignore[arg-type]
        self._ends = arrays["ends"]

    @classmethod
    def build(cls, strings: Sequence[str]) -> "Strings":
        """Surrogates that stand alone survive."""
        encoded = [string.encode("utf-8", "surrogatepass") for string in strings]
        ends = np.cumsum([len(each) for each in encoded], dtype=np.int64)
        return cls({"bytes": np.frombuffer(b"".join(encoded), np.uint8), "ends": ends.astype(np.uint32)})

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, place: int) -> str:
        start = int(self._ends[place - 1]) if place else 0
        return bytes(self._bytes[start : int(self._ends[place])]).decode("utf-8", "surrogatepass")

    def all(self) -> list[str]:
        """Every string, decoded."""
        return [self[place] for place in range(len(self))]
