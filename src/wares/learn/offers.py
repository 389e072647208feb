"""What two offers have in common and where they differ, in numbers: the features of :mod:`wares.learn.matching`.

Nothing here was learned from labels: how rare a word is and which other offers are near come from the catalogue alone.
"""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from wares.catalog.duplicates.listings import COLOUR_WORD
from wares.catalog.duplicates.titles import NUMBER_WEIGHT, Titles, has_digit, words
from wares.catalog.normalize.units import quantity
from wares.errors import TrainingError
from wares.types import FloatArray, IntArray, ScoreArray

GRAM = 4  # characters of a piece of a title
LONG = 4  # characters from which a word with digits may be a model number
DECIMALS = 5  # of a feature
CHUNK = 512  # rows whose neighbours are looked for at a time
_AMOUNT = re.compile(r"(?<![\w.])(\d{1,6}(?:[.,]\d{1,3})?)[ -]?([a-z°″\"]{1,4})(?![\w])")

KINDS = ("word", "number", "plain")
_OVERLAP = ("cosine", "jaccard", "contained", "shared_most", "only_most_min", "only_most_max", "only_min", "only_max")
_RIVAL = ("margin_min", "margin_max")
FEATURES = (
    *(f"{kind}_{name}" for kind in KINDS for name in _OVERLAP),
    *(f"all_{name}" for name in _OVERLAP),
    *("weighted_cosine", "gram_cosine", "all_gram_cosine", "first_word", "words_min", "words_max"),
    *(f"word_{name}" for name in _RIVAL),
    *("encoder_cosine", *(f"encoder_{name}" for name in _RIVAL)),
    *("fuzz_ratio", "fuzz_set", "fuzz_sort", "fuzz_partial", "fuzz_winkler"),
    *("codes_shared", "codes_only_min", "codes_only_max", "codes_found_min", "codes_found_max", "codes_alike"),
    *("model_found", "amounts_agree", "amounts_differ", "colours_agree", "colours_differ"),
    *("brand_alike", "price_ratio"),
)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a shop says of a product it sells; empty or NaN where it says nothing.

    Attributes
    ----------
    model
        The maker's number of the product.
    details
        Description, category and whatever else is said in words.
    price
        In the currency of the offers it is compared with.
    """

    title: str
    brand: str = ""
    model: str = ""
    details: str = ""
    price: float = math.nan


@dataclass(frozen=True, slots=True)
class _Read:
    """What is read of an offer once."""

    words: tuple[str, ...]
    every: frozenset[str]
    squashed: str
    codes: frozenset[str]
    amounts: dict[str, frozenset[float]] = field(default_factory=dict)
    colours: frozenset[str] = frozenset()


class Offers:
    """The offers of one catalogue, and the features of pairs of them.

    Parameters
    ----------
    offers
        n of them.
    vectors : (n, d)
        Unit rows of the titles by a sentence encoder, NaN where there is none; None: the features that need them are
        NaN.

    Raises
    ------
    TrainingError
        An offer without a title, a price below 0, or vectors that are not one an offer.
    """

    def __init__(self, offers: Sequence[Offer], vectors: FloatArray | None = None) -> None:
        for number, offer in enumerate(offers):
            if not offer.title.strip():
                raise TrainingError(f"offer {number} has no title", fix="leave it out: nothing can be compared")
            if offer.price < 0 or math.isinf(offer.price):
                raise TrainingError(f"offer {number} has price {offer.price}", fix="give prices from 0, NaN = unknown")
        if vectors is not None and (vectors.ndim != 2 or len(vectors) != len(offers)):
            raise TrainingError(
                f"vectors of shape {vectors.shape} for {len(offers)} offers", fix="encode each title, in their order"
            )
        self._offers = offers
        self._read = [_read(offer) for offer in offers]
        self._vectors = vectors

    def __len__(self) -> int:
        return len(self._offers)

    def features(self, pairs: Sequence[tuple[int, int]] | IntArray) -> FloatArray:
        """(p, f) float32 in the order of ``FEATURES``, the same whichever offer of a pair comes first; NaN = unknown.

        Raises
        ------
        TrainingError
            A pair is not of two of these offers.
        """
        rows = np.asarray(pairs, np.int64).reshape(-1, 2)
        if rows.size and (rows.min() < 0 or rows.max() >= len(self)):
            raise TrainingError(f"a pair is not of the {len(self)} offers", fix="give positions of two offers a pair")
        if not len(rows):
            return np.empty((0, len(FEATURES)), np.float32)
        columns = [
            *(column for kind in (*KINDS, "all") for column in self._terms[kind].overlap(rows)),
            self._weighted.cosines(rows),
            *(_Terms(grams).overlap(rows)[0] for grams in self._grams),
            *self._lengths(rows),
            *_margins(self._weighted.cosines(rows), rows, self._near_words),
            *self._encoded(rows),
            *self._fuzzy(rows),
            *np.array([self._codes(a, b) for a, b in rows.tolist()]).reshape(-1, 13).T,
        ]
        # sums over sets differ by a hair from run to run, and a tree could tell them apart
        return np.round(np.stack(columns, axis=1), DECIMALS).astype(np.float32)

    def nearest(self, count: int) -> tuple[ScoreArray, IntArray]:
        """(n, count) cosines in rare words of the offers nearest to each, and which they are; −1 where is none."""
        return _nearest(self._weighted.against_all, len(self), count)

    @cached_property
    def _terms(self) -> dict[str, "_Terms"]:
        rows = [read.words for read in self._read]
        return {
            "word": _Terms(rows),
            "number": _Terms([[word for word in row if has_digit(word)] for row in rows]),
            "plain": _Terms([[word for word in row if not has_digit(word)] for row in rows]),
            "all": _Terms([sorted(read.every) for read in self._read]),
        }

    @cached_property
    def _weighted(self) -> Titles:
        return Titles([frozenset(read.words) for read in self._read], NUMBER_WEIGHT)

    @cached_property
    def _grams(self) -> tuple[list[list[str]], list[list[str]]]:
        titles = [" ".join(read.words) for read in self._read]
        return [_pieces(title) for title in titles], [_pieces(read.squashed) for read in self._read]

    @cached_property
    def _near_words(self) -> tuple[ScoreArray, IntArray]:
        return self.nearest(2)

    @cached_property
    def _near_vectors(self) -> tuple[ScoreArray, IntArray]:
        rows = np.zeros((0, 0), np.float32) if self._vectors is None else np.nan_to_num(self._vectors)
        return _nearest(lambda part: rows[part] @ rows.T, len(self), 2)

    def _lengths(self, rows: IntArray) -> list[ScoreArray]:
        firsts = np.array([read.words[0] if read.words else "" for read in self._read])
        counts = np.array([len(read.words) for read in self._read], np.float64)[rows]
        same = firsts[rows[:, 0]] == firsts[rows[:, 1]]
        return [same.astype(np.float64), counts.min(1), counts.max(1)]

    def _encoded(self, rows: IntArray) -> list[ScoreArray]:
        if self._vectors is None:
            return [np.full(len(rows), np.nan)] * 3
        left, right = (self._vectors[rows[:, side]].astype(np.float64) for side in (0, 1))
        cosine = np.asarray((left * right).sum(1))
        return [cosine, *_margins(cosine, rows, self._near_vectors)]

    def _fuzzy(self, rows: IntArray) -> list[ScoreArray]:
        from rapidfuzz import fuzz
        from rapidfuzz.distance import JaroWinkler
        from rapidfuzz.process import cpdist

        titles = [" ".join(read.words) for read in self._read]
        left, right = ([titles[row] for row in rows[:, side]] for side in (0, 1))
        scorers: list[Callable[..., float]] = [fuzz.ratio, fuzz.token_set_ratio, fuzz.token_sort_ratio]
        scorers += [fuzz.partial_ratio, JaroWinkler.normalized_similarity]
        found = [np.asarray(cpdist(left, right, scorer=scorer, workers=1), np.float64) for scorer in scorers]
        other = np.asarray(cpdist(right, left, scorer=fuzz.partial_ratio, workers=1), np.float64)
        found[3] = np.maximum(found[3], other)  # it depends on the order where both are as long
        return found

    def _codes(self, a: int, b: int) -> list[float]:
        """What the numbers, colours, brands and prices of two offers say."""
        one, other, left, right = self._read[a], self._read[b], self._offers[a], self._offers[b]
        here, there = one.codes - other.codes, other.codes - one.codes
        only = sorted((len(here), len(there)))
        found = sorted((_share(one.codes, other.squashed), _share(other.codes, one.squashed)))
        units = one.amounts.keys() & other.amounts.keys()
        agree = sum(bool(one.amounts[unit] & other.amounts[unit]) for unit in units)
        colours = bool(one.colours and other.colours)
        same = bool(one.colours & other.colours)
        return [
            *(len(one.codes & other.codes), *only, *found, _alike(here, there)),
            _model(left, right, one, other),
            *(agree, len(units) - agree, float(same), float(colours and not same)),
            _brand(left, right, one, other),
            abs(math.log(left.price / right.price)) if left.price > 0 and right.price > 0 else math.nan,
        ]


class _Terms:
    """Rows of terms with the rarity of each, (n, v) sparse."""

    def __init__(self, rows: Sequence[Iterable[str]]) -> None:
        from scipy.sparse import csr_array

        number: dict[str, int] = defaultdict(lambda: len(number))
        sets = [sorted({number[term] for term in row}) for row in rows]
        ends = np.cumsum([0, *map(len, sets)])
        columns = np.fromiter((column for row in sets for column in row), np.int32, ends[-1])
        counts = np.bincount(columns, minlength=max(1, len(number)))
        rarity = np.log(1 + len(rows) / np.maximum(1, counts))
        shape = (len(rows), len(counts))
        self._held: Any = csr_array((np.ones(len(columns)), columns, ends), shape=shape)
        self._weights: Any = csr_array((rarity[columns], columns, ends), shape=shape)

    def overlap(self, pairs: IntArray) -> list[ScoreArray]:
        """Columns (p,) in the order of ``_OVERLAP``; NaN where an offer has no term."""
        left, right = self._weights[pairs[:, 0]], self._weights[pairs[:, 1]]
        common = left.multiply(self._held[pairs[:, 1]]).tocsr()
        only = [(left - common).tocsr(), (right - common).tocsr()]
        shared, totals = _sum(common), np.stack([_sum(left), _sum(right)])
        squares = [_sum(part.multiply(part)) for part in (common, left, right)]
        empty = (totals == 0).any(0)
        with np.errstate(invalid="ignore", divide="ignore"):
            ratios = [
                squares[0] / np.sqrt(squares[1] * squares[2]),
                shared / (totals.sum(0) - shared),
                shared / totals.min(0),
            ]
        most = np.stack([_most(part) for part in only])
        sums = np.stack([_sum(part) for part in only])
        rest = [_most(common), most.min(0), most.max(0), sums.min(0), sums.max(0)]
        return [np.where(empty, np.nan, column) for column in ratios] + rest


def _sum(rows: Any) -> ScoreArray:
    return np.asarray(rows.sum(axis=1), np.float64).ravel()


def _most(rows: Any) -> ScoreArray:
    return np.asarray(rows.max(axis=1).toarray(), np.float64).ravel()


def _nearest(cosines: Callable[[slice], Any], n: int, count: int) -> tuple[ScoreArray, IntArray]:
    best, which = np.full((n, count), np.nan), np.full((n, count), -1, np.int64)
    for start in range(0, n, CHUNK):
        found = np.asarray(cosines(slice(start, start + CHUNK)), np.float64)
        here = np.arange(len(found))
        found[here, start + here] = -np.inf
        for rank in range(min(count, n - 1)):
            place = found.argmax(1)
            best[start + here, rank], which[start + here, rank] = found[here, place], place
            found[here, place] = -np.inf
    return best, which


def _margins(cosine: ScoreArray, pairs: IntArray, near: tuple[ScoreArray, IntArray]) -> list[ScoreArray]:
    """How much nearer the two are than the nearest third offer is to the one and to the other: (p,) least and most."""
    best, which = near
    sides = []
    for here, there in ((0, 1), (1, 0)):
        mine, its = pairs[:, here], pairs[:, there]
        sides.append(cosine - np.where(which[mine, 0] == its, best[mine, 1], best[mine, 0]))
    return [np.minimum(*sides), np.maximum(*sides)]


def _read(offer: Offer) -> _Read:
    title = words(offer.title)
    every = [*title, *words(offer.brand), *words(offer.model), *words(offer.details)]
    amounts: dict[str, set[float]] = defaultdict(set)
    for number, unit in _AMOUNT.findall(offer.title.casefold()):
        if found := quantity(f"{number} {unit}"):
            amounts[found.unit].add(found.value)
    return _Read(
        words=tuple(title),
        every=frozenset(every),
        squashed="".join([*title, *words(offer.model)]),
        codes=frozenset(word for word in (*title, *words(offer.model)) if len(word) >= LONG and has_digit(word)),
        amounts={unit: frozenset(values) for unit, values in amounts.items()},
        colours=frozenset(COLOUR_WORD.findall(offer.title.casefold())),
    )


def _pieces(text: str) -> list[str]:
    return [text[at : at + GRAM] for at in range(max(1, len(text) - GRAM + 1))]


def _share(codes: frozenset[str], text: str) -> float:
    """How many of the codes are in a text without spaces, 0 to 1; −1 without codes."""
    return sum(code in text for code in codes) / len(codes) if codes else -1.0  # a NaN would not be sorted


def _alike(here: frozenset[str], there: frozenset[str]) -> float:
    """The similarity of the two codes most alike of those that only one offer has, 0 to 1; NaN without any."""
    from rapidfuzz.distance import Indel

    return max((Indel.normalized_similarity(a, b) for a in here for b in there), default=math.nan)


def _model(left: Offer, right: Offer, one: _Read, other: _Read) -> float:
    """Whether the maker's number of one is said by the other, 0 or 1; NaN where neither has one."""
    numbers = [("".join(words(left.model)), other.squashed), ("".join(words(right.model)), one.squashed)]
    known = [number in text for number, text in numbers if number]
    return float(any(known)) if known else math.nan


def _brand(left: Offer, right: Offer, one: _Read, other: _Read) -> float:
    """The share of the words of the brands that the other offer has as well, 0 to 1; NaN where neither has one."""
    sides = [(frozenset(words(left.brand)), other.every), (frozenset(words(right.brand)), one.every)]
    shares = [len(brand & every) / len(brand) for brand, every in sides if brand]
    return max(shares, default=math.nan)
