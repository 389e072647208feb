"""C11 over HTTP: a body that inflates a thousand times is stopped by what comes out of it."""

import gzip

import pytest
from starlette.testclient import TestClient

from media_makers import peak_growth
from serve.native.conftest import ADMIN, as_caller
from small_shops import filled
from wares.serve.app import create_app
from wares.serve.native import bodies, eventing, searching

BODIES = [
    ("POST", "/v1/products", 50_000_000),
    ("PUT", "/v1/products", 50_000_000),
    ("PATCH", "/v1/products/p1", 1_000_000),
    ("POST", "/v1/products/delete", 3_000_000),
    ("POST", "/v1/events", eventing.MAX_BODY),
    ("POST", "/v1/search", searching.MAX_BODY + 14_000_000),
    ("POST", "/v1/search/batch", searching.MAX_BATCH),
    ("POST", "/v1/photos", 10_000_000),
    ("POST", "/v1/similar", 64_000),
    ("POST", "/v1/recommend", 64_000),
    ("POST", "/v1/suggest", 64_000),
    ("POST", "/v1/explain", 64_000),
]
PACKED = {"Content-Encoding": "gzip", "Content-Type": "application/json"}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    shop = filled(tmp_path_factory.mktemp("shop"))
    with TestClient(as_caller(create_app(shop), ADMIN), raise_server_exceptions=False) as client:
        yield client
    shop.close()


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """200 MB of zeros in 200 KB."""
    return gzip.compress(bytes(200_000_000), 9)


def assert_stopped(client, method, path, body, headers=PACKED) -> None:
    answer = client.request(method, path, content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.json()["fix"]


@pytest.mark.parametrize(("method", "path", "most"), BODIES)
def test_a_bomb_is_stopped(client, bomb, method, path, most):
    grown = peak_growth(lambda: assert_stopped(client, method, path, bomb))
    assert grown < 3 * most + 16_000_000


@pytest.mark.parametrize(("method", "path", "most"), BODIES)
def test_bytes_as_they_come_are_counted_whatever_is_declared(client, method, path, most):
    def pieces():
        for _ in range(most // 1_000_000 + 2):
            yield bytes(1_000_000)

    assert_stopped(client, method, path, pieces(), {})  # chunked: without a Content-Length


def test_a_gzip_that_is_none_or_ends_in_the_middle_is_a_problem(client):
    packed = gzip.compress(b'{"text": "lamp"}')
    assert client.post("/v1/search", content=packed, headers=PACKED).json()["total"] == 30
    for body in (b"no gzip", packed[:-9], packed + b"rest"):
        answer = client.post("/v1/search", content=body, headers=PACKED)
        assert (answer.status_code, answer.json()["code"]) == (400, "query")
    answer = client.post("/v1/search", content=packed, headers={"Content-Encoding": "br"})
    assert "packed" in answer.json()["title"]


def test_many_empty_members_cost_no_more_than_their_bytes(client):
    answer = client.post("/v1/search", content=gzip.compress(b"") * 2_000, headers=PACKED)
    assert (answer.status_code, "parts" in answer.json()["title"]) == (400, True)


def test_without_its_guard_the_case_fails(client, monkeypatch):
    monkeypatch.setattr(bodies._Inflater, "add", lambda self, chunk, room: gzip.decompress(chunk))
    grown = peak_growth(lambda: assert_stopped(client, "POST", "/v1/similar", gzip.compress(bytes(100_000_000), 9)))
    assert grown > 64_000_000
