"""Numbers of several processes as one: prometheus-client keeps them in files, one set a process, in a folder.

The files of a process that ended are added into one set and removed, so that the folder does not grow with restarts
and no counter ever falls.
"""

import fcntl
import os
import shutil
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, values
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

ENDED = 0  # no process has this number
SUMMED = ("counter", "histogram")


def start(folder: Path) -> None:
    """Begin with an empty folder; for the process that starts the others, before it does."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def share(folder: Path) -> None:
    """Keep the numbers of this process in the folder from now on; call it before its metrics are made."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)  # where prometheus-client reads it
    values.ValueClass = values.MultiProcessValue()


def registry_of(folder: Path) -> CollectorRegistry:
    """The numbers of all processes, those that ended among them."""
    found = CollectorRegistry()
    MultiProcessCollector(found, str(folder))
    return found


@contextmanager
def whole(folder: Path) -> Iterator[None]:
    """Nobody adds files up while someone reads them: a number counted twice would look like traffic."""
    with open(folder / "lock", "a", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def bury(folder: Path) -> None:
    """Add up the files of processes that ended; the caller holds :func:`whole`."""
    for path in folder.glob("*.db"):
        number = int(path.stem.rpartition("_")[2])
        if number == ENDED or _lives(number):
            continue
        kind = path.name.split("_")[0]
        if kind in SUMMED:
            with suppress(RuntimeError, struct.error, ValueError):  # it was killed while it wrote: what cannot be read
                _add(path, folder / f"{kind}_{ENDED}.db")
        path.unlink()


def _add(ended: Path, kept: Path) -> None:
    sums: Any = MmapedDict(str(kept))  # the library has no types here
    try:
        for key, value, _, _ in MmapedDict.read_all_values_from_file(str(ended)):
            sums.write_value(key, sums.read_value(key)[0] + value, 0.0)
    finally:
        sums.close()


def _lives(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
