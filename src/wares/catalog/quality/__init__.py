"""What is missing or wrong in a catalogue, and what it costs: products that shoppers cannot find or filter by it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import orjson

from wares.catalog.duplicates import DuplicateGroup
from wares.catalog.quality.checks import findings
from wares.catalog.quality.kinds import KINDS, ORDER, Finding, Severity
from wares.catalog.quality.tallies import Attributes, Barcodes, Prices, Titles, Translations
from wares.types import Product

if TYPE_CHECKING:
    from rich.table import Table

EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Issue:
    """One kind of fault with how often it occurs.

    Attributes
    ----------
    kind, severity
        Such as ``photo_missing``; ``error`` hides products, ``warning`` misleads or hides them in part, ``info`` is a
        chance missed.
    field
        What is missing where, for kinds that come in many: ``material in Women > Tops``.
    count, share
        Products that have it, and their share of the catalogue.
    cost, fix
        What shoppers cannot do, and what the merchant can.
    examples
        A few of the products, with the value at fault.
    """

    kind: str
    severity: Severity
    field: str
    count: int
    share: float
    cost: str
    fix: str
    examples: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class QualityReport:
    """Issues of a catalogue, those that hide the most products first.

    ``faultless`` counts the products without an error or warning of their own.
    """

    products: int
    faultless: int
    issues: tuple[Issue, ...]

    def to_json(self) -> bytes:
        """The whole report as one JSON object."""
        return orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2)

    def summary(self) -> str:
        """The report in one sentence."""
        return f"{self.products:,} products, {self.faultless:,} without a fault, {len(self.issues):,} kinds of issue"

    def rows(self) -> list[tuple[str, ...]]:
        """One row an issue: severity, issue, products, share, cost, example, fix."""
        return [
            (
                issue.severity,
                f"{issue.kind.replace('_', ' ')}: {issue.field}" if issue.field else issue.kind.replace("_", " "),
                f"{issue.count:,}",
                f"{issue.share:.1%}",
                issue.cost,
                " · ".join(f"{id} ({detail})" if detail else id for id, detail in issue.examples[:2]),
                issue.fix,
            )
            for issue in self.issues
        ]

    def table(self, limit: int = 30) -> "Table":
        """The first rows for a terminal."""
        from rich.markup import escape
        from rich.table import Table

        headings = ("", "issue", "products", "share", "what it costs", "for example", "fix")
        table = Table(*headings, title=escape(self.summary()), title_justify="left")
        for row in self.rows()[:limit]:
            table.add_row(*map(escape, row))
        if len(self.issues) > limit:
            table.caption = f"and {len(self.issues) - limit:,} more; --json has them all"
        return table


def assess(
    products: Iterable[Product],
    *,
    duplicates: Sequence[DuplicateGroup] = (),
    common: float = 0.6,
    siblings: int = 10,
) -> QualityReport:
    """Read a catalogue once and say what is wrong with it.

    Some ten to a hundred bytes are kept of a product, whatever its size.

    Parameters
    ----------
    products
        As the store gives them.
    duplicates
        What :func:`wares.catalog.duplicates.find` said of the same products.
    common
        An attribute, brand or translation that this share of the products has is missing on the others.
    siblings
        A category with fewer products says nothing about what its products should have or cost.
    """
    tallies = (Prices(siblings), Titles(), Barcodes(), Translations(common), Attributes(common, siblings))
    found: dict[tuple[str, str], tuple[int, list[tuple[str, str]]]] = defaultdict(lambda: (0, []))

    def note(finding: Finding) -> None:
        count, examples = found[finding.kind, finding.field]
        found[finding.kind, finding.field] = (count + finding.count, examples)
        examples.extend(finding.examples[: EXAMPLES - len(examples)])

    total = faultless = 0
    for product in products:
        total += 1
        own = list(findings(product))
        faultless += all(KINDS[finding.kind].severity == "info" for finding in own)
        for finding in own:
            note(finding)
        for tally in tallies:
            tally.add(product)
    for tally in tallies:
        for finding in tally.findings():
            note(finding)
    for group in duplicates:
        alike = "the same as " + ", ".join(group.ids[:1])
        note(Finding("duplicate", examples=tuple((id, alike) for id in group.ids[1:]), count=len(group.ids) - 1))
    issues = [_issue(kind, field, *seen, total) for (kind, field), seen in found.items()]
    return QualityReport(total, faultless, tuple(sorted(issues, key=_rank)))


def _issue(kind: str, field: str, count: int, examples: list[tuple[str, str]], total: int) -> Issue:
    known, share = KINDS[kind], count / total
    cost = known.cost.format(share=f"{share:.1%}", field=field)
    return Issue(kind, known.severity, field, count, share, cost, known.fix.format(field=field), tuple(examples))


def _rank(issue: Issue) -> tuple[int, int, str, str]:
    return ORDER.index(issue.severity), -issue.count, issue.kind, issue.field
