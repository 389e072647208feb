"""Runs in Weights & Biases, kept on this machine."""

import numpy as np
import pytest

wandb = pytest.importorskip("wandb")

from wares.learn.trackers.wandb import WandbTracker  # noqa: E402
from wares.learn.tracking import FOLDER, Run  # noqa: E402


@pytest.fixture
def logged_out(monkeypatch, tmp_path):
    """No key, no network."""
    for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(wandb, "login", lambda **_: False)
    return tmp_path / "joint-0001" / FOLDER


def follow(folder, first, last):
    folder.mkdir(parents=True, exist_ok=True)
    tracker = WandbTracker(Run(folder, "joint-0001", first))
    tracker.settings({"dim": 8, "weights.title": 1.0})
    for step in range(first, last):
        tracker.scalars(step, {"loss": 1.0 / (step + 1)})
    tracker.rows(last, np.eye(3, 4, dtype=np.float32), ["a", "灯", "<b>"])
    run = tracker._run
    tracker.close(finished=True)
    return run


def test_without_a_key_a_run_is_kept_beside_its_model(logged_out):
    run = follow(logged_out, 0, 3)
    assert run.settings.mode == "offline"
    assert (run.project, run.name) == ("wares", "joint-0001")
    assert dict(run.config) == {"dim": 8, "weights.title": 1.0}
    assert [path.suffix for path in (logged_out / "wandb").glob("offline-run-*/*.wandb")] == [".wandb"]


def test_a_run_that_goes_on_is_the_same_and_one_that_begins_anew_is_another(logged_out):
    first = follow(logged_out, 0, 2).id
    assert follow(logged_out, 2, 4).id == first
    assert follow(logged_out, 0, 1).id != first


def test_what_it_is_told_by_its_own_settings_holds(logged_out, monkeypatch):
    asked = []
    monkeypatch.setattr(wandb, "init", lambda **options: asked.append(options) or wandb.Run.__new__(wandb.Run))
    monkeypatch.setattr(wandb.Run, "id", "x", raising=False)
    for mode, logged_in, expected in (
        ("online", True, "online"), ("online", False, "offline"), ("disabled", False, "disabled"),
        ("offline", True, "offline"),
    ):  # fmt: skip
        settings = type("Settings", (), {"mode": mode, "project": None})
        monkeypatch.setattr(wandb, "setup", lambda settings=settings: type("Setup", (), {"settings": settings}))
        monkeypatch.setattr(wandb, "login", lambda logged_in=logged_in, **_: logged_in)
        logged_out.mkdir(parents=True, exist_ok=True)
        WandbTracker(Run(logged_out, "joint-0001", 0))
        assert asked[-1]["mode"] == expected
