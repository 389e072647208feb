"""A run in MLflow: where its own settings say, else in a SQLite file beside the models.

``mlflow ui --backend-store-uri sqlite:///…/models/mlflow.db`` shows it; ``MLFLOW_TRACKING_URI`` and whatever else
MLflow reads are its own.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from wares.learn.tracking import Run, Value
from wares.registry import register
from wares.types import FloatArray

EXPERIMENT = "wares"


@register("tracker", "mlflow")
class MlflowTracker:
    """A run of the experiment ``wares``; one that goes on stays the same run, and is told no step twice."""

    module, extra = "mlflow", "mlflow"

    def __init__(self, run: Run) -> None:
        import mlflow

        logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)  # it tells of each table that it makes
        models = run.folder.parent.parent.resolve()
        own = None if mlflow.is_tracking_uri_set() else f"sqlite:///{models / 'mlflow.db'}"
        self._client = mlflow.MlflowClient(tracking_uri=own)
        before = run.kept(self.module)
        self._told = -1
        if before and run.first:
            self._run = before
            self._client.update_run(self._run, "RUNNING")
            self._told = self._last()
            return
        if before:  # it was cut short before there was anything to go on with
            self._client.set_terminated(before, "KILLED")
        self._run = self._client.create_run(self._experiment(models, own is not None), run_name=run.name).info.run_id
        run.keep(self.module, self._run)

    def settings(self, values: Mapping[str, Value]) -> None:
        """As parameters; those of a run that goes on are the same."""
        from mlflow.entities import Param

        self._client.log_batch(self._run, params=[Param(name, str(value)[:6000]) for name, value in values.items()])

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """As metrics, all of a step together."""
        from mlflow.entities import Metric

        if step > self._told:
            now = int(time.time() * 1000)
            metrics = [Metric(name, value, now, step) for name, value in values.items()]
            self._client.log_batch(self._run, metrics=metrics)
            self._told = step

    def rows(self, step: int, rows: FloatArray, titles: Sequence[str]) -> None:
        """MLflow has nothing that shows them."""

    def close(self, *, finished: bool) -> None:
        """With how it ended."""
        self._client.set_terminated(self._run, "FINISHED" if finished else "KILLED")

    def _experiment(self, models: Path, local: bool) -> str:
        found = self._client.get_experiment_by_name(EXPERIMENT)
        if found is not None:
            return str(found.experiment_id)
        kept = (models / "mlflow-artifacts").as_uri() if local else None
        return str(self._client.create_experiment(EXPERIMENT, artifact_location=kept))

    def _last(self) -> int:
        """The last step that was told."""
        names = self._client.get_run(self._run).data.metrics
        steps = [each.step for name in names for each in self._client.get_metric_history(self._run, name)]
        return max(steps, default=-1)
