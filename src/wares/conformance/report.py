"""A record as a table for people: one row a line, the first counterexample below a line that fails."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from wares.conformance.contract import Record

STYLES = {"holds": "green", "broken": "red", "approximate": "yellow", "not tested": "dim"}


def show(record: Record, console: Console) -> None:
    """Print the table and how it ends; what a backend answered is never read as markup."""
    table = Table(title=f"{record.target} (seed {record.seed})")
    for column in ("line", "what must hold", "declared", "checks", "failed", "verdict"):
        table.add_column(column, justify="right" if column in ("line", "checks", "failed") else "left")
    for line in record.lines:
        declared = "" if record.capabilities is None else line.capability if line.claimed else f"not {line.capability}"
        numbers = (f"{line.checks:,}", f"{line.failed:,}")
        verdict = Text(line.verdict, style=STYLES[line.verdict])
        table.add_row(str(line.number), line.text, declared, *numbers, verdict)
    console.print(table)
    for line in record.lines:
        if said := line.counterexample or (line.untested if not line.checks else ""):
            console.print(Text(f"  {line.number}: {said}"))
