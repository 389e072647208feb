"""Numbers of several processes are one, and no count falls when a process ends."""

import os
import subprocess
import sys
import textwrap

import pytest

from serve.operations.scraped import scraped, value
from small_shops import environment
from wares.serve.operations import sharing

# Values are of one kind for a whole process, so that each test runs in processes of its own.
BEGIN = """
import os, subprocess, sys
from pathlib import Path
from wares.serve.operations import sharing
from wares.serve.operations.metrics import Metrics
from wares.types import Standing

folder = Path(sys.argv[1])
sharing.share(folder)
metrics = Metrics(folder)

class Shop:
    standing = Standing("g", 1.0, 0, 0, 1, 1, 1)
    def lags(self, changes):
        self.standing = Standing("g", 1.0, 0, changes, 1, 1, 1)
        return self

def child(code):
    prefix = Path(sys.argv[2]).read_text()
    command = [sys.executable, "-c", prefix + code, *sys.argv[1:]]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

def until_ready(process):
    assert process.stdout.readline() == b"ready\\n"
    return process

WAIT = "\\nprint('ready', flush=True); sys.stdin.read()"
"""


def run(tmp_path, code: str) -> list[dict]:
    """What the program says, page by page."""
    begin = tmp_path / "begin.py"
    begin.write_text(BEGIN)
    sharing.start(tmp_path / "numbers")
    command = [sys.executable, "-c", BEGIN + textwrap.dedent(code), str(tmp_path / "numbers"), str(begin)]
    said = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    return [scraped(page) for page in said.stdout.split("=====\n")[:-1]]


SHOW = "print(metrics.text().decode() + '=====')"


def test_all_processes_are_added_up_and_those_that_ended_stay_in_the_sum(tmp_path):
    pages = run(
        tmp_path,
        f"""
        metrics.found(1)
        metrics.in_flight.inc()
        one = until_ready(child("metrics.found(1); metrics.in_flight.inc(); metrics.queued(0.2)" + WAIT))
        two = until_ready(child("metrics.found(1); metrics.found(0)" + WAIT))
        {SHOW}
        one.kill(); one.wait()
        {SHOW}
        two.communicate(); three = child("metrics.found(1)"); three.communicate()
        {SHOW}
        {SHOW}
        """,
    )
    assert [value(page, "searches_total", outcome="found") for page in pages] == [3, 3, 4, 4]
    assert [value(page, "searches_total", outcome="nothing") for page in pages] == [1, 1, 1, 1]
    assert [value(page, "queue_seconds_count") for page in pages] == [1, 1, 1, 1]
    assert [value(page, "queue_seconds_sum") for page in pages] == [0.2] * 4
    assert [value(page, "requests_in_flight") for page in pages] == [2, 1, 1, 1]
    assert [value(page, "workers") for page in pages] == [3, 2, 1, 1]


def test_files_do_not_pile_up(tmp_path):
    run(
        tmp_path,
        f"""
        for _ in range(4):
            child("metrics.found(1)").communicate()
        {SHOW}
        """,
    )
    names = sorted(path.name for path in (tmp_path / "numbers").glob("*.db"))
    owners = {name.removesuffix(".db").rpartition("_")[2] for name in names}
    assert len(owners) == 2  # the program's own, and the sum of those that ended
    assert "counter_0.db" in names


def test_the_newest_look_counts_whoever_looked(tmp_path):
    pages = run(
        tmp_path,
        f"""
        look = "metrics.look_at_shop(Shop().lags(9), folder, ('vectors',))"
        one = until_ready(child(look + WAIT))
        {SHOW}
        metrics.look_at_shop(Shop(), folder, ())
        {SHOW}
        one.kill(); one.wait()
        """,
    )
    assert [value(page, "index_lag_changes") for page in pages] == [9, 0]
    assert [value(page, "part_degraded", part="vectors") for page in pages] == [1, 0]


def test_a_file_that_was_cut_off_is_no_reason_to_be_blind(tmp_path):
    pages = run(
        tmp_path,
        f"""
        one = until_ready(child("metrics.found(1)" + WAIT))
        one.kill(); one.wait()
        path = folder / f"counter_{{one.pid}}.db"
        path.write_bytes(path.read_bytes()[:11])
        {SHOW}
        """,
    )
    assert value(pages[0], "workers") == 1


def test_a_folder_begins_empty(tmp_path):
    folder = tmp_path / "numbers"
    folder.mkdir()
    (folder / "counter_12.db").write_bytes(b"of another run")
    sharing.start(folder)
    assert os.listdir(folder) == []


@pytest.mark.parametrize("number", [1, os.getpid()])
def test_a_process_that_lives_is_not_buried(tmp_path, number):
    (tmp_path / f"counter_{number}.db").write_bytes(b"")
    sharing.bury(tmp_path)
    assert (tmp_path / f"counter_{number}.db").exists()
