"""A shop's data folder, copied while it is served, and put in place again.

::

    backup/
      manifest.json        size and SHA-256 of every file, and what made it; written last
      catalogue.sqlite     every database, by SQLite's own backup
      index/CURRENT …      the generation that is served, without older ones
      media/ …             everything else as it lies there, but for photos that are made smaller on demand

The writer's lock is held meanwhile, so that store, index and media fit together: searching goes on, writes wait.
"""

import hashlib
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import orjson

from wares import __version__
from wares.catalog.lock import WriterLock
from wares.catalog.media.store import SMALL
from wares.config import Config
from wares.errors import ConfigError, CorruptIndex, NewerState, StoreLocked, disk_errors
from wares.index import snapshot
from wares.index.generations import CURRENT, Generations

FORMAT = 1
MANIFEST = "manifest.json"
OF_THE_MOMENT = ("-wal", "-shm", "-journal", ".lock")
SQLITE = b"SQLite format 3\0"
PIECE = 1 << 20
AGAIN = 0.2  # seconds between two tries to get the lock
FIX = "take another backup; this one cannot be trusted"


@dataclass(frozen=True, slots=True)
class Copied:
    """What a backup or a restore copied."""

    folder: Path
    generation: str
    files: int
    bytes: int


def backup(config: Config, to: Path, *, wait: float = 60.0) -> Copied:
    """Copy the shop's folder; the copy appears when it is whole.

    Parameters
    ----------
    to
        A folder that is not there yet.
    wait
        Seconds to wait for whoever writes.

    Raises
    ------
    ConfigError
        ``to`` is there, the shop is not, or its store is kept elsewhere.
    StoreLocked
        Another process went on writing.
    """
    folder = config.shop.folder
    if config.shop.store:
        raise ConfigError(
            "shop.store is set, so the store is not in the shop's folder",
            fix="back it up with the database's own tool (such as pg_dump), and the folder as its file system can",
        )
    if not folder.is_dir():
        raise ConfigError(f"there is no shop in {folder}", fix="name its folder with --folder")
    _must_be_free(to)
    beside = to.with_name(f".{to.name}.part")
    with disk_errors(), _locked(folder, wait):
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True, mode=0o700)
        try:
            generation = Generations(folder / "index", write=False).current_name() if _has_index(folder) else ""
            files = {}
            for path in _wanted(folder, generation):
                name = path.relative_to(folder).as_posix()
                files[name] = _copied(path, beside / name)
            _write_manifest(beside, generation, files)
            _put_in_place(beside, to)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
    return Copied(to, generation, len(files), sum(each["bytes"] for each in files.values()))


def restore(config: Config, source: Path) -> Copied:
    """Make the shop's folder from a backup; it appears when every file was found to be what was copied.

    Raises
    ------
    ConfigError
        The shop's folder is not empty, or ``source`` is no backup.
    CorruptIndex
        A file of the backup is missing or changed; nothing was put in place.
    NewerState
        A newer wares made the backup.
    """
    folder = config.shop.folder
    _must_be_free(folder)
    manifest = _read_manifest(source)
    beside = folder.with_name(f".{folder.name}.part")
    with disk_errors():
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        try:
            for name, listed in manifest["files"].items():
                _check(source / name, listed, _copy(_within(source, name), beside / name))
            _put_in_place(beside, folder)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
    copied = manifest["files"].values()
    return Copied(folder, manifest["generation"], len(copied), sum(each["bytes"] for each in copied))


@contextmanager
def _locked(folder: Path, wait: float) -> Iterator[None]:
    """The writer's lock, waited for."""
    until = time.monotonic() + wait
    while True:
        try:
            lock = WriterLock(folder)
            break
        except StoreLocked:
            if time.monotonic() >= until:
                raise
            time.sleep(AGAIN)
    with lock:
        yield


def _has_index(folder: Path) -> bool:
    return (folder / "index" / CURRENT).is_file()


def _wanted(folder: Path, generation: str) -> Iterator[Path]:
    """The files of a folder; of the index only the generation that is served, of photos what came in."""
    kept = {CURRENT, generation, f"{generation}.json"}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file() or path.name.endswith(OF_THE_MOMENT):
            continue
        parts = path.relative_to(folder).parts
        if parts[0] == "index" and (len(parts) < 2 or parts[1] not in kept):
            continue
        if parts[:2] == ("media", SMALL):  # readers write them meanwhile
            continue
        yield path


def _copied(path: Path, to: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        database = file.read(len(SQLITE)) == SQLITE
    if not database:
        return _copy(path, to)
    to.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(to)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, whole in itself
        found = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise CorruptIndex(f"{path} is damaged: {found}", fix="restore the last backup; see docs/operations.md")
    shutil.copystat(path, to)
    snapshot.sync(to)
    return _measured(to)


def _copy(path: Path, to: Path) -> dict[str, Any]:
    """Copy a file; its size and digest are of what was read."""
    to.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    try:
        source = path.open("rb")
    except FileNotFoundError as error:
        raise CorruptIndex(f"{path} is missing", fix=FIX) from error
    with source, to.open("wb") as copy:
        while piece := source.read(PIECE):
            digest.update(piece)
            size += len(piece)
            copy.write(piece)
        copy.flush()
        os.fsync(copy.fileno())
    shutil.copystat(path, to)
    return {"bytes": size, "sha256": digest.hexdigest()}


def _measured(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _check(path: Path, listed: dict[str, Any], found: dict[str, Any]) -> None:
    if found != listed:
        raise CorruptIndex(f"{path} is not what was backed up", fix=FIX)


def _within(folder: Path, name: str) -> Path:
    """The file of that name in the folder; a manifest that leads out of it is refused."""
    pure = PurePosixPath(name)
    path = folder / name
    if pure.is_absolute() or ".." in pure.parts or path.is_symlink():
        raise CorruptIndex(f"the manifest of {folder} names {name!r}, which is not in it", fix=FIX)
    return path


def _write_manifest(folder: Path, generation: str, files: dict[str, dict[str, Any]]) -> None:
    facts = {"format": FORMAT, "wares": __version__, "made": datetime.now(UTC).isoformat(timespec="seconds")}
    content = orjson.dumps({**facts, "generation": generation, "files": files}, option=orjson.OPT_INDENT_2)
    (folder / MANIFEST).write_bytes(snapshot.signed(content))
    snapshot.sync(folder / MANIFEST)


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise ConfigError(f"{folder} is no backup: it has no {MANIFEST}", fix="name a folder that `wares backup` made")
    manifest: dict[str, Any] = orjson.loads(snapshot.unsigned(path.read_bytes(), path))
    if manifest["format"] > FORMAT:
        raise NewerState(f"wares {manifest['wares']} made {folder}, which is newer", fix="update wares")
    return manifest


def _must_be_free(folder: Path) -> None:
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise ConfigError(f"{folder} is there already", fix="name another folder, or move this one aside")


def _put_in_place(beside: Path, folder: Path) -> None:
    for path in (*(each for each in beside.rglob("*") if each.is_dir()), beside):
        snapshot.sync(path)
    with suppress(FileNotFoundError):
        folder.rmdir()
    beside.rename(folder)
    snapshot.sync(folder.parent)
