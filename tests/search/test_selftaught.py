import re
from random import Random

import numpy as np
import pytest

from strategies_of_index import SCHEMA
from wares.index.exact import ExactIndex
from wares.protocols import IndexEntry, Token, VariantEntry
from wares.rank.linear import LinearRanker
from wares.search.calibrate import GUESS
from wares.search.searcher import Searcher
from wares.search.selftaught import photo_queries, sample, word_queries
from wares.types import Category, Product, Query, Translation, Variant

KINDS = {"shoe": ("red", "blue", "wool", "run"), "cup": ("tea", "coffee", "glass", "steel"), "lamp": ("desk", "wall")}


class Splits:
    fingerprint = "splits"

    def terms(self, text, language=""):
        return text.lower().split()

    def tokens(self, text, language=""):
        return [Token(word.start(), word.end(), (word.group().lower(),)) for word in re.finditer(r"\S+", text)]


def catalogue():
    """Three kinds of things; a thing's vector is the corner of its kind, a little off."""
    generator = np.random.default_rng(0)
    for number in range(90):
        kind = list(KINDS)[number % 3]
        corner = np.eye(3)[number % 3] + generator.normal(0, 0.2, 3)
        title = f"{generator.choice(KINDS[kind])} {kind} n{number}"
        paths = (Category(f"Shop > {kind}"),)
        yield Product(str(number), title, (Variant(str(number)),), language="en", categories=paths), corner


def encode(text, photo, clip, language, region=None):
    """Words point to the corner of their kind, unknown ones away from all corners."""
    known = [place for place, (kind, words) in enumerate(KINDS.items()) if {kind, *words} & set(text.split())]
    direction = sum((np.eye(3)[place] for place in known), np.full(3, 0.4 if known else -1.0))
    vectors = {"text": direction / np.linalg.norm(direction)}
    return {name: vector.astype(np.float32) for name, vector in vectors.items()}


@pytest.fixture
def shop():
    made = list(catalogue())
    index = ExactIndex(SCHEMA)
    index.upsert(
        [
            IndexEntry(
                product.id,
                (VariantEntry(product.id),),
                {"title": tuple(product.title.split())},
                {"category": (product.categories[0].value,)},
                {"text": (corner / np.linalg.norm(corner)).astype(np.float32)[None]},
            )
            for product, corner in made
        ]
    )
    return Searcher(index, Splits(), encode, LinearRanker()), [product for product, _ in made]


def test_it_learns_what_it_carries_and_what_it_does_not(shop):
    searcher, products = shop
    told = []
    calibration = searcher.calibrated(products, lambda *step: told.append(step), queries=90)
    curves = calibration.of("words")
    assert curves.words.samples > 250
    assert min(curves.words.slope, curves.meaning.slope) > 0
    assert told[-1] == ("calibrate", 183, 183)
    shoes = searcher.search(Query("shoe", page_size=100))
    assert 30 <= shoes.total <= 36
    assert all(int(id) % 3 == 0 for id in shoes.ids[:30])
    assert [each.code for each in searcher.search(Query("umbrella")).notices] == ["no_match"]
    assert searcher.search(Query("shoe")).relevance[0] > 0.5 > searcher.search(Query("umbrella")).relevance[0]


def test_it_is_repeatable(shop):
    searcher, products = shop
    assert repr(searcher.calibrated(products, seed=3)) == repr(searcher.calibrated(products, seed=3))


def test_without_photos_their_cut_off_is_a_guess(shop):
    searcher, products = shop
    assert searcher.calibrated(products).of("photo") == GUESS["photo"]


def test_a_sample_is_drawn_from_the_whole_stream():
    products = [product for product, _ in catalogue()]
    assert sample(products, 200, Random(0)) == products
    drawn = [int(product.id) for seed in range(200) for product in sample(products, 10, Random(seed))]
    assert np.bincount(drawn, minlength=90).min() > 5
    assert len(drawn) == 2000


def test_queries_are_parts_of_titles_in_each_language():
    product = Product(
        "a",
        "Warm Red Wool Hoodie",
        (Variant("a"),),
        language="en",
        categories=(Category("Tops > Hoodies"),),
        translations={"zh": Translation("保暖 红色 卫衣", categories=("上装 > 卫衣",))},
    )
    asked = list(word_queries([product] * 8, Splits(), Random(1)))
    assert {each.query.language for each in asked} == {"en", "zh"}
    assert {each.query.text for each in asked} >= {"Hoodies", "卫衣"}
    english = [
        each.query.text.split() for each in asked if each.query.language == "en" and each.query.text != "Hoodies"
    ]
    assert all(set(words) < set(product.title.split()) for words in english)


def test_photos_are_those_of_a_neighbour():
    products = [product for product, _ in catalogue()][:12]
    asked = list(photo_queries(products, lambda product: product.id.encode(), None, Random(0)))
    assert len(asked) == 9
    for each in asked:
        assert each.query.photo != each.product.id.encode()
        assert int(each.query.photo) % 3 == int(each.product.id) % 3
