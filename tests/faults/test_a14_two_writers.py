"""A14: of two writers on one data folder the second is refused, and the first is not disturbed."""

import fcntl
import os

import pytest

from killed_runs import in_a_child
from wares.catalog.lock import WriterLock
from wares.errors import StoreLocked


def assert_the_second_is_refused(folder) -> None:
    ready, go = os.pipe(), os.pipe()

    def first() -> None:
        with WriterLock(folder):
            os.write(ready[1], b"1")
            os.read(go[0], 1)
        os._exit(0)

    child = os.fork()
    if child == 0:
        first()
    os.read(ready[0], 1)
    try:
        with pytest.raises(StoreLocked, match=str(child)) as caught:
            WriterLock(folder)
        assert (caught.value.status, caught.value.code) == (503, "store_locked")
    finally:
        os.write(go[1], b"1")
        _, status = os.waitpid(child, 0)
    assert status == 0, "the first writer was disturbed"
    WriterLock(folder).release()


def test_the_second_writer_is_refused(tmp_path):
    assert_the_second_is_refused(tmp_path)


def test_a_writer_that_was_killed_leaves_no_lock(tmp_path):
    def hold() -> None:
        WriterLock(tmp_path)
        os.kill(os.getpid(), 9)

    assert in_a_child(hold) == 9
    WriterLock(tmp_path).release()


def test_without_its_guard_the_case_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(fcntl, "flock", lambda *_: None)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        assert_the_second_is_refused(tmp_path)
