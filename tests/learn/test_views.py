"""Both sides of a batch."""

import numpy as np
import pytest

from learned_spaces import catalogue, encode, terms
from wares.learn.catalogue import Asked

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")

from wares.learn.joint import made  # noqa: E402
from wares.learn.objective import Settings  # noqa: E402
from wares.learn.views import Questions, Shelf, kept, relevance  # noqa: E402


def asked_of(rows, queries, grades=None, n=None):
    size = max(queries, default=-1) + 1 if n is None else n
    return Asked(
        tuple(f"red lamp name{number}" for number in range(size)), "title", "en",
        np.array(rows, np.int64), np.array(queries, np.int64),
        np.array(grades or [1.0] * len(rows), np.float32),
    )  # fmt: skip


def questions(asked, n=12):
    products = catalogue(40)
    towers = made(products, terms, Settings(dim=8))
    return Questions.of(asked, towers, towers.standards["text"], encode, terms, n)


def test_a_draw_is_one_of_the_queries_that_ask_for_each_product():
    generator = np.random.default_rng(0)
    rows, queries = [5, 1, 5, 3, 5], [0, 1, 2, 0, 3]
    pairs = set(zip(rows, queries, strict=True))
    drawn = questions(asked_of(rows, queries, [0.1, 0.2, 0.3, 0.4, 0.5]))
    seen = set()
    for _ in range(60):
        some, picked = drawn.draw(np.arange(12), generator)
        assert some.tolist() == [1, 3, 5]
        found = set(zip(some.tolist(), drawn.queries[picked].tolist(), strict=True))
        assert found <= pairs
        grades = {
            (row, query): grade for row, query, grade in zip(rows, queries, (0.1, 0.2, 0.3, 0.4, 0.5), strict=True)
        }
        for row, at in zip(some.tolist(), picked.tolist(), strict=True):
            assert drawn.grades[at] == pytest.approx(grades[row, int(drawn.queries[at])])
        seen |= found
    assert seen == pairs, "each of them is drawn now and then"


@pytest.mark.parametrize("rows", [[], [11], [0], [0, 11]])
def test_products_at_the_ends_and_none_at_all(rows):
    drawn = questions(asked_of(rows, list(range(len(rows))), n=3))
    some, picked = drawn.draw(np.arange(12), np.random.default_rng(0))
    assert some.tolist() == rows
    assert len(picked) == len(rows)
    assert drawn.draw(np.array([4, 5]), np.random.default_rng(0))[0].tolist() == []


def test_a_side_has_the_rows_and_modalities_that_are_wanted():
    products = catalogue(40, photos=0.5)
    towers = made(products, terms, Settings(dim=8))
    shelf = Shelf.of(products, towers)
    rows = np.array([3, 30, 7])
    features, present = shelf.side(rows, ("image", "terms", "smell"))
    assert set(features) == {"image", "terms"}
    assert present["image"].tolist() == products.parts["image"].present[rows].tolist()
    assert torch.equal(features["terms"][1], shelf.features["terms"][30])
    _, present = shelf.side(
        rows, ("image", "terms"), {name: np.array([True, False, True]) for name in ("image", "terms")}
    )
    assert present["terms"].tolist() == [True, False, True]
    assert present["image"].tolist() == (products.parts["image"].present[rows] & [True, False, True]).tolist()


def test_relevant_is_its_own_product_its_look_alikes_and_what_is_said_of_others():
    products = catalogue(40)
    title, phrase = products.asked
    rows = np.array([0, 1, 2, 36])
    same = relevance(products, title, rows, rows, np.float32([1, 0.5, 1, 0.3]))
    np.testing.assert_allclose(same, np.diag([1, 0.5, 1, 0.3]).astype(np.float32))
    alike = np.where(np.arange(40) == 36, 0, np.arange(40))  # 36 looks like 0
    looked = relevance(
        type(products)(products.ids, alike, products.parts, products.terms), title, rows, rows, np.ones(4, np.float32)
    )
    assert np.argwhere(looked).tolist() == [[0, 0], [0, 3], [1, 1], [2, 2], [3, 0], [3, 3]]
    # row 0 and 36 are both red lamps, 6 is a red chair
    rows = np.array([0, 6, 36])
    number = next(i for i, text in enumerate(phrase.texts) if set(text.split()) == {"red", "lamp"})
    found = relevance(products, phrase, np.array([number] * 3), rows, np.zeros(3, np.float32))
    assert found[0].tolist() == [1, 0, 1]


@pytest.mark.parametrize(("seen", "drop"), [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (0.5, 0.2)])
def test_modalities_are_kept_by_their_shares(seen, drop):
    names, n = ("text", "image", "colour", "terms"), 20_000
    found = kept(names, n, seen, drop, np.random.default_rng(0))
    for name in names:
        share = (1 - drop) * (1 if name in ("image", "colour") else 1 - seen)
        assert found[name].mean() == pytest.approx(share, abs=0.02)
    only = ~found["text"] & ~found["terms"]
    expected = seen + (1 - seen) * drop**2
    assert only.mean() == pytest.approx(expected, abs=0.02), "words go together, or by chance"
