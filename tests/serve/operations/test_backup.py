"""A backup is whole, is taken while the shop is served, and answers as the shop did."""

import json
import os
import re
import shutil
import sqlite3
import threading
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient
from typer.testing import CliRunner

from small_shops import config_of, filled, write_feed
from wares.catalog.lock import WriterLock
from wares.cli import app
from wares.errors import ConfigError, CorruptIndex, NewerState, StoreLocked
from wares.index import snapshot
from wares.serve.app import create_app
from wares.serve.operations import backup as copies
from wares.shop import Shop

PATHS = (
    "/?q=lamp",
    "/?q=lamp+p3&sort=-price",
    "/p/p3",
    "/v1/search?q=lamp&page_size=3",
    "/v1/search?q=nothing-like-it",
)
RANDOM = re.compile(rb'[0-9a-f]{32}|(?<="next_cursor":")[^"]+')  # ids of queries; cursors hold the time


def answers(shop: Shop, *more: str) -> list[tuple[int, bytes]]:
    with TestClient(create_app(shop)) as client:
        found = [client.get(path) for path in (*PATHS, *more)]
    return [(each.status_code, RANDOM.sub(b"ID", each.content)) for each in found]


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A shop with a photo and two generations."""
    folder = tmp_path_factory.mktemp("built")
    shop = filled(folder, 12)
    Image.new("RGB", (30, 40), "red").save(folder / "red.png")
    product = {"id": "red", "title": "red lamp", "language": "en", "variants": [{"id": "r"}]}
    (folder / "one.jsonl").write_text(json.dumps({**product, "media": [{"url": str(folder / "red.png")}]}) + "\n")
    shop.ingest(folder / "one.jsonl", mode="upsert")
    shop.rebuild()
    shop.close()
    return shop.config.shop.folder


@pytest.fixture
def folder(tmp_path, built) -> Path:
    return shutil.copytree(built, config_of(tmp_path).shop.folder)


def restored(tmp_path, name: str = "again") -> Shop:
    config = config_of(tmp_path / name)
    copies.restore(config, tmp_path / "backup")
    return Shop.open(config)


def test_a_restored_shop_answers_byte_for_byte(tmp_path, folder):
    with_shop = Shop.open(config_of(tmp_path))
    media = [f"/media/{path.name}" for path in sorted((folder / "media").rglob("*.jpg"))]
    assert media
    before = answers(with_shop, *media)
    made = copies.backup(config_of(tmp_path), tmp_path / "backup")
    generation = with_shop.generation
    with_shop.close()
    shop = restored(tmp_path)
    assert answers(shop, *media) == before
    assert {status for status, _ in before} == {200}
    assert shop.generation == made.generation == generation
    shop.close()
    written = Shop.open(config_of(tmp_path / "again"), write=True)
    assert written.ingest(write_feed(tmp_path / "more.jsonl", ["new"]), mode="upsert").accepted == 1
    written.close()


def test_only_what_is_served_is_copied_and_nothing_of_the_moment(tmp_path, folder):
    (folder / "index" / "building-g9").mkdir()
    (folder / "index" / "building-g9" / "half").write_bytes(b"half")
    (folder / "media" / "small").mkdir()
    (folder / "media" / "small" / "tmp1").write_bytes(b"a reader is writing this")
    assert len([each for each in (folder / "index").iterdir() if each.is_dir() and each.name.startswith("g")]) == 2
    copies.backup(config_of(tmp_path), tmp_path / "backup")
    names = {path.relative_to(tmp_path / "backup").as_posix() for path in (tmp_path / "backup").rglob("*")}
    assert len([name for name in names if re.fullmatch(r"index/g\d+", name)]) == 1
    assert not [name for name in names if re.search("building|lock|-wal|-shm|-journal|media/small", name)]
    assert {"catalogue.sqlite", "index/CURRENT", "manifest.json"} <= names
    assert (tmp_path / "backup").stat().st_mode & 0o077 == 0


def test_what_is_not_yet_in_the_database_file_is_in_its_backup(tmp_path, folder):
    with sqlite3.connect(folder / "catalogue.sqlite") as busy:
        busy.execute("PRAGMA wal_autocheckpoint = 0")
        busy.execute("CREATE TABLE of_this_test (x)")
        busy.execute("INSERT INTO of_this_test VALUES (7)")
        busy.commit()
        assert (folder / "catalogue.sqlite-wal").stat().st_size > 0
        copies.backup(config_of(tmp_path), tmp_path / "backup")
    busy.close()
    with sqlite3.connect(tmp_path / "backup" / "catalogue.sqlite") as copy:
        assert copy.execute("SELECT x FROM of_this_test").fetchall() == [(7,)]
    copy.close()


def test_it_waits_for_whoever_writes_and_says_who_when_that_lasts(tmp_path, folder):
    lock = WriterLock(folder)
    with pytest.raises(StoreLocked, match=str(os.getpid())):
        copies.backup(config_of(tmp_path), tmp_path / "backup", wait=0)
    assert not (tmp_path / "backup").exists()
    threading.Timer(0.3, lock.release).start()
    assert copies.backup(config_of(tmp_path), tmp_path / "backup", wait=30).files > 3


def test_nobody_writes_while_it_copies(tmp_path, folder, monkeypatch):
    refused = []

    def copied(path, to, copy=copies._copied):
        try:
            Shop.open(config_of(tmp_path), write=True).close()
        except StoreLocked:
            refused.append(path)
        return copy(path, to)

    monkeypatch.setattr(copies, "_copied", copied)
    made = copies.backup(config_of(tmp_path), tmp_path / "backup")
    assert len(refused) == made.files


def change(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("how", ["changed", "missing", "cut", "manifest"])
def test_a_backup_that_is_damaged_puts_nothing_in_place(tmp_path, folder, how):
    copies.backup(config_of(tmp_path), tmp_path / "backup")
    path = tmp_path / "backup" / "catalogue.sqlite"
    match how:
        case "changed":
            change(path)
        case "missing":
            path.unlink()
        case "cut":
            path.write_bytes(path.read_bytes()[:-1])
        case "manifest":
            change(tmp_path / "backup" / "manifest.json")
    with pytest.raises(CorruptIndex):
        restored(tmp_path)
    assert not (tmp_path / "again").exists() or list((tmp_path / "again").iterdir()) == []


def test_a_manifest_that_leads_elsewhere_is_refused(tmp_path, folder):
    copies.backup(config_of(tmp_path), tmp_path / "backup")
    path = tmp_path / "backup" / "manifest.json"
    manifest = json.loads(snapshot.unsigned(path.read_bytes(), path))
    (tmp_path / "secret").write_text("secret")
    for name in ("../secret", str(tmp_path / "secret")):
        manifest["files"][name] = copies._measured(tmp_path / "secret")
        path.write_bytes(snapshot.signed(json.dumps(manifest).encode()))
        with pytest.raises(CorruptIndex, match="not in it"):
            restored(tmp_path)
        del manifest["files"][name]
    path.write_bytes(snapshot.signed(json.dumps({**manifest, "format": 2}).encode()))
    with pytest.raises(NewerState):
        restored(tmp_path)


def test_nothing_is_written_over(tmp_path, folder):
    config = config_of(tmp_path)
    (tmp_path / "backup").mkdir()
    copies.backup(config, tmp_path / "backup")  # an empty folder is as good as none
    with pytest.raises(ConfigError, match="there already"):
        copies.backup(config, tmp_path / "backup")
    with pytest.raises(ConfigError, match="there already"):
        copies.restore(config, tmp_path / "backup")
    with pytest.raises(ConfigError, match="no backup"):
        copies.restore(config_of(tmp_path / "again"), folder)
    with pytest.raises(ConfigError, match="no shop"):
        copies.backup(config_of(tmp_path / "nowhere"), tmp_path / "other")
    with pytest.raises(ConfigError, match="pg_dump"):
        copies.backup(config_of(tmp_path, **{"shop.store": "postgresql+psycopg://x/y"}), tmp_path / "other")


def test_a_backup_that_fails_leaves_nothing_behind(tmp_path, folder, monkeypatch):
    def fails(path, to):
        raise MemoryError

    monkeypatch.setattr(copies, "_copied", fails)
    with pytest.raises(MemoryError):
        copies.backup(config_of(tmp_path), tmp_path / "backup")
    assert not [path.name for path in tmp_path.iterdir() if "backup" in path.name]
    WriterLock(folder).release()


def test_the_commands(tmp_path, folder):
    run = CliRunner().invoke
    made = run(app, ["backup", str(tmp_path / "backup"), "--folder", str(folder)])
    assert made.exit_code == 0, made.output
    back = run(app, ["restore", str(tmp_path / "backup"), "--folder", str(tmp_path / "again" / "shop")])
    assert back.exit_code == 0, back.output
    shop = Shop.open(config_of(tmp_path / "again"))
    assert shop.product("red").title == "red lamp"
    shop.close()
