"""What a bench is given and what it gives back: one typed function a bench, figures whose names stay."""

import inspect
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wares.bench.timing import pinned
from wares.config import cache_folder
from wares.errors import ConfigError, ContractError
from wares.registry import factory

DEFAULT_CACHE = cache_folder() / "bench"


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """Where the data lie and how they are split.

    ``train`` and ``test`` are folder names under ``data``, beside ``common``. Different names: tune on the one, report
    on the other. The same name twice: the bench splits that folder itself, ``folds`` times, by product or query group.
    ``n`` and ``dim`` are the size of what a bench makes itself; ``quick``, ``peers`` and ``only`` take less of it.
    """

    data: Path
    train: str = "open"
    test: str = "open"
    seed: int = 0
    folds: int = 5
    threads: int = 1
    cache: Path = DEFAULT_CACHE
    kills: int = 300
    n: int = 200_000
    dim: int = 384
    quick: bool = False
    peers: tuple[str, ...] = ()
    only: tuple[str, ...] = ()

    @property
    def crossed(self) -> bool:
        """One folder serves for both, so the bench folds it."""
        return self.train == self.test

    def folder(self, split: str = "common") -> Path:
        """A folder of the data; one that is not there is an error that names those that are."""
        folder = self.data / split
        if folder.is_dir():
            return folder
        there = sorted(path.name for path in self.data.glob("*/"))
        fix = f"--data {self.data} has {', '.join(there)}" if there else "--data names the folder that holds the splits"
        raise ConfigError(f"there is no folder {folder}", fix=fix)

    def parts(self, every: Sequence[str], by_hand: Sequence[str] = ()) -> tuple[str, ...]:
        """What of a bench is to be run; a ConfigError for a part that it has not.

        Parameters
        ----------
        by_hand
            Parts that are run only where they are asked for.
        """
        if unknown := [name for name in self.only if name not in every]:
            raise ConfigError(f"this bench has no part {unknown[0]!r}", fix=f"--only takes {', '.join(every)}")
        return self.only or tuple(name for name in every if name not in by_hand)

    def cache_folder(self, name: str) -> Path:
        """A folder for what may be kept between runs, made when first asked for."""
        folder = self.cache.expanduser() / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder


@dataclass(frozen=True, slots=True)
class BenchResult:
    """Figures of one run, beside those of the peers that ran interleaved with it.

    ``figures``, ``intervals`` (95 %, resampled by query) and each peer share names; ``ratios`` are ours over theirs;
    ``load`` is the machine's load average at the start; ``notes`` are for people and not in the JSON line.
    """

    bench: str
    figures: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    peers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    ratios: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    load: float = math.nan
    notes: tuple[str, ...] = ()


Bench = Callable[[BenchOptions], BenchResult]


def run(name: str, options: BenchOptions) -> BenchResult:
    """Run a registered bench with its threads pinned; a figure that its docstring does not list is a ContractError."""
    bench: Bench = factory("bench", name)
    with pinned(options.threads):
        result = bench(options)
    listed = documented(bench)
    unlisted = sorted({*result.figures, *result.intervals} - {*listed})
    if unlisted:
        raise ContractError(
            f"bench {name} reports {', '.join(unlisted)}", fix="list each name under Figures in its docstring"
        )
    return result


def documented(bench: Bench) -> dict[str, str]:
    """Figure name → what it says, read from the ``Figures`` section of a bench's docstring."""
    text = inspect.getdoc(bench) or ""
    section = re.search(r"^Figures\n-+\n(.*?)(?=^\S[^\n]*\n-{3,}$|\Z)", text, re.MULTILINE | re.DOTALL)
    if section is None:
        return {}
    figures: dict[str, str] = {}
    names: list[str] = []
    for line in section[1].splitlines():
        if line and not line.startswith(" "):
            names = [name.strip() for name in line.split(",")]
            figures.update(dict.fromkeys(names, ""))
        elif line.strip():
            for name in names:
                figures[name] = f"{figures[name]} {line.strip()}".strip()
    return figures
