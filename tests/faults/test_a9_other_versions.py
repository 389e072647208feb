"""A9: what an older wares wrote is made anew or migrated; what a newer one wrote is refused and left alone."""

import hashlib
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from small_shops import config_of, filled
from wares.errors import CorruptIndex, NewerState
from wares.index import generations, snapshot
from wares.shop import Shop
from wares.types import Query


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    filled(folder).close()
    return folder


def newer_store(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "catalogue.sqlite")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


def newer_vectors(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "cache" / "vectors.sqlite")) as connection, connection:
        connection.execute("PRAGMA user_version = 99")


def newer_texts(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "transcripts" / "texts.sqlite")) as connection, connection:
        connection.execute("PRAGMA user_version = 99")


def newer_generation(folder: Path) -> None:
    path = folder / "index" / "g00000001.json"
    content = orjson.loads(snapshot.unsigned(path.read_bytes(), path))
    path.write_bytes(snapshot.signed(orjson.dumps(content | {"layout": 99, "unheard of": True})))
    (folder / "index" / "unheard-of").mkdir()


NEWER = [newer_store, newer_vectors, newer_texts, newer_generation]


def contents(folder: Path) -> dict[str, str]:
    """Every file but the lock and what SQLite keeps beside an open database."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "writer.lock" and not path.name.endswith(("-wal", "-shm"))
    } | {path.relative_to(folder).as_posix(): "" for path in folder.rglob("*") if path.is_dir()}


def assert_refused(closed: Path, tmp_path: Path, change) -> None:
    folder = shutil.copytree(closed, tmp_path / "copy")
    change(folder / "shop")
    before = contents(folder)
    for write in (False, True, True):
        with pytest.raises(NewerState, match="update wares") as refused:
            Shop.open(config_of(folder), write=write)
        assert (refused.value.code, refused.value.status) == ("newer_state", 503)
        assert contents(folder) == before, "what a newer wares wrote was changed"


@pytest.mark.parametrize("change", NEWER)
def test_newer_state_is_refused_and_left_alone(closed, tmp_path, change):
    assert_refused(closed, tmp_path, change)


def test_without_its_guard_the_case_fails(closed, tmp_path, monkeypatch):
    monkeypatch.setattr(generations, "LAYOUT", 100)
    with pytest.raises((AssertionError, CorruptIndex)):
        assert_refused(closed, tmp_path, newer_generation)


def older_generation(folder: Path) -> None:
    """As it was before the layout had a number: no checksum on the small files, sha256 in the manifest."""
    index = folder / "index"
    for path in (index / "CURRENT", index / "g00000001.json"):
        path.write_bytes(snapshot.unsigned(path.read_bytes(), path))
    facts = orjson.loads((index / "g00000001.json").read_bytes())["facts"]
    (index / "g00000001.json").write_bytes(orjson.dumps(facts))
    path = index / "g00000001" / "manifest.json"
    manifest = orjson.loads(snapshot.unsigned(path.read_bytes(), path))
    files = {
        name: {"bytes": listed["bytes"], "sha256": hashlib.sha256((path.parent / name).read_bytes()).hexdigest()}
        for name, listed in manifest["files"].items()
        if name in manifest["arrays"]
    }
    body = orjson.dumps({"facts": manifest["facts"] | {"format": "exact/1"}, "files": files})
    path.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)


def older_layout(folder: Path) -> None:
    path = folder / "index" / "g00000001.json"
    content = orjson.loads(snapshot.unsigned(path.read_bytes(), path))
    path.write_bytes(snapshot.signed(orjson.dumps(content | {"layout": 1})))


def older_databases(folder: Path) -> None:
    """Without a number of their format."""
    for name in ("cache/vectors.sqlite", "transcripts/texts.sqlite"):
        with closing(sqlite3.connect(folder / name)) as connection, connection:
            connection.execute("PRAGMA user_version = 0")


@pytest.mark.parametrize("change", [older_generation, older_layout, older_databases])
def test_older_state_is_taken_over(closed, tmp_path, change):
    folder = shutil.copytree(closed, tmp_path / "copy")
    change(folder / "shop")
    if change is not older_databases:
        with pytest.raises(CorruptIndex, match="wares rebuild"):
            Shop.open(config_of(folder))
    shop = Shop.open(config_of(folder), write=True)
    hits = shop.search(Query("lamp p7"))
    assert (hits.total, hits.ids[0]) == (30, "p7")
    shop.close()


def test_an_older_generation_is_not_rolled_back_to(closed, tmp_path):
    folder = shutil.copytree(closed, tmp_path / "copy")
    older_layout(folder / "shop")
    shop = Shop.open(config_of(folder), write=True)
    shop.rebuild()
    shop.rebuild()
    served = shop.generation
    for _ in range(2):
        try:
            served = shop.rollback()
        except CorruptIndex:
            break
    assert shop.generation == served
    assert shop.search(Query("lamp")).total == 30
    shop.close()


def test_a_reader_goes_on_beside_a_newer_writer(closed, tmp_path):
    folder = shutil.copytree(closed, tmp_path / "copy")
    reader = Shop.open(config_of(folder))
    newer_generation(folder / "shop")
    hits = reader.search(Query("lamp p7"))
    assert (hits.ids[0], hits.generation) == ("p7", "g00000001")
    reader.close()
