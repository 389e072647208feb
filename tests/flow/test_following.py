"""Who opens a shop answers as those who have it open, whatever was written since the generation was made."""

from dataclasses import replace

import pytest

from small_shops import LettersEncoder, config_of, filled, write_feed
from wares import live
from wares.serve.operations import processes
from wares.shop import Shop
from wares.types import Query, Variant


def written_in_steps(tmp_path, steps: int) -> Shop:
    """A shop whose writer took in products one at a time, each too few for a new generation."""
    shop = filled(tmp_path)
    before = shop.generation
    for n in range(steps):
        shop.ingest(write_feed(tmp_path / "one.jsonl", [f"late{n}"]), mode="upsert")
    assert shop.generation == before
    return shop


def seen_by_who_opens_it(tmp_path) -> int:
    reader = Shop.open(config_of(tmp_path))
    try:
        return reader.search(Query("lamp")).total
    finally:
        reader.close()


def test_who_opens_a_shop_finds_what_was_written_in_many_small_steps(tmp_path):
    shop = written_in_steps(tmp_path, 12)
    assert shop.search(Query("lamp")).total == 42
    assert seen_by_who_opens_it(tmp_path) == 42
    shop.close()
    assert seen_by_who_opens_it(tmp_path) == 42


def test_without_it_a_reader_stays_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(live, "LATE_SHARE", 0.0)
    written_in_steps(tmp_path, 12).close()
    assert seen_by_who_opens_it(tmp_path) == 30


def test_the_same_product_written_again_and_again_is_one_change(tmp_path):
    shop = filled(tmp_path)
    for n in range(40):  # more numbers than there are products
        shop.ingest(write_feed(tmp_path / "one.jsonl", ["late"], word=f"lamp number{n}"), mode="upsert")
    shop.close()
    assert seen_by_who_opens_it(tmp_path) == 31


@pytest.mark.parametrize(("since", "changed"), [(0, 31), (30, 1), (31, 0)])
def test_changed_products_are_counted_once_and_deleted_ones_too(tmp_path, since, changed):
    shop = filled(tmp_path)
    shop.ingest(write_feed(tmp_path / "one.jsonl", ["late"]), mode="upsert")
    assert shop._store.changes_since(since) == changed
    shop._store.apply([], ["late"])
    assert shop._store.changes_since(31) == 1
    shop.close()


def test_the_writer_makes_what_one_before_it_ended_without(tmp_path):
    shop = filled(tmp_path)
    more = [replace(shop.product(f"p{n}"), id=f"more{n}", variants=(Variant(f"more{n}-v"),)) for n in range(30)]
    shop._store.apply(more)  # as if it was killed before the index followed
    shop.close()
    assert seen_by_who_opens_it(tmp_path) == 30
    processes._mend(config_of(tmp_path))
    assert seen_by_who_opens_it(tmp_path) == 60


def test_who_follows_encodes_nothing_that_the_writer_wrote(tmp_path, monkeypatch):
    shop, reader = filled(tmp_path), Shop.open(config_of(tmp_path))
    monkeypatch.setattr(shop._live, "follow", lambda *_: None)  # the reader comes between the writing and its index
    shop.ingest(write_feed(tmp_path / "one.jsonl", ["late"], word="lamp unheard of"), mode="upsert")
    monkeypatch.setattr(LettersEncoder, "encode", lambda *_: pytest.fail("encoded by a reader"))
    assert reader.search(Query("lamp")).total == 31
    reader.close()
    shop.close()


def test_what_a_generation_will_be_made_of_is_not_encoded_before(tmp_path, monkeypatch):
    shop = filled(tmp_path)
    monkeypatch.setattr(shop._live, "follow", lambda *_: None)
    monkeypatch.setattr(LettersEncoder, "encode", lambda *_: pytest.fail("encoded before it is written"))
    shop.ingest(write_feed(tmp_path / "more.jsonl", (f"late{n}" for n in range(10))), mode="upsert")
    shop.close()
