"""Thin commands over Shop: tables for people, ``--json`` for programs, progress on long work."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from wares import __version__, terminal
from wares import accesscommands as access
from wares import adaptcommands as adaptation
from wares import backupcommands as backups
from wares import generationcommands as generations
from wares.config import Config
from wares.errors import ConfigError, WaresError
from wares.jobcommands import jobs
from wares.learncommands import learn
from wares.reading import hear, read_media
from wares.search import synonymfile
from wares.search.filters import parse
from wares.serve.access.masking import configure_logs
from wares.serve.storefront.formats import digits
from wares.shop import Shop, judged, read_feed
from wares.types import Query

app = typer.Typer(
    name="wares",
    help="Multimodal product search and ranking: words, a photo, or both find the right products.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(access.keys, name="keys")
app.add_typer(access.accounts, name="accounts")
app.add_typer(access.privacy, name="privacy")
app.add_typer(access.audit, name="audit")
app.add_typer(jobs, name="jobs")
adaptation.add_to(learn)
app.add_typer(learn, name="learn")
backups.add_to(app)
generations.add_to(app)

Mode = Literal["replace", "upsert"]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="wares.toml to read; default: the one here")]
Folder = Annotated[Path | None, typer.Option("--folder", help="the shop's data folder")]
Judgements = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="judgements: TREC, CSV or Quepid")]
QueryTexts = Annotated[
    Path | None, typer.Option("--queries", exists=True, dir_okay=False, help="CSV with query_id,query")
]
Json = Annotated[bool, typer.Option("--json", help="print JSON")]


@contextmanager
def opened(config: Config, *, write: bool = False) -> Iterator[Shop]:
    """A shop that is closed again, whatever happens."""
    shop = Shop.open(config, write=write)
    try:
        yield shop
    finally:
        shop.close()


def load(config: Path | None, folder: Path | None, **options: Any) -> Config:
    """The configuration with the command's own options on top; ``serve_port=1`` is ``serve.port``."""
    dotted = {name.replace("_", ".", 1): value for name, value in options.items()}
    return Config.load(config, {"shop.folder": folder, **dotted})


def judgements(qrels: Path, queries: Path | None) -> tuple[dict[str, dict[str, int]], dict[str, str]]:
    """Grades by query and product, and the words of the queries where their ids are not their words."""
    from wares.evaluate.judgements import read_qrels, read_queries

    return read_qrels(qrels), read_queries(queries) if queries else {}


@app.command()
def ingest(
    feed: Annotated[Path, typer.Argument(help="JSONL, CSV, TSV, Parquet, Google Merchant TSV/XML, Shopify CSV, zip")],
    mapping: Annotated[str, typer.Option(help="a name under [feeds] in wares.toml, or a mapping file")] = "",
    mode: Annotated[
        Mode, typer.Option(help="replace: the feed is the whole truth; upsert: other products stay")
    ] = "replace",
    force: Annotated[bool, typer.Option("--force", help="take the feed even where it would be held")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show how the columns are understood, and stop")] = False,
    config: ConfigFile = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Take a feed in: good rows go in, bad rows are reported, an unchanged row costs nothing."""
    settings = load(config, folder)
    opened_feed = read_feed(settings, feed, mapping)
    if not as_json:
        terminal.understanding(opened_feed)
    if dry_run:
        return
    with opened(settings, write=True) as shop, terminal.progress(quiet=as_json) as progress:
        report = shop.ingest(opened_feed, mode=mode, force=force, progress=progress)
    terminal.report(report, as_json=as_json)
    if report.held:
        raise typer.Exit(1)


@app.command()
def search(
    words: Annotated[list[str] | None, typer.Argument(help="words, in any language")] = None,
    photo: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="a photo: what looks like this?")
    ] = None,
    voice: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="a sound file with words; needs wares[speech]")
    ] = None,
    filters: Annotated[str, typer.Option("--filter", help="such as 'brand:Luma price:10..80 -color:red'")] = "",
    facets: Annotated[str, typer.Option(help="fields to count, with commas between")] = "",
    sort: Annotated[str, typer.Option(help="relevance, price, -price, newest or rating")] = "relevance",
    page: Annotated[int, typer.Option(min=1, help="which page, from 1")] = 1,
    page_size: Annotated[int | None, typer.Option(min=1, help="products on a page")] = None,
    language: Annotated[str, typer.Option(help="language of titles shown, such as zh")] = "",
    explain: Annotated[bool, typer.Option("--explain", help="show where each score comes from")] = False,
    config: ConfigFile = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Find products by words, written or spoken, a photo, filters, or all of them."""
    settings = load(config, folder)
    heard = hear(settings, voice.read_bytes(), language).text if voice else ""
    if heard and not as_json:
        terminal.say(f"heard: {heard}")
    with opened(settings) as shop:
        query = Query(
            text=" ".join([*(words or ()), heard]).strip(),
            photo=photo.read_bytes() if photo else None,
            filters=parse(filters, digits=digits(shop.config.shop.currency)),
            facets=tuple(name for name in facets.split(",") if name),
            sort=sort,
            page=page - 1,
            page_size=page_size or shop.config.search.page_size,
            language=language,
            explain=explain,
        )
        terminal.hits(shop, query, shop.search(query), as_json=as_json)


@app.command()
def explain(
    product: Annotated[str, typer.Argument(help="id of a product")],
    words: Annotated[list[str] | None, typer.Argument(help="what to search for")] = None,
    photo: Annotated[Path | None, typer.Option(exists=True, help="a photo to search with")] = None,
    filters: Annotated[str, typer.Option("--filter", help="as in `wares search`")] = "",
    language: Annotated[str, typer.Option(help="language of the query and the answer, such as zh")] = "",
    config: ConfigFile = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Tell why a product stands where it stands under a query, and what would move it."""
    with opened(load(config, folder)) as shop:
        query = Query(
            text=" ".join(words or ()),
            photo=photo.read_bytes() if photo else None,
            filters=parse(filters, digits=digits(shop.config.shop.currency)),
            language=language,
        )
        terminal.explanation(shop.explain(query, product), language, as_json=as_json)


@app.command()
def suggest(
    prefix: Annotated[str, typer.Argument(help="what is typed so far")],
    language: Annotated[str, typer.Option(help="language of the page, such as zh")] = "",
    limit: Annotated[int, typer.Option(min=1, help="how many")] = 8,
    config: ConfigFile = None,
    folder: Folder = None,
) -> None:
    """Complete what a shopper has begun to type: categories, queries and products."""
    with opened(load(config, folder)) as shop:
        for each in shop.suggest(prefix, language, limit):
            terminal.say(f"{each.kind:10} {each.text}")


@app.command()
def similar(
    product: Annotated[str, typer.Argument(help="id of a product")],
    k: Annotated[int, typer.Option(min=1, help="how many")] = 12,
    config: ConfigFile = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Show the products most like one."""
    with opened(load(config, folder)) as shop:
        terminal.hits(shop, Query(page_size=k), shop.similar(product, k), as_json=as_json)


@app.command()
def quality(config: ConfigFile = None, folder: Folder = None, as_json: Json = False) -> None:
    """Say what is missing or wrong in the catalogue, and what it costs."""
    with opened(load(config, folder)) as shop:
        terminal.report(shop.quality(), as_json=as_json)


@app.command()
def read(config: ConfigFile = None, folder: Folder = None) -> None:
    """Read the words in photos, in the background of a serving shop, and make them findable."""
    os.nice(10)
    with terminal.progress() as progress:
        report = read_media(load(config, folder), progress)
    terminal.say(f"{report.photos:,} photos read, {report.worded:,} with words, {report.failed:,} not readable")


@app.command()
def synonyms(
    action: Annotated[Literal["list", "import"], typer.Argument(help="list what there is, or import a file")] = "list",
    file: Annotated[Path | None, typer.Argument(exists=True, dir_okay=False, help="a, b, c or a => b, a line")] = None,
    config: ConfigFile = None,
    folder: Folder = None,
) -> None:
    """List the shop's synonyms (synonyms.txt in its folder), or add those of a file that it does not have yet."""
    path = load(config, folder).shop.folder / synonymfile.NAME
    if action == "list":
        terminal.say("\n".join(str(rule) for rule in synonymfile.read(path)) or f"there is no synonym in {path}")
        return
    if file is None:
        raise ConfigError("there is nothing to import", fix="name a file: wares synonyms import FILE")
    path.parent.mkdir(parents=True, exist_ok=True)
    added = synonymfile.merge(path, synonymfile.read(file))
    terminal.say(f"{added:,} rules added to {path}")


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="address to listen on")] = None,
    port: Annotated[int | None, typer.Option(help="port to listen on")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="processes that answer; one a core")] = None,
    config: ConfigFile = None,
    folder: Folder = None,
) -> None:
    """Serve the pages and the API until Ctrl-C."""
    from wares.serve.operations.processes import serve

    settings = load(config, folder, serve_host=host, serve_port=port, serve_workers=workers)
    terminal.say(f"{settings.shop.name}: http://{settings.serve.host}:{settings.serve.port}  (Ctrl-C stops it)")
    serve(settings, settings.serve.workers)


@app.command()
def demo(
    check: Annotated[bool, typer.Option("--check", help="fetch the pages once and exit")] = False,
    folder: Annotated[Path, typer.Option(help="where the demo shop is built")] = Path("demo-shop"),
    products: Annotated[int, typer.Option(min=20, help="how many products")] = 1200,
    port: Annotated[int, typer.Option(help="port to listen on")] = 8000,
) -> None:
    """Build the demo shop, show what search does on it, and serve its page."""
    from wares.demo import show

    show(folder, products=products, port=port, check=check)


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help="which bench; `wares bench list` names them")],
    data: Annotated[Path, typer.Option(help="folder of the data set")] = Path("."),
    train: Annotated[str, typer.Option(help="split to fit and tune on")] = "open",
    test: Annotated[str, typer.Option(help="split to report on; the same as --train: 5-fold")] = "open",
    seed: Annotated[int, typer.Option(help="of folds and bootstraps")] = 0,
    cache: Annotated[Path | None, typer.Option(help="folder for encoded vectors")] = None,
    kills: Annotated[int, typer.Option(min=1, help="of `faults`: processes killed at random moments")] = 300,
    n: Annotated[int, typer.Option(min=1000, help="products, where the bench makes them")] = 200_000,
    dim: Annotated[int, typer.Option(min=8, help="dimensions of vectors that the bench makes")] = 384,
    quick: Annotated[bool, typer.Option("--quick", help="fewer products")] = False,
    peers: Annotated[str, typer.Option(help="peers to run beside ours, with commas between; empty: all")] = "",
    only: Annotated[str, typer.Option(help="parts of the bench, with commas between; empty: all")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="print the line of JSON alone")] = False,
) -> None:
    """Measure quality or speed, with peers in the same run; the last line is JSON."""
    from wares.bench import harness, report
    from wares.registry import names

    if name == "list":
        terminal.say("\n".join(names("bench")))
        return
    chosen, parts = (tuple(filter(None, text.split(","))) for text in (peers, only))
    options = harness.BenchOptions(data, train, test, seed, cache=cache or harness.DEFAULT_CACHE)
    options = replace(options, kills=kills, n=n, dim=dim, quick=quick, peers=chosen, only=parts)
    report.show(harness.run(name, options), as_json=as_json)


@app.command()
def conformance(
    target: Annotated[str, typer.Argument(help="an index such as exact.v1, or the URL of a running shop")],
    seed: Annotated[int, typer.Option(help="of catalogues, writes and queries")] = 0,
    cases: Annotated[int, typer.Option(min=1, help="random catalogues; queries of a running shop")] = 20,
    as_json: Json = False,
) -> None:
    """Try the exactness contract line by line on an index or a running shop; 1 where a line is broken."""
    from wares.conformance import report
    from wares.conformance.backend import check_backend
    from wares.conformance.served import check_url
    from wares.registry import factory

    if target.startswith(("http://", "https://")):
        record = check_url(target, seed=seed, cases=cases)
    else:
        record = check_backend(target, factory("index", target), seed=seed, cases=cases)
    if as_json:
        terminal.dump(record.facts())
    else:
        report.show(record, terminal.out)
    if not record.holds:
        raise typer.Exit(1)


@app.command()
def tune(
    qrels: Judgements,
    queries: QueryTexts = None,
    folds: Annotated[int, typer.Option(min=2, help="parts for cross-validation")] = 5,
    condensed: Annotated[bool, typer.Option("--condensed", help="rank judged products alone")] = False,
    seed: Annotated[int, typer.Option(help="of folds and bootstraps")] = 0,
    config: ConfigFile = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Find what each route should count for from judgements, and what that is worth on held-out queries."""
    from wares.learn import weights

    settings, (grades, texts) = load(config, folder), judgements(qrels, queries)
    if settings.search.join != "sum":
        raise ConfigError("ranks have no weights that could be tuned this way", fix='set search.join to "sum"')
    before, share = settings.search.weights.model_dump(), settings.search.match_share
    with opened(settings) as shop:

        def ask(query: str) -> weights.Candidates:
            seen, ids = judged(shop, Query(texts.get(query, query)))
            return weights.candidates(seen, ids, grades[query], tuple(before), share)

        found = weights.tune(grades, ask, before, folds=folds, seed=seed, condensed=condensed)
    terminal.tuned(found, as_json=as_json)


@app.command()
def calibrate(
    qrels: Judgements,
    queries: QueryTexts = None,
    error_rate: Annotated[
        float | None, typer.Option(min=0.001, max=0.9, help="share of true queries that may be told no")
    ] = None,
    folds: Annotated[int, typer.Option(min=2, help="parts for cross-validation")] = 5,
    seed: Annotated[int, typer.Option(help="of folds and bootstraps")] = 0,
    config: ConfigFile = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Fit P(relevant) and the cut-offs to judgements, and say what that is worth on held-out queries."""
    from wares.learn import curves

    settings, (grades, texts) = load(config, folder), judgements(qrels, queries)
    with opened(settings) as shop:

        def ask(query: str) -> curves.Graded:
            seen, ids = judged(shop, Query(texts.get(query, query)))
            return curves.graded(seen, ids, grades[query])

        rate = error_rate or settings.search.error_rate
        found = curves.calibrate(grades, ask, error_rate=rate, folds=folds, seed=seed)
    terminal.calibrated(found, as_json=as_json)


@app.command("config")
def show_config(config: ConfigFile = None, folder: Folder = None, as_json: Json = False) -> None:
    """Show every setting, its value and where it came from."""
    terminal.settings(load(config, folder), as_json=as_json)


@app.callback(invoke_without_command=True)
def root(version: Annotated[bool, typer.Option("--version", help="print the version and exit")] = False) -> None:
    """Multimodal product search and ranking."""
    if version:
        print(__version__)
        raise typer.Exit


def main() -> None:
    """Run the command line; an error of ours is one line that says what to do, and logs go to standard error."""
    configure_logs(sys.stderr)
    try:
        app()
    except WaresError as error:
        terminal.fail(error)
        sys.exit(2)
