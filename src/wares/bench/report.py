"""A bench's result as a table for people and as one JSON line for programs."""

import json
import math
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from wares.bench.harness import BenchResult

WIDTH = 14  # characters of a column, so that no figure is cut off where nobody's terminal is


def line(result: BenchResult) -> str:
    """One line of JSON; a figure that is not known is null."""
    return json.dumps(
        {
            "bench": result.bench,
            "figures": _plain(result.figures),
            "intervals": {name: [_number(low), _number(high)] for name, (low, high) in result.intervals.items()},
            "peers": {peer: _plain(figures) for peer, figures in result.peers.items()},
            "ratios": _plain(result.ratios),
            "seed": result.seed,
            "load": _number(result.load),
        },
        ensure_ascii=False,
        allow_nan=False,
    )


def show(result: BenchResult, *, as_json: bool = False, console: Console | None = None) -> None:
    """Print the table, the ratios and the notes, then the JSON as the last line."""
    console = console or Console(width=max(Console().width, WIDTH * (len(result.peers) + 4)))
    if not as_json:
        console.print(table(result))
        for name, value in result.ratios.items():
            console.print(f"{name}: {_text(value)}")
        for note in result.notes:
            console.print(note, markup=False)
    console.file.write(line(result) + "\n")


def table(result: BenchResult) -> Table:
    """One row a figure: ours with its interval, then one column a peer."""
    drawn = Table(title=f"{result.bench} (seed {result.seed}, load {_text(result.load)})")
    drawn.add_column("figure", no_wrap=True)
    for column in ("wares", "95 %", *result.peers):
        drawn.add_column(column, justify="right")
    for name in dict.fromkeys([*result.figures, *(name for peer in result.peers.values() for name in peer)]):
        low, high = result.intervals.get(name, (math.nan, math.nan))
        interval = "" if math.isnan(low) else f"{_text(low)} – {_text(high)}"
        ours = _text(result.figures.get(name, math.nan))
        drawn.add_row(name, ours, interval, *(_text(peer.get(name, math.nan)) for peer in result.peers.values()))
    return drawn


def _plain(figures: Mapping[str, float]) -> dict[str, float | None]:
    return {name: _number(value) for name, value in figures.items()}


def _number(value: float) -> float | None:
    """Four decimals below 100, one above, so that lines can be compared by eye."""
    if not math.isfinite(value):
        return None
    return round(float(value), 4 if abs(value) < 100 else 1)


def _text(value: float) -> str:
    number = _number(value)
    return "" if number is None else f"{number:,}" if abs(number) >= 100 else f"{number:.3f}".removesuffix(".000")
