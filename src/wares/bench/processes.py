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
from typing import Any

import httpx

from wares.errors import WaresError

PATIENCE = 120.0


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


@contextmanager
def served(folder: Path) -> Iterator[tuple[httpx.Client, int]]:
    """``wares serve`` on a free port: a client, and the id of the process, which ends with the block.

    Raises
    ------
    WaresError
        It does not answer within two minutes, or it ended.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ("serve", "--folder", str(folder), "--port", str(port))
    process = subprocess.Popen([sys.executable, "-m", "wares", *words], stdout=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, follow_redirects=True) as client:
            _wait(client, process)
            yield client, process.pid
    finally:
        process.terminate()
        process.wait(30)


def _wait(client: httpx.Client, process: "subprocess.Popen[bytes]") -> None:
    start = time.perf_counter()
    while time.perf_counter() - start < PATIENCE:
        if process.poll() is not None:
            raise WaresError(f"wares serve ended with {process.returncode}", fix="run it by hand")
        try:
            client.get("/").raise_for_status()
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise WaresError(f"wares serve does not answer within {PATIENCE:g} s", fix="run it by hand")
