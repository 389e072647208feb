"""Products asked for in the other language, in a shop of which only half is translated.

Synonyms are learned from the products that are written in both languages; the others are left in one of them and are
asked for in the other. The demo shop's generator says which of them answer a query.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from wares.bench import vectors
from wares.bench.harness import BenchOptions
from wares.config import Config
from wares.encode.words import WordsAnalyzer
from wares.evaluate.judgements import Run
from wares.evaluate.report import Report, report
from wares.registry import create
from wares.search.spelling.lexicon import LexiconBuilder
from wares.search.synonyms import Synonyms, Widened
from wares.types import Category, FloatArray, Product, ScoreArray

PRODUCTS = 1200
DEPTH = 100
METRICS = ("RR@10", "R@100", "nDCG@10")

_Encode = Callable[[Sequence[str]], FloatArray]


@dataclass(frozen=True, slots=True)
class _Shelf:
    """n products of one language: the terms of their texts, the idf of a term, and the texts' (n, d) vectors."""

    ids: list[str]
    terms: list[frozenset[str]]
    idf: Mapping[str, float]
    rows: FloatArray

    @classmethod
    def of(cls, products: Sequence[Product], analyzer: WordsAnalyzer, encode: _Encode) -> "_Shelf":
        texts = [_text(product) for product in products]
        terms = [frozenset(analyzer.terms(text, products[0].language)) for text in texts]
        having: dict[str, int] = {}
        for own in terms:
            for term in own:
                having[term] = having.get(term, 0) + 1
        idf = {term: math.log(1 + len(texts) / count) for term, count in having.items()}
        return cls([product.id for product in products], terms, idf, encode(texts))

    def covered(self, widened: Widened) -> ScoreArray:
        """(n,) the share of the query's idf that each product's terms carry, forms by their worth."""
        scores = np.zeros(len(self.ids))
        whole = 0.0
        for term in dict.fromkeys(widened.terms):
            forms = {term: 1.0, **widened.forms.get(term, {})}
            weight = min((self.idf[form] for form in forms if form in self.idf), default=math.log(1 + len(self.ids)))
            whole += weight
            scores += [weight * max((w for form, w in forms.items() if form in own), default=0.0) for own in self.terms]
        return scores / whole if whole else scores


def measure(options: BenchOptions) -> Report:
    """Words alone, words with synonyms, meaning alone, and all of them, over queries in the other language."""
    from wares.catalog.demo.goods import stock
    from wares.catalog.demo.judgements import judged
    from wares.catalog.demo.listing import listing

    seed = 7
    goods = stock(seed, PRODUCTS)
    kinds: dict[str, list[object]] = {}
    for good in goods:
        kinds.setdefault(good.kind.key, []).append(good)
    products = [listing(good, kinds, False) for good in goods]  # type: ignore[arg-type]
    order = np.random.default_rng(options.seed).permutation(len(products))
    translated, single = ([products[row] for row in half] for half in np.array_split(order, 2))
    analyzer = WordsAnalyzer()
    builder = LexiconBuilder(analyzer)
    for product in translated:
        builder.add(product)
    synonyms = Synonyms(analyzer, lexicon=builder.finish())
    encode = partial(vectors.texts, options, create("encoder", Config().encode.text))
    shelves = {
        "zh": _Shelf.of(single, analyzer, encode),  # asked for in Chinese, written in English
        "en": _Shelf.of([_in_chinese(product) for product in single], analyzer, encode),
    }
    held = {product.id for product in single}
    qrels: dict[str, dict[str, int]] = {}
    runs: dict[str, dict[str, Mapping[str, float]]] = {}
    for query in judged(seed, goods):
        grades = {id: grade for id, grade in query.grades.items() if id in held}
        if query.carried and any(grades.values()):
            qrels[query.id] = grades
            shelf = shelves[query.language]
            for name, run in _answers(query.text, query.language, shelf, synonyms, analyzer, encode).items():
                runs.setdefault(name, {})[query.id] = run
    whole: dict[str, Run] = {name: runs[name] for name in ("both", "words", "words + synonyms", "meaning")}
    return report(qrels, whole, METRICS, options.seed)


def _answers(
    text: str, language: str, shelf: _Shelf, synonyms: Synonyms, analyzer: WordsAnalyzer, encode: _Encode
) -> dict[str, Mapping[str, float]]:
    tokens = analyzer.tokens(text, language)
    plain = shelf.covered(Widened(tuple(term for token in tokens for term in token.terms), {}))
    widened = shelf.covered(synonyms(tokens, text))
    cosines = shelf.rows @ encode([text])[0]
    best = partial(_best, shelf)
    return {
        "words": best(plain),
        "words + synonyms": best(widened),
        "meaning": best(cosines.astype(np.float64)),
        "both": best(widened + 1.5 * cosines),
    }


def _best(shelf: _Shelf, scores: ScoreArray) -> dict[str, float]:
    rows = np.argsort(-scores, kind="stable")[:DEPTH]
    return {shelf.ids[row]: float(scores[row]) for row in rows if scores[row] > 0}


def _text(product: Product) -> str:
    values = [value for value in product.attributes.values() if isinstance(value, str)]
    paths = [part for category in product.categories for part in category.path]
    return "\n".join((product.title, *paths, *values))


def _in_chinese(product: Product) -> Product:
    own = next(value for tag, value in product.translations.items() if tag.startswith("zh"))
    return replace(
        product,
        title=own.title,
        language="zh",
        categories=tuple(Category(path) for path in own.categories),
        attributes=own.attributes,
    )
