"""A shop that keeps its answers answers as one that does not, whatever is written between two questions."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from faulty_parts import broken
from serve.access.tenant_shop import BRANDS, OWN, SHARED, TENANTS, client_of, filled_shop, products_of
from serve.small_shop import SmallShop
from small_shops import Recorded, config_of, filled
from wares.catalog.feeds import open_feed
from wares.catalog.store import CatalogStore
from wares.errors import StoreError, TooMany
from wares.live import Live
from wares.serve import cached as room
from wares.serve.access.meter import METER, Meter, Products
from wares.serve.access.metered import metered
from wares.serve.access.restricted import HasParts, Tries, restricted
from wares.serve.access.tally import Tally
from wares.serve.app import create_app
from wares.serve.cached import cached
from wares.serve.front import Explains, Listens, Suggests, Writes
from wares.shop import Shop
from wares.stages import caches, listening
from wares.types import Hits, OneOf, Query

WORDS = [*SHARED, *OWN["acme"], *OWN["globex"], BRANDS["acme"][0], "mahogony", "red table", "unobtainium", ""]
IDS = [f"{tenant}-{n}" for tenant in TENANTS for n in range(3)]
FEEDS = {fields["id"]: fields for tenant in TENANTS for fields in products_of(tenant)}
PARTS = {tenant: (OneOf("seller", (tenant,)),) for tenant in TENANTS}
LAMP = Query("lamp")

asking = st.tuples(
    st.just("ask"),
    st.sampled_from(TENANTS),
    st.one_of(
        st.tuples(st.just("search"), st.builds(Query, st.sampled_from(WORDS), explain=st.booleans())),
        st.tuples(st.just("similar"), st.sampled_from(IDS)),
        st.tuples(st.just("suggest"), st.sampled_from([word[:3] for word in WORDS[:9]])),
    ),
)
writing = st.tuples(
    st.sampled_from(["patch", "delete", "restore", "write elsewhere", "recalibrate", "rebuild"]),
    st.sampled_from(IDS),
    st.sampled_from(SHARED),
)


def write(shop: Shop, kind: str, id: str, word: str) -> None:
    match kind:
        case "patch" if shop.products([id]):
            shop.patch(id, {"title": f"{word} {id}"})
        case "delete":
            shop.delete([id])
        case "restore":
            feed = shop.config.shop.folder.parent / "one.jsonl"
            feed.write_text(json.dumps(FEEDS[id]))
            shop.ingest(open_feed(feed), mode="upsert")
        case "write elsewhere" if shop.products([id]):
            elsewhere = CatalogStore(shop.config.store_url())
            elsewhere.apply([replace(shop.product(id), title=f"{word} from elsewhere")])
            elsewhere.close()
        case "recalibrate":
            shop.recalibrate(0.02 if word < "m" else 0.7)
        case "rebuild":
            shop.rebuild()


def told(shop, tenant: str, name: str, asked: object) -> object:
    """All of an answer but its own name, or what is told instead of it."""
    try:
        found = getattr(restricted(shop, PARTS[tenant]), name)(asked)
    except Exception as error:
        return type(error), str(error)
    if not isinstance(found, Hits):
        return found
    return repr(replace(found, query_id="")), found.scores.tolist()


def assert_equal_answers(shop: Shop, steps) -> None:
    """After each step all that was asked so far is asked again, of a shop that keeps answers and one that does not."""
    others = set(caches().get("answers", ()))
    keeping, asked, again = cached(shop), set(), 0
    [stats] = set(caches()["answers"]) - others
    for kind, first, second in steps:
        if kind == "ask":
            asked.add((first, *second))
        else:
            write(shop, kind, first, second)
        for each in asked:
            expected = told(shop, *each)
            assert told(keeping, *each) == told(keeping, *each) == expected
            again += not (isinstance(expected, tuple) and expected[:1] and isinstance(expected[0], type))
    assert stats.hits >= again  # the second time, at the latest


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    shop = filled_shop(tmp_path_factory.mktemp("tenants"))
    yield shop
    shop.close()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.one_of(asking, asking, writing), min_size=2, max_size=8))
def test_whatever_is_written_and_asked_by_whom_the_answers_are_equal(shop, steps):
    assert_equal_answers(shop, steps)


STEPS = [("ask", tenant, ("search", LAMP)) for tenant in TENANTS]
CHANGED = [*STEPS, ("patch", "acme-0", "mirror"), ("write elsewhere", "globex-0", "mirror"), ("restore", "acme-0", "")]


def test_without_the_number_of_the_change_the_case_fails(shop, monkeypatch):
    monkeypatch.setattr(Live, "version", property(lambda live: live.name))
    with pytest.raises(AssertionError):
        assert_equal_answers(shop, CHANGED)


def test_without_the_part_of_the_catalogue_the_case_fails(shop, monkeypatch):
    digest = room._digest

    def of_nobody(version, name, asked, named):
        return digest(version, name, tuple(replace(each, within=()) for each in asked), named)

    monkeypatch.setattr(room, "_digest", of_nobody)
    with pytest.raises(AssertionError):
        assert_equal_answers(shop, STEPS)


def test_what_one_tenant_asked_is_worked_out_anew_for_another(shop):
    recorded = Recorded(shop)
    keeping = cached(recorded)
    for _ in range(2):
        for part in (*PARTS.values(), ()):
            keeping.search(replace(LAMP, within=part))
    assert [query.within for query in recorded.queries] == [*PARTS.values(), ()]


# --- what is kept, and what is not -----------------------------------------------------------------------------------


class Fake(SmallShop):
    """A shop that counts how often it is asked; ``moves``: it changes while it answers."""

    def __init__(self, folder, **settings):
        super().__init__([], folder, **settings)
        self.asked, self.moves = 0, False

    def search(self, query: Query) -> Hits:
        self.asked += 1
        self.version += "." if self.moves else ""
        return replace(super().search(query), version=self.version, degraded=self.degraded)

    def suggest(self, prefix: str, language: str = "", limit: int = 8):
        self.asked += 1
        self.version += "." if self.moves else ""
        return ()


ASKED = [lambda shop: shop.search(LAMP), lambda shop: shop.suggest("la")]


@pytest.fixture
def fake(tmp_path):
    return Fake(tmp_path)


@pytest.mark.parametrize("ask", ASKED)
def test_a_question_is_answered_once(fake, ask):
    keeping = cached(fake)
    assert len({repr(ask(keeping)) for _ in range(3)}) <= 3
    assert fake.asked == 1


@pytest.mark.parametrize("ask", ASKED)
def test_an_answer_that_was_made_while_something_changed_is_not_kept(fake, ask):
    fake.moves, keeping, before = True, cached(fake), fake.version
    ask(keeping)
    fake.moves, after = False, fake.version
    for fake.version in (before, after):
        ask(keeping)
    assert fake.asked == 3


@pytest.mark.parametrize("ask", ASKED)
def test_an_answer_that_did_without_the_latest_is_not_kept(fake, ask):
    fake.degraded, keeping = ("index",), cached(fake)
    ask(keeping)
    ask(keeping)
    assert fake.asked == 2


def test_what_is_told_for_who_somebody_is_is_not_kept(fake):
    keeping, mine = cached(fake), replace(LAMP, shopper="ann")
    assert [len(keeping.search(mine)) for _ in range(2)]
    assert fake.asked == 2


def test_every_field_of_a_question_makes_another_one(fake):
    keeping = cached(fake)
    others = [
        {"text": "lamps"}, {"photo": b"a"}, {"photo": b"b"}, {"clip": b"a"}, {"filters": (OneOf("brand", ("Ember",)),)},
        {"facets": ("brand",)}, {"sort": "price"}, {"page": 1}, {"page_size": 3}, {"language": "zh"}, {"explain": True},
        {"like": "p1"}, {"dropped": ("x",)}, {"literal": True}, {"within": (OneOf("brand", ("Ember",)),)},
    ]  # fmt: skip
    for changes in ({}, *others, {}, *others):
        keeping.search(replace(LAMP, **changes))
    assert fake.asked == 1 + len(others)


def test_no_word_and_no_photo_stands_in_a_key():
    keys = [room._digest("g1.1.", "search", (Query("lamp" * n, photo=b"photo" * n),), []) for n in (1, 10_000)]
    assert [len(key) for key in keys] == [24, 24]


def test_nothing_is_kept_where_there_is_no_room(tmp_path):
    none = Fake(tmp_path, **{"serve.response_cache": 0})
    assert cached(none) is none


# --- what must hold all the same -------------------------------------------------------------------------------------


def test_each_answer_has_a_name_of_its_own_and_counts_as_a_search(shop):
    keeping = cached(shop)
    with listening() as timed:
        found = [keeping.search(LAMP) for _ in range(3)]
    assert len({hits.query_id for hits in found}) == 3
    assert timed.noted("total") == [found[0].total] * 3
    assert len(timed.spans) < 3 * 5  # it was made once


def test_what_is_similar_has_a_name_each_time_too_and_is_no_search(shop):
    keeping = cached(shop)
    with listening() as timed:
        assert len({keeping.similar("acme-3").query_id for _ in range(3)}) == 3
    assert timed.noted("total") == []


def test_products_are_counted_though_the_answer_was_kept(shop):
    keeping = cached(shop)
    total = keeping.search(LAMP).total
    token = METER.set(Meter(Products(Tally()), total - 1, ("somebody",)))
    try:
        with pytest.raises(TooMany):
            metered(keeping).search(LAMP)
    finally:
        METER.reset(token)


def test_the_shop_can_do_what_it_could(shop):
    for ability in (Writes, Listens, Suggests, Explains, HasParts, Tries):
        assert isinstance(cached(shop), ability)
    assert not isinstance(cached(SmallShop([], shop.config.shop.folder)), Suggests)


def test_a_degraded_answer_is_not_kept_and_a_whole_one_is_given_while_the_encoder_rests(tmp_path):
    filled(tmp_path, **{"encode.text": "faulty.v1"}).close()
    shop = Shop.open(config_of(tmp_path, **{"encode.text": "faulty.v1"}))
    keeping = cached(shop)
    whole = keeping.search(Query("lamp p7"))
    with broken(encoder="raise"):
        assert keeping.search(Query("lamp p8")).degraded == ("vectors",)
        assert keeping.search(Query("lamp p7")).scores.tolist() == whole.scores.tolist()
    assert keeping.search(Query("lamp p8")).degraded == ()
    shop.close()


def test_an_index_that_fell_behind_answers_nothing_that_was_kept(tmp_path, monkeypatch):
    shop = filled(tmp_path)
    keeping = cached(shop)
    assert keeping.search(LAMP).degraded == ()

    def full(*_):
        raise StoreError("no space", fix="free some")

    monkeypatch.setattr(shop._live, "_apply", full)
    shop._store.apply([], ["p3"])
    assert [keeping.search(LAMP).degraded for _ in range(2)] == [("index",), ("index",)]
    monkeypatch.undo()
    shop._live.patience.pause = 0
    assert "p3" not in keeping.search(LAMP).ids
    shop.close()


def test_over_http_an_answer_is_the_same_with_and_without(shop, monkeypatch):
    asked = [
        ("/v1/search", {"q": "lamp"}), ("/v1/search", {"q": "lamp", "page_size": "2", "ledger": "1"}),
        ("/v1/similar", {"id": "acme-3"}), ("/v1/suggest", {"q": "la"}), ("/", {"q": "lamp"}),
    ]  # fmt: skip
    answers = []
    for size in (0, 32_000_000):
        serve = shop.config.serve.model_copy(update={"response_cache": size})
        monkeypatch.setattr(shop, "config", shop.config.model_copy(update={"serve": serve}))
        with TestClient(create_app(shop)) as client:
            answers += [[client.get(path, params=words) for path, words in asked] for _ in range(2)]
    for each in zip(*answers, strict=True):
        bodies = [answer.json() if "json" in answer.headers["content-type"] else answer.text for answer in each]
        ids = [body.pop("query_id", "") for body in bodies if isinstance(body, dict)]
        cursors = [body.pop("next_cursor", None) is None for body in bodies if isinstance(body, dict)]
        assert all(body == bodies[0] for body in bodies)
        assert len(set(ids)) in (0, 1 if "" in ids else 4)
        assert len(set(cursors)) <= 1
        assert each[0].headers.get("etag") == each[1].headers.get("etag")
        assert each[2].headers.get("etag") == each[3].headers.get("etag")


def test_a_tag_that_was_given_with_a_kept_answer_ends_with_the_next_write(tmp_path):
    shop = filled(tmp_path)
    with TestClient(create_app(shop)) as client:
        tags = [client.get("/v1/search?q=lamp").headers["etag"] for _ in range(2)]
        assert tags[0] == tags[1]
        assert client.get("/v1/search?q=lamp", headers={"If-None-Match": tags[1]}).status_code == 304
        shop.delete(["p3"])
        anew = client.get("/v1/search?q=lamp", headers={"If-None-Match": tags[1]})
        assert (anew.status_code, anew.json()["total"]) == (200, 29)
    shop.close()


def test_tenants_see_their_own_over_http(shop):
    with client_of(shop, "seller:acme") as acme, client_of(shop, "seller:globex") as globex:
        for _ in range(2):
            for client, tenant in ((acme, "acme"), (globex, "globex")):
                hits = client.get("/v1/search", params={"q": "lamp"}).json()["hits"]
                assert hits
                assert all(hit["id"].startswith(tenant) for hit in hits)
