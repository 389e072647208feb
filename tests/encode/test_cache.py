import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wares
from wares.encode.cache import VectorCache, content_key
from wares.errors import StoreError
from wares.protocols import Encoded

SOURCE = str(Path(wares.__file__).parents[1])


class CountingEncoder:
    modality = "text"
    space = "counting"
    dim = 4

    def __init__(self, fingerprint: str = "counting.v1") -> None:
        self.fingerprint = fingerprint
        self.seen: list[str] = []

    def encode(self, items: Sequence[str]) -> Encoded:
        self.seen.extend(items)
        present = np.array([bool(item) for item in items])
        vectors = np.zeros((len(items), 4), np.float32)
        for row, item in enumerate(items):
            if item:
                vectors[row] = np.random.default_rng(list(item.encode())).normal(size=4)
        return Encoded(vectors, present)

    def encode_query(self, item: str) -> np.ndarray:
        return self.encode([item]).vectors[0]


def run(cache: VectorCache, encoder: CountingEncoder, texts: Sequence[str]) -> Encoded:
    return cache.encode(encoder, [content_key(text) for text in texts], lambda i: texts[i])


def test_nothing_is_encoded_twice(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    first = run(VectorCache(tmp_path), encoder, ["a", "b", "a", ""])
    second = run(VectorCache(tmp_path), encoder, ["", "b", "c", "a"])
    assert encoder.seen == ["a", "b", "", "c"]
    assert second.present.tolist() == [False, True, True, True]
    np.testing.assert_array_equal(second.vectors[[3, 1, 0]], first.vectors[[0, 1, 3]])
    np.testing.assert_array_equal(second.vectors, CountingEncoder().encode(["", "b", "c", "a"]).vectors)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.text(max_size=3), max_size=8), max_size=5))
def test_the_cache_changes_nothing_but_the_work(
    tmp_path_factory: pytest.TempPathFactory, calls: list[list[str]]
) -> None:
    cache = VectorCache(tmp_path_factory.mktemp("cache"))
    encoder = CountingEncoder()
    texts = [[text.encode("utf-8", "replace").decode() for text in call] for call in calls]
    for call in texts:
        cached, plain = run(cache, encoder, call), CountingEncoder().encode(call)
        np.testing.assert_array_equal(cached.vectors, plain.vectors.reshape(len(call), 4))
        np.testing.assert_array_equal(cached.present, plain.present)
    assert sorted(encoder.seen) == sorted({text for call in texts for text in call})


def test_another_fingerprint_is_another_cache(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path)
    old, new = CountingEncoder("old"), CountingEncoder("new")
    run(cache, old, ["a"])
    run(cache, new, ["a", "b"])
    assert new.seen == ["a", "b"]
    assert cache.keep_only(["new"]) == 1
    assert (cache.count("old"), cache.count("new")) == (0, 2)


def test_a_damaged_row_is_encoded_again(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    cache = VectorCache(tmp_path)
    good = run(cache, encoder, ["a", "b"])
    with sqlite3.connect(tmp_path / "vectors.sqlite") as raw:
        raw.execute("UPDATE vectors SET vector = zeroblob(16) WHERE key = ?", (content_key("a"),))
    again = run(cache, encoder, ["a", "b"])
    assert encoder.seen == ["a", "b", "a"]
    np.testing.assert_array_equal(again.vectors, good.vectors)


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 200])
def test_a_file_that_is_no_database_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    cache = VectorCache(tmp_path)
    run(cache, CountingEncoder(), ["a"])
    cache.close()
    for file in tmp_path.iterdir():
        file.write_bytes(damage)
    encoder = CountingEncoder()
    run(VectorCache(tmp_path), encoder, ["a"])
    assert encoder.seen == ["a"]


def test_damage_found_while_reading_costs_only_work(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path)
    texts = [str(i) for i in range(3000)]
    good = run(cache, CountingEncoder(), texts)
    cache.close()
    file = tmp_path / "vectors.sqlite"
    data = bytearray(file.read_bytes())
    data[20_000:] = b"\xff" * (len(data) - 20_000)
    file.write_bytes(data)
    again = run(VectorCache(tmp_path), CountingEncoder(), texts)
    np.testing.assert_array_equal(again.vectors, good.vectors)


def test_two_processes_share_a_folder(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
import numpy as np
from wares.encode.cache import VectorCache
cache = VectorCache(Path(sys.argv[1]))
for i in range(200):
    cache.write(sys.argv[2], {f"{i:03}": np.full(4, i, np.float32)})
"""
    writers = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path), name], env={"PYTHONPATH": SOURCE})
        for name in ("one", "two")
    ]
    cache = VectorCache(tmp_path)
    keys = [f"{i:03}" for i in range(200)]
    while any(writer.poll() is None for writer in writers):
        for key, row in cache.read("one", keys, 4).items():
            assert row is not None
            assert (row == int(key)).all()
    assert [writer.returncode for writer in writers] == [0, 0]
    assert len(cache.read("one", keys, 4)) == len(cache.read("two", keys, 4)) == 200


def test_a_writer_that_is_killed_leaves_whole_rows(tmp_path: Path) -> None:
    program = """
import itertools, sys
from pathlib import Path
import numpy as np
from wares.encode.cache import VectorCache
cache = VectorCache(Path(sys.argv[1]))
for i in itertools.count():
    cache.write("one", {f"{i}": np.full(64, i, np.float32)})
    print(i, flush=True)
"""
    writer = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], env={"PYTHONPATH": SOURCE}, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout
    written = [int(writer.stdout.readline()) for _ in range(50)]
    writer.kill()
    writer.communicate()
    rows = VectorCache(tmp_path).read("one", map(str, written), 64)
    assert sorted(map(int, rows)) == written
    assert all(row is not None and (row == int(key)).all() for key, row in rows.items())


def test_a_failing_disk_is_named_not_mistaken_for_damage(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path)
    run(cache, CountingEncoder(), ["a"])
    cache._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreError, match="vector cache"):
        run(cache, CountingEncoder(), ["b"])
    assert VectorCache(tmp_path).count("counting.v1") == 1


def test_progress_counts_what_is_encoded(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path)
    texts = [str(i) for i in range(100)]
    done: list[int] = []
    cache.encode(CountingEncoder(), [content_key(text) for text in texts], texts.__getitem__, done.append)
    cache.encode(CountingEncoder(), [content_key(text) for text in texts], texts.__getitem__, done.append)
    assert sum(done) == 100
