"""A16: a shop is killed while it keeps photos of shoppers: they go with the next start, and those of others stay."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from serve.operations.test_processes import serving
from serve.operations.test_shared import asked, names_of
from small_shops import environment, filled
from wares.serve.operations import runfolder
from wares.serve.operations.runfolder import PREFIX, run_folder

RUNS = """
import sys
from wares.serve.operations.runfolder import run_folder

with run_folder() as run:
    run.photos().keep(b"a photo")
    print(run.path, flush=True)
    sys.stdin.read()
"""


def running() -> subprocess.Popen:
    """A run that has begun and keeps a photo."""
    command = [sys.executable, "-c", RUNS]
    process = subprocess.Popen(command, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert PREFIX.encode() in process.stdout.readline()
    return process


def photos_in(temporary: Path) -> list[Path]:
    return [path for folder in temporary.glob(f"{PREFIX}*/photos") for path in folder.iterdir()]


def assert_swept(temporary: Path) -> None:
    with running() as lives, running() as killed:
        assert len(photos_in(temporary)) == 2
        killed.send_signal(signal.SIGKILL)
        killed.wait(30)
        assert len(photos_in(temporary)) == 2, "a process that is killed cannot tidy up"
        with run_folder():
            assert len(photos_in(temporary)) == 1, "not one photo is left: that of the run that goes on"
        lives.stdin.close()
        assert lives.wait(30) == 0
    assert list(temporary.iterdir()) == []


def test_the_next_start_removes_what_a_killed_run_left(temporary):
    assert_swept(temporary)


def test_without_the_sweep_the_case_fails(temporary, monkeypatch):
    """The mutation check."""
    monkeypatch.setattr(runfolder, "_sweep", lambda _: None)
    with pytest.raises(AssertionError, match="not one photo"):
        assert_swept(temporary)


def test_without_looking_whether_it_runs_the_case_fails(temporary, monkeypatch):
    """The mutation check."""
    monkeypatch.setattr(runfolder.fcntl, "flock", lambda *_: None)
    with pytest.raises(AssertionError, match="not one photo"):
        assert_swept(temporary)


def test_a_shop_that_was_killed_forgets_photos_with_its_next_start(tmp_path, temporary):
    filled(tmp_path).close()
    with serving(tmp_path, workers=1) as (client, process):
        names = names_of(client)
        process.kill()
        process.wait(30)
    (left,) = temporary.glob(f"{PREFIX}*")
    assert (left / "photos" / names[0]).exists()
    with serving(tmp_path, workers=1) as (client, _):
        assert not left.exists()
        assert asked(client, "GET", f"/photo/{names[0]}.jpg").status_code == 404
    assert list(temporary.iterdir()) == []
