"""Runs in a store of this machine, as MLflow reads them."""

import numpy as np
import pytest

mlflow = pytest.importorskip("mlflow")

from wares.learn.trackers.mlflow import EXPERIMENT, MlflowTracker  # noqa: E402
from wares.learn.tracking import FOLDER, Run  # noqa: E402


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A store is made once: that takes some seconds."""
    return tmp_path_factory.mktemp("shop") / "models"


def follow(models, name, first, last, *, finished=True):
    folder = models / name / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    tracker = MlflowTracker(Run(folder, name, first))
    tracker.settings({"dim": 8, "weights.title": 1.0})
    for step in range(first, last):
        tracker.scalars(step, {"loss": 1.0 / (step + 1), **({"ndcg/title_photo": step} if step % 2 else {})})
    tracker.rows(last, np.eye(2, dtype=np.float32), ["a", "b"])
    tracker.close(finished=finished)


def runs(models, name):
    client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{models.resolve() / 'mlflow.db'}")
    experiment = client.get_experiment_by_name(EXPERIMENT).experiment_id
    found = client.search_runs([experiment], f"tags.mlflow.runName = '{name}'", order_by=["attributes.start_time ASC"])
    steps = [[each.step for each in client.get_metric_history(run.info.run_id, "loss")] for run in found]
    return found, steps


def test_each_model_is_a_run_beside_the_others(models):
    for name in ("joint-0001", "joint-0002"):
        follow(models, name, 0, 4)
        (run,), steps = runs(models, name)
        assert run.info.status == "FINISHED"
        assert run.data.params == {"dim": "8", "weights.title": "1.0"}
        assert run.data.metrics == {"loss": 0.25, "ndcg/title_photo": 3}
        assert steps == [[0, 1, 2, 3]]


def test_a_run_that_goes_on_is_the_same_and_tells_each_step_once(models):
    follow(models, "joint-0003", 0, 5, finished=False)
    assert runs(models, "joint-0003")[0][0].info.status == "KILLED"
    follow(models, "joint-0003", 3, 8)
    (run,), steps = runs(models, "joint-0003")
    assert run.info.status == "FINISHED"
    assert steps == [[*range(8)]]


def test_one_that_begins_anew_is_another(models):
    follow(models, "joint-0004", 0, 2, finished=False)
    follow(models, "joint-0004", 0, 3)
    found, steps = runs(models, "joint-0004")
    assert [run.info.status for run in found] == ["KILLED", "FINISHED"]
    assert steps == [[0, 1], [0, 1, 2]]


def test_where_mlflow_is_told_to_write_it_writes(models, monkeypatch):
    elsewhere = f"sqlite:///{models.parent / 'elsewhere.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", elsewhere)
    monkeypatch.setattr(MlflowTracker, "_experiment", lambda self, *_: "0")
    follow(models, "joint-0005", 0, 2)
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert (models.parent / "elsewhere.db").is_file()
    assert runs(models, "joint-0005")[0] == []
