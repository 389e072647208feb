import os

import pytest

from wares.bench.timing import interleaved, load, pinned
from wares.errors import ConfigError


def test_tasks_take_turns() -> None:
    order: list[str] = []
    timings = interleaved({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, repeats=3)
    assert "".join(order) == "ababab"
    assert timings["a"].repeats == 3
    assert 0 <= timings["a"].best <= timings["a"].median


def test_no_repeats_measure_nothing() -> None:
    with pytest.raises(ConfigError):
        interleaved({}, repeats=0)


def test_threads_are_held_and_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    threadpoolctl = pytest.importorskip("threadpoolctl")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("MKL_NUM_THREADS", "7")
    with pinned(1):
        assert os.environ["OMP_NUM_THREADS"] == "1"
        assert {pool["num_threads"] for pool in threadpoolctl.threadpool_info()} <= {1}
    assert "OMP_NUM_THREADS" not in os.environ
    assert os.environ["MKL_NUM_THREADS"] == "7"


def test_load_is_a_number() -> None:
    assert load() >= 0
