"""What is learned from: parts of it, and what it may not be."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learned_spaces import catalogue
from wares.errors import TrainingError
from wares.learn.catalogue import Asked, Catalogue, Label, numbered
from wares.protocols import Encoded

N = 60
PRODUCTS = catalogue(N)


def pairs_of(products: Catalogue) -> set[tuple[str, str, str]]:
    return {
        (each.kind, each.texts[query], products.ids[row])
        for each in products.asked
        for row, query in zip(each.rows, each.queries, strict=True)
    }


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, N - 1), unique=True, max_size=N))
def test_a_part_keeps_what_belongs_to_its_products_and_no_more(chosen):
    part = PRODUCTS[np.array(chosen, np.int64)]
    ids = [f"p{row}" for row in chosen]
    assert list(part.ids) == ids
    assert pairs_of(part) == {pair for pair in pairs_of(PRODUCTS) if pair[2] in ids}
    for name, each in part.parts.items():
        np.testing.assert_array_equal(each.vectors, PRODUCTS.parts[name].vectors[chosen])
    for name, label in part.labels.items():
        np.testing.assert_array_equal(label.codes, PRODUCTS.labels[name].codes[chosen])
    assert part.terms == tuple(PRODUCTS.terms[row] for row in chosen)
    links = {(part.ids[a], part.ids[b]) for a, b in part.links}
    assert links == {(f"p{a}", f"p{b}") for a, b in PRODUCTS.links if f"p{a}" in ids and f"p{b}" in ids}
    np.testing.assert_array_equal(part.ratings, PRODUCTS.ratings[chosen])
    for each in part.asked:
        assert set(each.queries.tolist()) == set(range(len(each.texts))), "no query without a product"
        assert each.wanted is None or len(each.wanted) == len(each.texts)


def test_a_part_of_a_part_is_a_part():
    one = PRODUCTS[np.arange(40)][np.array([3, 39, 0])]
    other = PRODUCTS[np.array([3, 39, 0])]
    assert one.fingerprint() == other.fingerprint()


def test_a_catalogue_of_little_has_parts_too():
    bare = Catalogue(("a", "b"), np.arange(2), {}, ((), ()))
    part = bare[np.array([1])]
    assert (part.ids, part.asked, part.ratings, part.links, part.labels) == (("b",), (), None, None, {})


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_group_falls_where_it_always_does_whatever_is_around_it(data):
    names = data.draw(st.lists(st.text(max_size=4), min_size=1, max_size=40))
    more = data.draw(st.lists(st.text(max_size=4), max_size=40))
    seed = data.draw(st.integers(0, 3))

    def sides(groups):
        ids = tuple(f"p{row}" for row in range(len(groups)))
        made = Catalogue(ids, numbered(groups), {}, ((),) * len(groups))
        parts = made.split((0.2, 0.3), seed)
        assert sorted(row for part in parts for row in part) == list(range(len(groups))), "each product once"
        return {groups[row]: side for side, part in enumerate(parts) for row in part}

    before, after = sides(names), sides([*more, *names[::-1]])
    assert all(after[name] == side for name, side in before.items())


def test_look_alikes_are_on_one_side_and_sides_have_their_shares():
    groups = [f"group {row % 2000}" for row in range(6000)]
    made = Catalogue(tuple(map(str, range(6000))), numbered(groups), {}, ((),) * 6000)
    parts = made.split((0.05, 0.1))
    found = [{groups[row] for row in part} for part in parts]
    assert sum(map(len, found)) == 2000
    np.testing.assert_allclose([len(part) / 6000 for part in parts], [0.05, 0.1, 0.85], atol=0.02)
    others = made.split((0.05, 0.1), seed=1)
    assert parts[0].tolist() != others[0].tolist()


def test_equal_names_have_equal_numbers_whatever_they_are():
    names = ["", "a", "a ", "a\0", "\ud800", "灯", "x" * 3_000_000, "a"]
    found = numbered(names)
    assert found.dtype == np.int64
    assert found[1] == found[7]
    assert len(set(found.tolist())) == 7
    assert numbered(["a"])[0] == found[1]
    assert numbered([]).shape == (0,)


CHANGES = {
    "ids": lambda each: replace(each, ids=("other", *each.ids[1:])),
    "groups": lambda each: replace(each, groups=np.zeros(N, np.int64)),
    "terms": lambda each: replace(each, terms=(("other",), *each.terms[1:])),
    "vectors": lambda each: replace(
        each, parts={**each.parts, "text": Encoded(-each.parts["text"].vectors, each.parts["text"].present)}
    ),
    "presence": lambda each: replace(
        each, parts={**each.parts, "text": Encoded(each.parts["text"].vectors, np.arange(N) > 0)}
    ),
    "modalities": lambda each: replace(each, parts={"text": each.parts["text"]}),
    "codes": lambda each: replace(
        each, labels={**each.labels, "kind": Label(each.labels["kind"].codes[::-1].copy(), each.labels["kind"].words)}
    ),
    "words": lambda each: replace(
        each, labels={**each.labels, "kind": Label(each.labels["kind"].codes, {"zh": ("灯",) * 6})}
    ),
    "ratings": lambda each: replace(each, ratings=None),
    "links": lambda each: replace(each, links=each.links[1:]),
    "asked": lambda each: replace(each, asked=each.asked[:1]),
    "texts": lambda each: replace(
        each, asked=(replace(each.asked[0], texts=("other", *each.asked[0].texts[1:])), each.asked[1])
    ),
    "language": lambda each: replace(each, asked=(replace(each.asked[0], language="zh"), each.asked[1])),
    "grades": lambda each: replace(
        each, asked=(replace(each.asked[0], grades=np.full(N, 0.5, np.float32)), each.asked[1])
    ),
    "pairs": lambda each: replace(
        each, asked=(replace(each.asked[0], queries=each.asked[0].queries[::-1].copy()), each.asked[1])
    ),
    "wanted": lambda each: replace(each, asked=(each.asked[0], replace(each.asked[1], wanted=None))),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_fingerprint_changes_with_everything_that_is_learned_from(change):
    assert catalogue(N).fingerprint() == PRODUCTS.fingerprint() != CHANGES[change](PRODUCTS).fingerprint()


def test_what_can_be_learned_from_passes():
    PRODUCTS.check()
    PRODUCTS[np.arange(20)].check()
    PRODUCTS[np.arange(10)].check(10)


@pytest.mark.parametrize("n", [0, 1, 3, 19])
def test_few_products_are_too_few(n):
    with pytest.raises(TrainingError, match=f"{n} products are too few") as error:
        PRODUCTS[np.arange(n)].check()
    assert "ingest at least 20" in error.value.fix


def test_without_anything_that_differs_there_is_nothing_to_learn():
    flat = {"text": Encoded(np.ones((N, 4), np.float32), np.ones(N, np.bool_))}
    one = Asked(("lamp",), "title", "en", np.zeros(1, np.int64), np.zeros(1, np.int64), np.ones(1, np.float32))
    absent = {"text": Encoded(np.eye(N, 4, dtype=np.float32), np.zeros(N, np.bool_))}
    for changed in ({"parts": flat}, {"parts": {}}, {"parts": absent}, {"asked": ()}, {"asked": (one,)}):
        with pytest.raises(TrainingError, match="nothing tells the products apart"):
            replace(PRODUCTS, **changed).check()
