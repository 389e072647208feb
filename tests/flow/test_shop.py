"""The whole way of a feed: taken in, encoded, indexed, found, changed, rebuilt, rolled back."""

from datetime import UTC, datetime

import orjson
import pytest

from wares.catalog.demo import build
from wares.config import Config
from wares.errors import CorruptIndex, NotFound, StoreLocked, WaresError
from wares.making import Maker
from wares.shop import Shop
from wares.types import Event, Query

PRODUCTS = 40


@pytest.fixture(scope="session")
def feed(tmp_path_factory):
    return build(tmp_path_factory.mktemp("feed"), products=PRODUCTS, workers=1).products_file


@pytest.fixture(scope="module")
def filled(tmp_path_factory, feed):
    config = Config.load(options={"shop.folder": tmp_path_factory.mktemp("shop")}, environment={})
    shop = Shop.open(config, write=True)
    report = shop.ingest(feed)
    assert (report.accepted, report.bad_rows, report.held) == (PRODUCTS, 0, "")
    yield shop
    shop.close()


def documents(feed):
    return [orjson.loads(line) for line in feed.read_bytes().splitlines()]


def test_every_product_is_found_by_its_title_in_both_languages(filled, feed):
    first = second = 0
    for document in documents(feed):
        for title, language in ((document["title"], "en"), (document["translations"]["zh"]["title"], "zh")):
            hits = filled.search(Query(title, page_size=5, language=language))
            first += hits.ids[0] == document["id"]
            second += document["id"] in hits.ids
    assert second == 2 * PRODUCTS
    assert first >= 1.8 * PRODUCTS


def test_a_photo_finds_its_product_and_words_beside_it_count(filled, feed):
    for document in documents(feed)[:5]:
        photo = (feed.parent / document["media"][0]["url"]).read_bytes()
        assert filled.search(Query(photo=photo, page_size=5)).ids[0] == document["id"]
    plain = filled.search(Query(photo=photo, page_size=PRODUCTS))
    worded = filled.search(Query(documents(feed)[7]["title"], photo=photo, page_size=PRODUCTS))
    place = documents(feed)[7]["id"]
    assert worded.ids.index(place) < (plain.ids.index(place) if place in plain.ids else PRODUCTS)


def test_the_ledger_of_every_hit_sums_to_its_score(filled):
    hits = filled.search(Query("red shoes", explain=True))
    assert len(hits) > 0
    for hit in hits:
        assert hit.ledger.total == pytest.approx(hit.score, abs=1e-6)


def test_the_same_query_gives_the_same_page(filled):
    one, other = (filled.search(Query("blue", page_size=10)) for _ in range(2))
    assert one.ids == other.ids
    assert list(one.scores) == list(other.scores)
    assert one.query_id != other.query_id


def test_pages_partition_the_result_set(filled):
    whole = filled.search(Query(page_size=PRODUCTS))
    assert whole.total == PRODUCTS
    pages = [filled.search(Query(page=page, page_size=7)).ids for page in range(-(-PRODUCTS // 7))]
    assert tuple(id for page in pages for id in page) == whole.ids


def test_similar_products_leave_the_product_out(filled, feed):
    id = documents(feed)[0]["id"]
    hits = filled.similar(id, 5)
    assert len(hits) == 5
    assert id not in hits.ids


def test_an_unknown_product_is_not_found(filled):
    with pytest.raises(NotFound):
        filled.product("nowhere")
    with pytest.raises(NotFound):
        filled.similar("nowhere")


def test_a_feed_taken_in_twice_changes_nothing(filled, feed):
    before = filled.generation
    report = filled.ingest(feed)
    assert (report.changed, report.unchanged, report.deleted) == (0, PRODUCTS, 0)
    assert filled.generation == before


def test_a_write_is_in_the_next_search_of_every_process(filled, feed, tmp_path):
    reader = Shop.open(filled.config)
    changed = documents(feed)[3] | {"title": "Zanzibar Wobblewagon"}
    one = tmp_path / "one.jsonl"
    one.write_bytes(orjson.dumps(changed))
    (tmp_path / "photos").symlink_to(feed.parent / "photos")
    filled.ingest(one, mode="upsert")
    for shop in (filled, reader):
        found = shop.search(Query("wobblewagon"))
        assert (found.total, found.ids[0]) == (1, changed["id"])
    reader.close()
    filled.ingest(feed, mode="upsert")
    assert filled.search(Query("wobblewagon")).total == 0


def test_feedback_is_kept_once(filled, feed):
    events = feed.parent / "events.jsonl"
    lines = len(events.read_bytes().splitlines())
    assert filled.feedback(events) == lines
    assert filled.feedback(events) == 0


def test_rebuild_and_rollback_change_no_answer(filled):
    before, ids = filled.generation, filled.search(Query("chair", page_size=20)).ids
    filled.rebuild()
    assert filled.generation != before
    assert filled.search(Query("chair", page_size=20)).ids == ids
    assert filled.rollback() == before
    assert filled.search(Query("chair", page_size=20)).ids == ids


def test_a_second_writer_is_refused_and_a_reader_cannot_write(filled, feed):
    with pytest.raises(StoreLocked):
        Shop.open(filled.config, write=True)
    reader = Shop.open(filled.config)
    with pytest.raises(StoreLocked, match="for reading"):
        reader.ingest(feed)
    reader.close()


def test_a_shop_that_is_closed_opens_with_the_same_answers(tmp_path, feed):
    config = Config.load(options={"shop.folder": tmp_path}, environment={})
    shop = Shop.open(config, write=True)
    shop.ingest(feed)
    ids = shop.search(Query("lamp")).ids
    shop.close()
    shop = Shop.open(config)
    assert shop.search(Query("lamp")).ids == ids
    shop.close()


@pytest.mark.parametrize("file", ["words.bin", "fusion/bridge.safetensors"])
def test_a_damaged_index_is_made_anew_by_a_writer_and_refused_by_a_reader(tmp_path, feed, file):
    config = Config.load(options={"shop.folder": tmp_path}, environment={})
    shop = Shop.open(config, write=True)
    shop.ingest(feed)
    ids = shop.search(Query("lamp")).ids
    shop.close()
    victim = tmp_path / "index" / shop.generation / file
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.write_bytes(data)
    with pytest.raises(WaresError, match="wares rebuild"):
        Shop.open(config)
    shop = Shop.open(config, write=True)
    assert shop.search(Query("lamp")).ids == ids
    shop.close()


def test_a_generation_that_answers_otherwise_is_not_served(filled, monkeypatch):
    """Its files are whole, but what was read from them is not what was written."""
    before = filled.generation
    opened = Maker.open

    def confused(self, generation, encoder=None):
        encoder, index, calibration, knowledge = opened(self, generation, encoder)
        index.delete(list(index.scroll())[:3])
        return encoder, index, calibration, knowledge

    monkeypatch.setattr(Maker, "open", confused)
    with pytest.raises(CorruptIndex, match="other products than what was written"):
        filled.rebuild()
    assert filled.generation == before


def test_what_several_shoppers_searched_for_is_suggested(filled):
    time = datetime(2026, 3, 1, tzinfo=UTC)
    title = filled.search(Query(page_size=1)).ids[0]
    words = filled.product(title).title.split()[:2]
    text = f"{words[1]} {words[0]}".lower()
    filled.feedback(
        Event(f"q{n}", "search", "", time, shopper=f"s{n}", attributes={"user_query": text}) for n in range(4)
    )
    filled.rebuild()
    assert text in {each.text.lower() for each in filled.suggest(text[:4]) if each.kind == "query"}
