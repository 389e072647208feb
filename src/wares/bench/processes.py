"""``wares`` as a process of its own: its seconds, its peak memory, and a server that is stopped again."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from wares.bench import memory
from wares.bench.memory import MEGABYTE
from wares.bench.peers import require
from wares.errors import WaresError

PATIENCE = 120.0
SETTINGS = """
[access]
rate = ""
products = 0
[serve]
log_slow = 3600.0
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One command that ended: what it printed as JSON, its wall seconds and its peak memory in bytes."""

    report: dict[str, Any]
    seconds: float
    peak: int


def run(*words: str) -> Step:
    """Run a ``wares`` command that prints JSON, and measure its process.

    Raises
    ------
    WaresError
        It failed; the message holds the end of what it said.
    """
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "wares", *words], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout as pipe:
        out = pipe.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)  # Popen would wait for it again
    seconds = time.perf_counter() - start
    if process.returncode:
        raise WaresError(f"wares {' '.join(words)} ended with {process.returncode}: {out[-500:]}", fix="run it by hand")
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss
    return Step(json.loads(out), seconds, usage.ru_maxrss * unit)


@dataclass(frozen=True, slots=True)
class Server:
    """A process that answers on a port of this machine."""

    client: httpx.Client
    port: int
    process: int


@contextmanager
def served(folder: Path, workers: int = 1, *, path: str = "/") -> Iterator[Server]:
    """``wares serve`` on a free port, until the block ends; it answers ``path``.

    Rates are not limited, for one address asks for everything, and slow requests are not logged.

    Raises
    ------
    WaresError
        It does not answer within two minutes, or it ended.
    """
    with TemporaryDirectory(prefix="wares-bench-") as scratch:
        settings = Path(scratch) / "wares.toml"
        settings.write_text(SETTINGS, "utf-8")
        given = ("--config", str(settings), "--folder", str(folder), "--workers", str(workers))
        with listening("wares", "serve", *given, "--port", path=path) as server:
            yield server


@contextmanager
def listening(*words: str, path: str = "/") -> Iterator[Server]:
    """``python -m words PORT`` with a free port, until the block ends; it answers ``path``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", *words, str(port)], stdout=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, follow_redirects=True) as client:
            _wait(client, process, path, " ".join(words[:2]))
            yield Server(client, port, process.pid)
    finally:
        process.terminate()
        process.wait(30)


@dataclass(frozen=True, slots=True)
class Used:
    """What a process and all it started hold now: CPU seconds since their start, and megabytes.

    ``pss`` counts a page that several processes map once among them; ``own`` leaves out what is mapped from files.
    """

    cpu: float
    pss: float
    own: float


def used(process: int, *, sizes: bool = True) -> Used:
    """Of a process and its descendants that live; memory, which takes some milliseconds, where it is wanted."""
    (psutil,) = require("psutil")
    first = psutil.Process(process)
    cpu, pss, own = 0.0, 0.0, 0.0
    for each in (first, *first.children(recursive=True)):
        try:
            times = each.cpu_times()
            cpu += times.user + times.system
            if sizes:
                pss += each.memory_full_info().pss / MEGABYTE
                own += memory.now(each.pid).anonymous
        except (psutil.NoSuchProcess, ProcessLookupError):
            continue
    return Used(cpu, pss, own)


def _wait(client: httpx.Client, process: "subprocess.Popen[bytes]", path: str, name: str) -> None:
    start = time.perf_counter()
    while time.perf_counter() - start < PATIENCE:
        if process.poll() is not None:
            raise WaresError(f"{name} ended with {process.returncode}", fix="run it by hand")
        try:
            client.get(path).raise_for_status()
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise WaresError(f"{name} does not answer within {PATIENCE:g} s", fix="run it by hand")
