"""Whether the shop is ready, what it does without, why, and what to do."""

import pytest
from starlette.testclient import TestClient

from serve.small_shop import SmallShop
from small_shops import filled
from wares.errors import StoreError
from wares.serve.app import create_app
from wares.serve.operations.health import FATAL, FIXES, OTHERWISE, Condition, conditions, report
from wares.serve.operations.metrics import OTHER, PARTS
from wares.serve.operations.operated import Operated
from wares.types import Standing

HERE = ("127.0.0.1", 50000)
WELL = {"generation": "g2", "made": 1.8e9, "served": 7, "written": 7, "products": 11, "segments": 3, "bytes": 1000}


class Standard(SmallShop):
    standing = Standing(**WELL)


class Broken(SmallShop):
    @property
    def standing(self) -> Standing:
        raise StoreError("the store cannot be read", fix="mend it")


def found(shop, reserve=0, stopping=False) -> dict[str, str]:
    return {each.part: each.reason for each in conditions(shop, reserve=reserve, stopping=stopping)}


def test_a_shop_that_is_well(tmp_path):
    shop = filled(tmp_path, 3, **{"serve.disk_reserve": 0})
    with TestClient(create_app(shop), client=HERE) as client:
        answer = client.get("/readyz")
        assert client.get("/healthz").json() == {"status": "ok"}
        assert client.get("/ready").status_code == 404
    shop.close()
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "degraded": []})
    assert answer.headers["cache-control"] == "no-store"


def test_each_reason_is_told(tmp_path):
    shop = Standard([], tmp_path)
    assert found(shop) == {}
    shop.degraded = ("ranker", "index")
    shop.standing = Standing(**WELL | {"behind": "the disk is full", "unwritable": "fsync failed"})
    assert found(shop, stopping=True) == {
        "ranker": "it rests",
        "index": "the disk is full",
        "write": "fsync failed",
        "stopping": "the process was told to end",
    }
    shop.degraded, shop.standing = (), Standing(**WELL | {"generation": ""})
    assert found(shop) == {"generation": "no generation is served"}
    assert found(Broken([], tmp_path)) == {"generation": "the store cannot be read"}
    assert "serve.disk_reserve" in found(Standard([], tmp_path), reserve=10**18)["disk"]


def test_only_what_makes_answers_impossible_keeps_traffic_away():
    degraded = [Condition(part, "why") for part in sorted(PARTS - FATAL)]
    assert report(degraded, whole=True)[0] == 200
    assert report([], whole=True) == (200, {"status": "ok", "degraded": []})
    for part in FATAL:
        status, body = report([*degraded, Condition(part, "why")], whole=False)
        assert (status, body["status"]) == (503, "unavailable")


@pytest.mark.parametrize("part", sorted(PARTS))
def test_every_part_has_a_fix_of_its_own(part):
    assert Condition(part, "why").fix == FIXES[part] != OTHERWISE


def test_every_condition_has_a_name_in_metrics():
    assert set(FIXES) - {"stopping"} <= PARTS
    assert OTHER not in PARTS


def test_reasons_are_for_operators(tmp_path):
    shop = Standard([], tmp_path, **{"serve.disk_reserve": 0})
    shop.standing = Standing(**WELL | {"unwritable": "/srv/shop cannot be written"})
    app = create_app(shop)
    with TestClient(app, client=HERE) as near:
        [told] = near.get("/readyz").json()["degraded"]
        [proxied] = near.get("/readyz", headers={"X-Forwarded-For": "192.0.2.7"}).json()["degraded"]
    with TestClient(app, client=("192.0.2.7", 1)) as far:
        answer = far.get("/readyz")
    assert told == {"part": "write", "reason": "/srv/shop cannot be written", "fix": FIXES["write"]}
    assert answer.json() == {"status": "degraded", "degraded": [{"part": "write"}]}
    assert proxied == {"part": "write"}


def test_a_process_that_is_about_to_end_gets_no_traffic(tmp_path):
    shop = Standard([], tmp_path, **{"serve.disk_reserve": 0})
    operated = Operated(shop.config)
    with TestClient(create_app(shop, operated=operated), client=HERE) as client:
        assert client.get("/readyz").status_code == 200
        assert "connection" not in client.get("/healthz").headers
        operated.drain.stopping = True
        answer = client.get("/readyz")
        assert client.get("/healthz").status_code == 200
        assert client.get("/?q=a").headers["connection"] == "close"
    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
    assert [each["part"] for each in answer.json()["degraded"]] == ["stopping"]
