"""In the end all workers are told at once, and each has the time that it was promised."""

import os
import socket
import threading
from typing import ClassVar

import pytest

from small_shops import config_of
from wares.serve.operations import processes
from wares.serve.operations.runfolder import RunFolder


class Process:
    """Ends when it is told to; writes down what is done to it."""

    said: ClassVar[list[tuple[str, float | None]]] = []
    started = threading.Semaphore(0)

    def __init__(self, **_: object) -> None:
        self.sentinel, self._end = os.pipe()
        self._lives, self.exitcode = True, 0

    def start(self) -> None:
        self.started.release()

    def is_alive(self) -> bool:
        return self._lives

    def terminate(self) -> None:
        self.said.append(("told", None))
        self._lives = False
        os.close(self._end)

    def join(self, timeout: float | None = None) -> None:
        if timeout is not None:
            self.said.append(("waited for", timeout))


@pytest.fixture
def said(monkeypatch):
    monkeypatch.setattr(Process, "said", [])
    monkeypatch.setattr(processes._spawn, "Process", Process, raising=False)
    return Process.said


def test_all_are_told_before_one_is_waited_for_and_none_is_told_twice(tmp_path, said):
    config = config_of(tmp_path, **{"serve.drain_seconds": 25.0})
    with socket.socket() as listening, processes._many(config, 3, listening, RunFolder(tmp_path, b"")):
        for _ in range(3):
            assert Process.started.acquire(timeout=30)
        threading.Event().wait(0.05)  # a process is known a moment after it started
    assert [what for what, _ in said] == ["told"] * 3 + ["waited for"] * 3
    assert {seconds for what, seconds in said if what == "waited for"} == {25.0 + processes.GRACE}
