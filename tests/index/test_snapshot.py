import random
import shutil

import numpy as np
import pytest

from strategies_of_index import SCHEMA
from wares.errors import CorruptIndex
from wares.index import snapshot
from wares.index.exact import ExactIndex
from wares.protocols import IndexQuery
from wares.testing import SCHEMA as SMALL
from wares.testing import agree_on, small_catalogue


@pytest.fixture
def saved(tmp_path):
    index = ExactIndex(SMALL)
    index.upsert(small_catalogue())
    index.snapshot(tmp_path / "one")
    return tmp_path / "one"


def test_a_restored_index_answers_the_same(saved):
    index = ExactIndex(SMALL)
    index.upsert(small_catalogue())
    query = IndexQuery(("red",), {"image": np.array([1, 0, 0], np.float32)}, facets=("color",))
    agree_on(ExactIndex.restore(saved), index, query)


def test_a_restored_index_can_be_written(saved):
    index = ExactIndex.restore(saved)
    index.upsert(small_catalogue(seed=3, n=5))
    index.delete(["p7"])
    oracle = ExactIndex(SMALL)
    oracle.upsert(small_catalogue())
    oracle.upsert(small_catalogue(seed=3, n=5))
    oracle.delete(["p7"])
    agree_on(index, oracle, IndexQuery(("red", "shoe"), facets=("color",)))


def test_a_flipped_bit_anywhere_is_found(saved, tmp_path):
    """A7: one flip in each file, and in twenty more places of each."""
    generator = random.Random(1)
    for path in sorted(saved.iterdir()):
        size = path.stat().st_size
        for place in [0, size - 1, *(generator.randrange(size) for _ in range(20))]:
            copy = tmp_path / "copy"
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(saved, copy)
            data = bytearray((copy / path.name).read_bytes())
            data[place] ^= 1 << generator.randrange(8)
            (copy / path.name).write_bytes(data)
            with pytest.raises(CorruptIndex):
                ExactIndex.restore(copy)


def test_without_the_checksums_a_flipped_bit_is_not_found(saved, monkeypatch):
    """The mutation check: the guard is what finds it."""
    path = saved / "vectors-0.bin"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    monkeypatch.setattr(snapshot, "_check_file", lambda path, listed: None)
    ExactIndex.restore(saved)


@pytest.mark.parametrize("keep", [0, 1, 7, -1])
def test_a_truncated_file_is_found(saved, keep):
    """A8."""
    for path in sorted(saved.iterdir()):
        data = path.read_bytes()
        path.write_bytes(data[:keep])
        with pytest.raises(CorruptIndex):
            ExactIndex.restore(saved)
        path.write_bytes(data)


def test_a_missing_file_and_a_missing_folder_are_found(saved):
    (saved / "words.bin").unlink()
    with pytest.raises(CorruptIndex, match="rebuild"):
        ExactIndex.restore(saved)
    with pytest.raises(CorruptIndex):
        ExactIndex.restore(saved / "nowhere")


def test_an_empty_index_is_kept(tmp_path):
    ExactIndex(SCHEMA).snapshot(tmp_path / "empty")
    assert ExactIndex.restore(tmp_path / "empty").stats().products == 0
