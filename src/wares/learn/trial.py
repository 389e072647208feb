"""What a space is worth on products that it never saw: the words that ask for them, against all of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from wares.encode.learned import TERMS
from wares.evaluate.compare import Comparison, paired
from wares.evaluate.metrics import ndcg
from wares.learn.catalogue import ABSENT, SEEN, Asked, Catalogue, EncodeTexts, TermsOf
from wares.learn.phrases import holds
from wares.protocols import Encoded, Encoder
from wares.types import BoolArray, FloatArray, IntArray, ScoreArray

MOST = 1000  # queries of a kind and language that are asked
FIGURES: Mapping[str, tuple[tuple[str, ...], bool]] = {
    "title_photo": (("title",), True),
    "phrase_photo": (("phrase",), True),
    "phrase": (("phrase",), False),
    "query": (("query",), False),
    "text": (("description", "review"), False),
}
"""Figure → the kinds of queries it is of, and whether products are shown by their photos alone."""
SPARSE = 5  # queries of a slice below which nothing is said of it
MARGIN = 0.02  # loss of a slice that is borne
ENOUGH = 30  # queries in all below which a gain may be anything
NDCG = "ndcg/"  # before the names of figures where they stand beside other numbers


class Fuses(Protocol):
    """What of a :class:`~wares.protocols.Fusion` is tried."""

    @property
    def modalities(self) -> tuple[str, ...]: ...

    @property
    def own(self) -> Mapping[str, Encoder[Sequence[str]]]: ...

    def fuse(self, parts: Mapping[str, Encoded]) -> tuple[FloatArray, FloatArray]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """nDCG@10 of single queries.

    Attributes
    ----------
    values
        Figure → (q,) one value a query.
    slices
        Figure → slice → (q,) whether the query is in it.
    """

    values: Mapping[str, ScoreArray]
    slices: Mapping[str, Mapping[str, BoolArray]]

    @property
    def means(self) -> dict[str, float]:
        return {name: float(values.mean()) for name, values in self.values.items()}

    @property
    def mean(self) -> float:
        """Of the figures."""
        return float(np.mean(list(self.means.values()))) if self.values else 0.0


def trial(fusion: Fuses, catalogue: Catalogue, encode: EncodeTexts, terms: TermsOf) -> Trial:
    """Ask every kind of query for the products of a catalogue.

    Products whose scores are equal stand worst first, those that the fusion knows nothing of last. Which queries are
    asked, and of which products, does not depend on the fusion. No product that was learned from may stand among them:
    what was learned of it keeps it out of the way, and a space would look better than it is.
    """
    values: dict[str, list[ScoreArray]] = {}
    slices: dict[str, list[dict[str, BoolArray]]] = {}
    for name, (kinds, seen) in FIGURES.items():
        there, products = _shown(fusion, catalogue, seen)
        for asked in catalogue.asked:
            if asked.kind not in kinds or len(there) < 2:
                continue
            relevant, numbers = _relevant(catalogue, asked)
            if not len(numbers):
                continue
            queries = _queries(fusion, asked, numbers, encode, terms)
            scores, right = products(queries)[:, there], relevant[:, there]
            found = np.array([_ndcg10(*row) for row in zip(scores, right, strict=True)])
            known = np.asarray(right.any(1), np.bool_)
            values.setdefault(name, []).append(found[known])
            slices.setdefault(name, []).append(
                {key: inside[known] for key, inside in _slices(catalogue, asked, relevant).items()}
            )
    return Trial(
        {name: np.concatenate(some) for name, some in values.items() if sum(map(len, some))},
        {name: _joined(some, [len(each) for each in values[name]]) for name, some in slices.items()},
    )


def _shown(fusion: Fuses, catalogue: Catalogue, seen: bool) -> tuple[IntArray, Callable[[FloatArray], FloatArray]]:
    """Products that can be found, by their photos alone or by all, and what scores (q, D) queries: (q, n)."""
    parts = {each: part for each, part in catalogue.parts.items() if each in SEEN or not seen}
    present = [part.present for part in parts.values()]
    there = np.flatnonzero(np.any(present, axis=0)) if parts else np.zeros(0, np.int64)
    parts = parts_for(fusion, parts, None if seen else catalogue.terms)
    if not parts:
        return there, lambda queries: np.full((len(queries), len(catalogue)), -np.inf, np.float32)
    products, weights = fusion.fuse(parts)
    unknown = np.where(weights.any(1), np.float32(0), np.float32(np.inf))
    return there, lambda queries: np.asarray(queries @ products.T - unknown, np.float32)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a candidate may go live.

    Attributes
    ----------
    figures
        Name → candidate − current.
    overall
        The same over all queries, each figure counting alike; None: there are too few of them.
    lost
        Slices that lose more than is borne, in words.
    """

    figures: Mapping[str, Comparison]
    overall: Comparison | None
    lost: Sequence[str]

    @property
    def reason(self) -> str:
        """Why it may not; empty where it may."""
        if self.overall is None:
            return "there are too few products to measure it on"
        if not self.overall.gained:
            low, high = self.overall.low, self.overall.high
            return f"it does not beat what is served: {self.overall.difference:+.3f} [{low:+.3f}, {high:+.3f}]"
        return "; ".join(self.lost)


def verdict(candidate: Trial, current: Trial, margin: float, seed: int = 0) -> Verdict:
    """Compare two spaces by the same queries.

    Parameters
    ----------
    margin
        A slice that loses more of its mean than this, and not by chance, is no fair price.
    """
    figures = {name: paired(values, current.values[name], seed) for name, values in candidate.values.items()}
    total = sum(map(len, candidate.values.values()))
    if total < ENOUGH:
        return Verdict(figures, None, ())
    # each figure counts alike, however many queries it is of: the mean over all of these is the mean of the figures
    weighted = [
        (values - current.values[name]) * (total / (len(figures) * len(values)))
        for name, values in candidate.values.items()
    ]
    overall = paired(np.concatenate(weighted), np.zeros(total), seed)
    lost = []
    for name, parts in candidate.slices.items():
        for part, inside in parts.items():
            if inside.sum() < SPARSE:
                continue
            each = paired(candidate.values[name][inside], current.values[name][inside], seed)
            if each.difference < -margin and each.high < 0:
                lost.append(f"{name} of {part} loses {-each.difference:.3f} ({int(inside.sum())} queries)")
    return Verdict(figures, overall, lost)


def _queries(fusion: Fuses, asked: Asked, numbers: Sequence[int], encode: EncodeTexts, terms: TermsOf) -> FloatArray:
    texts = [asked.texts[number] for number in numbers]
    words = [tuple(terms(text, asked.language)) for text in texts]
    rows: FloatArray = fusion.fuse(parts_for(fusion, {"text": encode(texts)}, words))[0]
    return rows


def parts_for(fusion: Fuses, parts: Mapping[str, Encoded], terms: Sequence[Sequence[str]] | None) -> dict[str, Encoded]:
    """What a fusion takes of some parts, and what it has learned of their terms, if there are any."""
    known = {name: part for name, part in parts.items() if name in fusion.modalities}
    learned = fusion.own.get(TERMS)
    return known | ({TERMS: learned.encode(terms)} if learned is not None and terms is not None else {})


def _relevant(catalogue: Catalogue, asked: Asked) -> tuple[FloatArray, list[int]]:
    """(q, n) how much each product is what was asked for, of some queries, and their numbers."""
    numbers = np.unique(asked.queries)
    numbers = np.random.default_rng(0).permutation(numbers)[:MOST]
    place = np.full(len(asked.texts), ABSENT)
    place[numbers] = np.arange(len(numbers))
    at = place[asked.queries]
    pairs = at != ABSENT
    _, group = np.unique(catalogue.groups, return_inverse=True)  # what a product is worth, its look-alikes are too
    of_group = np.zeros((len(numbers), group.max(initial=0) + 1), np.float32)
    np.maximum.at(of_group, (at[pairs], group[asked.rows[pairs]]), asked.grades[pairs])
    found = of_group[:, group]
    if asked.wanted is not None and len(numbers):
        found = np.maximum(found, holds(asked.wanted[numbers], catalogue.labels))
    return found, [int(number) for number in numbers]


def _slices(catalogue: Catalogue, asked: Asked, relevant: FloatArray) -> dict[str, BoolArray]:
    """Which queries belong to what; a query for several products to what the first of them is."""
    first = relevant.argmax(1)
    found = {f"language {asked.language}": np.ones(len(relevant), np.bool_)} if asked.language else {}
    if "image" in catalogue.parts:
        found["no photo"] = np.asarray(~catalogue.parts["image"].present[first], np.bool_)
    for name, label in catalogue.labels.items():
        if name == "category 0" or (name == "category" and "category 0" not in catalogue.labels):
            for code, value in enumerate(next(iter(label.words.values()))):
                found[f"category {value}"] = np.asarray(label.codes[first] == code, np.bool_)
    many = (relevant > 0).sum(1)
    found["head"] = np.asarray(many > np.median(many), np.bool_)
    found["tail"] = ~found["head"]
    return found


def _joined(some: Sequence[Mapping[str, BoolArray]], sizes: Sequence[int]) -> dict[str, BoolArray]:
    names = sorted({name for each in some for name in each})
    return {
        name: np.concatenate([each.get(name, np.zeros(size, np.bool_)) for each, size in zip(some, sizes, strict=True)])
        for name in names
    }


def _ndcg10(scores: FloatArray, relevant: FloatArray) -> float:
    order = np.lexsort((relevant, -scores))
    return ndcg(relevant[order].astype(np.float64), relevant.astype(np.float64), 10)
