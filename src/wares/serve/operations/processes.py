"""Who runs: workers that read and answer, and one writer beside them that comes when something is to be written.

::

    wares serve ── worker 1 (this process) ─┐ one listening socket, one generation, mapped
                ├─ worker 2 … n ────────────┘
                └─ writer ── Unix socket: what changes products, and jobs; holds the lock while it writes

With one worker it is this process itself, so that nothing stands between a start and the first answer. Whatever dies
is started again, later each time; when this process ends, all of them do.
"""

import multiprocessing
import multiprocessing.connection
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing.context import SpawnProcess

from wares.config import Config
from wares.errors import CorruptIndex, GateRefused, StoreLocked
from wares.logs import Logger
from wares.serve.operations import sharing
from wares.serve.operations.listening import answer, listen
from wares.serve.operations.runfolder import RunFolder, run_folder
from wares.shop import Shop

STEADY = 10.0  # seconds after which a process that ends is not thought to fail at its start
LONGEST = 30.0  # seconds between two starts
GRACE = 10.0  # seconds to finish what is in flight
LATER = 0.5  # seconds that the first worker has the machine for itself
AGAIN = 0.2  # seconds between two looks for a first generation

log = Logger(__name__)
_spawn = multiprocessing.get_context("spawn")


def serve(config: Config, workers: int = 1) -> None:
    """Serve a shop until Ctrl-C or SIGTERM.

    Raises
    ------
    ConfigError
        The port is taken.
    """
    from wares.serve.access.masking import mask_event
    from wares.serve.operations.requestlog import write_json

    listening = listen(config.serve.host, config.serve.port)
    with (
        run_folder() as run,
        kept_running("writer", lambda: _spawn.Process(target=write, args=(config, run), daemon=True), after=LATER),
    ):
        if workers == 1:
            work(config, listening, run)
            return
        write_json([mask_event])
        with listening, _many(config, workers, listening, run):
            _until_told_to_stop()


def work(config: Config, listening: socket.socket, run: RunFolder, *, shared: bool = False) -> None:
    """Be a worker, one of several where the socket is shared: answer what is read, hand on what is written."""
    from wares.serve.access.masking import mask_event
    from wares.serve.app import create_app
    from wares.serve.operations.forwarding import Forwarding
    from wares.serve.operations.metrics import Metrics
    from wares.serve.operations.operated import Operated
    from wares.serve.operations.requestlog import write_json

    write_json([mask_event])
    shop = _opened(config)
    shop.follow_beside()
    sharing.share(run.numbers)
    operated = Operated(config, Metrics(run.numbers))
    app = create_app(shop, photos=run.photos(), tally=run.tally(), operated=operated)
    try:
        seconds = config.serve.drain_seconds
        answer(Forwarding(app, run.writer), listening, operated.drain, seconds, shared=shared)
    finally:
        operated.close()
        shop.close()


def write(config: Config, run: RunFolder) -> None:
    """Be the writer: answer on a Unix socket that nobody else can open, and do the jobs of the shop beside that."""
    from wares.jobs.runner import JobRunner
    from wares.serve.access.masking import mask_event
    from wares.serve.operations.metrics import Metrics
    from wares.serve.operations.operated import Operated
    from wares.serve.operations.requestlog import write_json
    from wares.serve.operations.writer import Writer

    _end_with_parent()
    write_json([mask_event])
    with suppress(OSError):
        os.nice(5)  # answers come first
    listening = socket.socket(socket.AF_UNIX)
    run.writer.unlink(missing_ok=True)
    mask = os.umask(0o177)
    try:
        listening.bind(str(run.writer))
    finally:
        os.umask(mask)
    listening.listen()
    _mend(config)
    sharing.share(run.numbers)
    operated = Operated(config, Metrics(run.numbers, worker=False))
    try:
        writer = Writer(config, operated=operated, tally=run.tally())
        with writer as app, JobRunner(config, writer.writing, operated.metrics.job):
            answer(app, listening)
    finally:
        operated.close()


def _mend(config: Config) -> None:
    """Make an index where there is none that can be served, or whose writer ended before it made a newer one."""
    try:
        shop = Shop.open(config)
        late = shop.standing.lag > 0
        shop.close()
    except GateRefused:  # the gate said so, and why
        return
    except CorruptIndex:
        late = True
    if late:
        with suppress(StoreLocked, GateRefused):  # whoever writes now makes one
            Shop.open(config, write=True).close()


@contextmanager
def kept_running(
    name: str, make: Callable[[], SpawnProcess], after: float = 0.0, grace: float = GRACE
) -> Iterator[Callable[[], None]]:
    """Start a process after some seconds, and start it again whenever it ends, until the block does.

    Parameters
    ----------
    grace
        Seconds it has to end after it was told to.

    Yields
    ------
    What tells it to end, before the block waits for it; so several may be told before one is waited for.
    """
    stop = threading.Event()
    current: list[SpawnProcess] = []

    def keep() -> None:
        failures = 0
        stop.wait(after)
        while not stop.is_set():
            process = make()
            process.start()
            current[:] = [process]
            started = time.monotonic()
            multiprocessing.connection.wait([process.sentinel])
            process.join()
            if stop.is_set():
                return
            failures = failures + 1 if time.monotonic() - started < STEADY else 0
            pause = min(0.1 * 2**failures, LONGEST)
            log.error("process ended", name=name, exit=process.exitcode, again_in=pause)
            stop.wait(pause)

    def tell() -> None:
        if not stop.is_set():  # a process that is told twice ends at once
            stop.set()
            for process in current:
                process.terminate()

    keeper = threading.Thread(target=keep, name=f"keeper of {name}", daemon=True)
    keeper.start()
    try:
        yield tell
    finally:
        tell()
        for process in current:
            _end(process, grace)
        keeper.join(GRACE)


@contextmanager
def _many(config: Config, workers: int, listening: socket.socket, run: RunFolder) -> Iterator[None]:
    """Workers in processes of their own; in the end all are told at once, so that none looks ready for longer."""

    def make() -> SpawnProcess:
        return _spawn.Process(target=_worker, args=(config, listening, run), daemon=True)

    grace = config.serve.drain_seconds + GRACE
    with ExitStack() as kept:
        told = [kept.enter_context(kept_running(f"worker {n + 1}", make, grace=grace)) for n in range(workers)]
        try:
            yield
        finally:
            for tell in told:
                tell()


def _worker(config: Config, listening: socket.socket, run: RunFolder) -> None:
    _end_with_parent()
    work(config, listening, run, shared=True)


def _opened(config: Config) -> Shop:
    """The shop for reading; where it has products and no generation yet, the writer is about to make one."""
    told = False
    while True:
        try:
            return Shop.open(config)
        except CorruptIndex as error:
            if not told:
                log.warning("waiting for an index", code=error.code, reason=error.message)
            told = True
            time.sleep(AGAIN)


def _until_told_to_stop() -> None:
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    told.wait()


def _end(process: SpawnProcess, grace: float) -> None:
    """Wait for a process that was told to end, and no longer than that."""
    process.join(grace)
    if process.is_alive():
        process.kill()
        process.join(GRACE)


def _end_with_parent() -> None:
    """Stop when whoever started this process is gone, however it went."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()
