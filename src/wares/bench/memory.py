"""What a process needs: work done in a process of its own, with its memory at the end."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic, ParamSpec, TypeVar

MEGABYTE = 1_000_000
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident megabytes of a process: ``anonymous`` is its own, ``mapped`` are pages of files, its program included.

    Mapped pages can be dropped and read again. Linux tells the two apart; elsewhere both are NaN.
    """

    anonymous: float
    mapped: float


@dataclass(frozen=True, slots=True)
class Measured(Generic[T]):
    """What a task answered, and the memory of its process afterwards."""

    value: T
    memory: Memory


def now(process: int | str = "self") -> Memory:
    """The memory of a process; of this one if none is named."""
    rollup = Path(f"/proc/{process}/smaps_rollup")
    if not rollup.is_file():
        return Memory(math.nan, math.nan)
    kilobytes = {name: int(size) for name, size in re.findall(r"^(\w+): +(\d+) kB", rollup.read_text(), re.MULTILINE)}
    anonymous = 1024 * kilobytes["Anonymous"] / MEGABYTE
    return Memory(anonymous, 1024 * kilobytes["Rss"] / MEGABYTE - anonymous)


def apart(task: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Measured[T]:
    """Run a task of a module in a fresh process; what it raises is raised here."""
    from concurrent.futures import ProcessPoolExecutor  # not loaded by a process that only looks at itself
    from multiprocessing import get_context

    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_measured, partial(task, *args, **kwargs)).result()


def _measured(task: Callable[[], T]) -> Measured[T]:
    value = task()
    return Measured(value, now())


def disk(folder: Path) -> float:
    """Megabytes of the files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / MEGABYTE
