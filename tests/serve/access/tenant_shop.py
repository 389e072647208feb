"""A shop of two sellers that share some words and keep others to themselves, and a client for each of them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from httpx import Response
from starlette.testclient import TestClient

from small_shops import config_of
from wares.audit import AuditLog
from wares.serve.access.keys import Keys
from wares.serve.access.tokens import tenant_token
from wares.serve.access.vault import Vault
from wares.serve.app import create_app
from wares.shop import Shop

SHARED = ("lamp", "chair", "table", "sofa", "mirror")
COLOURS = {"acme": ("red", "blue"), "globex": ("green", "white")}
OWN = {"acme": ("zirconia", "quartzite", "obsidian"), "globex": ("mahogany", "bamboozle", "walnutty")}
BRANDS = {"acme": ("Luminara", "Nordlicht"), "globex": ("Verdantia", "Tropicus")}
CATEGORIES = {"acme": ("Home > Lighting", "Home > Decor"), "globex": ("Home > Garden", "Outdoor > Decor")}
FIELDS = {"acme": "wattage", "globex": "hardiness"}
EACH = 14
TENANTS = ("acme", "globex")


def products_of(tenant: str) -> Iterator[dict]:
    """Products of which a few words, a field, brands and categories are the tenant's alone."""
    for number in range(EACH):
        noun, own = SHARED[number % len(SHARED)], OWN[tenant][number % len(OWN[tenant])]
        brand = BRANDS[tenant][number % 2]
        yield {
            "id": f"{tenant}-{number}",
            "title": f"{brand} {own} {noun}",
            "description": f"A {noun} made of {own} for every room.",
            "language": "en",
            "brand": brand,
            "categories": [{"value": CATEGORIES[tenant][number % 2]}],
            "attributes": {"seller": tenant, FIELDS[tenant]: float(number), "material": own},
            "variants": [
                {
                    "id": f"{tenant.upper()}-SKU-{number}",
                    "price": {"amount": 1000 + 100 * number, "currency": "USD"},
                    "options": {"color": COLOURS[tenant][number % 2]},
                }
            ],
        }


def secrets_of(tenant: str) -> set[str]:
    """What only products of this tenant say, as it would be read in an answer."""
    words = {*OWN[tenant], *BRANDS[tenant], FIELDS[tenant], tenant, *COLOURS[tenant], f"{tenant.upper()}-SKU"}
    words |= {part for path in CATEGORIES[tenant] for part in path.split(" > ")}
    other = next(each for each in TENANTS if each != tenant)
    shared = {part for path in CATEGORIES[other] for part in path.split(" > ")}
    return {word.casefold() for word in words - shared}


def filled_shop(folder: Path, **options: object) -> Shop:
    """The shop of both, open for writing."""
    shop = Shop.open(config_of(folder, **options), write=True)
    feed = folder / "feed.jsonl"
    lines = (json.dumps(fields) for tenant in TENANTS for fields in products_of(tenant))
    feed.write_text("\n".join(lines))
    assert shop.ingest(feed).accepted == 2 * EACH
    return shop


@contextmanager
def client_of(shop: Shop, filters: str = "", **headers: str) -> Iterator[TestClient]:
    """A client that sends a token for a part of the catalogue."""
    vault = Vault(shop.config.shop.folder)
    _, key = Keys(vault, AuditLog(shop.config.shop.folder)).create(["search"])
    vault.close()
    sent = {"Authorization": f"Bearer {tenant_token(key, filters=filters)}"} if filters else {}
    app = create_app(shop)
    with TestClient(app, raise_server_exceptions=False, headers={**sent, **headers}) as client:
        yield client
    app.state.access.vault.close()


def suggested(client: TestClient, typed: str) -> Response:
    """What is suggested."""
    return client.get("/v1/suggest", params={"q": typed})
