"""``wares learn``: a model is learned from the shop's own data, measured, published, and taken back."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wares import terminal
from wares.config import Config
from wares.errors import ConfigError, GateRefused
from wares.shop import Shop

if TYPE_CHECKING:
    from wares.encode.models import Models
    from wares.learn.data import Data
    from wares.learn.trial import Verdict

learn = typer.Typer(help="Learn from the shop's own data: make a model, look at it, publish it, take it back.")

ConfigFile = Annotated[Path | None, typer.Option("--config", help="wares.toml to read; default: the one here")]
Folder = Annotated[Path | None, typer.Option("--folder", help="the shop's data folder")]
Json = Annotated[bool, typer.Option("--json", help="print JSON")]
Name = Annotated[str, typer.Argument(help="as `wares learn models` shows it")]
Judgements = Annotated[
    Path | None, typer.Option("--qrels", exists=True, dir_okay=False, help="judgements: TREC, CSV or Quepid")
]
QueryTexts = Annotated[
    Path | None, typer.Option("--queries", exists=True, dir_okay=False, help="CSV with query_id,query")
]
Track = Annotated[
    str, typer.Option("--track", help="follow the run with tensorboard, mlflow, wandb (commas between); '': with none")
]
CALIBRATED = 300  # products of each modality that scales are measured on
FORCE = "mend what made it worse, or let it go live all the same: --force"


@learn.command()
def joint(
    qrels: Judgements = None,
    queries: QueryTexts = None,
    epochs: Annotated[int, typer.Option(min=1, help="times that the catalogue is gone through")] = 30,
    dim: Annotated[int, typer.Option(min=8, max=1024, help="dimensions of what is learned")] = 256,
    uncertainty: Annotated[bool, typer.Option("--uncertainty", help="learn what each task counts for, too")] = False,
    start: Annotated[str, typer.Option("--from", help="go on from a model with what is new since; quick")] = "",
    threads: Annotated[int, typer.Option(min=1, max=64, help="threads to learn with")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="of everything that is drawn")] = 0,
    track: Track = "tensorboard",
    config: ConfigFile = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Learn one space for words, photos and products; a run that was cut short goes on. Nothing goes live."""
    needs_torch()
    from wares.encode.models import Models
    from wares.learn import space
    from wares.learn.objective import Settings, going_on
    from wares.learn.report import write_report
    from wares.learn.tracking import chosen as followed

    tracked = followed(track)
    settings = Config.load(config, {"shop.folder": folder})
    models = Models(settings.shop.folder / "models")
    before = models.read(start) if start else None
    chosen = Settings(dim=dim, epochs=epochs, uncertainty=uncertainty, seed=seed, threads=threads)
    if before is not None:
        chosen = going_on(chosen, before.dim)
    with data_of(settings, qrels, queries, quiet=as_json) as data, terminal.progress(quiet=as_json) as progress:
        target = models.unfinished("joint") or models.new("joint")
        made = space.make(data, target, chosen, start=before, progress=progress, track=tracked)
        report = write_report(made, data, data.photos)
    if as_json:
        terminal.dump({"model": target.name, "report": str(report), **dict(made.card)})
        return
    terminal.say(f"{target.name}: {made.card['data']['products']:,} products in {made.card['seconds']:g} s")
    told(made.verdict, made.before.means, made.after.means)
    terminal.say(f"  report: {report}")
    terminal.say(
        f"  next: wares learn publish {target.name}" if not made.verdict.reason else f"  {made.verdict.reason}"
    )


@learn.command("models")
def list_models(config: ConfigFile = None, folder: Folder = None, as_json: Json = False) -> None:
    """List what was learned, and what of it is served."""
    from wares.encode.learned import name_of
    from wares.encode.models import Models
    from wares.learning import served_model

    settings = Config.load(config, {"shop.folder": folder})
    models = Models(settings.shop.folder / "models")
    served = served_model(settings)
    live = name_of(served) if served else ""
    cards = [models.card(name) for name in models.names()]
    if as_json:
        terminal.dump([{**card, "live": card["name"] == live} for card in cards])
        return
    rows = [
        (card["name"], "live" if card["name"] == live else "", f"{card['data']['products']:,} products", _means(card))
        for card in cards
    ]
    terminal.rows(("model", "", "learned from", "before → learned"), rows)


@learn.command()
def publish(
    name: Name,
    force: Annotated[bool, typer.Option("--force", help="let it go live even where it is worse")] = False,
    config: ConfigFile = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Serve a model, if it beats what is served: on products it never saw, in every slice, and on golden queries."""
    from wares.learning import measured

    settings = Config.load(config, {"shop.folder": folder, "gate.enforce": False if force else None})
    with data_of(settings, None, None, quiet=as_json) as data:
        before, after, judged = measured(settings, data, name)
    if not as_json:
        told(judged, before.means, after.means)
    if judged.reason and not force:
        raise GateRefused(f"{name} does not go live: {judged.reason}", fix=FORCE)
    with closing(Shop.open(settings, write=True)) as shop, terminal.progress(quiet=as_json) as progress:
        shop.rebuild(progress, model=name)
        generation = shop.generation
    if as_json:
        terminal.dump({"model": name, "generation": generation, "before": before.means, "after": after.means})
        return
    terminal.say(f"{name} is live in generation {generation}; back again: wares learn rollback")


@learn.command()
def rollback(config: ConfigFile = None, folder: Folder = None) -> None:
    """Go back to what was served before, model and index together."""
    from wares.encode.learned import name_of
    from wares.learning import served_model

    settings = Config.load(config, {"shop.folder": folder})
    with closing(Shop.open(settings, write=True)) as shop:
        generation = shop.rollback()
    served = served_model(settings)
    terminal.say(f"generation {generation} is live again, with {name_of(served) if served else 'what day 0 knows'}")


@learn.command()
def ask(
    queries: QueryTexts = None,
    k: Annotated[int, typer.Option("--count", min=1, help="questions")] = 20,
    web: Annotated[bool, typer.Option("--web", help="ask on a page of this machine instead")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="of the page")] = 8765,
    config: ConfigFile = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Ask for the judgements that would teach most; answers are kept, and learned from the next time."""
    from wares.asking import FILE, GRADES, Form, Judgements, logged, questions, typed
    from wares.evaluate.judgements import read_queries

    settings = Config.load(config, {"shop.folder": folder})
    answers = Judgements(settings.shop.folder / FILE)
    with closing(Shop.open(settings)) as shop:
        texts = list(read_queries(queries).values()) if queries else logged(settings)
        asked = questions(settings, shop, texts, k, answers)
    if as_json:
        terminal.dump([{"query": each.query, "product": each.product, "relevance": each.relevance} for each in asked])
        return
    if web:
        import uvicorn

        form = Form(asked, answers)
        terminal.say(f"http://127.0.0.1:{port}/{form.token}/0 (Ctrl+C ends it)")
        uvicorn.run(form.app(), host="127.0.0.1", port=port, log_level="warning")
        return
    terminal.say(" · ".join(f"{grade} {words}" for grade, words in GRADES.items()) + " · s skip · q stop")
    count = typed(lambda each: str(typer.prompt(f"{each.query!r}: {each.title} [{each.product}]")), asked, answers)
    terminal.say(f"{count} answers are in {settings.shop.folder / FILE}")


@learn.command()
def quantize(
    name: Name,
    dim: Annotated[int, typer.Option(min=0, help="dimensions that are kept; 0: all")] = 0,
    int8: Annotated[bool, typer.Option("--int8/--floats", help="weights as whole numbers of eight bits")] = True,
    pruned: Annotated[float, typer.Option(min=0, max=0.99, help="share of the weights that become 0")] = 0.0,
    binary: Annotated[bool, typer.Option("--binary", help="each dimension of a vector is its sign")] = False,
    onnx: Annotated[bool, typer.Option("--onnx", help="as a graph, which also computes in eight bits")] = False,
    config: ConfigFile = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Make a smaller model of one, and say what that costs; it is published like any other."""
    from wares.encode.models import Models
    from wares.learn.compress import Compression, compress
    from wares.learn.data import taught_on

    settings = Config.load(config, {"shop.folder": folder})
    models = Models(settings.shop.folder / "models")
    space, target = models.read(name), models.new("small")
    with data_of(settings, None, None, quiet=as_json) as data:
        rows = taught_on(data, space, CALIBRATED) if onnx and int8 else None
        compress(space, Compression(dim, int8, pruned, binary, onnx), target, rows)
        _compared(models, data, (name, target.name), as_json=as_json)


@learn.command()
def distill(
    name: Name,
    hidden: Annotated[int, typer.Option(min=1, help="width of the smaller network's hidden layers")] = 128,
    epochs: Annotated[int, typer.Option(min=1, help="times that the catalogue is gone through")] = 20,
    seed: Annotated[int, typer.Option(help="of everything that is drawn")] = 0,
    config: ConfigFile = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Teach a smaller network to give a model's vectors, and say what that costs."""
    needs_torch()
    from wares.encode.learned import write_model
    from wares.encode.models import Models
    from wares.learn.data import taught_on
    from wares.learn.distill import Distillation
    from wares.learn.distill import distill as taught

    settings = Config.load(config, {"shop.folder": folder})
    models = Models(settings.shop.folder / "models")
    teacher, target = models.read(name), models.new("small")
    with data_of(settings, None, None, quiet=as_json) as data, terminal.progress(quiet=as_json) as progress:
        how = Distillation(hidden=hidden, epochs=epochs, seed=seed)
        arrays, near = taught(teacher, taught_on(data, teacher), how, progress=progress)
        card = {**teacher.card, "name": target.name, "from": name, "distilled": {"hidden": hidden, "cosine": near}}
        write_model(target, arrays, card)
        _compared(models, data, (name, target.name), as_json=as_json)


def _compared(models: "Models", data: "Data", names: tuple[str, str], *, as_json: bool) -> None:
    """What a model that was made from another is worth beside it, on products that neither saw; kept in its card."""
    from wares.encode.learned import size_of, write_card
    from wares.learning import worth

    before, after = (worth(data, models.folder(name)) for name in names)
    sizes = [size_of(models.folder(name)) for name in names]
    means = {"from": before.means, "learned": after.means}
    write_card(models.folder(names[1]), {**models.card(names[1]), "metrics": means, "bytes": sizes[1]})
    if as_json:
        terminal.dump(
            {"model": names[1], "from": names[0], "bytes": sizes, "before": before.means, "after": after.means}
        )
        return
    rows = [(name, f"{before.means[name]:.3f}", f"{each:.3f}") for name, each in after.means.items()]
    terminal.rows(("nDCG@10", *names), [*rows, ("megabytes", *(f"{size / 1e6:.2f}" for size in sizes))])
    terminal.say(f"  next: wares learn publish {names[1]}")


@contextmanager
def data_of(settings: Config, qrels: Path | None, queries: Path | None, *, quiet: bool) -> Iterator["Data"]:
    """A shop's data, with progress while it is read."""
    from wares.asking import FILE as ANSWERS
    from wares.evaluate.judgements import read_qrels, read_queries
    from wares.learning import learnable

    own = settings.shop.folder / ANSWERS
    judged = read_qrels(qrels or own) if qrels or own.exists() else None
    texts = read_queries(queries) if queries else None
    with terminal.progress(quiet=quiet) as progress, learnable(settings, judged, texts, progress) as data:
        yield data


def needs_torch() -> None:
    """Refuse to begin without what trains models."""
    if find_spec("torch") is None:
        raise ConfigError("learning needs torch, which is not installed", fix="pip install 'wares[learn]'")


def told(judged: "Verdict", before: Any, after: Any) -> None:
    """What was measured on products that neither saw, before and after."""
    rows = [
        (
            name,
            f"{before[name]:.3f}",
            f"{after[name]:.3f}",
            f"{each.difference:+.3f} [{each.low:+.3f}, {each.high:+.3f}]",
        )
        for name, each in judged.figures.items()
    ]
    terminal.rows(("nDCG@10", "served", "learned", "difference", "95 %"), rows)


def _means(card: Any) -> str:
    measured = card.get("metrics", {})
    after = measured.get("learned", {})
    before = measured.get("day 0", measured.get("from", {}))  # a smaller model is measured beside the one it is made of
    return ", ".join(f"{name} {before[name]:.3f} → {after[name]:.3f}" for name in after)
