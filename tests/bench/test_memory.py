import sys

import numpy as np
import pytest

from wares.bench.memory import apart, disk, now


def test_memory_of_its_own_grows_with_what_is_kept():
    if sys.platform != "linux":
        pytest.skip("only Linux tells memory from files apart")
    before = now()
    kept = np.ones(8_000_000)
    after = now()
    assert 50 < after.anonymous - before.anonymous < 90
    assert kept.sum() == len(kept)


def test_a_task_runs_in_a_process_of_its_own():
    import os

    measured = apart(os.getpid)
    assert measured.value != os.getpid()
    assert measured.memory.anonymous > 1 or sys.platform != "linux"


def test_what_a_task_raises_is_raised_here():
    with pytest.raises(ValueError, match="invalid literal"):
        apart(int, "x")


def test_a_folder_is_as_large_as_its_files(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(b"0" * 3_000_000)
    (tmp_path / "c").write_bytes(b"0" * 500_000)
    assert disk(tmp_path) == 3.5
