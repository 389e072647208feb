import gzip
import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from media_makers import picture, saved
from wares.catalog.duplicates import find
from wares.catalog.duplicates.titles import Titles, words
from wares.errors import NotFound
from wares.types import Barcode, Media, Product, Variant

PAIRS = Path(__file__).parents[3] / "shared" / "data" / "product-matching" / "open" / "pairs.jsonl.gz"


def listing(id, title, *, photos=(), color="", code="", **more):
    variant = Variant(
        f"{id}-v", options={"Color": color} if color else {}, barcodes=(Barcode("gtin", code),) if code else ()
    )
    return Product(id, title, (variant,), media=tuple(Media(f"{name}.jpg", sha256=name) for name in photos), **more)


def others(count=60):
    names = ["lamp", "chair", "table", "mug", "rug", "vase"]
    return [listing(f"o{n}", f"{names[n % 6]} number{n} series{n // 2}") for n in range(count)]


def ids(groups):
    return [set(group.ids) for group in groups]


@pytest.fixture
def photo_path(tmp_path):
    """Photos by name: "p<seed>", a smaller copy "p<seed>-small", and "p<seed>-swapped" in other colours."""

    def path(name: str) -> Path:
        seed, _, change = name.removeprefix("p").partition("-")
        image = picture(300, 300, seed=int(seed), detail=4)
        if change == "small":
            image = image.resize((120, 120))
        if change == "swapped":
            red, green, blue = image.split()
            image = Image.merge("RGB", (green, red, blue))
        place = tmp_path / f"{name}.jpg"
        place.write_bytes(saved(image, quality=60 if change else 90))
        return place

    return path


def test_the_same_listing_twice_by_words():
    twice = [listing("a", "Aurora linen shirt relaxed"), listing("b", "Shirt Aurora, relaxed linen")]
    (group,) = find([*others(), *twice])
    assert set(group.ids) == {"a", "b"}
    (evidence,) = group.evidence
    assert evidence.words == pytest.approx(1.0)
    assert evidence.distance is None
    assert set(evidence.shared) == {"aurora", "linen", "shirt", "relaxed"}


def test_a_photo_and_some_words(photo_path):
    pair = [listing("a", "Aurora shirt of linen", photos=["p1"]), listing("b", "Linen aurora top", photos=["p1-small"])]
    assert find([*others(), *pair]) == []
    (group,) = find([*others(), *pair], photo_path)
    (evidence,) = group.evidence
    assert evidence.photos == ("p1", "p1-small")
    assert evidence.distance is not None
    assert evidence.distance <= 10


def test_photos_that_differ_overrule_words(photo_path):
    title = "Aurora linen shirt relaxed"
    assert find([*others(), listing("a", title, photos=["p1"]), listing("b", title, photos=["p2"])], photo_path) == []
    assert len(find([*others(), listing("a", title, photos=["p1"]), listing("b", title)], photo_path)) == 1


def test_a_photo_alone_is_no_evidence(photo_path):
    pair = [listing("a", "Aurora shirt", photos=["p1"]), listing("b", "Borealis mug", photos=["p1-small"])]
    assert find([*others(), *pair], photo_path) == []


def test_the_same_shot_in_other_colours_is_another_photo(photo_path):
    pair = [listing("a", "Aurora shirt of linen", photos=["p1"]), listing("b", "Linen aurora", photos=["p1-swapped"])]
    assert find([*others(), *pair], photo_path) == []


def test_a_placeholder_photo_is_no_evidence(photo_path):
    many = [listing(f"m{n}", f"Aurora shirt of linen kind{'abcdefghijklmn'[n]}", photos=["p1"]) for n in range(14)]
    assert find(many[:2] + others(), photo_path) != []
    assert find([*many, *others()], photo_path, min_words=1.1) == []


def test_a_lost_copy_is_no_photo():
    def path(name):
        raise NotFound("gone")

    title = "Aurora linen shirt relaxed"
    assert len(find([*others(), listing("a", title, photos=["x"]), listing("b", title, photos=["y"])], path)) == 1


def test_equal_barcodes_with_and_without_leading_zeros():
    pair = [listing("a", "Kettle", code="0036000291452"), listing("b", "Wasserkocher", code="036000291452")]
    (group,) = find([*others(), *pair])
    assert group.evidence[0].barcode == "36000291452"
    assert find([*others(), listing("a", "Kettle", code="17"), listing("b", "Wasserkocher", code="17")]) == []


@pytest.mark.parametrize("code", ["", "036000291452"])
def test_colours_of_one_product_are_never_duplicates(photo_path, code):
    shirts = [
        listing(color, "Aurora linen shirt relaxed", color=color, photos=["p1"], code=code)
        for color in ("Red", "Blue", "Green")
    ]
    assert find([*others(), *shirts], photo_path) == []
    titled = [
        listing(color, f"Aurora linen shirt relaxed {color}", code=code) for color in ("red", "light blue", "blue")
    ]
    assert find([*others(), *titled]) == []


def test_colours_are_not_joined_through_a_third_listing():
    titles = {"red": "Red", "blue": "Blue", "any": ""}
    shirts = [listing(id, "Aurora linen shirt relaxed", color=color) for id, color in titles.items()]
    groups = find([*others(), *shirts])
    assert len(groups) == 1
    assert len(groups[0].ids) == 2
    assert "any" in groups[0].ids


def test_another_number_is_another_product():
    phones = [listing("a", "Aurora Phone Pro Max 64GB"), listing("b", "Aurora Phone Pro Max 128GB")]
    assert find([*others(), *phones]) == []
    chain = [*phones, listing("c", "Aurora Phone Pro Max")]
    assert all({"a", "b"} - group for group in ids(find([*others(), *chain])))


def test_groups_hold_only_pairs_that_may_be_joined():
    rng = np.random.default_rng(5)
    names = ["aurora linen shirt", "borealis wool coat", "cirrus silk scarf", "dune canvas bag"]
    shop = [
        listing(f"p{n}", names[rng.integers(4)], color=["", "Red", "Blue"][rng.integers(3)]) for n in range(20)
    ] + others()
    colour = {product.id: product.variants[0].options.get("Color", "") for product in shop}
    groups = find(shop)
    assert groups
    members = [id for group in groups for id in group.ids]
    assert len(members) == len(set(members))
    for group in groups:
        assert all({colour[a], colour[b]} != {"Red", "Blue"} for a, b in combinations(group.ids, 2))
        assert {id for evidence in group.evidence for id in evidence.ids} == set(group.ids)


def test_few_or_empty_listings():
    assert find([]) == []
    assert find([listing("a", "x")]) == []
    assert find([listing("a", ""), listing("b", "")]) == []


@pytest.mark.skipif(not PAIRS.exists(), reason="needs the product-matching pairs")
def test_words_on_real_pairs_tell_offers_apart():
    """A threshold tuned on one half of the offers, F1 on the other; 16 % of the pairs match."""
    with gzip.open(PAIRS) as file:
        rows = [row for line in file if (row := json.loads(line))["source"] in ("wdc-watches", "abt-buy")]
    sides = [[row[side].get("title") or row[side]["name"] for row in rows] for side in ("left", "right")]
    number = {title: at for at, title in enumerate(dict.fromkeys(sides[0] + sides[1]))}
    titles = Titles([frozenset(words(title)) for title in number])
    scores = titles.cosines([(number[left], number[right]) for left, right in zip(*sides, strict=True)])
    match, tuning = np.array([row["match"] == 1 for row in rows]), np.array([len(left) % 2 == 0 for left in sides[0]])

    def f1(least: float, part) -> float:
        said = scores[part] >= least
        return 2 * (said & match[part]).sum() / (said.sum() + match[part].sum())

    best = max(np.arange(0.2, 0.9, 0.01), key=lambda least: f1(least, tuning))
    assert f1(best, ~tuning) > 0.65
