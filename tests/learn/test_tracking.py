"""Whoever follows a run of learning: the contract of each, and what becomes of those who fail."""

import subprocess
import sys
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest
import structlog

from learned_spaces import catalogue, data
from small_shops import environment
from wares import registry
from wares.errors import UnknownPart
from wares.learn import tracking
from wares.learn.tracking import FOLDER, Run, Tracking, chosen, flat
from wares.registry import factory, names, register

pytestmark = pytest.mark.torch
pytest.importorskip("torch")

TITLES = ["a lamp", "灯\tand\na chair", '"><script>', "", "\ud800"]
TRACKERS = names("tracker")


@contextmanager
def registered(name, made):
    """A tracker for the time of a test."""
    register("tracker", name)(made)
    try:
        yield
    finally:
        del registry._factories["tracker"][name]


class Told:
    """Keeps what it is told; fails in what it is asked to."""

    module, extra = "json", "learn"

    def __init__(self, run, fails=""):
        self.run, self.fails, self.calls = run, fails, []
        self.call("made")

    def call(self, name, *told):
        self.calls.append((name, *told))
        if name == self.fails:
            raise OSError("the disk is full")

    def settings(self, values):
        self.call("settings", values)

    def scalars(self, step, values):
        self.call("scalars", step, values)

    def rows(self, step, rows, titles):
        self.call("rows", step, rows.shape, tuple(titles))

    def close(self, *, finished):
        self.call("close", finished)


def tell(names, folder, first=0):
    with Tracking(names, folder / "joint-0001", {"dim": 8, "weights": {"title": 1.0}, "nested": (8, 16)}) as followed:
        for step in range(first, first + 3):
            followed.scalars(step, {"loss": 1.0 / (step + 1), "loss/title": 0.5})
        followed.rows(first + 3, np.eye(5, 8, dtype=np.float32), TITLES)
    return followed


@pytest.mark.parametrize("name", TRACKERS)
def test_a_tracker_takes_whatever_a_run_tells_and_goes_on_where_it_stood(tmp_path, name, capfd, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    made = factory("tracker", name)
    if name != "tensorboard":  # which comes with what learns
        pytest.importorskip(made.module)
    run = Run(tmp_path / "models" / "joint-0001" / FOLDER, "joint-0001", 0)
    for first in (0, 2):
        run.folder.mkdir(parents=True, exist_ok=True)
        tracker = made(Run(run.folder, run.name, first))
        tracker.settings({"dim": 8, "name": "灯 ' \"", "long": "x" * 20_000, "uncertainty": False, "rate": 1.5e-3})
        for step in range(first, 4):
            tracker.scalars(step, {"loss": 1.0, "gate/day 0/title_photo": 0.0, "weight/title": float("inf")})
        tracker.rows(4, np.eye(4, 8, dtype=np.float32), ["a", "灯", "<b>", ""])
        tracker.close(finished=first == 2)
    assert capfd.readouterr().out == "", "what is printed there may be read by programs"


def test_trackers_are_chosen_by_name_once_each():
    assert chosen("") == chosen(" , ") == ()
    assert chosen(" tensorboard ,tensorboard") == ("tensorboard",)
    with pytest.raises(UnknownPart, match="did you mean 'tensorboard'"):
        chosen("tensorbord")


@pytest.mark.parametrize("name", TRACKERS)
def test_what_is_not_installed_is_said_before_anything_is_read_or_learned(tmp_path, name):
    module = factory("tracker", name).module
    code = f"""
import sys
sys.modules[{module!r}] = None
from typer.testing import CliRunner
from wares.cli import app
for command in ("joint", "multitask"):
    done = CliRunner().invoke(app, ["learn", command, "--folder", {str(tmp_path / "no shop")!r}, "--track", {name!r}])
    print(done.exit_code, type(done.exception).__name__, done.exception.message, done.exception.fix, sep="|")
"""
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    extra = factory("tracker", name).extra
    expected = f"1|ConfigError|a run cannot be followed with {name}: {module} is not installed"
    expected += f"|pip install 'wares[{extra}]', or learn without it: --track ''"
    assert done.stdout.splitlines() == [expected] * 2
    assert not (tmp_path / "no shop").exists()


def test_settings_come_first_and_the_end_last(tmp_path):
    made = []
    with registered("told", lambda run: made.append(Told(run)) or made[-1]):
        assert not Tracking((), tmp_path, {}).followed
        followed = tell(["told"], tmp_path, first=4)
    (told,) = made
    assert told.run == Run(tmp_path / "joint-0001" / FOLDER, "joint-0001", 4)
    assert [call[0] for call in told.calls] == ["made", "settings", *["scalars"] * 3, "rows", "close"]
    assert told.calls[1][1] == {"dim": 8, "weights.title": 1.0, "nested": "(8, 16)"}
    assert told.calls[-2] == ("rows", 7, (5, 8), ("a lamp", "灯 and a chair", '"><script>', "", "\ud800"))
    assert told.calls[-1] == ("close", True)
    assert not followed.followed


def test_an_untold_run_leaves_nothing(tmp_path):
    with Tracking(("tensorboard",), tmp_path / "joint-0001", {}) as followed:
        assert followed.followed
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("at", ["made", "settings", "scalars", "rows", "close"])
def test_one_that_fails_is_said_once_and_left_out_and_the_others_go_on(tmp_path, at):
    made = []

    def of(fails):
        return lambda run: made.append(Told.__new__(Told)) or made[-1].__init__(run, fails) or made[-1]

    with registered("failing", of(at)), registered("sound", of("")), structlog.testing.capture_logs() as logs:
        tell(["failing", "sound"], tmp_path)
    failing, sound = made
    assert [(each["event"], each["tracker"], each["reason"]) for each in logs] == [
        ("run followed no more", "failing", "OSError: the disk is full")
    ]
    assert failing.calls[-1][0] == at
    assert sum(call[0] == at for call in failing.calls) == 1
    assert [call[0] for call in sound.calls] == ["made", "settings", *["scalars"] * 3, "rows", "close"]


def test_a_run_that_is_ended_says_that_it_is_not_finished(tmp_path):
    made = []

    def ended():
        with Tracking(["told"], tmp_path, {}) as followed:
            followed.scalars(0, {})
            raise KeyboardInterrupt

    with registered("told", lambda run: made.append(Told(run)) or made[-1]), pytest.raises(KeyboardInterrupt):
        ended()
    assert made[0].calls[-1] == ("close", False)


def test_a_folder_that_cannot_be_written_does_not_end_a_run(tmp_path):
    (tmp_path / "joint-0001").write_text("a file")
    with structlog.testing.capture_logs() as logs:
        tell(["tensorboard"], tmp_path)
    assert [each["tracker"] for each in logs] == ["tensorboard"]


def test_nested_settings_lie_on_one_level():
    nested = {"a": 1, "b": {"c": True, "d": {"e": None, "f": [1]}}, "g": "text"}
    assert flat(nested) == {"a": 1, "b.c": True, "b.d.e": "None", "b.d.f": "[1]", "g": "text"}


@pytest.mark.parametrize("fails", ["", "made", "scalars", "close"])
def test_what_is_learned_does_not_depend_on_who_follows(tmp_path, fails):
    from dataclasses import replace

    from wares.encode.learned import ARRAYS
    from wares.learn.objective import Settings
    from wares.learn.space import make

    brief = Settings(dim=16, epochs=1, batch=64, steps=(3, 3), nested=(), threads=1)
    given, made = data(catalogue(80)), []
    alone = make(given, tmp_path / "alone" / "joint-0001", brief)
    keep = SimpleNamespace(told=None)

    def told(run):
        keep.told = Told.__new__(Told)
        keep.told.__init__(run, fails)
        return keep.told

    with registered("told", told), structlog.testing.capture_logs():
        seen = make(given, tmp_path / "seen" / "joint-0001", replace(brief), track=["told"], watch=made.append and None)
    assert (seen.folder / ARRAYS).read_bytes() == (alone.folder / ARRAYS).read_bytes()
    assert seen.after.means == alone.after.means
    if not fails:
        steps = [call for call in keep.told.calls if call[0] == "scalars"]
        epochs = len(seen.card["history"])
        assert [step for _, step, _ in steps] == list(range(epochs + 1))
        assert {"loss", "loss/title", "weight/title", "rate", "gradient", "ndcg/title_photo"} <= set(steps[-2][2])
        last = steps[-1][2]
        assert {name: last[f"gate/learned/{name}"] for name in seen.after.means} == seen.after.means
        assert last["share"] == seen.card["share"]
        (rows,) = (call for call in keep.told.calls if call[0] == "rows")
        assert rows[2][0] == len(rows[3]) == 80
        assert rows[3][0] == given.catalogue.titles()[0]


def test_the_log_names_this_module():
    assert tracking.log._name == "wares.learn.tracking"
