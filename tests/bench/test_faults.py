import os
import signal

import pytest

from small_shops import config_of
from wares.bench import faults, kills
from wares.bench.harness import BenchOptions, run
from wares.catalog.staging import Staging
from wares.index import snapshot
from wares.types import Product, Variant


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Without the weights of the shipped encoder, and a kill at every fortieth call."""
    monkeypatch.setattr(faults, "_config", config_of)
    monkeypatch.setattr(faults, "FLIPS", 2)
    monkeypatch.setattr(faults, "every_call", lambda calls: kills.every_call(calls)[::40])


def test_nothing_is_lost(tmp_path):
    figures = run("faults", BenchOptions(tmp_path, kills=2, cache=tmp_path)).figures
    assert figures["kills"] == 2
    assert figures["acknowledged"] >= 1
    assert figures["lost"] == figures["half_visible"] == figures["flips_served"] == 0
    assert figures["flips"] == 12 * faults.FLIPS
    assert 0 < figures["recovery_p50_ms"] <= figures["recovery_p99_ms"]
    if kills.can_trace():
        assert min(figures["upsert_kills"], figures["swap_kills"]) > 1


def test_what_is_lost_is_counted(tmp_path, monkeypatch):
    """The mutation check: ingest acknowledges without a commit."""
    monkeypatch.setattr(faults, "can_trace", lambda: False)
    monkeypatch.setattr(faults, "_warm", lambda folder: (folder / "shop" / "index").mkdir(parents=True))
    monkeypatch.setattr(Staging, "commit", lambda self: 0)
    assert run("faults", BenchOptions(tmp_path, kills=2, cache=tmp_path)).figures["lost"] >= 1


def test_bits_that_are_not_noticed_are_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(faults, "can_trace", lambda: False)
    monkeypatch.setattr(snapshot, "_check_file", lambda path, listed: None)
    assert run("faults", BenchOptions(tmp_path, kills=1, cache=tmp_path)).figures["flips_served"] >= 1


def test_parts_of_two_editions_are_told_apart(tmp_path):
    one = Product(id="a", title="g1", variants=(Variant("v", title="g1"),))
    assert kills.editions([one]) == {1}
    assert kills.editions([one, Product(id="b", title="g2", variants=(Variant("w"),))]) == {0, 1, 2}


def test_calls_are_numbered_by_name():
    assert kills.every_call(["write", "fsync", "write"]) == [("write", 1), ("fsync", 1), ("write", 2)]


@pytest.mark.skipif(not kills.can_trace(), reason="strace cannot inject signals here")
def test_a_child_is_killed_at_the_call_that_is_named(tmp_path):
    def work() -> None:
        for name in ("a", "b", "c"):
            (tmp_path / name).mkdir()

    assert kills.killed_at_call(work, tmp_path / "log") == ["mkdir"] * 3
    for name in ("a", "b", "c"):
        (tmp_path / name).rmdir()
    assert kills.killed_at_call(work, tmp_path / "log", "mkdir", 3) == ["mkdir"] * 3
    assert (tmp_path / "b").is_dir()


def test_how_a_child_ended_is_told():
    assert kills.in_a_child(lambda: os._exit(0)) == 0
    assert kills.in_a_child(lambda: os.kill(os.getpid(), signal.SIGTERM)) == signal.SIGTERM
