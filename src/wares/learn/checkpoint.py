"""Where a run stands, on the disk: one that was killed goes on as if it had not been. No pickles. torch loads with this
module."""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from wares.arrayfiles import DIGEST, chunks, digest, mapped
from wares.encode.weights import write
from wares.errors import TrainingError

ARRAYS, RECORD = "checkpoint.safetensors", "checkpoint.json"
PAUSE = 20.0  # seconds between two of them


class Checkpoint:
    """A folder that a run is kept in.

    Parameters
    ----------
    identity
        What the run is: a checkpoint of other data or settings is not gone on with.
    pause
        Seconds between two writes.
    """

    def __init__(self, folder: Path, identity: str, pause: float = PAUSE) -> None:
        self._folder = folder
        self._identity = identity
        self._pause = pause
        self._last = time.monotonic()

    def save(self, module: nn.Module, optimiser: Any, schedule: Any, history: Sequence[Mapping[str, float]]) -> None:
        """Write where the run stands, if the last time is long enough ago."""
        if time.monotonic() - self._last < self._pause:
            return
        arrays = {f"m.{name}": value for name, value in module.state_dict().items()}
        state = optimiser.state_dict()
        for number, each in state["state"].items():
            arrays |= {f"o.{number}.{name}": value for name, value in each.items()}
        numpy = {name: value.detach().cpu().numpy() for name, value in arrays.items()}
        record = {"identity": self._identity, "history": list(history), "schedule": _plain(schedule.state_dict())}
        record["rates"] = [group["lr"] for group in state["param_groups"]]
        record["momenta"] = [list(group["betas"]) for group in state["param_groups"]]
        self._folder.mkdir(parents=True, exist_ok=True)
        write(self._folder / ARRAYS, chunks(numpy))
        record[DIGEST] = digest(self._folder / ARRAYS)
        write(self._folder / RECORD, [json.dumps(record).encode()])
        self._last = time.monotonic()

    def restore(self, module: nn.Module, optimiser: Any, schedule: Any) -> list[Mapping[str, float]] | None:
        """Bring a run to where it stood; its history, or None where nothing of this run is kept.

        Raises
        ------
        TrainingError
            What is kept is of this run, and does not fit it.
        """
        try:
            record = json.loads((self._folder / RECORD).read_text("utf-8"))
            if record["identity"] != self._identity or digest(self._folder / ARRAYS) != record[DIGEST]:
                return None  # another run, or one that was killed between the two files
        except (OSError, ValueError, KeyError, TypeError):
            return None  # none, or it is damaged: the run begins anew
        arrays, _ = mapped(self._folder / ARRAYS)
        tensors = {name: torch.from_numpy(value.copy()) for name, value in arrays.items()}
        try:
            module.load_state_dict({name[2:]: value for name, value in tensors.items() if name.startswith("m.")})
            state = optimiser.state_dict()
            for name, value in tensors.items():
                if name.startswith("o."):
                    _, number, part = name.split(".")
                    state["state"].setdefault(int(number), {})[part] = value
            for group, rate, betas in zip(state["param_groups"], record["rates"], record["momenta"], strict=True):
                group["lr"], group["betas"] = rate, tuple(betas)
            optimiser.load_state_dict(state)
            schedule.load_state_dict({**schedule.state_dict(), **record["schedule"]})
        except (RuntimeError, ValueError, KeyError, TypeError) as error:
            raise TrainingError(f"the run in {self._folder} cannot go on: {error}", fix="delete the folder") from error
        history: list[Mapping[str, float]] = record["history"]
        return history

    def clear(self) -> None:
        """Forget the run."""
        for name in (RECORD, ARRAYS):
            (self._folder / name).unlink(missing_ok=True)


def _plain(state: Mapping[str, Any]) -> dict[str, Any]:
    """What of a schedule's state is a number."""
    return {name: value for name, value in state.items() if isinstance(value, int | float | bool)}
