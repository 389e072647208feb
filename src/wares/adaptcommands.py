"""``wares learn fewshot|labels|multitask|adapt``: a new attribute, wrong values, weights of tasks, an encoder."""

from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from wares import terminal
from wares.config import Config
from wares.errors import TrainingError
from wares.learncommands import ConfigFile, Folder, Json, Judgements, QueryTexts, Track, data_of, needs_torch
from wares.shop import Shop

SHOWN = 10
HOW_SURE = {
    True: "as sure as the catalogue's own values were right, told from as few examples",
    False: "this catalogue has no values of its own: how sure is told by another shop's, so look before you apply",
}


def add_to(app: typer.Typer) -> None:
    """Give a command line these commands."""
    for command in (fewshot, labels, multitask, adapt):
        app.command()(command)


def fewshot(
    attribute: Annotated[str, typer.Argument(help="what the values are of, such as occasion")],
    example: Annotated[list[str], typer.Option(help="VALUE=ID,ID with one to five products; again for each value")],
    but: Annotated[str, typer.Option(help="ids of products that have none of the values, with commas between")] = "",
    least: Annotated[float, typer.Option(min=0, max=1, help="how likely a value must be")] = 0.5,
    apply: Annotated[bool, typer.Option("--apply", help="write the attribute to these products")] = False,
    config: ConfigFile = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Give an attribute to the whole catalogue from a few examples; nothing is written before you say so."""
    from wares.labelling import labelled, vectors_of
    from wares.learning import served_model

    settings = Config.load(config, {"shop.folder": folder})
    examples = dict(_example(each) for each in example)
    with data_of(settings, None, None, quiet=as_json) as data:
        vectors = vectors_of(data, served_model(settings))
        found = labelled(data.catalogue, vectors, examples, [id for id in but.split(",") if id])
    sure = found.sure(least)
    if apply:
        with closing(Shop.open(settings, write=True)) as shop:
            for id, (value, _) in sure.items():
                shop.patch(id, {"attributes": {attribute: value}})
    if as_json:
        terminal.dump({id: {"value": value, "probability": p} for id, (value, p) in sure.items()})
        return
    rows = [(id, value, f"{p:.2f}") for id, (value, p) in list(sure.items())[:SHOWN]]
    terminal.rows(("product", attribute, "probability"), rows)
    written = "written to the catalogue" if apply else "found; --apply writes them"
    terminal.say(f"  {len(sure):,} of {len(found.ids):,} products {written}")
    terminal.say(f"  {HOW_SURE[bool(found.rounds)]}")


def labels(
    least: Annotated[float, typer.Option(min=0, max=1, help="show values that are no likelier than this")] = 0.2,
    config: ConfigFile = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Show brands, categories and attributes that are probably wrong: what others like the product are not."""
    from wares.labelling import vectors_of
    from wares.learn.suspects import suspects
    from wares.learning import served_model

    settings = Config.load(config, {"shop.folder": folder})
    with data_of(settings, None, None, quiet=as_json) as data:
        found = suspects(data.catalogue, vectors_of(data, served_model(settings)))
    found = [each for each in found if each.probability <= least]
    if as_json:
        terminal.dump([asdict(each) for each in found])
        return
    rows = [(each.id, each.label, each.said, each.likely, f"{each.probability:.2f}") for each in found[:SHOWN]]
    terminal.rows(("product", "what", "said", "likelier", "probability"), rows)
    terminal.say(f"  {len(found):,} values look wrong" + (", all of them with --json" if len(found) > SHOWN else ""))


def multitask(
    trials: Annotated[int, typer.Option(min=0, help="weights that are tried")] = 8,
    epochs: Annotated[int, typer.Option(min=1, help="times that the catalogue is gone through in each")] = 8,
    seed: Annotated[int, typer.Option(help="of everything that is drawn")] = 0,
    track: Track = "tensorboard",
    config: ConfigFile = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Weigh the tasks in four ways, leave each of them out, and learn a model with the best weights."""
    needs_torch()
    from wares.encode.models import Models
    from wares.learn.multitask import compare
    from wares.learn.objective import Settings
    from wares.learn.report import write_report
    from wares.learn.space import make
    from wares.learn.tracking import chosen

    tracked = chosen(track)
    settings = Config.load(config, {"shop.folder": folder})
    with data_of(settings, None, None, quiet=as_json) as data, terminal.progress(quiet=as_json) as progress:
        short = Settings(epochs=epochs, steps=(60, 800), seed=seed)
        found = compare(data, short, trials, progress=progress)
        best = replace(Settings(seed=seed), weights=found.weights[found.best], surgery=found.best == "surgery")
        target = Models(settings.shop.folder / "models").new("multitask")
        made = make(data, target, best, progress=progress, track=tracked)
        report = write_report(made, data, data.photos, found)
    if as_json:
        pulls = [[one, other, cosine] for one, other, cosine in found.conflicts.pairs]
        terminal.dump({"model": target.name, "worth": found.worth, "without": found.without, "conflicts": pulls})
        return
    terminal.rows(("weights", "worth"), [(way, f"{value:.3f}") for way, value in found.worth.items()])
    cost = [(task, f"{value - found.worth['shipped']:+.3f}") for task, value in found.without.items()]
    terminal.rows(("without", "change"), cost)
    for one, other, cosine in found.conflicts.pairs:
        terminal.say(f"  {one} and {other} pull apart: {cosine:+.2f}")
    terminal.say(f"  report: {report}")
    terminal.say(f"  {target.name} is learned with {found.best} weights; next: wares learn publish {target.name}")


def adapt(
    model: Annotated[str, typer.Argument(help="folder of a transformers text encoder in safetensors")],
    target: Annotated[Path, typer.Argument(help="folder that the merged encoder is written to")],
    qrels: Judgements = None,
    queries: QueryTexts = None,
    config: ConfigFile = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Adapt a text encoder of your own to the shop's queries (LoRA); name the result in wares.toml."""
    needs_torch()
    from wares.learn.adapt import adapt as adapted
    from wares.learn.adapters import merge
    from wares.learn.pairs import Pair

    settings = Config.load(config, {"shop.folder": folder})
    with data_of(settings, qrels, queries, quiet=as_json) as data, terminal.progress(quiet=as_json) as progress:
        titles = data.catalogue.titles()
        pairs = [
            Pair(each.texts[query], titles[row], float(grade), data.catalogue.ids[row])
            for each in data.catalogue.asked
            if each.kind == "query"
            for row, query, grade in zip(each.rows.tolist(), each.queries.tolist(), each.grades.tolist(), strict=True)
            if row in titles
        ]
        found = adapted(model, pairs, target.with_name(f"{target.name}-adapter"), progress=progress)
        merged = merge(target.with_name(f"{target.name}-adapter"), target)
    if as_json:
        terminal.dump({"folder": str(merged), **found.card.metrics})
        return
    terminal.rows(("measured", "value"), [(name, f"{value:.3f}") for name, value in found.card.metrics.items()])
    terminal.say(f"  {merged} is an encoder: name it in wares.toml under encode.text")


def _example(text: str) -> tuple[str, list[str]]:
    value, _, ids = text.partition("=")
    if not value.strip() or not ids.strip():
        raise TrainingError(f"{text[:60]!r} is no example", fix="VALUE=ID,ID such as wedding=A12,B7")
    return value.strip(), [id.strip() for id in ids.split(",") if id.strip()]
