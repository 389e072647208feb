"""Titles as sparse rows of words, weighted by how rare a word is in this catalogue."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

import numpy as np

from wares.types import IntArray, ScoreArray

NUMBER_WEIGHT = 2.0  # a model number says more than a word as rare
RARE = 50  # a word in more titles than that makes no candidates
CJK = "\u3400-\u9fff"


def words(title: str) -> list[str]:
    """Words in lower case, codes without their hyphens (``BX-80.2`` → ``bx802``), Chinese in pairs of characters."""
    out: list[str] = []
    for word in re.findall(r"[^\W_]+(?:[-./][^\W_]+)*", unicodedata.normalize("NFKC", title).casefold()):
        if re.search(f"[{CJK}]", word):
            for run in re.findall(f"[{CJK}]+|[^{CJK}\\W_]+", word):
                out += [run[at : at + 2] for at in range(max(1, len(run) - 1))] if run[0] >= CJK[0] else [run]
        elif has_digit(word):
            out.append(re.sub(r"[-./]", "", word))
        else:
            out += re.split(r"[-./]", word)
    return out


def has_digit(term: str) -> bool:
    """Whether it may be a model number, a size or a count."""
    return any(character.isdigit() for character in term)


class Titles:
    """Sparse unit rows, one for each title; :attr:`counts` says in how many titles a word is."""

    def __init__(self, titles: Sequence[frozenset[str]], number_weight: float = NUMBER_WEIGHT) -> None:
        from scipy.sparse import csr_array

        self._titles = titles
        self.counts = Counter(term for title in titles for term in title)
        column = {term: number for number, term in enumerate(self.counts)}
        rarity = {term: math.log(1 + len(titles) / count) for term, count in self.counts.items()}
        weight = {term: rarity[term] * (number_weight if has_digit(term) else 1.0) for term in rarity}
        ends = np.cumsum([0, *map(len, titles)])
        columns = np.fromiter((column[term] for title in titles for term in title), np.int32, ends[-1])
        values = np.fromiter((weight[term] for title in titles for term in title), np.float64, ends[-1])
        norms = np.sqrt(np.add.reduceat(np.append(values**2, 0.0), ends[:-1])) * (np.diff(ends) > 0)
        values /= np.repeat(np.where(norms > 0, norms, 1.0), np.diff(ends))
        self._rows = csr_array((values, columns, ends), shape=(len(titles), max(1, len(column))))

    def candidates(self, least: float, chunk: int = 4096) -> list[tuple[int, int]]:
        """Pairs that share a rare word and whose cosine reaches ``least``."""
        rare = np.fromiter((2 <= count <= RARE for count in self.counts.values()), bool, len(self.counts))
        if not rare.any():
            return []
        few = self._rows[:, np.flatnonzero(rare)].tocsr()
        found: list[IntArray] = []
        for start in range(0, few.shape[0], chunk):
            product = (few[start : start + chunk] @ few.T).tocoo()
            pairs = np.stack([product.row + start, product.col], axis=1).astype(np.int64)
            pairs = pairs[pairs[:, 0] < pairs[:, 1]]
            found.append(pairs[self.cosines(pairs) >= least])
        return [(a, b) for a, b in np.concatenate(found).tolist()]

    def telling(self, a: int, b: int) -> bool:
        """Whether two titles this alike are no chance: words that all red shirts have in common tell nothing."""
        total = math.fsum(math.log(len(self._titles) / self.counts[term]) for term in self._titles[a] & self._titles[b])
        return total >= 1.5 * math.log(len(self._titles))

    def shared(self, a: int, b: int) -> tuple[str, ...]:
        """The words two titles share, the rarest first."""
        return tuple(sorted(self._titles[a] & self._titles[b], key=lambda term: (self.counts[term], term)))

    def against_all(self, rows: slice) -> ScoreArray:
        """(r, n) cosines of some titles with every one."""
        return np.asarray((self._rows[rows] @ self._rows.T).toarray(), np.float64)

    def cosines(self, pairs: Sequence[tuple[int, int]] | IntArray, chunk: int = 100_000) -> ScoreArray:
        """(p,) cosines of pairs of titles, 0 to 1."""
        rows = np.asarray(pairs, np.int64).reshape(-1, 2)
        parts = [np.empty(0)]
        for start in range(0, len(rows), chunk):
            left, right = rows[start : start + chunk].T
            parts.append(np.asarray(self._rows[left].multiply(self._rows[right]).sum(axis=1)).ravel())
        return np.concatenate(parts)
