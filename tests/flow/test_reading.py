"""Words in photos become findable: once, resumed after a kill, past photos that cannot be read, only when asked."""

from contextlib import contextmanager

import orjson
import pytest

from media_makers import picture, saved
from wares.config import Config
from wares.encode.ocr import TextLine
from wares.errors import ConfigError, EncodeError, StoreLocked, WeightsError
from wares.reading import read_media
from wares.shop import Shop
from wares.types import Query

TITLES = ("Coffee mug", "Leather shoes", "Desk lamp", "Wool scarf")


class FakeReader:
    """Finds one invented word in every photo; ``spoils`` maps the number of a reading to what it raises."""

    def __init__(self, spoils=()):
        self.read_photos = []
        self._spoils = dict(spoils)

    def read(self, photo):
        self.read_photos.append(photo)
        if error := self._spoils.get(len(self.read_photos)):
            raise error
        return [TextLine("Zorblax", 0.9, (0.0, 0.0, 1.0, 1.0))]


@pytest.fixture
def config(tmp_path):
    """A filled shop in which reading is switched on."""
    lines = []
    for number, title in enumerate(TITLES):
        (tmp_path / f"{number}.jpg").write_bytes(saved(picture(seed=number)))
        media = [{"url": f"{number}.jpg", "kind": "image"}]
        lines.append({"id": f"p{number}", "title": title, "media": media, "variants": [{"id": f"v{number}"}]})
    (tmp_path / "feed.jsonl").write_bytes(b"\n".join(map(orjson.dumps, lines)))
    options = {"shop.folder": tmp_path / "shop", "encode.ocr": True}
    config = Config.load(options=options, environment={})
    shop = Shop.open(config, write=True)
    assert shop.ingest(tmp_path / "feed.jsonl").accepted == len(TITLES)
    shop.close()
    return config


def worded(config):
    """Products that the word in their photo finds by itself, and the generation."""
    shop = Shop.open(config)
    hits = shop.search(Query("zorblax", explain=True))
    found = {hit.id for hit in hits if any("media" in str(part) for part in hit.ledger.entries)}
    generation = shop.generation
    shop.close()
    return found, generation


def test_a_shop_that_is_open_already_is_taken_at_the_end(config):
    taken = []

    @contextmanager
    def shop():
        assert len(reader.read_photos) == len(TITLES)
        taken.append(Shop.open(config, write=True))
        yield taken[0]

    reader = FakeReader()
    read_media(config, reader=reader, shop=shop)
    assert taken[0].search(Query("zorblax")).total
    taken[0].close()


def test_words_in_photos_are_found_and_no_photo_is_read_twice(config):
    before, generation = worded(config)
    first, second = FakeReader(), FakeReader()
    report = read_media(config, reader=first)
    assert (report.photos, report.worded, report.failed) == (len(TITLES), len(TITLES), 0)
    after, rebuilt = worded(config)
    assert (before, len(after)) == (set(), len(TITLES))
    assert rebuilt != generation
    assert read_media(config, reader=second).photos == 0
    assert second.read_photos == []
    assert worded(config)[1] == rebuilt


def test_a_killed_run_is_resumed(config):
    killed, resumed = FakeReader({3: KeyboardInterrupt()}), FakeReader()
    with pytest.raises(KeyboardInterrupt):
        read_media(config, reader=killed)
    assert worded(config)[0] == set()
    assert read_media(config, reader=resumed).photos == len(TITLES) - 2
    assert not set(killed.read_photos[:2]) & set(resumed.read_photos)
    assert len(worded(config)[0]) == len(TITLES)


def test_texts_that_were_kept_but_not_indexed_are_indexed_by_the_next_run(config):
    shop = Shop.open(config, write=True)
    with pytest.raises(StoreLocked):
        read_media(config, reader=FakeReader())
    shop.close()
    assert read_media(config, reader=FakeReader()).photos == 0
    assert len(worded(config)[0]) == len(TITLES)


def test_a_photo_that_cannot_be_read_is_told_once_and_stops_nothing(config, capsys):
    report = read_media(config, reader=FakeReader({2: EncodeError("too faint", fix="take another")}))
    assert (report.photos, report.worded, report.failed) == (len(TITLES), len(TITLES) - 1, 1)
    said = capsys.readouterr()
    assert "too faint" in said.out + said.err
    assert len(worded(config)[0]) == len(TITLES) - 1
    assert read_media(config, reader=FakeReader()).photos == 0


def test_a_missing_extra_spoils_no_photo(config):
    with pytest.raises(WeightsError):
        read_media(config, reader=FakeReader({1: WeightsError("not installed", fix="install it")}))
    assert read_media(config, reader=FakeReader()).photos == len(TITLES)


def test_reading_is_off_by_default(tmp_path):
    config = Config.load(options={"shop.folder": tmp_path}, environment={})
    with pytest.raises(ConfigError, match="ocr = true"):
        read_media(config)
    assert list(tmp_path.iterdir()) == []
