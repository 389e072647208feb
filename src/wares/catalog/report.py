"""What a run did: for people as a table, for programs as JSON."""

import csv
import io
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import orjson

from wares.catalog.problems import Problem

if TYPE_CHECKING:
    from rich.table import Table

MAX_KEPT = 10_000


def neutral(cell: str) -> str:
    """A cell that a spreadsheet takes for text: what could begin a formula is quoted (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


@dataclass(frozen=True, slots=True)
class IngestReport:
    """Counts of products; ``rejected`` and ``warnings`` hold the first 10,000 of ``bad_rows`` and ``warned`` each.

    ``held`` says why nothing was applied; it is empty when the run was. ``seq`` is the store's number after it.
    """

    feed: str
    mode: str
    accepted: int
    changed: int
    unchanged: int
    deleted: int
    bad_rows: int
    rejected: tuple[Problem, ...]
    warned: int
    warnings: tuple[Problem, ...]
    held: str
    seq: int
    seconds: float

    @property
    def applied(self) -> bool:
        """Whether the catalogue is now what the feed says."""
        return not self.held

    def to_json(self) -> bytes:
        """The whole report as one JSON object."""
        return orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2)

    def to_csv(self) -> str:
        """The problems as a table for a spreadsheet, in which nothing that a merchant wrote is a formula."""
        lines = io.StringIO()
        writer = csv.writer(lines)
        writer.writerow(["kind", "source", "row", "field", "reason", "fix"])
        for kind, problems in (("rejected", self.rejected), ("warning", self.warnings)):
            for item in problems:
                cells = (kind, item.source, str(item.row), item.field, item.reason, item.fix)
                writer.writerow([neutral(cell) for cell in cells])
        return lines.getvalue()

    def summary(self) -> str:
        """The report in one sentence."""
        if self.held:
            return f"{self.feed} is held, nothing was changed: {self.held}"
        counts = f"{self.changed:,} changed, {self.unchanged:,} unchanged, {self.deleted:,} deleted"
        bad = f"{self.bad_rows:,} rows rejected, {self.warned:,} warnings"
        return f"{self.feed}: {self.accepted:,} products accepted ({counts}), {bad}, in {self.seconds:.1f} s"

    def table(self, limit: int = 20) -> "Table":
        """The first problems, rejected rows before warnings."""
        from rich.markup import escape
        from rich.table import Table

        table = Table("", "row", "field", "reason", "fix", title=escape(self.summary()), title_justify="left")
        marked = [("rejected", item) for item in self.rejected] + [("warning", item) for item in self.warnings]
        for mark, item in marked[:limit]:
            place = f"{item.source}:{item.row}" if item.source else str(item.row)
            table.add_row(mark, *map(escape, (place, item.field, item.reason, item.fix)))
        if len(marked) > limit:
            table.add_row("", "", "", f"… and {self.bad_rows + self.warned - limit:,} more", "--json lists them")
        return table
