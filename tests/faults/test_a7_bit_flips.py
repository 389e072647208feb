"""A7: one changed bit in any file of an index is found when it is opened; a writer makes the index anew."""

import random
import shutil
from pathlib import Path

import pytest

from small_shops import config_of, filled
from wares.errors import CorruptIndex
from wares.index import snapshot
from wares.shop import Shop
from wares.types import Query

SEED = 7
WHOLE = {"CURRENT", "g00000001.json", "calibration.json", "manifest.json", "products.bin", "words.bin", "columns.bin"}


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """A closed shop, and what it answered."""
    folder = tmp_path_factory.mktemp("whole")
    shop = filled(folder)
    hits = shop.search(Query("lamp p7"))
    shop.close()
    return folder, (hits.ids, hits.total)


def index_files(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "shop" / "index").rglob("*") if path.is_file())


def flip(path: Path, generator: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
    path.write_bytes(data)


def assert_found_and_mended(folder: Path, answer: tuple) -> None:
    with pytest.raises(CorruptIndex, match="wares rebuild"):
        Shop.open(config_of(folder))
    shop = Shop.open(config_of(folder), write=True)
    hits = shop.search(Query("lamp p7"))
    assert (hits.ids, hits.total) == answer
    shop.close()
    reader = Shop.open(config_of(folder))
    assert reader.search(Query("lamp p7")).ids == answer[0]
    reader.close()


def test_a_bit_in_each_file(closed, tmp_path):
    print(f"seed {SEED}")
    generator = random.Random(SEED)
    names = [path.relative_to(closed[0]) for path in index_files(closed[0])]
    assert {name.name for name in names} >= WHOLE
    for number, name in enumerate(names):
        folder = shutil.copytree(closed[0], tmp_path / str(number))
        flip(folder / name, generator)
        assert_found_and_mended(folder, closed[1])
        damaged = name.name not in ("CURRENT", "g00000001.json")
        aside = [path.name for path in (folder / "shop" / "index").glob("corrupt-*")]
        assert aside == ["corrupt-g00000001"] or not damaged, "what was damaged is kept to be looked at"


def test_twenty_bits_of_the_pointer_and_the_facts(closed, tmp_path):
    generator = random.Random(SEED)
    for name in ("CURRENT", "g00000001.json"):
        for _ in range(20):
            folder = tmp_path / "copy"
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(closed[0], folder)
            flip(folder / "shop" / "index" / name, generator)
            with pytest.raises(CorruptIndex):
                Shop.open(config_of(folder))


def test_without_its_guard_the_case_fails(closed, tmp_path, monkeypatch):
    monkeypatch.setattr(snapshot, "_check_file", lambda path, listed: None)
    folder = shutil.copytree(closed[0], tmp_path / "copy")
    flip(folder / "shop" / "index" / "g00000001" / "vectors-0.bin", random.Random(SEED))
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        assert_found_and_mended(folder, closed[1])


def test_a_reader_goes_on_with_the_generation_it_holds(closed, tmp_path):
    folder = shutil.copytree(closed[0], tmp_path / "copy")
    writer, reader = Shop.open(config_of(folder), write=True), Shop.open(config_of(folder))
    writer.rebuild()
    flip(folder / "shop" / "index" / writer.generation / "words.bin", random.Random(SEED))
    for _ in range(2):
        hits = reader.search(Query("lamp p7"))
        assert (hits.ids, hits.generation) == (closed[1][0], "g00000001")
    pointer = folder / "shop" / "index" / "CURRENT"
    pointer.write_bytes(b"g00000002")
    assert reader.search(Query("lamp p7")).generation == "g00000001"
    writer.rebuild()
    assert reader.search(Query("lamp p7")).generation == "g00000003"
    writer.close()
    reader.close()
