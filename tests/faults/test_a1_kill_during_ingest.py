"""A1: SIGKILL at a random moment of bulk ingest: what was acknowledged is there, nothing is half-visible."""

import random
import signal

import pytest

from killed_runs import acknowledged, generation_of, in_a_child, ingest_for_ever
from wares.catalog.staging import Staging


def assert_survives_kills(folder, kills: int, seed: int) -> None:
    print(f"seed {seed}")
    moments = random.Random(seed)
    for turn in range(kills):
        before = acknowledged(folder)
        # Every other child lives to see a run acknowledged; the rest may die while the store is being made.
        once = (lambda before=before: acknowledged(folder) > before) if turn % 2 else lambda: True
        ended = in_a_child(lambda: ingest_for_ever(folder), kill_after=moments.uniform(0, 0.3), once=once)
        assert ended == signal.SIGKILL, "the child must be killed, not fail"
        there = generation_of(folder)
        assert there in (acknowledged(folder), acknowledged(folder) + 1), "an acknowledged run is lost"
        (folder / "acknowledged").write_text(f"{there}\n")
    assert there >= kills // 2, "too few runs were acknowledged for the kills to mean anything"


def test_eight_kills_lose_nothing(tmp_path):
    assert_survives_kills(tmp_path, 8, seed=1)


@pytest.mark.slow
def test_two_hundred_kills_lose_nothing(tmp_path):
    assert_survives_kills(tmp_path, 200, seed=2)


def test_without_its_guard_the_case_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(Staging, "commit", lambda self: 0)  # acknowledges without a commit
    with pytest.raises(AssertionError, match="acknowledged run is lost"):
        assert_survives_kills(tmp_path, 2, seed=1)
