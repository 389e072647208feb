"""``wares backup`` and ``wares restore``."""

from pathlib import Path
from typing import Annotated

import typer

from wares.config import Config
from wares.serve.operations import backup as copies

ConfigFile = Annotated[Path | None, typer.Option("--config", help="wares.toml to read; default: the one here")]
Folder = Annotated[Path | None, typer.Option("--folder", help="the shop's data folder")]


def add_to(app: typer.Typer) -> None:
    """Give a command line what operators need."""
    app.command()(backup)
    app.command()(restore)


def backup(
    to: Annotated[Path, typer.Argument(help="folder to make; it must not be there yet")],
    wait: Annotated[float, typer.Option(min=0, help="seconds to wait for whoever writes")] = 60.0,
    config: ConfigFile = None,
    folder: Folder = None,
) -> None:
    """Copy the shop while it is served: store, index and media that fit together. Writes wait meanwhile."""
    found = copies.backup(Config.load(config, {"shop.folder": folder}), to, wait=wait)
    typer.echo(_told(found))


def restore(
    source: Annotated[Path, typer.Argument(help="folder that `wares backup` made")],
    config: ConfigFile = None,
    folder: Folder = None,
) -> None:
    """Make the shop's folder from a backup, after every file in it was checked."""
    found = copies.restore(Config.load(config, {"shop.folder": folder}), source)
    typer.echo(_told(found))


def _told(found: copies.Copied) -> str:
    generation = found.generation or "none"
    return f"{found.files:,} files, {found.bytes:,} bytes, generation {generation}: {found.folder}"
