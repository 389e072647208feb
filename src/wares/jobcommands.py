"""``wares jobs``: long work is queued, done here where nobody else does it, followed, called off, tried again."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from wares import terminal
from wares.config import Config
from wares.errors import QueryError, StoreLocked
from wares.jobs.queue import JobQueue
from wares.jobs.records import STATES, Job
from wares.jobs.runner import JobRunner
from wares.shop import Shop
from wares.types import Progress

LOOK = 0.2  # seconds between two looks at a job that is followed

jobs = typer.Typer(help="Long work in the background: queue it, follow it, call it off, try it again.")

ConfigFile = Annotated[Path | None, typer.Option("--config", help="wares.toml to read; default: the one here")]
Folder = Annotated[Path | None, typer.Option("--folder", help="the shop's data folder")]
Json = Annotated[bool, typer.Option("--json", help="print JSON")]
Id = Annotated[int, typer.Argument(help="as `wares jobs list` shows it")]


@contextmanager
def queue_of(config: Path | None, folder: Path | None) -> Iterator[tuple[Config, JobQueue]]:
    """The settings and the jobs of a shop."""
    settings = Config.load(config, {"shop.folder": folder})
    queue = JobQueue(settings.shop.folder)
    try:
        yield settings, queue
    finally:
        queue.close()


@jobs.command("list")
def list_jobs(
    state: Annotated[str, typer.Option(help=f"{', '.join(STATES)}; empty: all")] = "",
    last: Annotated[int, typer.Option(min=1, help="so many of the newest")] = 50,
    config: ConfigFile = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """List jobs, the newest first."""
    if state not in ("", *STATES):
        raise QueryError(f"no job is ever {state!r}", fix=f"--state {', '.join(STATES)}")
    with queue_of(config, folder) as (_, queue):
        found = queue.records.newest(state, last)
    if as_json:
        terminal.dump([job.facts() for job in found])
        return
    rows = [(job.id, job.kind, job.state, job.attempts, _how_far(job), job.facts()["created"][:19]) for job in found]
    terminal.rows(("", "kind", "state", "attempts", "", "asked for (UTC)"), rows)


@jobs.command("run")
def run_job(
    kind: Annotated[str, typer.Argument(help="rebuild, read, erase, or one of a plug-in")],
    arguments: Annotated[list[str] | None, typer.Argument(help="what it takes, such as shopper=u1")] = None,
    queue_only: Annotated[bool, typer.Option("--queue", help="do not wait for its end")] = False,
    config: ConfigFile = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Queue a job and see it to its end; it is done here where no shop that is served does it. 1 where it failed."""
    given = dict(each.partition("=")[::2] for each in arguments or ())
    with queue_of(config, folder) as (settings, queue):
        job, _ = queue.start(kind, given)
        if not queue_only:
            with terminal.progress(quiet=as_json) as progress:
                job = _done(settings, queue, job, progress)
    _tell(job, as_json=as_json)


@jobs.command("follow")
def follow_job(id: Id, config: ConfigFile = None, folder: Folder = None, as_json: Json = False) -> None:
    """Show how far a job is until it ends; 1 where it failed."""
    with queue_of(config, folder) as (_, queue), terminal.progress(quiet=as_json) as progress:
        job = _followed(queue, id, progress)
    _tell(job, as_json=as_json)


@jobs.command("cancel")
def cancel_job(id: Id, config: ConfigFile = None, folder: Folder = None, as_json: Json = False) -> None:
    """End a job that waits, and have one that runs end soon."""
    with queue_of(config, folder) as (_, queue):
        _tell(queue.cancel(id), as_json=as_json)


@jobs.command("retry")
def retry_job(id: Id, config: ConfigFile = None, folder: Folder = None, as_json: Json = False) -> None:
    """Queue a job that failed again."""
    with queue_of(config, folder) as (_, queue):
        _tell(queue.retry(id), as_json=as_json)


def _done(config: Config, queue: JobQueue, job: Job, progress: Progress) -> Job:
    """The job when it has ended: done here, or by whoever does jobs already."""
    runner = JobRunner(config, lambda: closing(Shop.open(config, write=True)), progress=progress)
    try:
        return runner.until(job.id)
    except StoreLocked:
        return _followed(queue, job.id, progress)


def _followed(queue: JobQueue, id: int, progress: Progress) -> Job:
    while not (job := queue.records.get(id)).over:
        if job.stage:
            progress(job.stage, job.done, job.total)
        time.sleep(LOOK)
    return job


def _tell(job: Job, *, as_json: bool) -> None:
    if as_json:
        terminal.dump(job.facts())
    else:
        terminal.say(f"job {job.id} ({job.kind}): {job.state} {_how_far(job)}".rstrip())
        for name, value in (job.result or {}).items():
            terminal.say(f"  {name.replace('_', ' ')}: {value}")
        if job.fix:
            terminal.say(f"  fix: {job.fix}")
    if job.state == "failed":
        raise typer.Exit(1)


def _how_far(job: Job) -> str:
    told: dict[str, Any] = job.facts()
    if job.code:
        return f"[{job.code}] {job.message}"
    if told["progress"] is None:
        return ""
    return f"{job.stage} {job.done:,}" + (f" of {job.total:,}" if job.total else "")
