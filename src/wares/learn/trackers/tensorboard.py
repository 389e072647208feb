"""A run as event files for TensorBoard, in the folder of its model: ``tensorboard --logdir models``."""

import json
from collections.abc import Mapping, Sequence
from shutil import rmtree
from typing import Any

from wares.learn.tracking import Run, Value
from wares.registry import register
from wares.types import FloatArray


@register("tracker", "tensorboard")
class TensorBoardTracker:
    """Event files on this machine; a run that goes on hides what was told of the same steps before."""

    module, extra = "tensorboard", "learn"

    def __init__(self, run: Run) -> None:
        from torch.utils.tensorboard import SummaryWriter

        # the first event of each file says from which step on older files do not count
        self._writer: Any = SummaryWriter(str(run.folder), purge_step=run.first)
        self._folder, self._first = run.folder, run.first
        self._settings: dict[str, Value] = {}
        self._last: Mapping[str, float] = {}

    def settings(self, values: Mapping[str, Value]) -> None:
        """As a text, and kept for the table of runs."""
        self._settings = dict(values)
        told = json.dumps(self._settings, indent=1, ensure_ascii=False)
        self._writer.add_text("settings", f"```json\n{told}\n```", self._first)

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """On the disk at once, so that a run that is killed keeps what was told before its checkpoint."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)
        self._writer.flush()
        self._last = values

    def rows(self, step: int, rows: FloatArray, titles: Sequence[str]) -> None:
        """For the projector, in the place of what was told before."""
        rmtree(self._folder / f"{step:05d}", ignore_errors=True)
        self._writer.add_embedding(rows, list(titles), global_step=step, tag="products")

    def close(self, *, finished: bool) -> None:
        """With a row in the table of runs, where it is finished: its settings, and the numbers that were told last."""
        from torch.utils.tensorboard import summary

        if finished:
            writer = self._writer._get_file_writer()  # add_hparams would make another run of it
            hparams: Any = summary.hparams
            for each in hparams(self._settings, dict(self._last)):
                writer.add_summary(each)
        self._writer.close()
