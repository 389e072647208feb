"""What is counted and timed, for Prometheus.

No label holds a value that a shopper, a merchant or a caller made up: routes are patterns, codes, stages and parts come
from closed lists, and whatever is on none of them is ``other``.
"""

import os
import platform
import re
import resource
import shutil
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from wares import __version__
from wares.errors import WaresError
from wares.serve.operations import sharing
from wares.serve.operations.answered import Answered
from wares.stages import STAGES, CacheStats, caches
from wares.types import Standing

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
OBJECTIVE = 0.25  # seconds that 95 % of searches stay under; a bucket ends there
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, OBJECTIVE, 0.5, 1.0, 2.5, 5.0, 10.0)
FINE = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
LONG = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0)

PARTS = frozenset(("generation", "write", "index", "vectors", "ranker", "gate", "disk"))
"""What a shop may have to do without."""
SHED = frozenset(("queue", "rate", "files"))
"""Why a request is turned away."""
OUTCOMES = frozenset(("done", "failed", "retried", "cancelled"))
OTHER = "other"
MOST_NAMES = 40  # caches and kinds of job, which the code names
NEWEST = "livemostrecent"  # whoever looked last knows best; another's older look must not outlive it
PAUSE = 1.0  # seconds between two looks at this process

disable_created_metrics()


def standing_of(shop: object) -> Standing | None:
    """Where the index of a shop stands; None where the shop does not say.

    Raises
    ------
    WaresError
        The store cannot be read.
    """
    return getattr(shop, "standing", None)


def codes() -> frozenset[str]:
    """The codes of all errors of ours, and of answers that have none."""
    found, left = {"http", "error"}, [WaresError]
    while left:
        each = left.pop()
        found.add(each.code)
        left.extend(each.__subclasses__())
    return frozenset(found)


class Metrics:
    """The numbers of this process, and with ``folder`` of all that share it.

    Parameters
    ----------
    folder
        What :func:`wares.serve.operations.sharing.share` was given in this process before; None: it is alone.
    worker
        Whether shoppers are answered here; False: this is the writer.
    """

    def __init__(self, folder: Path | None = None, *, worker: bool = True) -> None:
        self._folder, self._worker = folder, worker
        self._registry = registry = CollectorRegistry()
        self._codes = codes()
        self._names: dict[str, set[str]] = {}
        self._cached: dict[str, tuple[int, int, int]] = {}
        self._looked, self._cpu = 0.0, 0.0
        self._children: dict[tuple[str, int], Any] = {}

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"wares_{name}", text, labels, registry=registry)

        def gauge(name: str, text: str, mode: Any, *labels: str) -> Gauge:
            return Gauge(f"wares_{name}", text, labels, registry=registry, multiprocess_mode=mode)

        def histogram(name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"wares_{name}", text, labels, registry=registry, buckets=buckets)

        self._requests = histogram("request_seconds", "Answers, by how long they took", SECONDS, "route", "status")
        self._stages = histogram("stage_seconds", "Steps of an answer, by how long they took", FINE, "stage")
        self._stage = {name: self._stages.labels(name) for name in (*STAGES, OTHER)}
        self._queue = histogram("queue_seconds", "Requests, by how long they waited to be admitted", FINE)
        self.in_flight = gauge("requests_in_flight", "Requests that are being answered", "livesum")
        self._shed = counter("shed", "Requests that were turned away", "reason")
        self._errors = counter("errors", "Answers that were an error", "code")
        self._degraded = counter("degraded", "Searches that did without a part", "part")
        self._searches = counter("searches", "Searches, by whether anything was found", "outcome")
        self._events = counter("events", "Events of shoppers that came in", "outcome")
        self._jobs = counter("jobs", "Jobs that ended", "kind", "outcome")
        self._job_seconds = histogram("job_seconds", "Jobs, by how long they took", LONG, "kind")
        self._waiting = gauge("jobs_waiting", "Jobs that are not done", NEWEST)
        self._index: dict[str, Any] = {
            "products": gauge("index_products", "Products that are found", NEWEST),
            "segments": gauge("index_segments", "Segments of the index", NEWEST),
            "bytes": gauge("index_bytes", "Size of the index", NEWEST),
            "lag": gauge("index_lag_changes", "Changes of the store that no search sees yet", NEWEST),
            "made": gauge("generation_timestamp_seconds", "When the generation that is served was made", NEWEST),
        }
        self._part = gauge("part_degraded", "1 while the shop does without a part", NEWEST, "part")
        self._part_of = {part: self._part.labels(part) for part in (*sorted(PARTS), OTHER)}
        self._disk = gauge("disk_free_bytes", "Space left where the shop keeps everything", NEWEST)
        self._cache: dict[str, Any] = {
            "hits": counter("cache_hits", "What a cache had", "cache"),
            "misses": counter("cache_misses", "What a cache did not have", "cache"),
            "evictions": counter("cache_evictions", "What a cache let go", "cache"),
        }
        self._cache_bytes = gauge("cache_bytes", "What a cache holds", "livesum", "cache")
        self._cache_entries = gauge("cache_entries", "How many things a cache holds", "livesum", "cache")
        self._process: dict[str, Any] = {
            "cpu": counter("process_cpu_seconds", "Time on a processor, of all processes"),
            "rss": gauge("process_resident_memory_bytes", "Memory in use, of all processes", "livesum"),
            "files": gauge("process_open_files", "Open files of the process with the most", "livemax"),
            "limit": gauge("process_max_open_files", "Files that a process may open", "livemin"),
        }
        self._workers = gauge("workers", "Processes that answer", "livesum")
        self._build = gauge("build_info", "1, and what runs", "livemax", "version", "python")
        self.look()

    @property
    def registry(self) -> CollectorRegistry:
        """The metrics of this process."""
        return self._registry

    def answered(self, answer: Answered) -> None:
        """Count one answer; a few microseconds."""
        key = (answer.route, answer.status)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._requests.labels(answer.route, str(answer.status))
        child.observe(answer.seconds)
        if answer.timed.spans:
            for name, seconds in answer.timed.seconds().items():
                self._stage.get(name, self._stage[OTHER]).observe(seconds)
        for name, value in answer.timed.notes:
            told = _NOTES.get(name)
            if told is not None:
                told(self, value)
        if answer.error:
            self._errors.labels(answer.error if answer.error in self._codes else OTHER).inc()
        if time.monotonic() - self._looked > PAUSE:
            self.look()

    def shed(self, reason: str) -> None:
        """A request was turned away; within one, ``note("shed", reason)`` does the same."""
        self._shed.labels(reason if reason in SHED else OTHER).inc()

    def queued(self, seconds: float) -> None:
        """A request waited to be admitted; within one, ``note("queued", seconds)`` does the same."""
        self._queue.observe(seconds)

    def degraded(self, part: str) -> None:
        """A search did without a part; within one, ``note("degraded", part)`` does the same."""
        self._degraded.labels(part if part in PARTS else OTHER).inc()

    def found(self, total: int) -> None:
        """A search was answered; within one, ``note("total", n)`` does the same."""
        self._searches.labels("found" if total else "nothing").inc()

    def events(self, accepted: int = 0, rejected: int = 0) -> None:
        """Events came in; within a request ``note("events", (accepted, rejected))`` does the same."""
        for outcome, count in (("accepted", accepted), ("rejected", rejected)):
            if count:
                self._events.labels(outcome).inc(count)

    def job(self, kind: str, outcome: str, seconds: float) -> None:
        """A job ended: ``done``, ``failed``, ``retried`` or ``cancelled``."""
        kind = self._named("job", kind)
        self._jobs.labels(kind, outcome if outcome in OUTCOMES else OTHER).inc()
        self._job_seconds.labels(kind).observe(seconds)

    def waiting(self, jobs: int) -> None:
        """So many jobs are not done."""
        self._waiting.set(jobs)

    def look(self) -> None:
        """Look at this process and its caches."""
        self._looked = time.monotonic()
        self._workers.set(self._worker)  # here and not once, for a process that was forked begins at 0
        self._build.labels(__version__, platform.python_version()).set(1)
        cpu = time.process_time()
        self._process["cpu"].inc(max(cpu - self._cpu, 0.0))
        self._cpu = cpu
        with suppress(OSError, ValueError), open("/proc/self/statm", encoding="ascii") as file:
            self._process["rss"].set(int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
        with suppress(OSError):
            self._process["files"].set(len(os.listdir("/proc/self/fd")))
        self._process["limit"].set(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        for name, every in caches().items():
            self._look_at(self._named("cache", name), every)

    def look_at_shop(self, shop: object, folder: Path, degraded: Iterable[str]) -> None:
        """Where the index stands, what the shop does without, and the space that is left; asks the store."""
        parts = {part if part in PARTS else OTHER for part in degraded}
        for part, gauge in self._part_of.items():
            gauge.set(part in parts)
        with suppress(OSError):
            self._disk.set(shutil.disk_usage(folder).free)
        standing = standing_of(shop)
        if standing is not None:
            for name, gauge in self._index.items():
                gauge.set(getattr(standing, name))

    def text(self) -> bytes:
        """The page that Prometheus reads."""
        self.look()
        if self._folder is None:
            return generate_latest(self._registry)
        with sharing.whole(self._folder):
            sharing.bury(self._folder)
            return generate_latest(sharing.registry_of(self._folder))

    def _look_at(self, name: str, every: list[CacheStats]) -> None:
        """Counters take what was added since the last look; a cache that is gone takes nothing back."""
        now = tuple(sum(getattr(stats, each) for stats in every) for each in self._cache)
        before = self._cached.get(name, (0, 0, 0))
        for counter, new, old in zip(self._cache.values(), now, before, strict=True):
            counter.labels(name).inc(max(new - old, 0))
        self._cached[name] = (now[0], now[1], now[2])
        self._cache_bytes.labels(name).set(sum(stats.bytes for stats in every))
        self._cache_entries.labels(name).set(sum(stats.entries for stats in every))

    def _named(self, kind: str, name: str) -> str:
        """A name that the code gives, or ``other`` when it looks like something else or there are too many."""
        known = self._names.setdefault(kind, set())
        if name in known:
            return name
        if len(known) >= MOST_NAMES or not re.fullmatch(r"[a-z][a-z_.-]{0,30}", name):
            return OTHER
        known.add(name)
        return name


def _told_events(metrics: Metrics, value: object) -> None:
    if isinstance(value, tuple):
        metrics.events(*value)


_NOTES: dict[str, Callable[[Metrics, Any], None]] = {
    "total": Metrics.found,
    "degraded": Metrics.degraded,
    "shed": Metrics.shed,
    "queued": Metrics.queued,
    "events": _told_events,
}
"""What rooms and handlers note during a request, and where it is counted."""
