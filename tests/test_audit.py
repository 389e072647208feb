"""The audit log: what is written stays, whatever dies in between."""

import json
import os
import subprocess
import sys

import pytest

from small_shops import environment
from wares.audit import HEAD, NAME, AuditLog, acting
from wares.errors import DiskFull


def test_lines_say_who_did_what_and_follow_each_other(tmp_path):
    log = AuditLog(tmp_path)
    log.write("key.create", "k1", scopes=["search"])
    with acting("account:ann"):
        assert log.write("rebuild") == 2
    first, second = log.lines()
    assert first["actor"].startswith("system:")
    assert (second["actor"], second["action"], second["previous"]) == ("account:ann", "rebuild", first["hash"])
    assert first["time"].endswith("+00:00")
    found = log.verify()
    assert (found.whole, found.count, found.hash) == (True, 2, second["hash"])


def test_an_empty_log_is_whole(tmp_path):
    assert AuditLog(tmp_path).verify().whole


def test_many_processes_write_one_chain(tmp_path):
    code = (
        "import sys; from pathlib import Path; from wares.audit import AuditLog\n"
        "log = AuditLog(Path(sys.argv[1]))\nfor n in range(20): log.write('act', str(n))"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    running = [subprocess.Popen(command, env=environment()) for _ in range(4)]
    assert [each.wait() for each in running] == [0] * 4
    assert AuditLog(tmp_path).verify().count == 80


def test_a_line_written_right_before_a_crash_is_taken_up(tmp_path):
    log = AuditLog(tmp_path)
    log.write("one")
    head = (tmp_path / HEAD).read_bytes()
    log.write("two")
    (tmp_path / HEAD).write_bytes(head)
    assert log.verify().whole
    assert log.write("three") == 3
    assert log.verify().count == 3


def test_half_a_line_is_cut_off_by_the_next(tmp_path):
    log = AuditLog(tmp_path)
    log.write("one")
    with open(tmp_path / NAME, "ab") as file:
        file.write(b'{"seq":2,"ti')
    assert log.verify().line == 2
    assert log.write("two") == 2
    assert log.verify().whole


def test_a_full_disk_is_told(tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull):
        AuditLog(tmp_path).write("one")


def test_a_head_kept_elsewhere_uncovers_a_chain_made_anew(tmp_path):
    log = AuditLog(tmp_path)
    for name in ("one", "two", "three"):
        log.write(name)
    found = log.verify()
    kept = f"{found.count}:{found.hash}"
    log.write("four")
    assert log.verify(kept).whole
    for path in (NAME, HEAD):
        (tmp_path / path).unlink()
    for name in ("one", "other", "three", "four"):
        log.write(name)
    assert log.verify().whole
    assert log.verify(kept).line == 3
    json.loads((tmp_path / HEAD).read_text())
