"""Codes: what they leave out is proven not to matter."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from wares.errors import ContractError
from wares.index import codes as module
from wares.index.codes import Codes

KINDS = ("even", "clusters", "duplicates", "axes", "zeros", "negative", "outlier")


def unit(rows):
    """Rows of length 1; a row of zeros stays one."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(lengths == 0, 1, lengths)).astype(np.float32)


def drawn(kind, n, d, seed):
    g = np.random.default_rng(seed)
    rows = g.standard_normal((n, d))
    if kind == "clusters":
        rows = g.standard_normal((3, d))[g.integers(3, size=n)] + 0.1 * rows
    if kind == "duplicates":
        rows = rows[g.integers(max(n // 4, 1), size=n)]
    if kind == "axes":
        rows = np.eye(d)[g.integers(d, size=n)] * g.choice((-1, 1), (n, 1))
    if kind == "zeros":
        rows[g.random(n) < 0.5] = 0
    if kind == "negative":
        rows = -np.abs(rows)
    if kind == "outlier":
        rows = np.ones((n, d)) + 1e-3 * rows
        rows[n // 2 :] = g.standard_normal((n - n // 2, d))
    return unit(rows)


@st.composite
def worlds(draw):
    n, d = draw(st.integers(1, 90)), draw(st.sampled_from((1, 2, 3, 5, 31, 32, 63, 64, 127, 128, 254, 255, 300)))
    seed = draw(st.integers(0, 2**31))
    rows = drawn(draw(st.sampled_from(KINDS)), n, d, seed)
    g = np.random.default_rng(seed + 1)
    query = rows[g.integers(n)] if draw(st.booleans()) else unit(g.standard_normal((1, d)))[0]
    if draw(st.booleans()):
        query = -query
    among = np.flatnonzero(g.random(n) < draw(st.floats(0, 1))) if draw(st.booleans()) else None
    return rows, query, among


def products(rows, query):
    return rows.astype(np.float64) @ query.astype(np.float64)


@given(worlds(), st.floats(-1, 1))
@settings(max_examples=300, deadline=None)
def test_no_row_that_reaches_the_floor_is_missed(world, floor):
    rows, query, among = world
    found = Codes.of(rows).at_least(query, floor, among)
    asked = np.arange(len(rows)) if among is None else among
    reaching = asked[products(rows, query)[asked] >= floor]
    assert set(reaching) <= set(found) <= set(asked)
    assert (np.diff(found) > 0).all()


@given(worlds())
@settings(max_examples=300, deadline=None)
def test_no_product_is_above_its_ceiling(world):
    rows, query, among = world
    asked = np.arange(len(rows)) if among is None else among
    assert (Codes.of(rows).bounds(query, among) >= products(rows, query)[asked] - 1e-6).all()


@given(worlds(), st.integers(1, 95))
@settings(max_examples=300, deadline=None)
def test_the_best_are_found_with_all_that_equal_the_last_of_them(world, k):
    rows, query, among = world
    exact = products(rows, query)
    found = Codes.of(rows).best(query, k, lambda some: exact[some], among)
    asked = np.arange(len(rows)) if among is None else among
    kth = np.sort(exact[asked])[::-1][min(k, len(asked)) - 1] if len(asked) else 0
    assert set(asked[exact[asked] >= kth]) <= set(found) <= set(asked)
    assert (np.diff(found) > 0).all()


@given(arrays(np.float32, (12, 3), elements=st.floats(-1, 1, width=32)), st.floats(-1, 1))
@settings(max_examples=200, deadline=None)
def test_rows_of_any_numbers(numbers, floor):
    rows = unit(numbers.astype(np.float64))
    query = unit(np.array([[1, -2, 0.5]]))[0]
    assert set(np.flatnonzero(products(rows, query) >= floor)) <= set(Codes.of(rows).at_least(query, floor))


@pytest.mark.parametrize("part", ["rounded", "tails"])
def test_without_its_margins_rows_are_missed(part):
    rows = drawn("even", 4000, 300 if part == "tails" else 60, 3)
    codes = Codes.of(rows)
    if part == "rounded":
        codes = replace(codes, margins=np.full_like(codes.margins, -0.01))
    else:
        codes.columns[63] = 0
        codes.offsets[0] -= 128 * (codes.rows[:, 63].astype(np.int32) - 128)
    missed = 0
    for query in rows[:50]:
        exact = products(rows, query)
        floor = np.sort(exact)[-20]
        missed += len(set(np.flatnonzero(exact >= floor)) - set(codes.at_least(query, floor)))
    assert missed


@pytest.mark.parametrize("many", [1, 10**9])
@pytest.mark.parametrize("lift", [64, 128])
@pytest.mark.parametrize("kind", KINDS)
def test_every_way_through_many_rows(monkeypatch, many, lift, kind):
    monkeypatch.setattr(module, "MANY", many)
    monkeypatch.setattr(module, "LIKELY", 24)
    monkeypatch.setattr(module, "SPREAD", 100)
    monkeypatch.setattr(module, "lift", lambda: lift)
    rows = drawn(kind, 3000, 150, 11)
    codes = Codes.of(rows)
    g = np.random.default_rng(5)
    for query in (rows[17], -rows[2900], unit(g.standard_normal((1, 150)))[0]):
        exact = products(rows, query)
        for among in (None, np.arange(0, 3000, 7), np.flatnonzero(g.random(3000) < 0.6)):
            asked = np.arange(3000) if among is None else among
            for k in (1, 10, 200):
                kth = np.sort(exact[asked])[-k]
                best = set(codes.best(query, k, lambda some, exact=exact: exact[some], among).tolist())
                assert set(asked[exact[asked] >= kth]) <= best <= set(asked)
            for floor in (-1, 0, 0.2, 0.9):
                found = codes.at_least(query, floor, among)
                assert set(asked[exact[asked] >= floor]) <= set(found.tolist()) <= set(asked)
                assert (np.diff(found) > 0).all()


def test_most_rows_are_left_out():
    rows = drawn("clusters", 6000, 200, 0)
    assert len(Codes.of(rows).at_least(rows[0], 0.5)) < 3000


def test_blocks_are_rows():
    rows = drawn("clusters", 500, 40, 1)
    whole, blocks = Codes.of(rows), Codes.of(iter([rows[:100], rows[100:101], rows[101:]]))
    assert all((whole.arrays[name] == blocks.arrays[name]).all() for name in whole.arrays)


def test_arrays_make_the_same_codes(tmp_path):
    rows = drawn("clusters", 300, 130, 2)
    codes = Codes.of(rows)
    for name, array in codes.arrays.items():
        np.save(tmp_path / f"{name}.npy", array)
    kept = {name: np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in codes.arrays}
    again = Codes.from_arrays(kept)
    assert (again.at_least(rows[5], 0.4) == codes.at_least(rows[5], 0.4)).all()


def test_no_rows():
    codes = Codes.of(np.zeros((0, 8), np.float32))
    query = np.ones(8, np.float32)
    assert len(codes.at_least(query, -1)) == len(codes.best(query, 3, lambda rows: rows)) == 0


def test_long_rows_and_strange_queries_are_refused():
    with pytest.raises(ContractError, match="longer than 1"):
        Codes.of(np.full((2, 4), 1, np.float32))
    with pytest.raises(ContractError, match="4 numbers"):
        Codes.of(np.eye(4, dtype=np.float32)).at_least(np.ones(3, np.float32), 0)
    with pytest.raises(ContractError, match="no block"):
        Codes.of(iter([]))
