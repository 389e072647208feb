"""Searches by words and vectors that are measured beside ours, each with what it does not do."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np

from wares.bench.databases import LanceDb
from wares.bench.engines import CHUNK, CONSTRUCTION, LINKS
from wares.bench.kept import FACETS
from wares.bench.peers import TantivyPeer, require
from wares.types import FloatArray

CANDIDATES, VALUES = 100, 50


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A product as the peers keep it: its text, one unit vector (d,), and one value of each facet, perhaps empty."""

    text: str
    vector: FloatArray
    values: Mapping[str, str]


class Hybrid(Protocol):
    """A page of products for words and their vector; ``lacks`` says what of a shop's page it does not do."""

    lacks: ClassVar[str]

    def build(self, rows: Iterable[Row], folder: Path) -> None:
        """Index the rows."""
        ...

    def page(self, text: str, vector: FloatArray, size: int) -> list[int]:
        """Row numbers of the best, and whatever else it can say of a result, computed and dropped."""
        ...


class TantivyAlone:
    """tantivy: words alone."""

    lacks: ClassVar[str] = "no vectors, no facets, no filters of a variant"

    def build(self, rows: Iterable[Row], folder: Path) -> None:
        del folder  # it stays in memory
        self._peer = TantivyPeer({str(number): row.text for number, row in enumerate(rows)})

    def page(self, text: str, vector: FloatArray, size: int) -> list[int]:
        del vector
        return [int(id) for id in self._peer.rank(text, size)]


class LanceHybrid:
    """LanceDB: full text and vectors (IVF with product codes, refined), joined by reciprocal ranks."""

    lacks: ClassVar[str] = "no facets, no total; joined by ranks"
    PARTITIONS, REFINE = 24, 10

    def __init__(self) -> None:
        self._lancedb, self._arrow, rerankers, self._indexes = require(
            "lancedb", "pyarrow", "lancedb.rerankers", "lancedb.index"
        )
        self._joined = rerankers.RRFReranker()
        self._table: Any = None

    def build(self, rows: Iterable[Row], folder: Path) -> None:
        base = self._lancedb.connect(str(folder / "lance"))
        some = list(rows)
        self._table = base.create_table("rows", self._part(some[:CHUNK], 0))
        for first in range(CHUNK, len(some), CHUNK):
            self._table.add(self._part(some[first : first + CHUNK], first))
        self._table.create_index("text", config=self._indexes.FTS())
        if len(some) >= LanceDb.LEAST:
            codes = self._indexes.IvfPq(distance_type="dot", num_partitions=int(len(some) ** 0.5))
            self._table.create_index("vector", config=codes)

    def page(self, text: str, vector: FloatArray, size: int) -> list[int]:
        words = " ".join(re.findall(r"\w+", text)) or text  # an empty one is refused
        asked = self._table.search(query_type="hybrid").vector(vector).text(words).limit(size)
        asked = asked.distance_type("dot").nprobes(self.PARTITIONS).refine_factor(self.REFINE)
        found: list[int] = asked.rerank(self._joined).to_arrow()["row"].to_pylist()
        return found

    def _part(self, rows: list[Row], first: int) -> Any:
        vectors = np.stack([row.vector for row in rows])
        columns = {
            "row": self._arrow.array(np.arange(first, first + len(rows))),
            "text": self._arrow.array([row.text for row in rows]),
            "vector": self._arrow.FixedSizeListArray.from_arrays(
                self._arrow.array(vectors.reshape(-1)), vectors.shape[1]
            ),
        }
        for name in FACETS:
            columns[name] = self._arrow.array([row.values.get(name, "") for row in rows])
        return self._arrow.table(columns)


class QdrantHybrid:
    """Qdrant Edge: BM25 and HNSW joined by reciprocal ranks, and exact counts of four facets."""

    lacks: ClassVar[str] = "facets count what has any of the words, not the result set; no total; joined by ranks"

    def __init__(self) -> None:
        (self._edge,) = require("qdrant_edge")
        self._shard: Any = None

    def build(self, rows: Iterable[Row], folder: Path) -> None:
        edge = self._edge
        path = folder / "qdrant"
        path.mkdir()
        some = list(rows)
        config = edge.EdgeConfig(
            vectors=edge.EdgeVectorParams(len(some[0].vector), edge.Distance.Dot),
            hnsw_config=edge.HnswIndexConfig(LINKS, CONSTRUCTION, full_scan_threshold=10_000, max_indexing_threads=1),
            optimizers=edge.EdgeOptimizersConfig(default_segment_number=1, indexing_threshold=1000),
            max_search_threads=1,
        )
        self._shard = edge.EdgeShard.create(str(path), config)
        words = edge.TextIndexParams(tokenizer=edge.TokenizerType.Multilingual, lowercase=True, scoring=True)
        self._shard.update(edge.UpdateOperation.create_field_index("text", words))
        for name in FACETS:
            self._shard.update(edge.UpdateOperation.create_field_index(name, edge.PayloadSchemaType.Keyword))
        for first in range(0, len(some), 2000):
            points = [
                edge.Point(first + place, row.vector.tolist(), {"text": row.text, **row.values})
                for place, row in enumerate(some[first : first + 2000])
            ]
            self._shard.update(edge.UpdateOperation.upsert_points(points))
        self._shard.optimize()

    def page(self, text: str, vector: FloatArray, size: int) -> list[int]:
        edge = self._edge
        nearest, effort = edge.Query.Nearest(vector.tolist()), edge.SearchParams(hnsw_ef=CANDIDATES)
        routes = [
            edge.Prefetch(CANDIDATES, edge.TextQuery("text", text)),
            edge.Prefetch(CANDIDATES, nearest, params=effort),
        ]
        found = self._shard.query(edge.QueryRequest(size, query=edge.Fusion.Rrf(60), prefetches=routes))
        worded = edge.Filter(must=[edge.FieldCondition("text", match=edge.MatchTextAny(text))])
        for name in FACETS:
            self._shard.facet(edge.FacetRequest(name, VALUES, exact=True, filter=worded))
        return [point.id for point in found]


HYBRIDS: dict[str, type[Hybrid]] = {
    "tantivy": TantivyAlone,
    "lancedb": LanceHybrid,
    "qdrant-edge": QdrantHybrid,
}
