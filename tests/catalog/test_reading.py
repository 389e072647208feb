"""What we write we read the same; what others write in their ways is understood or told."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.catalog.feeds import open_feed, recognise
from wares.catalog.native import document, encode
from wares.catalog.problems import Problems
from wares.catalog.reading import product as read_product
from wares.types import Barcode, Category, Link, Media, Money, Product, Quantity, Rating, Review, Translation, Variant

words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=12)
moments = st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))
media = st.builds(
    Media, words, st.sampled_from(["image", "video"]), words, st.dictionaries(words.map(str.lower), words, max_size=2)
)
variants = st.builds(
    Variant,
    id=words,
    title=words,
    price=st.none() | st.builds(Money, st.integers(0, 10**9), st.sampled_from(["USD", "JPY"])),
    availability=st.sampled_from(["in_stock", "out_of_stock", "preorder", "backorder", "discontinued"]),
    stock=st.none() | st.integers(0, 999),
    barcodes=st.lists(st.builds(Barcode, st.just("gtin"), words), max_size=2).map(tuple),
    media=st.lists(media, max_size=2).map(tuple),
)
reviews = st.builds(Review, id=words, text=words, rating=st.none() | st.floats(0, 5), created=st.none() | moments)
products = st.builds(
    Product,
    id=words,
    title=words,
    variants=st.lists(variants, min_size=1, max_size=3, unique_by=lambda variant: variant.id).map(tuple),
    categories=st.lists(st.builds(Category, words, st.sampled_from(["merchant", "google"])), max_size=2).map(tuple),
    rating=st.none() | st.builds(Rating, st.floats(0, 5), st.integers(0, 99)),
    reviews=st.lists(reviews, max_size=3, unique_by=lambda review: review.id).map(tuple),
    links=st.lists(st.builds(Link, st.sampled_from(["related", "goes_with", "upsell"]), words), max_size=2).map(tuple),
    tags=st.lists(words, max_size=3).map(tuple),
    attributes=st.dictionaries(words, words | st.booleans() | st.builds(Quantity, st.floats(-9, 9), words), max_size=3),
    translations=st.dictionaries(st.sampled_from(["zh", "de"]), st.builds(Translation, words, words), max_size=2),
    metadata=st.dictionaries(words, words, max_size=2),
    created=st.none() | moments,
)


@given(products)
def test_what_we_write_we_read_the_same(product):
    import json

    problems = Problems(1)
    assert read_product(json.loads(encode(document(product))), problems) == product
    assert problems.all() == ()


def test_the_ways_of_others_are_understood():
    fields = {
        "id": 77,
        "title": " Hoodie ",
        "description": {"html": "<b>Warm</b>"},
        "categories": ["Men > Tops"],
        "rating": 4,
        "media": [{"kind": "video", "url": "a.mp4"}],
        "variants": [
            {
                "sku": "h-m",
                "price": "15.00 USD",
                "availability": {"available": False},
                "options": [{"name": "Color", "label": "Red"}, {"name": "Size", "value": "M"}],
            }
        ],
        "links": [{"kind": "related", "target": "bag"}],
    }
    problems = Problems(1)
    found = read_product(fields, problems)
    assert problems.all() == ()
    assert (found.id, found.title, found.description) == ("77", "Hoodie", "<b>Warm</b>")
    assert found.categories == (Category("Men > Tops"),)
    assert found.rating == Rating(4.0, 0)
    assert found.media == (Media("a.mp4", "video"),)
    (variant,) = found.variants
    assert (variant.id, variant.price, variant.availability) == ("h-m", Money(1500, "USD"), "out_of_stock")
    assert dict(variant.options) == {"color": "Red", "size": "M"}
    assert found.links == (Link("related", "bag"),)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"discription": "x"}, "discription"),
        ({"media": [{"type": "image"}]}, "media[0]"),
        ({"media": [{"url": "a", "type": "hologram"}]}, "media[0]"),
        ({"categories": [5]}, "categories"),
        ({"created": "some day"}, "created"),
        ({"rating": {"value": 9}}, "rating"),
        ({"reviews": [{"rating": 5}]}, "reviews[0]"),
        ({"links": [{"type": "rival", "id": "x"}]}, "links[0]"),
        ({"variants": [{"id": "a"}, {"id": "a"}]}, "variants[1].id"),
        ({"attributes": {"a": {"b": 1}}}, "attributes.a"),
        ({"tags": "red"}, "tags"),
    ],
)
def test_a_part_that_is_wrong_is_left_out_and_told(fields, field):
    problems = Problems(7)
    assert read_product({"id": "x", "title": "t"} | fields, problems) is not None
    assert [(problem.row, problem.field) for problem in problems.warnings] == [(7, field)]
    assert problems.warnings[0].fix


def test_native_lines_are_recognised(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"id": "1", "title": "A"}\n')
    (tmp_path / "b.jsonl").write_text('{"sku": "1", "name": "A"}\n')
    assert recognise(tmp_path / "a.jsonl") == "jsonl.v1"
    assert recognise(tmp_path / "b.jsonl") == "mapped.v1"
    (row,) = open_feed(tmp_path / "b.jsonl")
    assert (row.product.id, row.product.title) == ("1", "A")
