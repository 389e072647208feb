"""A small shop of its own that is served, and a client on this machine."""

import json

import pytest
from starlette.testclient import TestClient

from small_shops import config_of
from wares.serve.app import create_app
from wares.shop import Shop

HERE = "http://localhost"
GOODS = (
    ("stone", "Stone lamp", "Kiln", "A lamp of stone.", 1900),
    ("oak", "Oak table lamp", "Ember", "Light on a table of oak.", 4900),
    ("shade", "Shade", "Ember", "For a table lamp, a stone lamp or any lamp.", 900),
    ("table", "Table", "Kiln", "Of oak, with room for a lamp.", 12900),
    ("chair", "Chair <b>&", "Kiln", "Of oak.", 7900),
    ("glass", "Glass lamp", "Luma", "A lamp of clear glass.", 2900),
)


def products() -> list[dict]:
    return [
        {
            "id": id,
            "title": title,
            "brand": brand,
            "description": text,
            "language": "en",
            "categories": [{"value": "Home"}],
            "variants": [{"id": f"{id}-v", "price": {"amount": price, "currency": "USD"}}],
        }
        for id, title, brand, text, price in GOODS
    ]


def opened(folder, **options) -> Shop:
    """A shop open for writing that took the goods in."""
    shop = Shop.open(config_of(folder, **options), write=True)
    feed = folder / "goods.jsonl"
    feed.write_text("".join(json.dumps(each) + "\n" for each in products()), "utf-8")
    assert shop.ingest(feed).accepted == len(GOODS)
    return shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    shop = opened(tmp_path_factory.mktemp("playground"))
    yield shop
    shop.close()


@pytest.fixture
def client(shop):
    with TestClient(create_app(shop), base_url=HERE) as client:
        yield client
