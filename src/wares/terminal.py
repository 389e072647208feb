"""What the command line prints: tables, progress bars, errors; nothing here decides anything."""

import dataclasses
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from wares import types
from wares.catalog.feeds import Feed
from wares.catalog.quality import QualityReport
from wares.catalog.report import IngestReport
from wares.config import Config
from wares.errors import WaresError
from wares.rank.ledger import lines
from wares.search.counterfactual import standing, supposed
from wares.serve.native.answers import answer
from wares.serve.native.hits import Parts, Shown
from wares.serve.storefront.formats import money
from wares.shop import Shop
from wares.types import Explanation, Hits, Query

if TYPE_CHECKING:
    from wares.learn.curves import Fitted
    from wares.learn.weights import Tuned

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """Print a line as it is; what a merchant wrote is never read as markup."""
    out.print(Text(text))


def fail(error: WaresError) -> None:
    """Print an error of ours with its fix."""
    err.print(Text(f"error [{error.code}]: {error.message}", style="red"))
    if error.fix:
        err.print(Text(f"  fix: {error.fix}"))


def rows(names: Sequence[str], cells: Iterable[Sequence[object]]) -> None:
    """A table of texts as they are."""
    table = Table(*names, box=None, header_style="bold", pad_edge=False)
    for row in cells:
        table.add_row(*(Text(str(cell)) for cell in row))
    out.print(table)


def dump(value: Any) -> None:
    """Print JSON on one line; NaN becomes null."""
    print(orjson.dumps(_plain(value), option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS).decode())


@contextmanager
def progress(quiet: bool = False) -> Iterator[types.Progress]:
    """Bars on standard error, one for each thing that is being done."""
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, disable=quiet or not err.is_terminal, transient=True) as bars:
        tasks: dict[str, Any] = {}

        def advance(what: str, done: int, total: int) -> None:
            own = what.partition(" · ")[0]
            if own not in tasks:
                tasks[own] = bars.add_task(what, total=total or None)
            bars.update(tasks[own], description=what, completed=done, total=total or None)

        yield advance


def settings(config: Config, *, as_json: bool) -> None:
    """Every setting, its value and where it came from."""
    if as_json:
        dump({name: {"value": value, "origin": origin} for name, value, origin, _ in config.items()})
        return
    table = Table("setting", "value", "from", "what it is", box=None, header_style="bold")
    for name, value, origin, description in config.items():
        table.add_row(name, Text(str(value)), origin, description, style=None if origin == "default" else "green")
    out.print(table)


def tuned(found: "Tuned", *, as_json: bool) -> None:
    """Weights before and after, what they are worth on held-out queries, and the section to paste."""
    if as_json:
        dump({**dataclasses.asdict(found), "worth_it": found.against.gained})
        return
    table = Table("route", "now", "tuned", box=None, header_style="bold")
    for name, weight in found.weights.items():
        table.add_row(name, f"{found.before[name]:.3g}", f"{weight:.3g}")
    out.print(table)
    rows = (("now", found.current, found.current_interval), ("held out", found.held_out, found.held_out_interval))
    for name, value, (low, high) in rows:
        out.print(f"nDCG@10 {name}: {value:.3f} [{low:.3f}, {high:.3f}]")
    gain = found.against
    out.print(f"gain: {gain.difference:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}], p = {gain.p:.4f}")
    out.print(f"{found.queries} queries; {found.left_out} without a relevant product left out")
    _advise(found, "the weights")


def calibrated(found: "Fitted", *, as_json: bool) -> None:
    """How well P(relevant) says what people judged, now and on held-out queries, and the sections to paste."""
    if as_json:
        dump({**dataclasses.asdict(found), "worth_it": found.against.gained})
        return
    table = Table("products whose", "P = ½ at", "cut-off at", "pairs", box=None, header_style="bold")
    named = (("words match", found.curves.words), ("meaning is near", found.curves.meaning))
    for name, curve in named:
        if curve.samples:
            table.add_row(name, f"{-curve.intercept / curve.slope:.3f}", f"{curve.cut:.3f}", f"{curve.samples:,}")
        else:
            table.add_row(name, "too few", "judgements", "")
    out.print(table)
    out.print(f"expected calibration error now: {found.current:.3f}, held out: {found.held_out:.3f}")
    gain = found.against
    out.print(f"Brier score, gain: {gain.difference:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}], p = {gain.p:.4f}")
    out.print(f"queries whose best match is below a cut-off set without them: {found.lost:.1%}")
    out.print(f"{found.pairs:,} pairs of {found.queries} queries; {found.left_out} without a match left out")
    _advise(found, "the catalogue's own curves")


def _advise(found: "Tuned | Fitted", kept: str) -> None:
    """The sections to paste where they gain something; otherwise what to keep."""
    if found.against.gained:
        out.print(Text(f"\n# paste into wares.toml, then `wares rebuild`\n{found.toml()}"))
    else:
        out.print(f"The gain may be chance: keep {kept}, or judge more queries.")


def understanding(feed: Feed) -> None:
    """How the columns of a feed are understood, when that had to be guessed."""
    for reason in getattr(feed, "reasons", ()):
        err.print(Text(f"  {reason}", style="dim"))


def report(result: IngestReport | QualityReport, *, as_json: bool) -> None:
    """What an ingest or a look at the quality said."""
    if as_json:
        print(result.to_json().decode())
    elif (table := result.table()).row_count:
        out.print(table)
    else:
        say(result.summary())


def hits(shop: Shop, query: Query, found: Hits, *, as_json: bool) -> None:
    """A page of products, with notices, facets and, where it was asked for, ledgers."""
    if as_json:
        wanted = Shown(query.language, ledger=query.explain)
        print(orjson.dumps(answer(shop, query, found, wanted, parts=Parts())).decode())
        return
    correction = found.understood.correction
    if correction is not None:
        say(f"  showing: {correction.text}" if correction.applied else f"  did you mean: {correction.text}")
    for chip in found.understood.chips:
        say(f"  {chip.kind}: {chip.words}")
    for notice in found.notices:
        say(f"  {notice.text}")
    table = Table("", "id", "title", "price", "relevance", box=None, header_style="bold", pad_edge=False)
    first = query.page * query.page_size + 1
    for position, hit in enumerate(found, first):
        product = shop.product(hit.id)
        shown = product.translations.get(query.language)
        title = (shown.title if shown else "") or product.title
        price = next((variant.price for variant in product.variants if variant.id == hit.variant), None)
        cost = money(price, "en") if price else "–"
        table.add_row(str(position), Text(hit.id), Text(title), cost, _cell(hit.relevance))
        for line in lines(hit.ledger) if query.explain and hit.ledger else ():
            table.add_row("", "", Text(f"  {line}", style="dim"), "", "")
    out.print(table)
    out.print(Text(f"  {found.total:,} products", style="bold"))
    for name, facet in found.facets.items() if query.facets else ():
        say(f"  {name}: " + ", ".join(f"{value.value} ({value.count})" for value in facet.values[:12]))


def explanation(told: Explanation, language: str, *, as_json: bool) -> None:
    """Why a product stands where it stands."""
    if as_json:
        dump(told)
        return
    say(f"  {standing(told, language)}")
    for line in (*(lines(told.hit.ledger, language) if told.hit.ledger else ()), *supposed(told, language)):
        say(f"  {line}")


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "–" if math.isnan(value) else f"{value:.2f}"
    return str(value)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value) if isinstance(value, Path) else value
