"""Vector searches that are measured beside each other: one small contract, ours, and the plain libraries.

Each is built in a process of its own, saved, and opened where it is timed. Databases are in
:mod:`wares.bench.databases`.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np

from wares.bench.peers import require
from wares.config import Config
from wares.protocols import IndexEntry, IndexQuery, ProductIndex, Reach, Schema, Space, TextField, VariantEntry
from wares.registry import factory
from wares.types import FloatArray, IntArray, OneOf

LINKS, CONSTRUCTION, SPARE = 32, 100, 1000
EFFORTS = (16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
CHUNK = 20_000


class Engine(Protocol):
    """Finds the k rows with the highest inner product among (n, d) unit rows, each with a whole number as its label.

    ``efforts`` are the settings that trade time for recall, from quick to thorough; empty: there is none.
    """

    efforts: ClassVar[tuple[int, ...]]
    effort: int

    def build(self, vectors: FloatArray, labels: IntArray, folder: Path) -> None:
        """Index the rows and save everything in the folder."""
        ...

    def open(self, folder: Path) -> None:
        """Read what ``build`` saved."""
        ...

    def search(self, query: FloatArray, k: int) -> IntArray:
        """(≤ k,) rows, best first."""
        ...

    def search_filtered(self, query: FloatArray, k: int, label: int) -> IntArray:
        """(≤ k,) rows with the label, best first."""
        ...

    def upsert(self, row: int, vector: FloatArray, label: int) -> None:
        """Add one row after the last."""
        ...

    def close(self) -> None:
        """Let go of files."""
        ...


class ExactEngine:
    """The index as shipped through its public contract; products in no space but ``text``."""

    efforts: ClassVar[tuple[int, ...]] = ()
    effort = 0

    def __init__(self) -> None:
        self._kind: Any = factory("index", Config().index.name)
        self.index: ProductIndex

    def build(self, vectors: FloatArray, labels: IntArray, folder: Path) -> None:
        self.index = self._kind(schema_of(vectors.shape[1]))
        for entries in entries_of(vectors, labels):
            self.index.upsert(entries)
        self.index.snapshot(folder / "index")

    def open(self, folder: Path) -> None:
        self.index = self._kind.restore(folder / "index")

    def search(self, query: FloatArray, k: int) -> IntArray:
        return self._found(IndexQuery(vectors={"text": query}, reach=_reach(k)), k)

    def search_filtered(self, query: FloatArray, k: int, label: int) -> IntArray:
        filters = (OneOf("label", (str(label),)),)
        return self._found(IndexQuery(vectors={"text": query}, filters=filters, reach=_reach(k)), k)

    def upsert(self, row: int, vector: FloatArray, label: int) -> None:
        self.index.upsert([_entry(row, vector, label)])

    def close(self) -> None:
        del self.index

    def _found(self, query: IndexQuery, k: int) -> IntArray:
        matches = self.index.search(query)
        scores = np.where(matches.passing, matches.scores[:, matches.routes.index("text")], -np.inf)
        best = np.argpartition(-scores, k)[:k] if len(scores) > k else np.arange(len(scores))
        ordered = best[np.argsort(-scores[best], kind="stable")]
        return np.array([int(id) for id in self.index.ids(matches.rows[ordered])], np.int64)


class FaissFlat:
    """faiss ``IndexFlatIP``: every row in float32."""

    efforts: ClassVar[tuple[int, ...]] = ()
    effort = 0

    def __init__(self) -> None:
        (self._faiss,) = require("faiss")
        self._faiss.omp_set_num_threads(1)
        self._index: Any = None
        self._labels = np.zeros(0, np.int64)

    def build(self, vectors: FloatArray, labels: IntArray, folder: Path) -> None:
        self._index = self._empty(vectors.shape[1])
        for start in range(0, len(vectors), CHUNK):
            self._index.add(np.ascontiguousarray(vectors[start : start + CHUNK]))
        self._faiss.write_index(self._index, str(folder / "faiss"))
        np.save(folder / "labels.npy", labels)

    def open(self, folder: Path) -> None:
        self._index = self._faiss.read_index(str(folder / "faiss"))
        self._labels = np.load(folder / "labels.npy")

    def search(self, query: FloatArray, k: int) -> IntArray:
        return self._found(query, k, self._parameters())

    def search_filtered(self, query: FloatArray, k: int, label: int) -> IntArray:
        packed = np.packbits(self._labels == label, bitorder="little")
        return self._found(query, k, self._parameters(sel=self._faiss.IDSelectorBitmap(packed)))

    def upsert(self, row: int, vector: FloatArray, label: int) -> None:
        del row  # faiss counts by itself
        self._index.add(vector[None])
        self._labels = np.append(self._labels, label)

    def close(self) -> None:
        self._index = None

    def _empty(self, dim: int) -> Any:
        return self._faiss.IndexFlatIP(dim)

    def _parameters(self, **settings: Any) -> Any:
        return self._faiss.SearchParameters(**settings)

    def _found(self, query: FloatArray, k: int, parameters: Any) -> IntArray:
        rows = self._index.search(query[None], k, params=parameters)[1][0]
        return np.asarray(rows[rows >= 0], np.int64)


class FaissHnsw(FaissFlat):
    """faiss HNSW (Malkov and Yashunin, 2018) with 32 links a node over float32 rows."""

    efforts: ClassVar[tuple[int, ...]] = EFFORTS
    effort = EFFORTS[0]

    def _empty(self, dim: int) -> Any:
        index = self._faiss.IndexHNSWFlat(dim, LINKS, self._faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = CONSTRUCTION
        return index

    def _parameters(self, **settings: Any) -> Any:
        return self._faiss.SearchParametersHNSW(efSearch=self.effort, **settings)


class Hnswlib:
    """hnswlib with 32 links a node; a filter is a function that it asks of every row it comes by."""

    efforts: ClassVar[tuple[int, ...]] = EFFORTS
    effort = EFFORTS[0]

    def __init__(self) -> None:
        (self._hnswlib,) = require("hnswlib")
        self._index: Any = None
        self._labels = np.zeros(0, np.int64)

    def build(self, vectors: FloatArray, labels: IntArray, folder: Path) -> None:
        index = self._hnswlib.Index("ip", vectors.shape[1])
        index.init_index(len(vectors) + SPARE, ef_construction=CONSTRUCTION, M=LINKS)
        index.set_num_threads(1)
        for start in range(0, len(vectors), CHUNK):
            part = vectors[start : start + CHUNK]
            index.add_items(part, np.arange(start, start + len(part)))
        index.save_index(str(folder / "hnswlib"))
        np.savez(folder / "facts.npz", labels=labels, dim=vectors.shape[1])

    def open(self, folder: Path) -> None:
        with np.load(folder / "facts.npz") as facts:
            self._labels = facts["labels"]
            self._index = self._hnswlib.Index("ip", int(facts["dim"]))
        self._index.load_index(str(folder / "hnswlib"), max_elements=len(self._labels) + SPARE)
        self._index.set_num_threads(1)

    def search(self, query: FloatArray, k: int) -> IntArray:
        self._index.set_ef(max(self.effort, k))
        return np.asarray(self._index.knn_query(query[None], k=k)[0][0], np.int64)

    def search_filtered(self, query: FloatArray, k: int, label: int) -> IntArray:
        having = self._labels == label
        self._index.set_ef(max(self.effort, k))
        try:
            rows = self._index.knn_query(query[None], k=k, filter=lambda row: bool(having[row]))[0][0]
        except RuntimeError:  # it came by fewer than k rows that pass
            return np.zeros(0, np.int64)
        return np.asarray(rows, np.int64)

    def upsert(self, row: int, vector: FloatArray, label: int) -> None:
        self._index.add_items(vector[None], np.array([row]))
        self._labels = np.append(self._labels, label)

    def close(self) -> None:
        self._index = None


def schema_of(dim: int) -> Schema:
    """One space of vectors; the field of words stays empty."""
    return Schema((TextField("title"),), (Space("text", dim),))


def entries_of(vectors: FloatArray, labels: IntArray, first: int = 0) -> Iterator[list[IndexEntry]]:
    """Products of one variant in chunks, their ids the row numbers from ``first`` on."""
    for start in range(0, len(vectors), CHUNK):
        rows = range(start, min(start + CHUNK, len(vectors)))
        yield [_entry(first + row, vectors[row], int(labels[row])) for row in rows]


def _entry(row: int, vector: FloatArray, label: int) -> IndexEntry:
    variant = VariantEntry(str(row))
    return IndexEntry(str(row), (variant,), columns={"label": str(label)}, vectors={"text": np.array(vector[None])})


def _reach(k: int) -> Reach:
    return Reach(weights={"text": 1.0}, most=k)


LIBRARIES: dict[str, Callable[[], Engine]] = {
    "wares": ExactEngine,
    "faiss-flat": FaissFlat,
    "faiss-hnsw": FaissHnsw,
    "hnswlib": Hnswlib,
}
