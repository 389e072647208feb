"""A run in Weights & Biases: sent where one is logged in, else kept beside the model until ``wandb sync`` sends it.

``WANDB_MODE``, ``WANDB_PROJECT`` and whatever else W&B reads are its own.
"""

from collections.abc import Mapping, Sequence
from secrets import token_hex

from wares.learn.tracking import Run, Value
from wares.registry import register
from wares.types import FloatArray

PROJECT = "wares"
SHOWN = 500  # products of a table


@register("tracker", "wandb")
class WandbTracker:
    """A run of the project ``wares``; one that goes on stays the same run, of which W&B takes no step twice."""

    module, extra = "wandb", "wandb"

    def __init__(self, run: Run) -> None:
        import wandb

        settings = wandb.setup().settings
        mode = settings.mode
        if mode == "online" and not wandb.login(prompt=False, verify=False):
            mode = "offline"
        before = run.kept(self.module) if run.first else ""
        self._run = wandb.init(
            project=settings.project or PROJECT,
            id=before or f"{run.name}-{token_hex(4)}",
            name=run.name,
            dir=str(run.folder),
            mode=mode,
            resume="allow" if before and mode == "online" else None,
            reinit="create_new",
            settings=wandb.Settings(
                silent=True, console="off", disable_git=True, disable_code=True, x_save_requirements=False
            ),
        )
        run.keep(self.module, str(self._run.id))

    def settings(self, values: Mapping[str, Value]) -> None:
        """As its configuration."""
        self._run.config.update(dict(values), allow_val_change=True)

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """As its history."""
        self._run.log(dict(values), step=step)

    def rows(self, step: int, rows: FloatArray, titles: Sequence[str]) -> None:
        """As a table, which can be shown as a projection."""
        import wandb

        names = ["title", *(str(number) for number in range(rows.shape[1]))]
        cells = [[title, *row] for title, row in zip(titles[:SHOWN], rows[:SHOWN].tolist(), strict=True)]
        self._run.log({"products": wandb.Table(names, cells)}, step=step)

    def close(self, *, finished: bool) -> None:
        """With how it ended."""
        self._run.finish(exit_code=0 if finished else 1)
