"""Sums of products of bytes, over memory that stays where it is."""

from functools import cache
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wares.types import FloatArray, IntArray

FULL, REDUCED = 128, 64
PICKED = 256  # rows turned into float32 at a time
# One node, MatMulInteger, as ONNX: the package that writes such graphs takes longer to load than a search.
PRODUCT = (
    b'\x08\x08:}\n%\n\x05query\n\x07columns\x12\x04sums"\rMatMulInteger\x12\x04sumsZ\x18\n\x05query\x12\x0f\n\r\x08\x02\x12'
    b"\t\n\x02\x08\x01\n\x03\x12\x01dZ\x1b\n\x07columns\x12\x10\n\x0e\x08\x03\x12\n\n\x03\x12\x01d\n\x03\x12\x01nb\x17\n\x04"
    b"sums\x12\x0f\n\r\x08\x06\x12\t\n\x02\x08\x01\n\x03\x12\x01nB\x04\n\x00\x10\r"
)
_LOCK = Lock()


def column_sums(columns: NDArray[np.int8], steps: FloatArray, lift: int) -> NDArray[np.int32]:
    """(n,) sums over all columns, each number of the query lifted by a constant to be no less than 0.

    The whole is one product of a row of unsigned bytes and a matrix of signed ones, the form that quantised networks
    have made the fastest on every processor: a third of the time of any scan that goes row by row.

    Parameters
    ----------
    columns : (d, n) int8
    steps : (d,) float32
        whole numbers from 1 - lift to lift - 1.
    lift
        ``lift()``; the sums are too high by ``lift`` times the sum of the column.
    """
    query = (steps + lift).astype(np.uint8)[None]
    return np.asarray(_product().run(None, {"query": query, "columns": columns})[0][0], np.int32)


@cache
def lift() -> int:
    """128, or 64 where the processor's instruction for pairs of bytes saturates when all eight bits are used."""
    query = np.full((1, 64), 255, np.uint8)
    columns = np.where(np.arange(96) % 2, 127, -127).astype(np.int8) * np.ones((64, 1), np.int8)
    got = _product().run(None, {"query": query, "columns": columns})[0][0]
    return FULL if (got == columns.astype(np.int64).sum(axis=0) * 255).all() else REDUCED


def above(rows: NDArray[np.uint8], steps: FloatArray, floor: float) -> IntArray:
    """Numbers (m,) of the rows, ascending, whose sum reaches the floor.

    Parameters
    ----------
    rows : (n, d) uint8
        numbers from -128 to 127, 128 added; d is a multiple of 32.
    steps : (d,) float32
        whole numbers from -127 to 127.
    floor
        Whole.
    """
    import faiss

    if not len(rows):
        return np.zeros(0, np.int64)
    rows = np.ascontiguousarray(rows)
    scanner, kept = _scanner(rows.shape[1], steps)
    result = faiss.RangeSearchResult(1)
    partial = faiss.RangeSearchPartialResult(result)  # type: ignore[attr-defined]
    scanner.scan_codes_range(len(rows), faiss.swig_ptr(rows), None, floor - 0.5, partial.new_result(0))
    partial.finalize()
    del kept
    count = int(faiss.rev_swig_ptr(result.lims, 2)[1])
    return np.sort(faiss.rev_swig_ptr(result.labels, count)) if count else np.zeros(0, np.int64)


def highest(rows: NDArray[np.uint8], steps: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
    """The k rows of the highest sums, and the sums (k,), descending; see ``above``. k is at most n."""
    import faiss

    rows = np.ascontiguousarray(rows)
    scanner, kept = _scanner(rows.shape[1], steps)
    sums = np.full(k, -np.inf, np.float32)
    found = np.full(k, -1, np.int64)
    scanner.scan_codes(len(rows), faiss.swig_ptr(rows), None, faiss.swig_ptr(sums), faiss.swig_ptr(found), k)
    del kept
    order = np.lexsort((found, -sums))
    return found[order], sums[order]


def picked_sums(rows: NDArray[np.uint8], query: FloatArray, picked: IntArray) -> FloatArray:
    """(k,) float32 products of a query (d,) of any numbers with some rows; see ``above``."""
    out = np.empty(len(picked), np.float32)
    floats = np.empty((min(PICKED, len(picked)), rows.shape[1]), np.float32)
    for start in range(0, len(picked), PICKED):
        span = slice(start, min(start + PICKED, len(picked)))
        part = rows.take(picked[span], axis=0)
        turned = np.subtract(part, np.float32(FULL), out=floats[: len(part)], dtype=np.float32)
        np.dot(turned, query, out=out[span])
    return out


def products(
    numbers: NDArray[np.int16], scales: FloatArray, query: FloatArray, rows: IntArray | None = None
) -> FloatArray:
    """(m,) float32 products of the query with some rows of 16-bit numbers, each with its scale.

    Rows are picked and turned into floats a few at a time, in memory that stays in the cache.

    Parameters
    ----------
    numbers : (n, d) int16
    scales : (n,) float32
    query : (d,) float32
    rows
        (m,); None: all.
    """
    count = len(numbers) if rows is None else len(rows)
    out = np.empty(count, np.float32)
    floats = np.empty((min(PICKED, count), numbers.shape[1]), np.float32)
    for start in range(0, count, PICKED):
        span = slice(start, min(start + PICKED, count))
        part = numbers[span] if rows is None else numbers.take(rows[span], axis=0)
        turned = floats[: len(part)]
        np.copyto(turned, part)
        np.dot(turned, query, out=out[span])
    out *= scales if rows is None else scales.take(rows)
    return out


def _scanner(width: int, steps: FloatArray) -> tuple[Any, Any]:
    """A scanner that knows the query, and what it points to.

    Whatever the processor, this quantizer multiplies either bytes or floats; with whole numbers both are exact.
    """
    import faiss

    quantizer: Any = faiss.ScalarQuantizer(width, faiss.ScalarQuantizer.QT_8bit_direct_signed)
    # without lists of its own it answers with positions (store_pairs)
    scanner = quantizer.select_InvertedListScanner(faiss.METRIC_INNER_PRODUCT, None, True, None, False)
    steps = np.ascontiguousarray(steps, np.float32)
    scanner.set_query(faiss.swig_ptr(steps))
    scanner.set_list(0, 0.0)
    return scanner, (quantizer, steps)


def _product() -> Any:
    with _LOCK:
        return _session()


@cache
def _session() -> Any:
    """query (1, d) uint8, columns (d, n) int8 → (1, n) int32."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(PRODUCT, options, providers=["CPUExecutionProvider"])
