"""Sums over rows of bytes, by the scanners of faiss, over memory that stays where it is."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wares.types import FloatArray, IntArray


def above(codes: NDArray[np.uint8], query: FloatArray, floor: float) -> IntArray:
    """Rows (m,), ascending, whose sum reaches the floor.

    Parameters
    ----------
    codes : (n, d) uint8
        numbers from -128 to 127, 128 added.
    query : (d,) float32
        whole numbers from -127 to 127.
    floor
        Whole.
    """
    import faiss

    if not len(codes):
        return np.zeros(0, np.int64)
    codes = np.ascontiguousarray(codes)
    scanner, kept = _scanner(codes.shape[1], query)
    result = faiss.RangeSearchResult(1)
    partial = faiss.RangeSearchPartialResult(result)  # type: ignore[attr-defined]
    scanner.scan_codes_range(len(codes), faiss.swig_ptr(codes), None, floor - 0.5, partial.new_result(0))
    partial.finalize()
    del kept
    count = int(faiss.rev_swig_ptr(result.lims, 2)[1])
    return np.sort(faiss.rev_swig_ptr(result.labels, count)) if count else np.zeros(0, np.int64)


def highest(codes: NDArray[np.uint8], query: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
    """The k rows of the highest sums, and the sums (k,), descending; see ``above``. k is at most n."""
    import faiss

    codes = np.ascontiguousarray(codes)
    scanner, kept = _scanner(codes.shape[1], query)
    sums = np.full(k, -np.inf, np.float32)
    rows = np.full(k, -1, np.int64)
    scanner.scan_codes(len(codes), faiss.swig_ptr(codes), None, faiss.swig_ptr(sums), faiss.swig_ptr(rows), k)
    del kept
    order = np.lexsort((rows, -sums))
    return rows[order], sums[order]


def _scanner(width: int, query: FloatArray) -> tuple[Any, Any]:
    """A scanner that knows the query, and what it points to."""
    import faiss

    quantizer: Any = faiss.ScalarQuantizer(width, faiss.ScalarQuantizer.QT_8bit_direct_signed)
    # without lists of its own it answers with positions (store_pairs)
    scanner = quantizer.select_InvertedListScanner(faiss.METRIC_INNER_PRODUCT, None, True, None, False)
    query = np.ascontiguousarray(query, np.float32)
    scanner.set_query(faiss.swig_ptr(query))
    scanner.set_list(0, 0.0)
    return scanner, (quantizer, query)
