"""A real shop of a few lamps, open for writing, and clients with and without a key for it."""

import json
import shutil

import pytest
from starlette.testclient import TestClient

from small_shops import config_of
from wares.serve.access.caller import PUBLIC, Caller
from wares.serve.app import create_app
from wares.shop import Shop

ADMIN = Caller("k1", frozenset(("admin",)))


def lamp(number: int, **more):
    return {
        "id": f"p{number}",
        "title": f"lamp p{number}",
        "language": "en",
        "brand": "Ember" if number % 2 else "Kiln",
        "metadata": {"cost": "secret"},
        "variants": [{"id": f"p{number}-v", "price": {"amount": 1000 + number, "currency": "USD"}, "stock": 5}],
        **more,
    }


def lines(documents) -> bytes:
    return "".join(json.dumps(each) + "\n" for each in documents).encode()


@pytest.fixture(scope="session")
def kept_lamps(tmp_path_factory):
    """The folder of a shop with thirty lamps; p1 has reviews, a rating, and links."""
    tmp_path = tmp_path_factory.mktemp("lamps")
    shop = Shop.open(config_of(tmp_path), write=True)
    first = lamp(
        1,
        rating={"value": 4.5, "count": 8},
        reviews=[{"id": "r1", "text": "bright", "rating": 5, "language": "en", "author": "Ann"}],
        links=[{"type": "goes_with", "id": "p2"}, {"type": "goes_with", "id": "gone"}, {"type": "related", "id": "p3"}],
    )
    path = tmp_path / "feed.jsonl"
    path.write_bytes(lines([first, *(lamp(number) for number in range(30) if number != 1)]))
    assert shop.ingest(path).accepted == 30
    shop.close()
    return tmp_path


@pytest.fixture
def lamps(kept_lamps, tmp_path):
    """A copy of its own for each test."""
    shutil.copytree(kept_lamps, tmp_path, dirs_exist_ok=True)
    shop = Shop.open(config_of(tmp_path), write=True)
    yield shop
    shop.close()


def as_caller(app, caller: Caller):
    """The application as if the middleware of access had found out who is asking."""

    async def known(scope, receive, send):
        if scope["type"] == "http":
            scope.setdefault("state", {})["caller"] = caller
        await app(scope, receive, send)

    return known


@pytest.fixture
def public(lamps):
    with TestClient(as_caller(create_app(lamps), PUBLIC), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def admin(lamps):
    with TestClient(as_caller(create_app(lamps), ADMIN), raise_server_exceptions=False) as client:
        yield client
