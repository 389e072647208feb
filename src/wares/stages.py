"""How long each step of an answer takes, told to whoever listens; a step that nobody listens to costs next to nothing.

A room writes ``with stage("index"):`` and knows nothing of metrics, logs or traces. Whoever answers a request opens
:func:`listening` around it; threads that are started with its context tell the same listener.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from types import TracebackType
from typing import ParamSpec, TypeVar
from weakref import WeakSet

STAGES = ("wait", "follow", "understand", "encode", "index", "rank", "facets", "page", "serialise")
"""The steps of a search: its turn, what was written since, words, vectors, candidates, order, counts, answer."""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class Timed:
    """What one answer took: ``spans`` are (stage, start, end) in nanoseconds of ``time.perf_counter_ns``."""

    began: int = field(default_factory=time.perf_counter_ns)
    spans: list[tuple[str, int, int]] = field(default_factory=list)
    notes: list[tuple[str, object]] = field(default_factory=list)

    def seconds(self) -> dict[str, float]:
        """Seconds by stage; what ran more than once is added up."""
        found: dict[str, float] = {}
        for name, start, end in self.spans:
            found[name] = found.get(name, 0.0) + (end - start) / 1e9
        return found

    def noted(self, name: str) -> list[object]:
        """Everything that was noted under a name."""
        return [value for each, value in self.notes if each == name]


_LISTENER: ContextVar[Timed | None] = ContextVar("wares-stages", default=None)


class _Unheard:
    """A stage that nobody listens to."""

    __slots__ = ()

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


class _Stage:
    __slots__ = ("_name", "_start", "_timed")

    def __init__(self, name: str, timed: Timed) -> None:
        self._name, self._timed, self._start = name, timed, 0

    def __enter__(self) -> None:
        self._start = time.perf_counter_ns()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timed.spans.append((self._name, self._start, time.perf_counter_ns()))


_UNHEARD = _Unheard()


def stage(name: str) -> _Stage | _Unheard:
    """Time what is done within, whether it succeeds or fails."""
    timed = _LISTENER.get()
    return _UNHEARD if timed is None else _Stage(name, timed)


def staged(name: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Time every call of a function as a stage."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def timed(*args: P.args, **kwargs: P.kwargs) -> T:
            with stage(name):
                return function(*args, **kwargs)

        return timed

    return decorate


def note(name: str, value: object) -> None:
    """Tell a fact of this answer, such as ``note("degraded", "vectors")``; never what a shopper wrote."""
    timed = _LISTENER.get()
    if timed is not None:
        timed.notes.append((name, value))


@contextmanager
def listening() -> Iterator[Timed]:
    """Collect the stages and notes of what is done within."""
    timed = Timed()
    token = _LISTENER.set(timed)
    try:
        yield timed
    finally:
        _LISTENER.reset(token)


class CacheStats:
    """What a cache did: its owner counts, and whoever shows figures reads; the name is the code's own, not a value.

    Attributes
    ----------
    hits, misses, evictions
        Since the cache was made.
    bytes, entries
        What it holds now.
    """

    __slots__ = ("__weakref__", "bytes", "entries", "evictions", "hits", "misses", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.hits = self.misses = self.evictions = self.bytes = self.entries = 0
        _CACHES.add(self)


_CACHES: WeakSet[CacheStats] = WeakSet()


def caches() -> dict[str, list[CacheStats]]:
    """The caches of this process that are still held, by name."""
    found: dict[str, list[CacheStats]] = {}
    for stats in list(_CACHES):
        found.setdefault(stats.name, []).append(stats)
    return found
