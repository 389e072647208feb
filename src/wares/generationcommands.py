"""``wares rebuild``, ``wares rollback``, ``wares generations``: what is live, what was before, and what was refused."""

from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from wares import terminal
from wares.config import Config
from wares.errors import CorruptIndex
from wares.index.generations import Generation, Generations
from wares.shop import Shop

ConfigFile = Annotated[Path | None, typer.Option("--config", help="wares.toml to read; default: the one here")]
Folder = Annotated[Path | None, typer.Option("--folder", help="the shop's data folder")]
Json = Annotated[bool, typer.Option("--json", help="print JSON")]


def add_to(app: typer.Typer) -> None:
    """Give a command line what makes generations and goes back."""
    for command in (rebuild, rollback, generations):
        app.command()(command)


def rebuild(
    force: Annotated[bool, typer.Option("--force", help="let it go live even where it is worse")] = False,
    config: ConfigFile = None,
    folder: Folder = None,
) -> None:
    """Make everything that is derived from the store again: fusion, index, calibration; measure it, then serve it."""
    settings = Config.load(config, {"shop.folder": folder, "gate.enforce": False if force else None})
    before = ""
    with suppress(CorruptIndex):
        before = _kept(settings).current_name()
    with closing(Shop.open(settings, write=True)) as shop, terminal.progress() as progress:
        if shop.generation == before:  # else it was made just now, for other settings
            shop.rebuild(progress=progress)
        terminal.say(f"{shop.stats.products:,} products in generation {shop.generation}")
        for line in _measured(_kept(settings).named(shop.generation).facts["gate"]):
            terminal.say(f"  {line}")


def rollback(config: ConfigFile = None, folder: Folder = None) -> None:
    """Go back to the generation before this one; this one counts as refused."""
    with closing(Shop.open(Config.load(config, {"shop.folder": folder}), write=True)) as shop:
        terminal.say(f"generation {shop.rollback()} is live again")


def generations(config: ConfigFile = None, folder: Folder = None, as_json: Json = False) -> None:
    """List the generations that are kept, the newest first: live or refused, and what was measured before and after."""
    kept = _kept(Config.load(config, {"shop.folder": folder}))
    live = kept.current_name()
    told = [_told(kept.named(name), live) for name in reversed(kept.names())]
    if as_json:
        terminal.dump(told)
        return
    for each in told:
        terminal.say(f"{each['generation']}  {each['made']}  {each['ranker']}  {each['state']}")
        for line in each["measured"]:
            terminal.say(f"  {line}")


def _kept(config: Config) -> Generations:
    return Generations(config.shop.folder / "index", keep=config.index.keep, write=False)


def _told(generation: Generation, live: str) -> dict[str, Any]:
    facts = generation.facts
    refused = f"refused: {generation.refused}" if generation.refused else "kept"
    return {
        "generation": generation.name,
        "made": datetime.fromtimestamp(generation.folder.stat().st_mtime, UTC).isoformat(" ", "minutes"),
        "state": "live" if generation.name == live else refused,
        "ranker": facts["ranker"],
        "measured": _measured(facts["gate"]),
        "gate": facts["gate"],
    }


def _measured(gate: Mapping[str, Any]) -> list[str]:
    """Before and after, in words."""
    means = [f"{name} {before:.3f} → {after:.3f} (p = {p:.3f})" for name, (before, after, p) in gate["means"].items()]
    if not means:
        return ["nothing was live to compare it with"] if not gate["worse"] else [gate["worse"]]
    return [f"{gate['queries']} golden queries", *means, *gate["lost"]]
