"""A15: a worker is killed while it holds what others wait for: they go on, and what it half did is nothing."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from small_shops import environment
from wares.serve.access import tally
from wares.serve.access.limits import Requests
from wares.serve.access.meter import Refused
from wares.serve.access.tally import Tally
from wares.serve.photos import QueryPhotos

COUNTS = """
import sys
from pathlib import Path
from wares.serve.access.tally import Tally

with Tally(Path(sys.argv[1]), b"of this run").of("ann"):
    print("ready", flush=True)
    sys.stdin.read()
"""
KEEPS = """
import os, sys
from pathlib import Path
from wares.serve.photos import QueryPhotos

def wait(*_, **__):
    print("ready", flush=True)
    sys.stdin.read()

os.utime = wait
QueryPhotos(Path(sys.argv[1])).keep(b"half")
"""


def assert_others_go_on(folder: Path, program: str, what, harm: signal.Signals = signal.SIGKILL) -> None:
    command = [sys.executable, "-c", program, str(folder)]
    with subprocess.Popen(command, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout.readline() == b"ready\n"
            waiting = threading.Thread(target=what, daemon=True)
            waiting.start()
            waiting.join(0.3)
            assert waiting.is_alive(), "it did not wait, so nothing was locked"
            holder.send_signal(harm)
            waiting.join(30 if harm == signal.SIGKILL else 0.3)
            assert not waiting.is_alive(), "it waits for ever"
        finally:
            holder.kill()
            waiting.join(30)


def counting(tmp_path):
    tally.start(folder := tmp_path / "tally")
    return folder, Requests(Tally(folder, b"of this run"))


def test_limits_are_counted_on(tmp_path):
    folder, requests = counting(tmp_path)
    assert_others_go_on(folder, COUNTS, lambda: requests.take("1/hour", "ann"))
    with pytest.raises(Refused):
        requests.take("1/hour", "ann")


def test_photos_are_kept_on_and_half_of_one_is_none(tmp_path):
    assert_others_go_on(tmp_path, KEEPS, lambda: QueryPhotos(tmp_path).keep(b"photo"))
    (name,) = os.listdir(tmp_path)
    assert QueryPhotos(tmp_path).get(name) == b"photo"


def test_where_the_lock_is_not_given_back_the_case_fails(tmp_path):
    """The mutation check: a process that is stopped keeps what it holds."""
    folder, requests = counting(tmp_path)
    with pytest.raises(AssertionError, match="for ever"):
        assert_others_go_on(folder, COUNTS, lambda: requests.take("1/hour", "ann"), signal.SIGSTOP)
