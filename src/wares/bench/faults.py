"""``faults``: what is lost when the process is killed at any moment, and how soon it is back."""

import math
import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from wares.bench.harness import BenchOptions, BenchResult
from wares.bench.kills import PRODUCTS, can_trace, editions, every_call, in_a_child, killed_at_call, write_feed
from wares.bench.timing import load
from wares.config import Config
from wares.errors import CorruptIndex, WaresError
from wares.registry import register
from wares.shop import Shop
from wares.types import OneOf, Query

FLIPS = 5  # of each file of the index
ONE = "one.jsonl"


@dataclass(slots=True)
class _Tally:
    """What was found after the kills; ``seconds`` from the opening of the shop to its first answer."""

    lost: int = 0
    half: int = 0
    acknowledged: int = 0
    seconds: list[float] = field(default_factory=list)


@register("bench", "faults")
def faults(options: BenchOptions) -> BenchResult:
    """Kills at random moments of ingest and index, at every system call of a write and of a swap; flipped bits.

    Needs no data. ``--kills`` says how many random kills; the calls need ``strace``.

    Figures
    -------
    kills, upsert_kills, swap_kills
        Processes killed: at random moments of ingest and index, at each system call that changes a file during the
        write of one product, and at each one during a rebuild with its swap.
    acknowledged
        Ingests that had returned before the kills.
    lost
        Of those, how many were not there after the restart.
    half_visible
        Restarts after which store or search showed parts of two editions, or too few products.
    recovery_p50_ms, recovery_p99_ms
        From opening the shop of a killed process to its first answer, all kills together.
    flips, flips_served
        Bits flipped in files of the index, and how many of them opening it did not find.
    """
    tally, busy = _Tally(), load()
    with tempfile.TemporaryDirectory(prefix="wares-faults-") as name:
        folder = Path(name)
        _warm(folder / "warm")
        kills = _random_kills(folder / "random", options, tally)
        calls = _call_kills(folder, tally) if can_trace() else {"upsert": math.nan, "swap": math.nan}
        flips, served = _flips(folder / "warm", options.seed)
    return BenchResult(
        "faults",
        {
            "kills": kills,
            "upsert_kills": calls["upsert"],
            "swap_kills": calls["swap"],
            "acknowledged": tally.acknowledged,
            "lost": tally.lost,
            "half_visible": tally.half,
            "recovery_p50_ms": 1000 * float(np.percentile(tally.seconds, 50)),
            "recovery_p99_ms": 1000 * float(np.percentile(tally.seconds, 99)),
            "flips": flips,
            "flips_served": served,
        },
        seed=options.seed,
        load=busy,
        notes=(
            f"{PRODUCTS} products with 3 variants and 2 reviews each, words alone; the slowest of "
            f"{len(tally.seconds)} recoveries took {max(tally.seconds):.2f} s",
        ),
    )


def _config(folder: Path) -> Config:
    plain = {"encode.image": "", "encode.colour": "", "encode.fusion": "", "encode.clips": ""}
    return Config.load(options={"shop.folder": folder / "shop", **plain}, environment={})


def _open(folder: Path) -> Shop:
    return Shop.open(_config(folder), write=True)


def _warm(folder: Path) -> None:
    """A shop of edition 1; the model that this loads is there for every child."""
    folder.mkdir()
    shop = _open(folder)
    shop.ingest(write_feed(folder / "feed.jsonl", 1))
    shop.search(Query("g1"))
    shop.close()


# --- random kills


def _random_kills(folder: Path, options: BenchOptions, tally: _Tally) -> int:
    """Every other child lives to see an ingest acknowledged; the others may die while the shop is opened."""
    folder.mkdir()
    moments = random.Random(options.seed)
    for turn in range(options.kills):
        before = _acknowledged(folder)
        once: Callable[[], bool] = lambda: True  # noqa: E731
        if turn % 2:
            once = lambda before=before: _acknowledged(folder) > before  # type: ignore[misc]  # noqa: E731
        ended = in_a_child(lambda: _write_for_ever(folder), moments.uniform(0, 0.5), once)
        if ended != signal.SIGKILL:
            raise WaresError(f"child {turn} ended by itself", fix="run with a fresh folder; see its output above")
        acknowledged = _acknowledged(folder)
        tally.acknowledged += acknowledged - before
        edition = _recovered(folder, tally)
        tally.lost += max(acknowledged - edition, 0)
        (folder / "acknowledged").write_text(f"{edition}\n")
    return options.kills


def _write_for_ever(folder: Path) -> None:
    """Ingest one edition after the other, and write down outside the shop each that was acknowledged."""
    shop, edition = _open(folder), _acknowledged(folder)
    with (folder / "acknowledged").open("a") as file:
        while True:
            edition += 1
            shop.ingest(write_feed(folder / "feed.jsonl", edition))
            file.write(f"{edition}\n")
            file.flush()
            os.fsync(file.fileno())


def _acknowledged(folder: Path) -> int:
    """The last edition whose ingest returned; a line that was cut short was not acknowledged."""
    path = folder / "acknowledged"
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    return int(lines[-1]) if lines else 0


def _recovered(folder: Path, tally: _Tally, expected: int = PRODUCTS) -> int:
    """Open what a killed process left, time it, look at all of it, and return its edition (0: empty)."""
    start = time.perf_counter()
    shop = _open(folder)
    try:
        hits = shop.search(Query(page_size=2 * PRODUCTS))
        tally.seconds.append(time.perf_counter() - start)
        products = [shop.product(id) for id in hits.ids]
        found = editions(products)
        edition = max(found, default=0)
        shown = shop.search(Query(filters=(OneOf("brand", (f"Edition {edition}",)),))).total if edition else 0
        whole = (len(found), hits.total, shown) in ((0, 0, 0), (1, expected, expected))
        tally.half += not whole
        return edition
    finally:
        shop.close()


# --- a kill at every system call


def _call_kills(folder: Path, tally: _Tally) -> dict[str, int]:
    """How many calls each of the two kinds of write made, with a kill at every one of them."""
    return {
        "upsert": _at_every_call(folder, "upsert", _upsert, tally),
        "swap": _at_every_call(folder, "swap", Shop.rebuild, tally),
    }


def _upsert(shop: Shop) -> None:
    shop.ingest(shop.config.shop.folder.parent / ONE, mode="upsert")


def _at_every_call(folder: Path, name: str, write: Callable[[Shop], None], tally: _Tally) -> int:
    """Count the calls of one write, then do it anew for each of them, killed there."""

    def done(number: int, call: tuple[str, int] = ("", 0)) -> list[str]:
        here = shutil.copytree(folder / "warm", folder / f"{name}-{number}")
        write_feed(here / ONE, 1, [PRODUCTS])

        def work() -> None:
            write(_open(here))
            (here / "said").touch()

        calls = killed_at_call(work, here / "trace", *call)
        _check_upsert(here, tally, done=(here / "said").exists() and name == "upsert")
        shutil.rmtree(here)
        return calls

    every = every_call(done(0))
    for number, call in enumerate(every, start=1):
        done(number, call)
    return len(every)


def _check_upsert(folder: Path, tally: _Tally, *, done: bool) -> None:
    """The old products are there, and the new one is there whole or not at all; there, if it was acknowledged."""
    start = time.perf_counter()
    shop = _open(folder)
    try:
        hits = shop.search(Query(page_size=2 * PRODUCTS))
        tally.seconds.append(time.perf_counter() - start)
        new = f"p{PRODUCTS}" in hits.ids
        parts = [shop.product(id) for id in hits.ids]
        whole = editions(parts) == {1} and hits.total == PRODUCTS + new
        tally.half += not (whole and all(len(each.variants) == 3 and len(each.reviews) == 2 for each in parts))
        tally.acknowledged += done
        tally.lost += done and not new
    finally:
        shop.close()


# --- flipped bits


def _flips(folder: Path, seed: int) -> tuple[int, int]:
    """Flip bits of every file of an index; how many, and how many a reader did not find."""
    generator, flips, served = random.Random(seed), 0, 0
    for path in sorted(each for each in (folder / "shop" / "index").rglob("*") if each.is_file()):
        whole = path.read_bytes()
        for _ in range(FLIPS):
            data = bytearray(whole)
            data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
            path.write_bytes(data)
            flips += 1
            served += not _refused(folder)
        path.write_bytes(whole)
    return flips, served


def _refused(folder: Path) -> bool:
    """Whether a reader names the damage; an accident on the way does not count."""
    try:
        Shop.open(_config(folder)).close()
    except CorruptIndex:
        return True
    except Exception:
        return False
    return False
