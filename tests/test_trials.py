import numpy as np
import pytest

from small_shops import config_of, filled, write_feed
from wares.errors import NotFound, StaleIndex
from wares.registry import _factories, register
from wares.search.synonymfile import NAME as SYNONYMS
from wares.serve.access.meter import METER
from wares.serve.access.metered import metered
from wares.serve.access.restricted import restricted
from wares.shop import Shop
from wares.types import OneOf, Query

QUERY = Query("lamp p1", explain=True)


@pytest.fixture
def shop(tmp_path):
    shop = filled(tmp_path, 12)
    yield shop
    shop.close()


def tried(shop, **changes):
    """The settings with others; of weights too."""
    known = type(shop.config.search.weights).model_fields
    weights = {name: changes.pop(name) for name in list(changes) if name in known}
    new = shop.config.search.weights.model_copy(update=weights)
    return shop.config.search.model_copy(update={**changes, "weights": new})


def test_it_answers_as_a_shop_that_has_the_settings(shop, tmp_path):
    other = Shop.open(config_of(tmp_path, **{"search.join": "ranks", "search.nearest": 2}))
    try:
        for query in (QUERY, Query("unobtainium zzz"), Query("lamp", sort="newest")):
            expected, found = other.search(query), shop.search_with(query, tried(shop, join="ranks", nearest=2))
            assert found.ids == expected.ids
            assert np.array_equal(found.scores, expected.scores)
            assert found.total == expected.total
        assert not np.array_equal(shop.search(QUERY).scores, other.search(QUERY).scores)
    finally:
        other.close()


def test_the_live_settings_give_the_live_answer(shop):
    live, found = shop.search(QUERY), shop.search_with(QUERY, shop.config.search)
    assert (found.ids, found.total, found.generation) == (live.ids, live.total, live.generation)
    assert np.array_equal(found.scores, live.scores)


def test_what_is_served_stays_as_it_is(shop):
    before, version = shop.search(QUERY), shop.version
    shop.search_with(QUERY, tried(shop, words=0.0, text=50.0, match_share=1.0, join="ranks"))
    assert np.array_equal(shop.search(QUERY).scores, before.scores)
    assert shop.version == version


def test_it_sees_what_was_written_just_now(shop, tmp_path):
    shop.ingest(write_feed(tmp_path / "more.jsonl", ["fresh"]), mode="upsert")
    assert "fresh" in shop.search_with(Query("lamp fresh"), tried(shop, join="ranks")).ids


def test_a_ranker_that_fails_here_is_not_left_alone_where_it_is_served(shop):
    class Broken:
        contribution_names = ()

        def contributions(self, features, names):
            raise RuntimeError("broken")

    register("ranker", "broken-trial.v1")(Broken)
    try:
        for _ in range(5):
            hits = shop.search_with(QUERY, tried(shop, ranker="broken-trial.v1"))
            assert "ranker" in hits.degraded
        assert shop.search(QUERY).degraded == ()
        assert shop.degraded == ()
    finally:
        del _factories["ranker"]["broken-trial.v1"]


def test_another_generation_is_the_one_that_was_written(shop):
    first = shop.generation
    shop.delete(["p1"])
    shop.rebuild()
    assert shop.kept == (shop.generation, first)
    found = shop.search_with(QUERY, shop.config.search, first)
    assert "p1" in found.ids
    assert found.generation == first
    assert "p1" not in shop.search(QUERY).ids
    assert "p1" not in shop.search_with(QUERY, shop.config.search, shop.generation).ids


@pytest.mark.parametrize("name", ["g00000099", "../store", "CURRENT", "g1"])
def test_a_generation_that_is_not_kept_is_named_with_those_that_are(shop, name):
    with pytest.raises(NotFound, match=f"there are {shop.generation}"):
        shop.search_with(QUERY, shop.config.search, name)


def test_a_generation_made_under_other_weights_is_refused(tmp_path):
    with_other = filled(tmp_path, 12, **{"search.weights.text": 3.0})
    first = with_other.generation
    with_other.close()
    shop = Shop.open(config_of(tmp_path), write=True)
    try:
        assert shop.generation != first
        with pytest.raises(StaleIndex, match="other encoders or settings"):
            shop.search_with(QUERY, shop.config.search, first)
    finally:
        shop.close()


def test_a_generation_that_was_removed_is_held_no_longer(shop):
    first = shop.generation
    shop.rebuild()
    shop.search_with(QUERY, shop.config.search, first)
    trials = shop._live.trials
    assert trials._opened is not None
    shop._live._generations.discard(shop.config.shop.folder / "index" / first)
    shop.search(QUERY)
    assert trials._opened is None
    with pytest.raises(NotFound):
        shop.search_with(QUERY, shop.config.search, first)


def test_a_generation_that_is_served_again_is_held_once(shop):
    first = shop.generation
    shop.rebuild()
    shop.search_with(QUERY, shop.config.search, first)
    shop.rollback()
    shop.search(QUERY)
    assert shop._live.trials._opened is None
    assert shop.search_with(QUERY, shop.config.search, first).ids == shop.search(QUERY).ids


def test_a_reader_tries_too(shop, tmp_path):
    reader = Shop.open(config_of(tmp_path))
    try:
        settings = tried(shop, join="ranks")
        assert reader.search_with(QUERY, settings).ids == shop.search_with(QUERY, settings).ids
        assert reader.kept == shop.kept
    finally:
        reader.close()


def test_what_a_trial_shows_is_counted(shop):
    class Counting:
        def __init__(self):
            self.seen = []

        def see(self, ids):
            self.seen += ids

    meter = Counting()
    token = METER.set(meter)
    try:
        hits = metered(shop).search_with(QUERY, shop.config.search)
    finally:
        METER.reset(token)
    assert meter.seen == list(hits.ids) != []


def test_a_tenant_tries_within_their_part(shop):
    part = restricted(shop, (OneOf("in_stock", ("false",)),))
    assert shop.search_with(Query("lamp"), tried(shop, join="ranks")).total == 12
    assert part.search_with(Query("lamp"), tried(shop, join="ranks")).ids == ()
    assert part.kept == shop.kept


def test_opening_another_generation_does_not_claim_other_synonyms(shop):
    first = shop.generation
    shop.rebuild()
    version = shop.version
    (shop.config.shop.folder / SYNONYMS).write_text("lamp, lantern\n", "utf-8")
    shop.search_with(QUERY, shop.config.search, first)
    assert shop.version == version
