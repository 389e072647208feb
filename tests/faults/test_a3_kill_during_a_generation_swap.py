"""A3: a process killed between any two steps of a swap leaves the old or the new generation, never a mixture."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from wares.errors import CorruptIndex
from wares.index.exact import ExactIndex
from wares.index.generations import Generations
from wares.testing import SCHEMA, small_catalogue


class Killed(BaseException):
    """Nothing in the code under test may catch it."""


def killer(at):
    steps = iter(range(1_000))

    def step(name):
        if next(steps) == at:
            raise Killed(name)

    return step


def publish(generations, n):
    index = ExactIndex(SCHEMA)
    index.upsert(small_catalogue(n=n))
    generations.activate(generations.build(index.snapshot, {"products": n}).name)


def served(folder):
    """Products of the generation that a new process serves, checked against its own facts."""
    generation = Generations(folder).current()
    products = ExactIndex.restore(generation.folder).stats().products
    assert products == generation.facts["products"]
    leftovers = [path.name for path in folder.iterdir() if path.name.startswith("building-")]
    assert leftovers == []
    return products


def swap_and_die(folder, at):
    """Serve 3 products, then die at a step of the swap to 5; False when the swap had fewer steps."""
    publish(Generations(folder, keep=1), 3)
    try:
        publish(Generations(folder, keep=1, step=killer(at)), 5)
    except Killed:
        return True
    return False


def test_old_or_new_after_a_kill_at_every_step(tmp_path):
    outcomes = []
    for at in range(100):
        folder = tmp_path / str(at)
        if not swap_and_die(folder, at):
            break
        outcomes.append(served(folder))
        publish(Generations(folder), 4)
        assert served(folder) == 4
    assert outcomes == sorted(outcomes), "the swap happens once, at one step"
    assert {3, 5} == set(outcomes)
    assert len(outcomes) >= 12


def test_without_the_atomic_pointer_a_kill_does_harm(tmp_path, monkeypatch):
    """The mutation check."""

    def in_place(self, path, content):
        with open(path, "wb") as file:
            self._step(f"write {path.name}")
            file.write(content)

    monkeypatch.setattr(Generations, "_replace", in_place)
    harmed = 0
    for at in range(100):
        folder = tmp_path / str(at)
        if not swap_and_die(folder, at):
            break
        try:
            served(folder)
        except CorruptIndex:
            harmed += 1
    assert harmed > 0


@pytest.mark.parametrize("at", [0, 3, 6, 9, 11])
def test_old_or_new_after_a_real_kill(tmp_path, at):
    publish(Generations(tmp_path, keep=1), 3)
    here = Path(__file__)
    code = f"""
import os, signal, sys
sys.path[:0] = {[str(here.parents[2] / "src"), str(here.parent)]!r}
import {here.stem} as case
from pathlib import Path
steps = iter(range(1000))
def step(name):
    if next(steps) == {at}:
        os.kill(os.getpid(), signal.SIGKILL)
case.publish(case.Generations(Path({str(tmp_path)!r}), keep=1, step=step), 5)
"""
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    assert done.returncode == -signal.SIGKILL
    assert served(tmp_path) in (3, 5)
