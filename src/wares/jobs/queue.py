"""Jobs of one shop: asked for by any process, done by the one that holds their lock.

::

    start, retry ──→ records (the truth) ──→ huey's queue of their numbers ──→ whoever holds jobs.lock
                          ↑  progress, result, error  ←──────────────────────────────┘

huey takes a number out of its queue before the job is done, so the queue alone would lose what is killed. It follows
the records instead: a job is done only where its record waits, so that a number that is queued twice does no harm, and
whoever begins to do jobs queues everything anew that waits.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from wares.audit import AuditLog, actor
from wares.errors import Conflict, Interrupted
from wares.jobs.records import Job, JobRecords, job_errors
from wares.jobs.work import kind_of, made

if TYPE_CHECKING:
    from huey import SqliteHuey
    from huey.registry import Message

ATTEMPTS = 5


class JobQueue:
    """What can be asked of the jobs of a shop.

    Parameters
    ----------
    folder
        The shop's data folder.
    work
        Does the job of a number; nobody but whoever holds the lock gives it.
    """

    def __init__(self, folder: Path, work: Callable[[int], None] | None = None) -> None:
        self.records = JobRecords(folder)
        self._work = work
        self._audit = AuditLog(folder)

    def start(self, kind: str, arguments: Mapping[str, Any]) -> tuple[Job, bool]:
        """Ask for a job; with False where an identical one waits already, which is given.

        Raises
        ------
        QueryError
            There is no such kind, or these are not its arguments.
        TooMany
            So many wait already.
        """
        id, new = self.records.add(made(kind, arguments), kind, actor())
        if new:
            self._audit.write("job.start", f"{kind} {id}")
        self.queue(id)  # the other one too: its process may have been killed before it was queued
        return self.records.get(id), new

    def cancel(self, id: int) -> Job:
        """End a job that waits, and have one that runs end soon.

        Raises
        ------
        NotFound
            There is none.
        Conflict
            It has ended, or runs and is of a kind that is not left half done.
        """
        job = self.records.get(id)
        if job.state == "running" and kind_of(job.kind).whole:
            raise Conflict(f"job {id} is not left half done", fix="wait for its end")
        self.records.cancel(id)
        self._audit.write("job.cancel", f"{job.kind} {id}")
        return self.records.get(id)

    def retry(self, id: int) -> Job:
        """Try a job that failed again.

        Raises
        ------
        NotFound
            There is none.
        Conflict
            It did not fail, or an identical one waits.
        """
        self.records.retry(id)
        job = self.records.get(id)
        self._audit.write("job.retry", f"{job.kind} {id}")
        self.queue(id)
        return job

    def queue(self, id: int, delay: float = 0.0) -> None:
        """Have a job that waits done, after some seconds."""
        with job_errors(self.records.path):
            if delay > 0:
                self._huey.add_schedule(self._task.s(id, delay=delay))
            else:
                self._task(id)

    def recover(self) -> list[Job]:
        """Queue everything that waits, and what was running when its process ended; those that ended too often."""
        if not self.records.path.exists():
            return []
        error = Interrupted("its process ended while it ran, again and again", fix="see the log, then retry the job")
        failed = self.records.found_again(ATTEMPTS, error)
        with job_errors(self.records.path):
            self._huey.storage.flush_queue()  # before the look at what waits: what is added meanwhile may come twice
            self._huey.storage.flush_schedule()
        for id in self.records.waiting():
            self.queue(id)
        return failed

    def step(self) -> bool:
        """Do the next job; False where none is due."""
        if not self.records.path.exists():
            return False
        with job_errors(self.records.path):
            if self._huey.scheduled_count():
                for task in self._huey.read_schedule():
                    self._huey.enqueue(task)
            task = self._huey.dequeue()
        if task is None:
            return False
        task.execute()  # not by huey, which would keep what goes wrong with a record to its own log
        return True

    def close(self) -> None:
        """Let go of the files."""
        self.records.close()
        if "_task" in self.__dict__:
            self._huey.storage.close()

    @property
    def _huey(self) -> "SqliteHuey":
        return self._task.huey

    @cached_property
    def _task(self) -> Any:
        from huey import SqliteHuey

        def job(id: int) -> None:
            if self._work is not None:
                self._work(id)

        self.records.unfinished()  # makes the file, for its owner alone
        path = str(self.records.path)
        return SqliteHuey("jobs", filename=path, results=False, serializer=_Plain()).task()(job)


class _Plain:
    """Messages as JSON: what lies on a disk is never unpickled."""

    def serialize(self, message: "Message") -> bytes:
        return orjson.dumps(list(message))

    def deserialize(self, data: bytes) -> "Message":
        from huey.registry import Message

        message = Message(*orjson.loads(data))
        return message._replace(eta=datetime.fromisoformat(message.eta)) if message.eta else message
