"""Time and memory measured so that two runs can be compared: interleaved, best of n, threads pinned."""

import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from wares.bench.peers import require
from wares.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of one task over its repeats; ``cpu`` is the process's CPU time of the best repeat."""

    best: float
    median: float
    cpu: float
    repeats: int


def interleaved(tasks: Mapping[str, Callable[[], object]], repeats: int = 5) -> dict[str, Timing]:
    """Time every task ``repeats`` times in turn, a b a b …, so that a busy moment hits all of them alike.

    Raises
    ------
    ConfigError
        ``repeats`` < 1.
    """
    if repeats < 1:
        raise ConfigError(f"{repeats} repeats measure nothing", fix="repeats ≥ 1")
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in tasks}
    for _ in range(repeats):
        for name, task in tasks.items():
            wall, cpu = time.perf_counter(), time.process_time()
            task()
            taken[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    return {name: _timing(runs) for name, runs in taken.items()}


def _timing(runs: list[tuple[float, float]]) -> Timing:
    best, cpu = min(runs)
    return Timing(best=best, median=statistics.median(wall for wall, _ in runs), cpu=cpu, repeats=len(runs))


@contextmanager
def pinned(threads: int) -> Iterator[None]:
    """Hold BLAS and OpenMP of this process, and of processes it starts, to so many threads.

    Oversubscription is the largest slowdown there is; a figure without a thread count cannot be compared.
    """
    (threadpoolctl,) = require("threadpoolctl")
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, str(threads)))
    try:
        with threadpoolctl.threadpool_limits(limits=threads):
            yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def load() -> float:
    """The load average of the last minute."""
    return os.getloadavg()[0]
