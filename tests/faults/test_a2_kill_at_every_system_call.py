"""A2: SIGKILL at the Nth write, sync or rename of the store: the old or the new generation, never mixed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from killed_runs import generation_of, prepared

ROOT = Path(__file__).parents[2]
CALLS = "pwrite64,fsync,fdatasync,ftruncate,rename"
CHILD = """
import sys
from pathlib import Path
from killed_runs import url_of
from wares.catalog.feeds import open_feed
from wares.catalog.ingest import ingest
from wares.catalog.store import CatalogStore
folder = Path(sys.argv[1])
ingest(open_feed(folder / "feed.jsonl"), CatalogStore(url_of(folder)))
"""


def usable() -> bool:
    if not shutil.which("strace"):
        return False
    probe = ["strace", "-f", "-o", os.devnull, "-e", "inject=fsync:signal=SIGKILL:when=999", "true"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not usable(), reason="strace cannot inject signals here")


def killed_at(folder: Path, call: int) -> bool:
    """Ingest generation 2 in a child that is killed at its Nth system call; False when it had fewer."""
    inject = f"inject={CALLS}:signal=SIGKILL:when={call}"
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}", "OMP_NUM_THREADS": "1"}
    traced = ["strace", "-f", "-o", os.devnull, "-e", f"trace={CALLS}", "-e", inject]
    done = subprocess.run(
        [*traced, sys.executable, "-c", CHILD, str(folder)], env=environment, capture_output=True, check=False
    )
    return done.returncode != 0


def assert_old_or_new(tmp_path: Path, calls: range) -> set[int]:
    start, seen = prepared(tmp_path / "start"), set()
    for call in calls:
        folder = shutil.copytree(start, tmp_path / str(call))
        killed = killed_at(folder, call)
        seen.add(generation_of(folder))
        if not killed:
            assert generation_of(folder) == 2
            break
    return seen


def test_a_kill_at_some_system_calls_leaves_one_generation(tmp_path):
    assert 1 in assert_old_or_new(tmp_path, range(2, 30, 9))


@pytest.mark.slow
def test_a_kill_at_every_system_call_leaves_one_generation(tmp_path):
    assert assert_old_or_new(tmp_path, range(1, 200)) == {1, 2}
