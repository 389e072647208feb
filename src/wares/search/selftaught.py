"""Calibration without judgements: a catalogue asks itself.

Queries are made from products: titles with words dropped, names of categories, photos of a neighbour in the category.
The product is the positive; the negatives are the best of the other categories: what the shop would show if it did not
carry what was asked for. Since words of a title always match, each query also counts as if no word of it did.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

import numpy as np

from wares.protocols import Analyzer, IndexQuery, Matches, ProductIndex
from wares.search.calibrate import GUESS, Calibration, fit
from wares.search.hybrid import Hybrid
from wares.types import BoolArray, Not, OneOf, Product, Progress, Query

PhotoOf = Callable[[Product], bytes | None]
MOST_WORDS = 4
BEST = 3  # products of other categories that count as negatives of a query
APART = 0.3  # share of the catalogue that must lie outside a product's shelf


@dataclass(frozen=True, slots=True)
class Asked:
    """A query whose answer is known: the product that it was made from."""

    query: Query
    product: Product


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
        if photo_of is not None:
            asked["photo"] = list(photo_queries(products, photo_of, None, Random(seed)))
            asked["words+photo"] = list(photo_queries(products, photo_of, self.analyzer, Random(seed)))
        total, done = sum(len(each) for each in asked.values()), 0
        curves = {}
        ids = self.index.ids(self.index.search(IndexQuery()).rows)
        places = {id: place for place, id in enumerate(ids)}
        for kind, queries in asked.items():
            right: list[float] = []
            hard: list[float] = []
            wrong: list[float] = []
            for each in queries:
                matches = self.judge(each.query)
                parts = self.hybrid.parts(matches)
                others = self._others(each.product)
                place = places[each.product.id]
                meaning = self.hybrid.meaning(matches, parts)
                hard.append(float(meaning[place]))
                for evidence in (self.hybrid.evidence(matches, parts), meaning):
                    right.append(float(evidence[place]))
                    wrong += np.sort(evidence[others])[-BEST:].tolist()
                done += 1
                if progress:
                    progress("calibrate", done, total)
            curves[kind] = fit(
                np.array(right), np.array(wrong), hard=np.array(hard), error_rate=error_rate, guess=GUESS[kind]
            )
        return Calibration(curves)

    def _others(self, product: Product) -> BoolArray:
        """(n,) products of other categories, taken from the top as far as that leaves enough; else of other words."""
        paths = [category.path for category in product.categories]
        for depth in range(1, max((len(path) for path in paths), default=0) + 1):
            shelf = OneOf("category", tuple(" > ".join(path[:depth]) for path in paths))
            others = self.index.search(IndexQuery(filters=(Not(shelf),), facets=("category",))).passing
            if others.mean() >= APART:
                return others
        terms = tuple(self.analyzer.terms(f"{product.title} {product.brand}", product.language))
        matches = self.index.search(IndexQuery(terms))
        return np.isnan(matches.scores[:, 0]) if terms else np.ones(len(matches.rows), np.bool_)


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
    """One query for each product and language: its title with words dropped, every fourth the name of its category."""
    for number, product in enumerate(products):
        own = [category.value for category in product.categories]
        languages = [(product.language, product.title, own)]
        languages += [(tag, each.title, list(each.categories)) for tag, each in product.translations.items()]
        for language, title, paths in languages:
            leaves = [path.split(">")[-1].strip() for path in paths]
            text = leaves[0] if number % 4 == 3 and leaves else _dropped(title, language, analyzer, generator)
            if text:
                yield Asked(Query(text, language=language), product)


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
    for shelf in shelves.values():
        for product, neighbour in pairwise(shelf):
            photo = photo_of(neighbour)
            if photo is not None:
                text = _dropped(product.title, product.language, words, generator) if words else ""
                yield Asked(Query(text, photo=photo, language=product.language), product)


def _dropped(title: str, language: str, analyzer: Analyzer, generator: Random) -> str:
    """From one to four words of a title, in their order."""
    words = title.split()
    if len(words) < 2:
        words = analyzer.terms(title, language)
    if len(words) < 2:
        return title
    count = generator.randint(min(2, len(words) - 1), min(MOST_WORDS, len(words) - 1))
    return " ".join(words[place] for place in sorted(generator.sample(range(len(words)), count)))
