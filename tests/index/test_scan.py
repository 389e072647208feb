"""Sums of bytes are exact, whichever way they are added."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, checker, helper, load_from_string

from wares.index.scan import FULL, PRODUCT, REDUCED, above, column_sums, highest, lift, products


def drawn(n, d, seed, reach=127):
    g = np.random.default_rng(seed)
    return g.integers(-128, 128, (n, d)).astype(np.int8), g.integers(-reach, reach + 1, d).astype(np.float32)


@given(st.integers(0, 70), st.sampled_from((32, 64, 96, 128)), st.integers(0, 2**31))
@settings(max_examples=100, deadline=None)
def test_sums_by_rows(n, d, seed):
    numbers, steps = drawn(n, d, seed)
    sums = numbers.astype(np.int64) @ steps.astype(np.int64)
    rows = (numbers.astype(np.int16) + 128).astype(np.uint8)
    floor = int(np.median(sums)) if n else 0
    assert above(rows, steps, floor).tolist() == np.flatnonzero(sums >= floor).tolist()
    if n:
        k = 1 + seed % n
        found, reached = highest(rows, steps, k)
        assert reached.tolist() == sorted(sums.tolist(), reverse=True)[:k]
        assert sums[found].tolist() == reached.tolist()


@given(st.integers(1, 70), st.sampled_from((1, 31, 64)), st.integers(0, 2**31))
@settings(max_examples=100, deadline=None)
def test_sums_by_columns(n, d, seed):
    numbers, steps = drawn(n, d, seed, lift() - 1)
    whole = numbers.astype(np.int64)
    sums = column_sums(np.ascontiguousarray(numbers.T), steps, lift())
    assert (sums - lift() * whole.sum(axis=1) == whole @ steps.astype(np.int64)).all()


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_largest_numbers_do_not_saturate(sign):
    columns = np.full((64, 200), sign * 127, np.int8)
    steps = np.full(64, lift() - 1, np.float32)
    assert (column_sums(columns, steps, lift()) == sign * 64 * 127 * (2 * lift() - 1)).all()
    assert lift() in (FULL, REDUCED)


@given(st.integers(0, 600), st.integers(1, 40), st.integers(0, 2**31))
@settings(max_examples=50, deadline=None)
def test_products_of_picked_rows(n, d, seed):
    g = np.random.default_rng(seed)
    numbers = g.integers(-32767, 32768, (n, d)).astype(np.int16)
    scales, query = (g.random(n) / 32767).astype(np.float32), g.standard_normal(d).astype(np.float32)
    expected = (numbers.astype(np.float64) @ query) * scales
    np.testing.assert_allclose(products(numbers, scales, query), expected, atol=1e-4)
    rows = np.flatnonzero(g.random(n) < 0.5)
    np.testing.assert_allclose(products(numbers, scales, query, rows), expected[rows], atol=1e-4)


def test_the_graph_is_what_onnx_writes():
    inputs = [
        helper.make_tensor_value_info("query", TensorProto.UINT8, [1, "d"]),
        helper.make_tensor_value_info("columns", TensorProto.INT8, ["d", "n"]),
    ]
    outputs = [helper.make_tensor_value_info("sums", TensorProto.INT32, [1, "n"])]
    node = helper.make_node("MatMulInteger", ["query", "columns"], ["sums"])
    graph = helper.make_graph([node], "sums", inputs, outputs)
    checker.check_model(PRODUCT)
    assert load_from_string(PRODUCT) == helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8
    )
