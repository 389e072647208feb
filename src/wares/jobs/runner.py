"""Who does the jobs of a shop: one process at a time, one job at a time, for as long as it holds ``jobs.lock``.

A job that was running when the lock was got is one whose process was killed: it is done again, but not for ever.
What failed because of the moment (another writer, no memory, a disk) is tried again, later each time.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Self

from wares.audit import acting
from wares.catalog.lock import WriterLock
from wares.config import Config
from wares.errors import Busy, DiskFailed, StoreError, StoreLocked, WaresError, disk_errors
from wares.jobs.queue import ATTEMPTS, JobQueue
from wares.jobs.records import Job
from wares.jobs.work import JobKind, OpenShop, Work, made
from wares.logs import Logger
from wares.types import Progress, silent

LOCK = "jobs.lock"
PAUSE = 0.5  # seconds between two looks for a job
FIRST, FACTOR = 10.0, 3  # seconds before the second attempt, and how much longer before each one after it
TOLD = 0.25  # seconds between two times that progress is kept
PATIENCE = 3.0  # seconds for a job to notice that its process ends
WORTH = (StoreLocked, Busy, StoreError)
"""Errors of the moment; but a disk that failed stays so until a restart."""

Ended = Callable[[str, str, float], None]
"""Told of every attempt: kind, outcome (``done``, ``failed``, ``retried``, ``cancelled``), seconds."""

log = Logger(__name__)


def _unheard(_kind: str, _outcome: str, _seconds: float) -> None:
    """Nobody counts."""


class JobRunner:
    """Does jobs: in a thread of its own as a ``with`` block, or here until one has ended.

    Parameters
    ----------
    shop
        Gives the shop, open for writing.
    ended
        Told of every attempt.
    """

    def __init__(
        self,
        config: Config,
        shop: OpenShop,
        ended: Ended = _unheard,
        *,
        progress: Progress = silent,
        pause: float = PAUSE,
        first: float = FIRST,
    ) -> None:
        self._config, self._shop, self._ended = config, shop, ended
        self._progress, self._pause, self._first = progress, pause, first
        self._stop = threading.Event()
        self._queue = JobQueue(config.shop.folder, self._do)
        self._thread = threading.Thread(target=self._beside, name="jobs", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """A job that does not notice in time is left as if its process were killed."""
        self._stop.set()
        self._thread.join(PATIENCE)
        if not self._thread.is_alive():
            self._queue.close()

    def until(self, id: int) -> Job:
        """Do jobs in their order until one has ended.

        Raises
        ------
        StoreLocked
            Another process does them.
        """
        try:
            with self._alone():
                while not self._stop.is_set() and not self._queue.records.get(id).over:
                    if not self._queue.step():
                        self._stop.wait(self._pause)
                return self._queue.records.get(id)
        finally:
            self._queue.close()

    def _beside(self) -> None:
        told = ""
        while not self._stop.is_set():
            try:
                with self._alone():
                    while not self._stop.wait(0 if self._queue.step() else self._pause):
                        pass
            except StoreLocked:
                pass  # another process does them
            except Exception as error:  # whatever it was, what waits is looked at again
                if told != str(error):
                    log.error("jobs rest", code=getattr(error, "code", "error"), reason=str(error))
                told = str(error)
            self._stop.wait(4 * self._pause)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with disk_errors():
            lock = WriterLock(self._config.shop.folder, LOCK)
        with lock:
            for job in self._queue.recover():
                log.error("job failed", job=job.id, kind=job.kind, code="interrupted", reason="its process ended")
                self._ended(job.kind, "failed", 0.0)
            yield

    def _do(self, id: int) -> None:
        """One attempt at a job, if it still waits."""
        records = self._queue.records
        job = records.claim(id)
        if job is None:
            return
        began = time.monotonic()
        try:
            with acting(job.actor):
                result = self._result(job)
        except (_Stopped, KeyboardInterrupt):
            self._stop.set()
            records.give_back(id)
            return
        except _Cancelled:
            records.end(id, "cancelled")
            outcome = "cancelled"
        except Exception as error:
            if self._stop.is_set():
                return  # what it stood on was taken away: it is found again
            outcome = self._failed(job, error)
        else:
            records.end(id, "done", result=result)
            outcome = "done"
        self._ended(job.kind, outcome, time.monotonic() - began)

    def _result(self, job: Job) -> Mapping[str, Any]:
        kind = made(job.kind, self._queue.records.arguments(job.id))
        try:
            return kind.run(Work(self._config, self._shop, self._telling(job.id, kind)))
        except MemoryError as error:
            raise Busy("memory ran out", fix="give the process more") from error
        except WaresError as error:
            error.message, error.fix = kind.unnamed(error.message), kind.unnamed(error.fix)
            raise
        except Exception as error:
            log.error(
                "job broke", job=job.id, kind=job.kind, reason=f"{type(error).__name__}: {kind.unnamed(str(error))}"
            )
            raise WaresError(f"it broke: {type(error).__name__}", fix="see the log, and report it") from None

    def _failed(self, job: Job, error: Exception) -> str:
        assert isinstance(error, WaresError)
        if isinstance(error, WORTH) and not isinstance(error, DiskFailed) and job.attempts < ATTEMPTS:
            self._queue.records.give_back(job.id, error)
            self._queue.queue(job.id, self._first * FACTOR ** (job.attempts - 1))
            return "retried"
        self._queue.records.end(job.id, "failed", error=error)
        log.error("job failed", job=job.id, kind=job.kind, code=error.code, reason=error.message)
        return "failed"

    def _telling(self, id: int, kind: JobKind) -> Progress:
        """Keeps how far a job is, now and then, and ends it where it is to end."""
        last: list[Any] = ["", 0.0]

        def tell(stage: str, done: int, total: int) -> None:
            self._progress(stage, done, total)
            if self._stop.is_set() and not kind.whole:
                raise _Stopped
            now = time.monotonic()
            if stage == last[0] and now - last[1] < TOLD:
                return
            last[:] = stage, now
            cancelling = False
            with suppress(StoreError):  # a disk that is full for a moment is for the job to notice, not for this
                cancelling = self._queue.records.tell(id, stage, done, total)
            if cancelling and not kind.whole:
                raise _Cancelled

        return tell


class _Stopped(BaseException):
    """The process ends. No Exception, so that nothing on the way takes it for one of its own."""


class _Cancelled(BaseException):
    """Somebody cancelled the job."""
