"""What cannot be done now is tried again, each time later."""

from collections import namedtuple

import pytest

from wares import patience
from wares.errors import DiskFull
from wares.patience import MOST, Patience


@pytest.fixture
def free(monkeypatch):
    """Bytes that are free."""
    usage = namedtuple("usage", "free")
    now = {"free": 100}
    monkeypatch.setattr(patience.shutil, "disk_usage", lambda folder: usage(now["free"]))
    return now


def answers_until_tried(found: Patience) -> int:
    count = 0
    while not found.is_over():
        count += 1
    return count


def test_after_each_failure_twice_as_many_answers_pass(tmp_path):
    found = Patience(tmp_path)
    assert (answers_until_tried(found), found.reason) == (0, "")
    for n in range(1, MOST + 3):
        found.failed(MemoryError(), "g1")
        assert answers_until_tried(found) == 2 ** min(n, MOST)
    assert found.reason == "out of memory"
    found.succeeded()
    assert (answers_until_tried(found), found.reason) == (0, "")
    found.failed(MemoryError("no more"), "g1")
    assert (answers_until_tried(found), found.reason) == (2, "no more")


def test_after_a_full_disk_it_is_tried_as_soon_as_there_is_more_space(tmp_path, free):
    found = Patience(tmp_path)
    found.failed(DiskFull("full"), "g1")
    assert not found.is_over()
    free["free"] = 101
    assert found.is_over()


def test_it_is_said_once(tmp_path, capsys):
    found = Patience(tmp_path)
    for _ in range(3):
        found.failed(MemoryError(), "g1")
    assert capsys.readouterr().out.count("index is behind") == 1
