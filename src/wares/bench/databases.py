"""Embedded databases as :class:`wares.bench.engines.Engine`: Qdrant Edge, zvec, LanceDB; one thread if they can."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from wares.bench.engines import CHUNK, CONSTRUCTION, EFFORTS, LINKS, Engine
from wares.bench.peers import require
from wares.types import FloatArray, IntArray


class QdrantEdge:
    """Qdrant Edge: HNSW over float32 rows with an indexed payload field for the label; small filters scan exactly."""

    efforts: ClassVar[tuple[int, ...]] = EFFORTS
    effort = EFFORTS[0]

    def __init__(self) -> None:
        (self._edge,) = require("qdrant_edge")
        self._shard: Any = None

    def build(self, vectors: FloatArray, labels: IntArray, folder: Path) -> None:
        edge = self._edge
        path = folder / "shard"
        path.mkdir()
        graph = edge.HnswIndexConfig(LINKS, CONSTRUCTION, full_scan_threshold=10_000, max_indexing_threads=1)
        config = edge.EdgeConfig(
            vectors=edge.EdgeVectorParams(vectors.shape[1], edge.Distance.Dot),
            hnsw_config=graph,
            optimizers=edge.EdgeOptimizersConfig(default_segment_number=1, indexing_threshold=1000),
            max_search_threads=1,
        )
        self._shard = edge.EdgeShard.create(str(path), config)
        self._shard.update(edge.UpdateOperation.create_field_index("label", edge.PayloadSchemaType.Integer))
        for start in range(0, len(vectors), CHUNK // 10):
            self._add(vectors[start : start + CHUNK // 10], labels[start : start + CHUNK // 10], start)
        self._shard.optimize()
        self._shard.flush()
        self._shard.close()

    def open(self, folder: Path) -> None:
        self._shard = self._edge.EdgeShard.load(str(folder / "shard"))

    def search(self, query: FloatArray, k: int) -> IntArray:
        return self._found(query, k, None)

    def search_filtered(self, query: FloatArray, k: int, label: int) -> IntArray:
        edge = self._edge
        chosen = edge.Filter(must=[edge.FieldCondition("label", match=edge.MatchValue(label))])
        return self._found(query, k, chosen)

    def upsert(self, row: int, vector: FloatArray, label: int) -> None:
        self._add(vector[None], np.array([label]), row)

    def close(self) -> None:
        self._shard.close()

    def _add(self, vectors: FloatArray, labels: IntArray, first: int) -> None:
        edge = self._edge
        rows = zip(vectors.tolist(), labels.tolist(), strict=True)
        points = [edge.Point(first + row, vector, {"label": label}) for row, (vector, label) in enumerate(rows)]
        self._shard.update(edge.UpdateOperation.upsert_points(points))

    def _found(self, query: FloatArray, k: int, chosen: Any) -> IntArray:
        edge = self._edge
        nearest = edge.Query.Nearest(query.tolist())
        request = edge.SearchRequest(nearest, k, filter=chosen, params=edge.SearchParams(hnsw_ef=self.effort))
        return np.array([point.id for point in self._shard.search(request)], np.int64)


class Zvec:
    """zvec: HNSW over float32 rows with an inverted field for the label."""

    efforts: ClassVar[tuple[int, ...]] = EFFORTS
    effort = EFFORTS[0]

    def __init__(self) -> None:
        (self._zvec,) = require("zvec")
        self._collection: Any = None
        try:
            # With one thread a search over two segments waits for itself for ever (0.8).
            self._zvec.init(query_threads=2, optimize_threads=1, log_level=self._zvec.LogLevel.ERROR)
        except RuntimeError as error:  # once in a process
            if "already" not in str(error):
                raise

    def build(self, vectors: FloatArray, labels: IntArray, folder: Path) -> None:
        zvec = self._zvec
        graph = zvec.HnswIndexParam(zvec.MetricType.IP, LINKS, CONSTRUCTION)
        schema = zvec.CollectionSchema(
            name="rows",
            fields=[zvec.FieldSchema("label", zvec.DataType.INT64, index_param=zvec.InvertIndexParam())],
            vectors=zvec.VectorSchema("vector", zvec.DataType.VECTOR_FP32, vectors.shape[1], index_param=graph),
        )
        self._collection = zvec.create_and_open(str(folder / "zvec"), schema)
        for start in range(0, len(vectors), 1000):
            self._add(vectors[start : start + 1000], labels[start : start + 1000], start)
        self._collection.optimize()
        self._collection.flush()
        self._collection.close()

    def open(self, folder: Path) -> None:
        self._collection = self._zvec.open(str(folder / "zvec"))

    def search(self, query: FloatArray, k: int) -> IntArray:
        return self._found(query, k, None)

    def search_filtered(self, query: FloatArray, k: int, label: int) -> IntArray:
        return self._found(query, k, f"label = {label}")

    def upsert(self, row: int, vector: FloatArray, label: int) -> None:
        self._add(vector[None], np.array([label]), row)

    def close(self) -> None:
        self._collection.close()

    def _add(self, vectors: FloatArray, labels: IntArray, first: int) -> None:
        rows = zip(vectors.tolist(), labels.tolist(), strict=True)
        documents = [
            self._zvec.Doc(id=str(first + row), vectors={"vector": vector}, fields={"label": label})
            for row, (vector, label) in enumerate(rows)
        ]
        self._collection.upsert(documents)

    def _found(self, query: FloatArray, k: int, chosen: str | None) -> IntArray:
        effort = self._zvec.HnswQueryParam(ef=self.effort)
        asked = self._zvec.Query("vector", vector=query.tolist(), param=effort)
        found = self._collection.query(asked, topk=k, filter=chosen, output_fields=[])
        return np.array([int(document.id) for document in found], np.int64)


class LanceDb:
    """LanceDB: IVF with product codes, refined by the rows themselves, and a bitmap index for the label.

    The effort is the number of partitions that are looked into, and how many times k candidates are refined.
    """

    efforts: ClassVar[tuple[int, ...]] = (4, 8, 16, 24, 32, 48, 64, 96, 128, 256)
    effort = 4
    LEAST = 256  # rows that product codes can be learned from

    def __init__(self) -> None:
        self._lancedb, self._arrow, self._indexes = require("lancedb", "pyarrow", "lancedb.index")
        self._table: Any = None

    def build(self, vectors: FloatArray, labels: IntArray, folder: Path) -> None:
        base = self._lancedb.connect(str(folder / "lance"))
        self._table = base.create_table("rows", self._rows(vectors[:CHUNK], labels[:CHUNK], 0))
        for start in range(CHUNK, len(vectors), CHUNK):
            self._table.add(self._rows(vectors[start : start + CHUNK], labels[start : start + CHUNK], start))
        partitions = max(int(len(vectors) ** 0.5), 1)
        codes = self._indexes.IvfPq(distance_type="dot", num_partitions=partitions)
        self._table.create_index("vector", config=codes)
        self._table.create_index("label", config=self._indexes.Bitmap())

    def open(self, folder: Path) -> None:
        self._table = self._lancedb.connect(str(folder / "lance")).open_table("rows")

    def search(self, query: FloatArray, k: int) -> IntArray:
        return self._found(self._asked(query, k))

    def search_filtered(self, query: FloatArray, k: int, label: int) -> IntArray:
        return self._found(self._asked(query, k).where(f"label = {label}", prefilter=True))

    def upsert(self, row: int, vector: FloatArray, label: int) -> None:
        self._table.add(self._rows(vector[None], np.array([label]), row))

    def close(self) -> None:
        self._table = None

    def _rows(self, vectors: FloatArray, labels: IntArray, first: int) -> Any:
        arrow = self._arrow
        flat = arrow.array(np.ascontiguousarray(vectors).reshape(-1))
        columns = {
            "row": arrow.array(np.arange(first, first + len(vectors))),
            "label": arrow.array(np.asarray(labels, np.int64)),
            "vector": arrow.FixedSizeListArray.from_arrays(flat, vectors.shape[1]),
        }
        return arrow.table(columns)

    def _asked(self, query: FloatArray, k: int) -> Any:
        asked = self._table.search(query).distance_type("dot").select(["row", "_distance"]).limit(k)
        return asked.nprobes(self.effort).refine_factor(max(self.effort, 10))

    def _found(self, asked: Any) -> IntArray:
        return np.asarray(asked.to_arrow()["row"].to_numpy(), np.int64)


DATABASES: dict[str, Callable[[], Engine]] = {"qdrant-edge": QdrantEdge, "zvec": Zvec, "lancedb": LanceDb}
