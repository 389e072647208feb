import numpy as np

from wares.bench.grown import grown, queries
from wares.types import Category, Product, Variant

COLOURS, KINDS = ("Red", "Blue", "Black"), ("Dress", "Jeans", "Watch", "Shoes")
PRODUCTS = [
    Product(
        id=f"p{number}",
        title=f"Luma{number % 5} {COLOURS[number % 3]} {KINDS[number % 4]} model {number}",
        variants=(Variant(f"p{number}-s", options={"color": COLOURS[number % 3]}),),
        categories=(Category(f"Clothes > {KINDS[number % 4]}"),),
    )
    for number in range(24)
]
ROWS = {product.id: {"text": np.eye(4, dtype=np.float32)[place % 4][None]} for place, product in enumerate(PRODUCTS)}


def test_a_grown_catalogue_keeps_the_products_and_adds_copies_that_differ():
    stock = list(grown(PRODUCTS, ROWS.__getitem__, 60, 5))
    assert [each.product for each in stock[:24]] == PRODUCTS
    skus = [variant.id for each in stock for variant in each.product.variants]
    assert len({each.product.id for each in stock}) == 60
    assert len(set(skus)) == len(skus)
    assert len({each.product.title for each in stock}) > 55
    for each in stock[24:]:
        assert np.isclose(np.linalg.norm(each.vectors["text"]), 1, atol=1e-5)
        moved = float(each.vectors["text"][0] @ ROWS[each.product.id.split("-")[0]]["text"][0])
        assert moved == 1 or 0.75 < moved < 0.999
        assert each.product.variants[0].price.amount > 0


def test_a_catalogue_is_grown_by_its_seed():
    first, again, other = ([each.product for each in grown(PRODUCTS, ROWS.__getitem__, 60, seed)] for seed in (5, 5, 6))
    assert first == again
    assert first != other


def test_a_smaller_catalogue_is_its_beginning():
    assert [each.product for each in grown(PRODUCTS, ROWS.__getitem__, 7, 0)] == PRODUCTS[:7]


def test_queries_are_seeded_and_some_are_chinese():
    asked = queries(PRODUCTS, 300, 1)
    assert asked == queries(PRODUCTS, 300, 1)
    assert asked != queries(PRODUCTS, 300, 2)
    chinese = [text for text in asked if not text.isascii()]
    assert 20 < len(chinese) < 75
    assert {len(text.split()) for text in asked if text.isascii()} == {1, 2, 3, 4}
    assert any(text in ("red dress", "blue jeans", "black watch") for text in asked)
