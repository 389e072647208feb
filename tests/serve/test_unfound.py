import pytest
from starlette.testclient import TestClient

from faulty_parts import broken
from serve.native.conftest import ADMIN, as_caller
from serve.small_shop import SmallShop
from small_shops import filled
from wares.serve.access.caller import PUBLIC, Caller
from wares.serve.app import create_app
from wares.serve.unfound import counting_unfound
from wares.types import OneOf, Query

PATH = "/v1/queries/unfound"
LAMPS = {"encode.text": "faulty.v1", "search.match_share": 0.9}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    shop = filled(tmp_path_factory.mktemp("shop"), **LAMPS)
    shop.search(Query("lamp"))
    yield shop
    shop.close()


@pytest.fixture
def counted(shop):
    """The shop, and what was counted since."""
    before = {(each.text, each.reason): each.times for each in shop.unfound.top()}

    def since() -> dict[tuple[str, str], int]:
        now = {(each.text, each.reason): each.times for each in shop.unfound.top()}
        return {key: times - before.get(key, 0) for key, times in now.items() if times != before.get(key, 0)}

    return since


def client(shop, caller: Caller = PUBLIC) -> TestClient:
    return TestClient(as_caller(create_app(shop), caller), raise_server_exceptions=False)


NOTHING = OneOf("sku", ("nobodys",))


def test_what_finds_nothing_is_counted_and_what_finds_something_is_not(shop, counted):
    asked = counting_unfound(shop)
    for query in (Query("lamp p7"), Query("zzqx"), Query(""), Query(filters=(NOTHING,)), Query("zzqx", page=1)):
        asked.search(query)
    assert asked.search(Query("zzqx")).total == 0
    assert counted() == {("zzqx", "not_carried"): 2}


def test_what_the_filters_left_nothing_of_is_told_apart(shop, counted):
    assert counting_unfound(shop).search(Query("lamp p7", filters=(NOTHING,))).total == 0
    assert counted() == {("lamp p7", "filters"): 1}


def test_what_looks_personal_is_masked(shop, counted):
    asked = counting_unfound(shop)
    asked.search(Query("zzqx ann@mail.example +49 170 1234567", filters=(NOTHING,)))
    assert counted() == {("zzqx [e-mail] [phone]", "filters"): 1}


def test_a_search_without_its_encoder_says_nothing_of_the_catalogue(shop, counted):
    with broken(encoder="raise"):
        assert counting_unfound(shop).search(Query("zzqx qqq")).degraded == ("vectors",)
    assert counted() == {}


def test_a_shop_that_keeps_none_is_left_as_it_is(tmp_path):
    small = SmallShop([], tmp_path)
    assert counting_unfound(small) is small
    with client(small, ADMIN) as admin:
        assert admin.get(PATH).status_code == 404


def test_every_protocol_counts_though_the_answer_was_kept(shop, counted):
    body = {"requests": [{"indexName": "products", "query": "zzqy"}]}
    with client(shop) as public:
        for _ in range(2):
            public.get("/v1/search", params={"q": "zzqy"})
            public.post("/v1/search", json={"text": "zzqy"})
            public.get("/", params={"q": "zzqy"})
            public.post("/1/indexes/*/queries", json=body)
    assert counted() == {("zzqy", "not_carried"): 8}


def test_an_admin_is_told_and_nobody_else(shop):
    with client(shop) as public:
        public.get("/v1/search", params={"q": "zzqw"})
        assert public.get(PATH).status_code == 403
    with client(shop, Caller("k2", frozenset(("admin",)), filters=(NOTHING,))) as part:
        assert part.get(PATH).status_code == 404
    with client(shop, ADMIN) as admin:
        answer = admin.get(PATH, params={"days": 1, "k": 1_000})
        assert answer.headers["cache-control"] == "no-store"
        [found] = [each for each in answer.json()["queries"] if each["text"] == "zzqw"]
        assert (found["reason"], found["times"]) == ("not_carried", 1)
        assert admin.get(PATH, params={"days": 0}).status_code == 400
