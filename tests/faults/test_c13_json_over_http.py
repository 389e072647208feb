"""C13 over HTTP: JSON without end, doubled keys and impossible numbers are a 400 that says what is wrong."""

import json

import pytest
from starlette.testclient import TestClient

from serve.native.conftest import ADMIN, as_caller
from small_shops import filled
from wares.serve.app import create_app
from wares.serve.native import bodies

PLACES = {
    "/v1/search": b'{"text": "lamp", "like": %s}',
    "/v1/search/batch": b'{"queries": [{"text": %s}]}',
    "/v1/similar": b'{"id": "p1", "k": %s}',
    "/v1/recommend": b'{"ids": [%s]}',
    "/v1/suggest": b'{"text": %s}',
    "/v1/explain": b'{"id": "p1", "text": %s}',
    "/v1/products": b'[{"id": "p1", "title": "t", "attributes": {"a": %s}}]',
    "/v1/products/delete": b'{"ids": [%s]}',
    "/v1/events": b'{"events": [{"action_name": "click", "a": %s}]}',
}
VALUES = {
    "deep lists": b"[" * 20_000,
    "deep objects": b'{"a":' * 10_000,
    "deep and closed": b"[" * 20_000 + b"]" * 20_000,
    "double key": b'{"a": 1, "a": 2}',
    "nan": b"NaN",
    "infinity": b"-Infinity",
    "huge exponent": b"1e999",
    "long number": b"1" * 50_000,
    "beyond 64 bits": b"99999999999999999999",
    "half a pair": b'"\\ud800"',
    "no utf-8": b'"\xff\xfe"',
}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    shop = filled(tmp_path_factory.mktemp("shop"))
    with TestClient(as_caller(create_app(shop), ADMIN), raise_server_exceptions=False) as client:
        yield client
    shop.close()


def assert_refused(client, path, body, method="POST") -> None:
    answer = client.request(method, path, content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "query"), answer.text
    assert "no JSON" in answer.json()["title"]
    assert answer.json()["fix"]
    assert len(answer.content) < 1_000


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("path", PLACES)
def test_hostile_json_is_a_400(client, path, value):
    assert_refused(client, path, PLACES[path] % VALUES[value])


@pytest.mark.parametrize("value", VALUES)
def test_hostile_json_is_a_400_in_a_patch(client, value):
    assert_refused(client, "/v1/products/p1", b'{"attributes": {"a": %s}}' % VALUES[value], "PATCH")


def test_ten_megabytes_of_digits_are_a_problem(client):
    digits = b'[{"id": "p1", "title": "t", "attributes": {"a": %s}}]' % (b"1" * 9_900_000)
    assert_refused(client, "/v1/products", digits)
    assert client.post("/v1/search", content=b'{"page": %s}' % digits).status_code == 413


def test_a_hostile_line_of_a_feed_is_a_bad_row(client):
    bad = [b'{"id": "x", "title": "t", "attributes": {"a": %s}}' % value for value in VALUES.values()]
    good = json.dumps({"id": "fine", "title": "lamp"}).encode()
    headers = {"Content-Type": "application/jsonl"}
    report = client.post("/v1/products", content=b"\n".join([good, *bad]), headers=headers).json()
    assert (report["accepted"], report["bad_rows"]) == (1, len(bad))


def test_the_server_still_answers(client):
    assert client.get("/v1/search?q=lamp").status_code == 200


def test_without_its_guard_the_case_fails(client, monkeypatch):
    monkeypatch.setattr(bodies, "parse_json", json.loads)
    for value in ("double key", "beyond 64 bits", "nan"):
        with pytest.raises(AssertionError):
            assert_refused(client, "/v1/suggest", PLACES["/v1/suggest"] % VALUES[value])
