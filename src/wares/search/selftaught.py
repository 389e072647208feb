"""Calibration without judgements: a catalogue asks itself.

Queries are made from products: titles with words dropped, names of categories, photos of a neighbour in the category.
Right are the product and the best of its own shelf, wrong are the best of the other shelves, and the best for queries
that nothing answers: a few words each of the titles of two products of different shelves. What is only near in meaning
is asked for by the names of categories as if no word matched: half of a title's words (series, brands) mean nothing
without the letters.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

import numpy as np

from wares.protocols import Analyzer, IndexQuery, Matches, ProductIndex
from wares.search.calibrate import ENOUGH, GUESS, Calibration, Curve, Curves, Pairs, fit
from wares.search.hybrid import Hybrid
from wares.types import BoolArray, Not, OneOf, Product, Progress, Query, ScoreArray

PhotoOf = Callable[[Product], bytes | None]
MOST_WORDS = 4
MOST_PHOTOS = 60
BEST = 3  # products of each side that count
APART = 0.3  # share of the catalogue that must lie outside a product's shelf


@dataclass(frozen=True, slots=True)
class Asked:
    """A query whose answer is known: the product that it was made from, or None that nothing answers it."""

    query: Query
    product: Product | None
    names_shelf: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Teacher:
    """Fits a curve for each kind of query by asking an index about its own products.

    Parameters
    ----------
    judge
        A query without filters → what the routes say of all rows, always in the same order.
    """

    judge: Callable[[Query], Matches]
    index: ProductIndex
    analyzer: Analyzer
    hybrid: Hybrid

    def calibration(
        self,
        products: Sequence[Product],
        photo_of: PhotoOf | None,
        *,
        error_rate: float,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Calibration:
        """Curves from a sample of products; a kind that the sample cannot ask keeps its guess."""
        asked = {"words": list(word_queries(products, self.analyzer, Random(seed)))}
        asked["words"] += crossed_queries(products, self.analyzer, Random(seed))
        if photo_of is not None:
            asked["photo"] = list(photo_queries(products, photo_of, None, Random(seed)))
            asked["words+photo"] = list(photo_queries(products, photo_of, self.analyzer, Random(seed)))
        total, done = sum(len(each) for each in asked.values()), 0
        curves = {}
        ids = self.index.ids(self.index.search(IndexQuery()).rows)
        places = {id: place for place, id in enumerate(ids)}
        for kind, queries in asked.items():
            words, meaning = _Sides(), _Sides()
            named = sum(each.names_shelf for each in queries) >= ENOUGH
            for each in queries:
                matches = self.judge(each.query)
                parts = self.hybrid.parts(matches)
                own, others = self._shelves(each.product) if each.product else _nothing(len(ids))
                if each.product:
                    own[places[each.product.id]] = True
                if kind != "photo":
                    words.add(self.hybrid.evidence(matches, parts), own, others)
                if each.product and (each.names_shelf or not named):
                    meaning.add(self.hybrid.meaning(matches, parts), own, others)
                done += 1
                if progress:
                    progress("calibrate", done, total)
            # Parts of titles do not say what a true match may lose: without names of categories even odds decide.
            rate = 1.0 if kind == "words" and not named else error_rate
            curves[kind] = Curves(words.curve(error_rate, GUESS[kind].words), meaning.curve(rate, GUESS[kind].meaning))
        return Calibration(curves)

    def _shelves(self, product: Product) -> tuple[BoolArray, BoolArray]:
        """(n,) products of the same category at its deepest, and products of other categories.

        These are taken from the top as far as that leaves enough; without categories they share no word with it.
        """
        paths = [category.path for category in product.categories]
        deepest = max((len(path) for path in paths), default=0)
        for depth in range(1, deepest + 1):
            others = ~self._shelf(paths, depth)
            if others.mean() >= APART:
                return self._shelf(paths, deepest), others
        terms = tuple(self.analyzer.terms(f"{product.title} {product.brand}", product.language))
        matches = self.index.search(IndexQuery(terms))
        none = np.zeros(len(matches.rows), np.bool_)
        return none, np.isnan(matches.scores[:, 0]) if terms else ~none

    def _shelf(self, paths: Sequence[tuple[str, ...]], depth: int) -> BoolArray:
        """(n,) products under one of the paths."""
        shelf = OneOf("category", tuple(" > ".join(path[:depth]) for path in paths))
        return ~self.index.search(IndexQuery(filters=(Not(shelf),), facets=("category",))).passing


class _Sides:
    """Collects the best of what is right and of what is wrong."""

    def __init__(self) -> None:
        self._right: list[float] = []
        self._wrong: list[float] = []
        self._best: list[float] = []

    def add(self, evidence: ScoreArray, right: BoolArray, wrong: BoolArray) -> None:
        self._right += np.sort(evidence[right])[-BEST:].tolist()
        self._wrong += np.sort(evidence[wrong])[-BEST:].tolist()
        if right.any():
            self._best.append(float(evidence[right].max()))

    def curve(self, error_rate: float, guess: Curve) -> Curve:
        return fit(
            Pairs(np.array(self._right), np.array(self._wrong)),
            np.array(self._best),
            error_rate=error_rate,
            guess=guess,
        )


def _nothing(n: int) -> tuple[BoolArray, BoolArray]:
    """Sides of a query that no product answers."""
    return np.zeros(n, np.bool_), np.ones(n, np.bool_)


def sample(products: Iterable[Product], n: int, generator: Random) -> list[Product]:
    """``n`` products drawn evenly from a stream (Vitter, Random Sampling with a Reservoir, 1985, algorithm R)."""
    kept: list[Product] = []
    for seen, product in enumerate(products):
        if len(kept) < n:
            kept.append(product)
        elif (place := generator.randrange(seen + 1)) < n:
            kept[place] = product
    return kept


def word_queries(products: Sequence[Product], analyzer: Analyzer, generator: Random) -> Iterator[Asked]:
    """For each product and language its title with words dropped, and the name of its category once."""
    named: set[str] = set()
    for product in products:
        own = [category.value for category in product.categories]
        languages = [(product.language, product.title, own)]
        languages += [(tag, each.title, list(each.categories)) for tag, each in product.translations.items()]
        for language, title, paths in languages:
            if text := _dropped(title, language, analyzer, generator):
                yield Asked(Query(text, language=language), product)
            for leaf in {path.split(">")[-1].strip() for path in paths[:1]} - named - {""}:
                named.add(leaf)
                yield Asked(Query(leaf, language=language), product, names_shelf=True)


def crossed_queries(products: Sequence[Product], analyzer: Analyzer, generator: Random) -> Iterator[Asked]:
    """For each two neighbours of different shelves and each of their languages, one or two words of either title."""
    for one, other in pairwise((*products, *products[:1])):
        if {each.value for each in one.categories} & {each.value for each in other.categories}:
            continue
        titles, others = _titles(one), _titles(other)
        for language in sorted(titles.keys() & others.keys()):
            parts = [
                _some(_words(title, language, analyzer), generator.randint(1, 2), generator)
                for title in (titles[language], others[language])
            ]
            if all(parts):
                yield Asked(Query(" ".join(parts), language=language), None)


def photo_queries(
    products: Sequence[Product], photo_of: PhotoOf, words: Analyzer | None, generator: Random
) -> Iterator[Asked]:
    """Photos of a neighbour in the same category, so that no product is asked for with a photo it is indexed by.

    With an analyzer for the words the product's own title, words dropped, goes with the photo.
    """
    shelves: dict[str, list[Product]] = {}
    for product in products:
        for category in product.categories[:1]:
            shelves.setdefault(category.value, []).append(product)
    neighbours = [pair for shelf in shelves.values() for pair in pairwise(shelf)]
    for product, neighbour in generator.sample(neighbours, min(MOST_PHOTOS, len(neighbours))):
        photo = photo_of(neighbour)
        if photo is not None:
            text = _dropped(product.title, product.language, words, generator) if words else ""
            yield Asked(Query(text, photo=photo, language=product.language), product)


def _titles(product: Product) -> dict[str, str]:
    """The titles of a product by language."""
    return {product.language: product.title, **{tag: each.title for tag, each in product.translations.items()}}


def _dropped(title: str, language: str, analyzer: Analyzer, generator: Random) -> str:
    """From one to four words of a title, in their order."""
    words = _words(title, language, analyzer)
    if len(words) < 2:
        return title
    count = generator.randint(min(2, len(words) - 1), min(MOST_WORDS, len(words) - 1))
    return _some(words, count, generator)


def _words(title: str, language: str, analyzer: Analyzer) -> Sequence[str]:
    """Words as blanks part them, or as the analyzer does where there are none."""
    words = title.split()
    return words if len(words) > 1 else analyzer.terms(title, language)


def _some(words: Sequence[str], count: int, generator: Random) -> str:
    """``count`` of the words, in their order."""
    return " ".join(words[place] for place in sorted(generator.sample(range(len(words)), min(count, len(words)))))
