import asyncio
import gzip
import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from serve.native.conftest import ADMIN, as_caller, lamp, lines
from small_shops import config_of
from wares.serve.access.caller import Caller
from wares.serve.app import create_app
from wares.serve.native import idempotency, writing
from wares.shop import Shop
from wares.types import OneOf

JSONL = {"Content-Type": "application/jsonl"}


def total(client) -> int:
    return client.post("/v1/search", json={"text": "lamp"}).json()["total"]


def test_products_are_upserted_and_found_at_once(admin):
    answer = admin.post("/v1/products", json=[lamp(100), lamp(7, title="lantern p7")])
    report = answer.json()
    assert (answer.status_code, report["accepted"], report["changed"], report["bad_rows"]) == (200, 2, 2, 0)
    assert total(admin) == 30
    assert admin.get("/v1/products/p7").json()["title"] == "lantern p7"
    again = admin.post("/v1/products", json=[lamp(100)]).json()
    assert (again["accepted"], again["changed"], again["unchanged"]) == (1, 0, 1)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (lines([lamp(100), lamp(101)]), JSONL),
        (lines([lamp(100), lamp(101)]), {}),
        (b"\xef\xbb\xbf" + json.dumps([lamp(100), lamp(101)], indent=2).encode(), {}),
        (gzip.compress(lines([lamp(100), lamp(101)])), {**JSONL, "Content-Encoding": "gzip"}),
        (gzip.compress(lines([lamp(100)])) + gzip.compress(lines([lamp(101)])), {"Content-Encoding": "gzip"}),
    ],
    ids=["lines", "lines unnamed", "array", "gzip", "two gzips"],
)
def test_every_shape_of_a_body(admin, body, headers):
    assert admin.post("/v1/products", content=body, headers=headers).json()["changed"] == 2
    assert total(admin) == 32


def test_one_object_over_several_lines_is_one_product(admin):
    body = json.dumps(lamp(100), indent=2)
    assert admin.post("/v1/products", content=body).json()["changed"] == 1


def test_bad_rows_are_told_and_good_ones_taken(admin):
    body = [lamp(100), {"id": "x"}, {"title": "no id"}, 5, lamp(101), lamp(101)]
    report = admin.post("/v1/products", json=body).json()
    assert (report["accepted"], report["bad_rows"]) == (2, 4)
    told = {(each["row"], each["field"]) for each in report["rejected"]}
    assert told == {(2, "title"), (3, "id"), (4, ""), (6, "id")}
    assert all(each["reason"] and each["fix"] for each in report["rejected"])


def test_when_nothing_is_good_it_is_a_problem_with_the_report(admin):
    answer = admin.post("/v1/products", json=[{"id": "x"}])
    assert (answer.status_code, answer.json()["code"]) == (422, "catalog")
    assert answer.json()["report"]["rejected"][0]["field"] == "title"
    assert admin.post("/v1/products", content=b" ").status_code == 400


def test_a_feed_replaces_the_catalogue_unless_it_is_not_believed(admin):
    few = lines([lamp(number) for number in range(5)])
    held = admin.put("/v1/products", content=few, headers=JSONL)
    assert (held.status_code, held.json()["code"]) == (409, "feed_held")
    assert "force=1" in held.json()["fix"]
    assert held.json()["report"]["deleted"] == 25
    assert total(admin) == 30
    forced = admin.put("/v1/products?force=1", content=few, headers=JSONL)
    assert (forced.status_code, forced.json()["deleted"]) == (200, 25)
    assert total(admin) == 5
    assert admin.put("/v1/products?force=yes", content=few).status_code == 400
    assert admin.put("/v1/products", content=b"").status_code == 409


def test_a_patch_changes_what_it_names(admin, lamps):
    changes = {"price": {"amount": 5, "currency": "USD"}, "stock": 0, "availability": "out_of_stock", "tags": ["new"]}
    answer = admin.patch("/v1/products/p1", json=changes)
    assert (answer.status_code, answer.json()["changed"]) == (200, 1)
    product = lamps.product("p1")
    assert (product.variants[0].price.amount, product.variants[0].stock, product.tags) == (5, 0, ("new",))
    assert (product.rating.count, len(product.reviews), product.brand) == (8, 1, "Ember")
    assert admin.patch("/v1/products/p1", json={"tags": None}).json()["changed"] == 1
    assert lamps.product("p1").tags == ()
    assert admin.patch("/v1/products/p1", json={"brand": "Ember"}).json()["changed"] == 0
    hit = admin.post("/v1/search", json={"filters": "price:0.05"}).json()["hits"][0]
    assert (hit["id"], hit["availability"]) == ("p1", "out_of_stock")


def test_variants_are_patched_by_their_ids(admin, lamps):
    two = lamp(5, variants=[{"id": "a", "stock": 1, "options": {"size": "S"}}, {"id": "b", "stock": 2}])
    admin.post("/v1/products", json=[two])
    assert admin.patch("/v1/products/p5", json={"variants": [{"id": "a", "stock": 9}, {"sku": "c"}]}).status_code == 200
    variants = {variant.id: variant for variant in lamps.product("p5").variants}
    assert {id: variant.stock for id, variant in variants.items()} == {"a": 9, "b": 2, "c": None}
    assert variants["a"].options == {"size": "S"}
    told = admin.patch("/v1/products/p5", json={"stock": 3})
    assert told.status_code == 422
    assert "name the variant" in told.json()["report"]["rejected"][0]["fix"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"id": "other"}, 422), ({"title": None}, 422), ({"variants": 5}, 422), ({"variants": [{}]}, 422), ([1], 400)],
)
def test_a_patch_that_cannot_be_changes_nothing(admin, lamps, changes, status):
    before = lamps.product("p1")
    answer = admin.patch("/v1/products/p1", json=changes)
    assert (answer.status_code, answer.json()["fix"] != "") == (status, True)
    assert lamps.product("p1") == before


def test_a_patch_keeps_photos_that_came_with_a_folder(tmp_path):
    from PIL import Image

    shop = Shop.open(config_of(tmp_path), write=True)
    Image.new("RGB", (40, 40), "red").save(tmp_path / "red.png")
    (tmp_path / "feed.jsonl").write_bytes(lines([lamp(1, media=[{"type": "image", "url": "red.png"}])]))
    shop.ingest(tmp_path / "feed.jsonl")
    kept = shop.product("p1").media[0].sha256
    assert kept
    with TestClient(as_caller(create_app(shop), ADMIN)) as client:
        client.patch("/v1/products/p1", json={"stock": 1})
        assert shop.product("p1").media[0].sha256 == kept
        client.post("/v1/products", json=[lamp(1, title="lit", media=[{"type": "image", "url": "red.png"}])])
        assert shop.product("p1").media[0].sha256 == kept
        stolen = client.post("/v1/products", json=[lamp(2, media=[{"type": "image", "url": str(Path("feed.jsonl"))}])])
        assert stolen.json()["warned"] == 1
        assert shop.product("p2").media[0].sha256 == ""
    shop.close()


def test_products_are_deleted(admin):
    assert admin.delete("/v1/products/p1").json()["deleted"] == 1
    assert (admin.delete("/v1/products/p1").status_code, admin.get("/v1/products/p1").status_code) == (404, 404)
    report = admin.post("/v1/products/delete", json={"ids": ["p2", "p3", "none", "p2"]}).json()
    assert (report["deleted"], report["warned"], report["warnings"][0]["row"]) == (2, 1, 3)
    assert total(admin) == 27
    assert admin.post("/v1/products/delete", json={"ids": []}).status_code == 400


WRITES = [
    ("POST", "/v1/products"),
    ("PUT", "/v1/products"),
    ("PATCH", "/v1/products/p1"),
    ("DELETE", "/v1/products/p1"),
    ("POST", "/v1/products/delete"),
]


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_writes_take_the_scope_admin_the_whole_catalogue_and_a_shop_to_write(lamps, public, method, path):
    assert public.request(method, path, content=b"[]").json()["code"] == "forbidden"
    tenant = Caller("t", frozenset(("admin",)), (OneOf("brand", ("Ember",)),))
    app = create_app(lamps)
    with TestClient(as_caller(app, tenant)) as client:
        assert client.request(method, path, content=b"[]").status_code == 403
    reader = Shop.open(lamps.config)
    with TestClient(as_caller(create_app(reader), ADMIN)) as client:
        answer = client.request(method, path, content=b"[]")
        assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "store_locked", "1")
        assert answer.json()["fix"]
    reader.close()


def test_what_another_process_writes_is_read(lamps, admin):
    reader = Shop.open(lamps.config)
    with TestClient(create_app(reader)) as client:
        assert client.get("/v1/search?q=lamp+p7").json()["hits"][0]["price"]["amount"] == 1007
        admin.patch("/v1/products/p7", json={"price": {"amount": 1, "currency": "USD"}})
        assert client.get("/v1/search?q=lamp+p7").json()["hits"][0]["price"]["amount"] == 1
        admin.delete("/v1/products/p7")
        assert client.get("/v1/products/p7").status_code == 404
    reader.close()


# --- idempotency keys ------------------------------------------------------------------------------------------------


def test_a_key_is_answered_once(admin, lamps):
    headers = {"Idempotency-Key": '"one"'}
    first = admin.post("/v1/products", json=[lamp(100)], headers=headers)
    lamps.delete(["p100"])
    again = admin.post("/v1/products", json=[lamp(100)], headers={"Idempotency-Key": "one"})
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")
    assert "idempotent-replayed" not in first.headers
    assert admin.get("/v1/products/p100").status_code == 404  # it was not done again
    for other in (
        admin.post("/v1/products", json=[lamp(101)], headers=headers),
        admin.put("/v1/products", json=[lamp(100)], headers=headers),
        admin.delete("/v1/products/p1", headers=headers),
    ):
        assert (other.status_code, other.json()["code"]) == (422, "key_reused")


def test_a_refusal_is_an_answer_too(admin):
    headers = {"Idempotency-Key": "two"}
    first = admin.delete("/v1/products/none", headers=headers)
    again = admin.delete("/v1/products/none", headers=headers)
    assert (first.status_code, again.status_code) == (404, 404)
    assert again.json() == first.json()
    assert again.headers["content-type"] == "application/problem+json"
    assert again.headers["idempotent-replayed"] == "true"


def test_keys_are_those_of_a_caller(lamps, admin):
    headers = {"Idempotency-Key": "three"}
    admin.post("/v1/products", json=[lamp(100)], headers=headers)
    other = Caller("k2", frozenset(("admin",)))
    with TestClient(as_caller(create_app(lamps), other)) as client:
        assert client.post("/v1/products", json=[lamp(101)], headers=headers).json()["changed"] == 1


@pytest.mark.parametrize("key", ["x" * 256, "é", "a\tb"])
def test_a_key_that_is_none_is_a_problem(admin, key):
    answer = admin.post("/v1/products", json=[lamp(100)], headers={"Idempotency-Key": key.encode("latin-1")})
    assert (answer.status_code, "Idempotency-Key" in answer.json()["title"]) == (400, True)


def test_a_key_outlives_the_process_but_not_its_day(tmp_path):
    now, done = 1_000_000.0, []

    async def work():
        done.append(1)
        return idempotency.Answer(200, b"%d" % len(done))

    async def ask(print: bytes = b"f"):
        return await idempotency.Idempotency(tmp_path, lambda: now).once("k", "key", print, work)

    assert asyncio.run(ask()).body == b"1"
    assert asyncio.run(ask()) == idempotency.Answer(200, b"1", replayed=True)
    now += idempotency.AGE + 1
    assert asyncio.run(ask(b"other")).body == b"2"


def test_what_failed_may_be_tried_again(tmp_path):
    answers = [idempotency.Answer(503, b"busy"), idempotency.Answer(200, b"done")]
    kept = idempotency.Idempotency(tmp_path)

    async def work():
        return answers.pop(0)

    async def ask():
        return [await kept.once("k", "key", b"f", work) for _ in range(3)]

    assert [answer.body for answer in asyncio.run(ask())] == [b"busy", b"done", b"done"]


def test_no_more_answers_are_kept_than_there_is_room_for(tmp_path, monkeypatch):
    monkeypatch.setattr(idempotency, "MAX_KEPT", 3)
    now = 1_000_000.0
    kept = idempotency.Idempotency(tmp_path, lambda: now)

    async def work():
        return idempotency.Answer(200, b"x")

    async def ask():
        nonlocal now
        for number in range(6):
            now += 1
            await kept.once("k", str(number), b"f", work)
        return (await kept.once("k", "0", b"f", work)).replayed, (await kept.once("k", "5", b"f", work)).replayed

    assert asyncio.run(ask()) == (False, True)


def test_a_large_array_is_asked_for_in_lines(admin, monkeypatch):
    monkeypatch.setattr(writing, "MAX_ARRAY", 1000)
    many = [lamp(number) for number in range(100, 120)]
    answer = admin.post("/v1/products", json=many)
    assert (answer.status_code, "JSON Lines" in answer.json()["fix"]) == (413, True)
    assert admin.post("/v1/products", content=lines(many), headers=JSONL).json()["accepted"] == 20
