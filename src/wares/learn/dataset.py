"""A shop's own data → what is learned from: frozen features, labels, and queries with the products they ask for."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from wares.encode import listing
from wares.encode.attributes import phrases as spoken
from wares.encode.learned import BEHAVIOUR
from wares.encode.products import CatalogueEncoder
from wares.encode.rows import readable
from wares.errors import TrainingError
from wares.learn.behaviour import behaviour, sessions
from wares.learn.catalogue import ABSENT, Asked, Catalogue, Label, numbered
from wares.learn.phrases import phrases
from wares.protocols import Analyzer, Encoded
from wares.types import Event, Product, Progress, Review, silent

MODALITIES = ("text", "image", "colour", "clips", "attributes", "reviews")
CHUNK = 256
FEWEST_VALUES, MOST_VALUES = 2, 400
LEAST_SHARE = 0.02  # of the products that a label says something of
SENTENCE = 200  # characters of a description or a review that ask for its product
LANGUAGES = ("en", "zh")

Clicks = Iterable[tuple[str, str, float]]
"""(query, product id, how much it was what was asked for)"""


def gather(
    products: Sequence[Product],
    encoder: CatalogueEncoder,
    analyzer: Analyzer,
    clicks: Clicks = (),
    events: Iterable[Event] = (),
    seed: int = 0,
    progress: Progress = silent,
) -> Catalogue:
    """Read what can be learned from a catalogue.

    Parameters
    ----------
    clicks
        Queries with products that were clicked, bought or judged relevant for them, with grades in (0, 1].
    events
        What shoppers took in their sessions.

    Raises
    ------
    TrainingError
        There is too little to learn from.
    """
    if not products:
        raise TrainingError(
            "the shop is empty: there is nothing to learn from", fix="take a feed in: `wares ingest FEED`"
        )
    parts = _features(products, encoder, progress)
    texts = [listing.texts(product) for product in products]
    labels = labels_of(products)
    place = {product.id: row for row, product in enumerate(products)}
    did = behaviour(sessions(events, place), len(products))
    if did.present.any():
        parts[BEHAVIOUR] = did
    catalogue = Catalogue(
        tuple(place),
        numbered(listing.group(product) for product in products),
        parts,
        tuple(
            tuple(term for language, text in each.items() for term in analyzer.terms(text, language)) for each in texts
        ),
        labels,
        ratings=_ratings(products),
        links=_links(products, place),
    )
    asked = [
        *_own(products, "title", _titles),
        *_own(products, "description", _descriptions),
        *_own(products, "review", lambda product: ((review.language, _text(review)) for review in product.reviews[:4])),
        *(phrases(labels, language, seed, range(len(products))) for language in LANGUAGES),
        asked_by(clicks, place),
    ]
    catalogue = replace(catalogue, asked=tuple(each for each in asked if each.texts))
    catalogue.check()
    return catalogue


def asked_by(clicks: Clicks, place: Mapping[str, int]) -> Asked:
    """What shoppers did, or judges said, as queries; of the same pair the best grade counts."""
    best: dict[tuple[str, int], float] = {}
    for query, product, grade in clicks:
        row = place.get(product)
        text = readable(query, SENTENCE).casefold()
        if row is not None and text and grade > 0:
            best[text, row] = max(best.get((text, row), 0.0), float(grade))
    return _asked("query", "", [(row, text, grade) for (text, row), grade in best.items()])


def labels_of(products: Sequence[Product]) -> dict[str, Label]:
    """What is said of enough products in few enough words: brand, levels of the category, options, attributes."""
    said: dict[str, dict[int, str]] = {}
    other: dict[str, dict[str, dict[str, str]]] = {}
    for row, product in enumerate(products):
        for name, value in _said(product, "").items():
            said.setdefault(name, {})[row] = value
        for language in product.translations:
            for name, word in _said(product, language).items():
                if (own := said.get(name, {}).get(row)) is not None:
                    other.setdefault(name, {}).setdefault(_tag(language), {})[own] = word
    language = Counter(_tag(product.language) for product in products).most_common(1)[0][0]
    labels = {}
    for name, rows in said.items():
        values = tuple(sorted(set(rows.values())))
        if not FEWEST_VALUES <= len(values) <= MOST_VALUES or len(rows) < LEAST_SHARE * len(products):
            continue
        numbers = {value: number for number, value in enumerate(values)}
        codes = np.full(len(products), ABSENT)
        codes[list(rows)] = [numbers[value] for value in rows.values()]
        words = {language: values} | {
            tag: tuple(known.get(value, value) for value in values)
            for tag, known in other.get(name, {}).items()
            if len(known) >= len(values) / 2 and tag != language
        }
        labels[name] = Label(codes, words)
    return labels


def _said(product: Product, language: str) -> dict[str, str]:
    """Short things that are said of a product, in its own language or in another."""
    if language:
        translation = product.translations[language]
        paths, attributes, found = list(translation.categories[:1]), translation.attributes, {}
    else:
        paths = [each.value for each in product.categories[:1]]
        attributes, found = product.attributes, {"brand": product.brand}
        options = [dict(variant.options) for variant in product.variants]
        for name in dict.fromkeys(name for each in options for name in each):
            values = {each[name] for each in options if name in each}
            found |= {name: next(iter(values))} if len(values) == 1 else {}
    for path in paths:
        found |= {f"category {level}": part.strip() for level, part in enumerate(path.split(">"))}
    for name, value in attributes.items():
        found |= {name: next(spoken(name, value), "")}
    short = {name: word for name, word in found.items() if len(word) <= listing.VALUE_CHARS >= len(name)}
    read = {readable(name, len(name)): readable(word, len(word)) for name, word in short.items()}
    return {name: word for name, word in read.items() if name and word}


def _tag(language: str) -> str:
    """Its primary subtag: words of ``en-GB`` are English."""
    return language.split("-")[0].lower() or "en"


def _features(products: Sequence[Product], encoder: CatalogueEncoder, progress: Progress) -> dict[str, Encoded]:
    some: list[dict[str, Encoded]] = []
    for start in range(0, len(products), CHUNK):
        some.append(encoder.features(products[start : start + CHUNK], MODALITIES))
        progress("encode", min(start + CHUNK, len(products)), len(products))
    every = {
        name: Encoded(
            np.concatenate([part[name].vectors for part in some]), np.concatenate([part[name].present for part in some])
        )
        for name in some[0]
    }
    return {name: part for name, part in every.items() if part.present.any()}


def _own(
    products: Sequence[Product], kind: str, texts: Callable[[Product], Iterable[tuple[str, str]]]
) -> Iterator[Asked]:
    """What is written of each product asks for it, by language."""
    pairs: dict[str, list[tuple[int, str, float]]] = {}
    for row, product in enumerate(products):
        for language, text in texts(product):
            if cut := readable(text, SENTENCE):
                pairs.setdefault(_tag(language), []).append((row, cut, 1.0))
    for language, some in sorted(pairs.items()):
        yield _asked(kind, language, some)


def _asked(kind: str, language: str, pairs: Sequence[tuple[int, str, float]]) -> Asked:
    numbers: dict[str, int] = {}
    queries = np.array([numbers.setdefault(text, len(numbers)) for _, text, _ in pairs], np.int64)
    rows = np.array([row for row, _, _ in pairs], np.int64)
    return Asked(tuple(numbers), kind, language, rows, queries, np.array([g for *_, g in pairs], np.float32))


def _titles(product: Product) -> Iterator[tuple[str, str]]:
    yield product.language, product.title
    yield from ((language, each.title) for language, each in product.translations.items())


def _descriptions(product: Product) -> Iterator[tuple[str, str]]:
    yield product.language, product.description
    yield from ((language, each.description) for language, each in product.translations.items())


def _text(review: Review) -> str:
    return f"{review.title}. {review.text}" if review.title else review.text


def _ratings(products: Sequence[Product]) -> np.ndarray[tuple[int], np.dtype[np.float32]] | None:
    rated = [each.rating if each.rating and each.rating.scale_max > 0 else None for each in products]
    values = np.array([each.value / each.scale_max if each else np.nan for each in rated], np.float32)
    return np.clip(values, 0, 1) if np.isfinite(values).any() else None


def _links(products: Sequence[Product], place: Mapping[str, int]) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    pairs = [(place[each.id], place[link.target]) for each in products for link in each.links if link.target in place]
    return np.array(sorted(set(pairs)), np.int64).reshape(-1, 2)
