"""One training step over several processes, with the result of a single one: torch's DDP around any objective.

An objective is a module whose forward takes a batch and gives the loss. What it embeds of its share of the batch goes
through :func:`gather`, so that every process sees the whole batch as negatives and computes the whole loss::

    def forward(self, batch):
        left, right = gather(self.left(batch["left"])), gather(self.right(batch["right"]))
        return info_nce(self.temperature(left, right), same(gather(batch["id"]), gather(batch["id"])))

The gradients of :func:`gather` are summed over processes and those of parameters averaged by DDP (Li et al., PyTorch
Distributed, VLDB 2020), which together is the gradient of the whole batch. Not the same as in one process are what sees
a share alone (batch norm, a term of rows that were not gathered) and what is drawn (dropout). torch loads with this
module.
"""

import os
import pickle
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.multiprocessing.spawn import ProcessException, spawn
from torch.nn import functional
from torch.nn.parallel import DistributedDataParallel

from wares.errors import TrainingError
from wares.learn.losses import Temperature, info_nce, same

Batch = Mapping[str, Tensor]
SILENCE = timedelta(minutes=10)  # after which a process that says nothing has failed


def world() -> int:
    """How many processes train together; 1 outside :func:`launch`."""
    return int(distributed.get_world_size()) if distributed.is_initialized() else 1


def rank() -> int:
    """Which of them this is, from 0."""
    return int(distributed.get_rank()) if distributed.is_initialized() else 0


def share(batch: Batch) -> dict[str, Tensor]:
    """This process's rows of a batch that all processes have; each has its first dimension cut alike.

    Raises
    ------
    TrainingError
        Fewer rows than processes.
    """
    parts, place = world(), rank()
    short = {name: len(rows) for name, rows in batch.items() if len(rows) < parts}
    if short:
        raise TrainingError(f"{short} rows for {parts} processes", fix="make batches larger, or drop the last one")
    return {name: rows.tensor_split(parts)[place] for name, rows in batch.items()}


def gather(rows: Tensor) -> Tensor:
    """(n, …) of this process → the rows of all, by rank, with gradients; shares may differ in length."""
    if world() == 1:
        return rows
    function: Any = _Gather
    gathered: Tensor = function.apply(rows)
    return gathered


class _Gather(torch.autograd.Function):  # type: ignore[misc, unused-ignore]
    @staticmethod
    def forward(ctx: Any, rows: Tensor) -> Tensor:
        """Padded to the longest share: gloo and NCCL exchange equal lengths."""
        sizes = torch.zeros(world(), dtype=torch.long, device=rows.device)
        sizes[rank()] = len(rows)
        distributed.all_reduce(sizes)
        lengths: list[int] = sizes.tolist()
        padded = rows.new_zeros((max(lengths), *rows.shape[1:]))
        padded[: len(rows)] = rows
        every = [torch.empty_like(padded) for _ in lengths]
        distributed.all_gather(every, padded)
        ctx.lengths = lengths
        return torch.cat([one[:length] for one, length in zip(every, lengths, strict=True)])

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        """Of this process's rows, summed over the losses of all processes."""
        whole: Any = gradient.contiguous().clone()
        distributed.all_reduce(whole)
        own: Tensor = whole.split(ctx.lengths)[rank()]
        return own


class TwoTowers(nn.Module):  # type: ignore[misc, unused-ignore]
    """The contrastive objective of two towers; a batch has ``left`` (n, a), ``right`` (n, b) and ``id`` (n,).

    Parameters
    ----------
    left, right
        Modules that give (n, d); lengths are taken out here.
    loss
        (logits, relevance) → scalar.
    """

    def __init__(
        self,
        left: nn.Module,
        right: nn.Module,
        temperature: nn.Module | None = None,
        loss: Callable[[Tensor, Tensor], Tensor] = info_nce,
    ) -> None:
        super().__init__()
        self.left, self.right, self.loss = left, right, loss
        self.temperature = temperature or Temperature()

    def forward(self, batch: Batch) -> Tensor:
        """The loss over all processes' rows; pairs with one id are right."""
        left, right = (
            gather(functional.normalize(tower(batch[name]).float(), dim=1))
            for tower, name in ((self.left, "left"), (self.right, "right"))
        )
        ids = gather(batch["id"])
        return self.loss(self.temperature(left, right), same(ids, ids))


@dataclass(frozen=True, slots=True)
class Precision:
    """The numbers a forward pass is computed in.

    ``half`` uses bfloat16 through autocast, which needs no scaling of the loss. Tested on CPU only: no GPU was at hand.
    """

    device: str = "cpu"
    half: bool = False

    def autocast(self) -> AbstractContextManager[Any]:
        """The context of a forward pass."""
        context: AbstractContextManager[Any] = torch.autocast(self.device, torch.bfloat16, enabled=self.half)
        return context


FULL = Precision()


def train(
    objective: nn.Module,
    batches: Iterable[Batch],
    optimiser: Callable[[Iterable[Tensor]], Any],
    *,
    precision: Precision = FULL,
    find_unused: bool = False,
) -> list[float]:
    """Train an objective in place, over all processes there are; the loss of each step.

    Parameters
    ----------
    batches
        Whole batches, the same in every process; each trains on its share.
    optimiser
        Parameters → a torch optimiser.
    find_unused
        Where a batch may leave out parameters, such as a tower whose modality it does not have.

    Raises
    ------
    TrainingError
        Features that are NaN or Inf, a batch with too few rows, a loss that is not finite, or no batch at all.
    """
    wrapped = wrap(objective, precision, find_unused)
    chosen = optimiser([parameter for parameter in objective.parameters() if parameter.requires_grad])
    losses = [step(wrapped, batch, chosen, precision, number) for number, batch in enumerate(batches)]
    if not losses:
        raise TrainingError("there is no batch to train on", fix="give at least one pair")
    return losses


def wrap(objective: nn.Module, precision: Precision = FULL, find_unused: bool = False) -> nn.Module:
    """The objective as :func:`step` wants it: on its device, in DDP where there are several processes."""
    objective = objective.to(precision.device)
    return DistributedDataParallel(objective, find_unused_parameters=find_unused) if world() > 1 else objective


def step(wrapped: nn.Module, batch: Batch, optimiser: Any, precision: Precision = FULL, number: int = 0) -> float:
    """One step on this process's share of a whole batch; the loss before it. ``number`` is for messages."""
    _check(batch, number)
    own = {name: rows.to(precision.device) for name, rows in share(batch).items()}
    optimiser.zero_grad(set_to_none=True)
    with precision.autocast():
        loss = wrapped(own)
    if not bool(torch.isfinite(loss)):
        raise TrainingError(f"the loss of step {number} is {loss.item()}", fix="lower the learning rate")
    loss.backward()
    optimiser.step()
    return float(loss.detach())


def _check(batch: Batch, number: int) -> None:
    # every process looks at the whole batch: if one of them stopped alone, the others would wait for it
    for name, rows in batch.items():
        if rows.is_floating_point() and not bool(torch.isfinite(rows).all()):
            raise TrainingError(
                f"{name} of batch {number} has NaN or Inf", fix="leave such rows out, or mask what is absent"
            )


def launch(worker: Callable[..., Any], processes: int, *arguments: Any, backend: str = "gloo") -> Any:
    """Run ``worker(*arguments)`` in several processes that train together; what the first of them returns.

    Parameters
    ----------
    worker
        A function of a module, since processes are spawned. With one process it is called here.
    backend
        ``gloo`` on CPUs; ``nccl`` on GPUs, which was not tested here.

    Raises
    ------
    TrainingError
        A process failed; its traceback is in the message.
    """
    if processes == 1:
        return worker(*arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            start: Any = spawn
            start(_process, (processes, folder, backend, worker, arguments), processes)
        except ProcessException as error:
            failed = folder / "failed"
            told = failed.read_text("utf-8") if failed.exists() else str(error)
            raise TrainingError(f"a training process failed:\n{told}", fix="see its last line") from error
        # through a file, not a pipe: nobody waits for a reader, or for a writer that was ended
        return pickle.loads((folder / "result").read_bytes())


def _process(
    place: int, processes: int, folder: Path, backend: str, worker: Callable[..., Any], arguments: tuple[Any, ...]
) -> None:
    torch.set_num_threads(max(1, torch.get_num_threads() // processes))
    meeting = (folder / "meeting").as_uri()  # a file, not a port: nothing else can have it
    distributed.init_process_group(backend, init_method=meeting, rank=place, world_size=processes, timeout=SILENCE)
    try:
        distributed.barrier()  # all are connected before the first may leave
        found = worker(*arguments)
        if place == 0:
            (folder / "result").write_bytes(pickle.dumps(found))
        distributed.barrier()
    except Exception:
        # the first to fail is the cause: that it leaves the group is why the others fail
        with suppress(FileExistsError), open(folder / "failed", "x", encoding="utf-8") as file:
            file.write(traceback.format_exc())
        raise
    finally:
        distributed.destroy_process_group()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)  # all is on the disk; threads of torch that still run would abort an orderly end now and then
