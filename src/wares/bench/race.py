"""Engines over the same vectors and queries: built, tuned on one half of the queries, timed in turn on the other."""

import math
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wares.bench import clouds
from wares.bench.databases import DATABASES
from wares.bench.engines import LIBRARIES, Engine
from wares.bench.timing import pinned
from wares.types import FloatArray, IntArray

K, ROUNDS, TARGET, PATIENCE = 10, 3, 0.997, 2.0
WRITES = 5


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """Vectors (n, d) with their labels (n,), queries (q, d), and how near the exact k-th is: of all rows, and of those
    with the query's label ``asked`` (q,)."""

    vectors: FloatArray
    labels: IntArray
    queries: FloatArray
    asked: IntArray
    floors: FloatArray
    filtered_floors: FloatArray

    @classmethod
    def of(cls, vectors: FloatArray, queries: FloatArray, labels: IntArray) -> "Course":
        asked = np.arange(len(queries)) % clouds.LABELS
        filtered = np.empty(len(queries), np.float32)
        for label in np.unique(asked):
            mine = asked == label
            filtered[mine] = clouds.floors(vectors[labels == label], queries[mine], K)
        return cls(vectors, labels, queries, asked, clouds.floors(vectors, queries, K), filtered)

    @property
    def tuning(self) -> range:
        """The queries that settings are chosen on."""
        return range(0, len(self.queries), 2)

    @property
    def held_out(self) -> range:
        """The queries that figures are of."""
        return range(1, len(self.queries), 2)

    def recall(self, query: int, rows: IntArray) -> float:
        return clouds.recall(self.vectors, self.queries[query], float(self.floors[query]), rows, K)

    def filtered_recall(self, query: int, rows: IntArray) -> float:
        """Rows without the label are not found."""
        inside = rows[self.labels[rows] == self.asked[query]]
        return clouds.recall(self.vectors, self.queries[query], float(self.filtered_floors[query]), inside, K)


def build(name: str, source: Path, home: Path) -> float:
    """Index the vectors of ``source`` on one thread and save them in ``home``; its seconds."""
    with pinned(1):
        engine = _engine(name)
        vectors, labels = np.load(source / "vectors.npy"), np.load(source / "labels.npy")
        start = time.perf_counter()
        engine.build(vectors, labels, home)
        return time.perf_counter() - start


def serving(name: str, home: Path, queries: FloatArray) -> int:
    """Open what was built and answer at a middling effort; how many rows were found."""
    with pinned(1):
        engine = _engine(name)
        if engine.efforts:
            engine.effort = engine.efforts[len(engine.efforts) // 2]
        engine.open(home)
        return sum(len(engine.search(query, K)) for query in queries)


def fit(engine: Engine, course: Course) -> None:
    """Set the least effort whose recall on the tuning queries reaches the target, else the greatest there is."""
    for effort in engine.efforts:
        engine.effort = effort
        found = [course.recall(query, engine.search(course.queries[query], K)) for query in course.tuning]
        if statistics.fmean(found) >= TARGET:
            return


def run_plain(engines: Mapping[str, Engine], course: Course) -> dict[str, dict[str, float]]:
    """Recall and time for the ten nearest."""

    def search(engine: Engine, query: int) -> IntArray:
        return engine.search(course.queries[query], K)

    wall, _, recall = _rounds(engines, course, search, course.recall)
    return {
        name: {
            "recall10": recall[name],
            "p50_ms": 1000 * float(np.percentile(wall[name], 50)),
            "p95_ms": 1000 * float(np.percentile(wall[name], 95)),
        }
        for name in engines
    }


def run_filtered(engines: Mapping[str, Engine], course: Course) -> dict[str, dict[str, float]]:
    """Recall and CPU time for the ten nearest of the 2 % that have a label."""

    def search(engine: Engine, query: int) -> IntArray:
        return engine.search_filtered(course.queries[query], K, int(course.asked[query]))

    _, cpu, recall = _rounds(engines, course, search, course.filtered_recall)
    return {
        name: {"filtered_recall10": recall[name], "filtered_cpu_ms": 1000 * float(np.mean(cpu[name]))}
        for name in engines
    }


def visible(engines: Mapping[str, Engine], course: Course, seed: int) -> dict[str, dict[str, float]]:
    """Time from a write to the end of the search that finds it; NaN where none does within two seconds."""
    n = len(course.vectors)
    new = clouds.near(course.vectors, WRITES, seed)  # a graph may never find what lies far from everything
    taken: dict[str, list[float]] = {name: [] for name in engines}
    for number, vector in enumerate(new):
        for name, engine in engines.items():
            start = time.perf_counter()
            engine.upsert(n + number, vector, 0)
            while n + number not in engine.search(vector, 1):
                if time.perf_counter() - start > PATIENCE:
                    taken[name].append(math.inf)
                    break
            else:
                taken[name].append(time.perf_counter() - start)
    middle = {name: statistics.median(each) for name, each in taken.items()}
    return {name: {"visible_ms": 1000 * each if math.isfinite(each) else math.nan} for name, each in middle.items()}


def _rounds(
    engines: Mapping[str, Engine],
    course: Course,
    search: Callable[[Engine, int], IntArray],
    judge: Callable[[int, IntArray], float],
) -> tuple[dict[str, list[float]], dict[str, list[float]], dict[str, float]]:
    """Wall and CPU seconds of each held-out query in its best round, and mean recall; engines take turns."""
    wall = {name: [math.inf] * len(course.held_out) for name in engines}
    cpu = {name: [math.inf] * len(course.held_out) for name in engines}
    recalls: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(ROUNDS):
        for name, engine in engines.items():
            for place, query in enumerate(course.held_out):
                start, used = time.perf_counter(), time.process_time()
                rows = search(engine, query)
                seconds, spent = time.perf_counter() - start, time.process_time() - used
                wall[name][place] = min(wall[name][place], seconds)
                cpu[name][place] = min(cpu[name][place], spent)
                recalls[name].append(judge(query, rows))
    return wall, cpu, {name: statistics.fmean(each) for name, each in recalls.items()}


def _engine(name: str) -> Engine:
    return {**LIBRARIES, **DATABASES}[name]()
