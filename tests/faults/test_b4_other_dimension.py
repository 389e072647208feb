"""B4: the encoder's vectors have another dimension now: they are not mixed; a new generation is made."""

import pytest

from faulty_parts import broken
from small_shops import config_of, filled
from wares.encoding import Encoding
from wares.errors import CorruptIndex, StaleIndex
from wares.index.generations import Generations
from wares.search.guard import GuardedVectors
from wares.shop import Shop
from wares.types import Query

PARTS = {"encode.text": "faulty.v1"}


@pytest.fixture
def folder(tmp_path):
    filled(tmp_path, **PARTS).close()
    return tmp_path


def test_a_reader_does_not_mix_them(folder):
    with broken(encoder="other dimension"), pytest.raises(StaleIndex, match="other encoders"):
        Shop.open(config_of(folder, **PARTS))


def test_a_reader_that_is_running_keeps_the_generation_it_holds(folder):
    reader = Shop.open(config_of(folder, **PARTS))
    held = reader.generation
    with broken(encoder="other dimension"):
        writer = Shop.open(config_of(folder, **PARTS), write=True)
        assert writer.generation != held
        assert {entry.vectors["text"].shape[1] for entry in [writer._live._index.get("p7")]} == {48}
        writer.close()
    assert reader.search(Query("lamp p7")).ids[0] == "p7"
    assert reader.generation == held
    reader.close()


def test_a_query_of_another_dimension_is_refused(folder):
    reader = Shop.open(config_of(folder, **PARTS))
    with broken(encoder="other dimension"):
        hits = reader.search(Query("lamp p7"))
    assert (hits.ids[0], hits.degraded) == ("p7", ("vectors",))
    reader.close()


def test_without_the_recipe_it_would_be_served(folder, monkeypatch):
    monkeypatch.setattr(Encoding, "fits", lambda self, recipe, encoder: True)
    with broken(encoder="other dimension"):
        shop = Shop.open(config_of(folder, **PARTS))
        assert shop.generation == Generations(folder / "shop" / "index", write=False).current().name
        shop.close()


def test_without_the_look_at_it_a_query_would_fail(folder, monkeypatch):
    reader = Shop.open(config_of(folder, **PARTS))
    monkeypatch.setattr(GuardedVectors, "_wrong", lambda self, vectors: "")
    with broken(encoder="other dimension"), pytest.raises((CorruptIndex, Exception), match=r".") as found:
        reader.search(Query("lamp p7"))
    assert not isinstance(found.value, AssertionError)
    reader.close()
