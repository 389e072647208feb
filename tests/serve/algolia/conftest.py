"""A real shop of a few mugs, plates and lamps in English and Chinese, and a client that speaks the protocol to it."""

from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from wares.catalog.native import document, encode
from wares.config import Config
from wares.serve.app import create_app
from wares.shop import Shop
from wares.types import Category, Money, Product, Rating, Translation, Variant

HOSTILE = '5 < 6 "Mug" & Sons > __ais-highlight__'
KINDS = (
    ("Mug", "马克杯", "Home > Kitchen > Mugs", "家居 > 厨房 > 杯子"),
    ("Plate", "盘子", "Home > Kitchen > Plates", "家居 > 厨房 > 盘子"),
    ("Lamp", "台灯", "Home > Lighting", "家居 > 灯具"),
)
BRANDS = ("Ember", "Kiln", "Luma")
COLOURS = (("Red", "红色"), ("Blue", "蓝色"), ("White", "白色"))


def products() -> list[Product]:
    found = []
    for at in range(27):
        kind, chinese, path, chinese_path = KINDS[at % 3]
        colour, chinese_colour = COLOURS[at // 3 % 3]
        brand = BRANDS[at // 9]
        sizes = ("S", "L") if kind == "Mug" else ("One",)
        found.append(
            Product(
                id=f"p{at}",
                title=f"{brand} {colour} {kind} {at}",
                description=f"A {colour.lower()} {kind.lower()} for every day. "
                + "Made by hand in small batches. " * 4,
                language="en",
                brand=brand,
                categories=(Category(path),),
                rating=Rating(3.0 + at % 5 / 2, at + 1),
                created=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=at),
                tags=("gift",) if at % 2 else (),
                attributes={"material": ("clay", "glass")[at % 2]},
                variants=tuple(
                    Variant(
                        f"p{at}-{size}",
                        price=Money(999 + 100 * at + 50 * n, "USD"),
                        options={"color": colour, "size": size},
                        availability="out_of_stock" if at % 4 == 3 else "in_stock",
                    )
                    for n, size in enumerate(sizes)
                ),
                translations={"zh": Translation(f"{brand}{chinese_colour}{chinese} {at}", "", (chinese_path,))},
            )
        )
    return [*found, Product("a/b?c#d", HOSTILE, (Variant("h", price=Money(1, "USD")),), brand=HOSTILE, language="en")]


def opened(folder, every, **options) -> Shop:
    feed = folder / "products.jsonl"
    feed.write_bytes(b"\n".join(encode(document(product)) for product in every))
    shop = Shop.open(Config.load(options={"shop.folder": folder / "shop", **options}, environment={}), write=True)
    report = shop.ingest(feed)
    assert report.accepted == len(every)
    return shop


class Counting:
    """The shop, with every search that it is asked for."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self.asked = []

    def __getattr__(self, name):
        return getattr(self._shop, name)

    def search(self, query):
        self.asked.append(query)
        return self._shop.search(query)


@pytest.fixture(scope="session")
def opened_shop(tmp_path_factory):
    shop = opened(tmp_path_factory.mktemp("protocol"), products())
    yield shop
    shop.close()


@pytest.fixture
def shop(opened_shop):
    return Counting(opened_shop)


@pytest.fixture
def client(shop):
    with TestClient(create_app(shop), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def ask(client):
    def ask(*requests, status=200):
        sent = {"requests": [{"indexName": "products", **request} for request in requests]}
        answer = client.post("/1/indexes/*/queries", json=sent)
        assert answer.status_code == status, answer.text
        return answer.json()["results"] if status == 200 else answer.json()

    return ask
