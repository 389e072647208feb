"""D13: what is secret or personal, sent in every place there is, stands in no log, no error and no metric."""

import io
import json

import pytest
import structlog
from starlette.testclient import TestClient

from small_shops import filled
from wares.serve import problems
from wares.serve.access import masking
from wares.serve.access.keys import Keys
from wares.serve.app import create_app

CANARIES = {
    "mail": "canary.mail@canary.example",
    "phone": "+49 30 5551234567",
    "address": "198.51.100.99",
    "key": "wk_cafecafecafe_" + "c0ffee00" * 8,
    "token": "wt_cafecafecafe_Y2FuYXJ5_" + "c0ffee00" * 8,
    "jwt": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJjYW5hcnkifQ.",
    "cookie": "wares_session=" + "ab" * 32 + "." + "cd" * 32,
}
PATHS = ["/v1/search", "/v1/explain", "/v1/nowhere", "/p/{}", "/media/{}", "/v1/search?{}=1", "/login"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    shop = filled(tmp_path_factory.mktemp("shop"))
    yield shop
    shop.close()


@pytest.fixture
def logs():
    kept = structlog.get_config()
    stream = io.StringIO()
    masking.configure_logs(stream)
    yield stream
    structlog.configure(**kept)


def requests_with(client: TestClient, canary: str):
    """The canary in queries, filters, headers, cookies, bodies, paths and keys."""
    ascii_only = {"X-Custom": canary, "User-Agent": canary, "Referer": f"https://a.example/?q={canary}"}
    for path in PATHS:
        address = path.format(canary)
        yield client.get(address, params={"q": canary} if "?" not in address else None)
        yield client.get(address, headers=ascii_only)
        yield client.get(address, headers={"Cookie": f"session={canary}"})
        yield client.get(address, headers={"Authorization": f"Bearer {canary}"})
        yield client.get(address, headers={"X-API-Key": canary})
    for name in ("f", "sort", "like", "id", "page", "f.brand", "lang", "photo", canary):
        for path in ("/v1/search", "/v1/explain"):
            yield client.get(path, params={name: canary})
            yield client.get(path, params={"f": f"{canary}:1"})
            yield client.get(path, params={"f": f'"{canary}":1'})
    for body in ({"filters": f'"{canary}":x'}, {"like": canary}, {canary: 1}, {"sort": canary}, [canary], canary):
        yield client.post("/v1/search", json=body)
    yield client.post("/v1/search", content=f"{{{canary}".encode())
    yield client.post("/v1/search", json={"photo": "0" * 64, "text": canary})
    yield client.post("/login", data={"name": canary, "password": canary, "csrf": canary})


def assert_found_nowhere(shop, logs: io.StringIO, *names: str) -> None:
    broken = Broken(shop)
    canaries = {name: CANARIES[name] for name in names or CANARIES}
    for name, canary in canaries.items():
        for app in (create_app(shop), create_app(broken)):
            with TestClient(app, raise_server_exceptions=False) as client:
                answers = list(requests_with(client, canary))
                metrics = client.get("/metrics")
            app.state.access.vault.close()
            bad = [each for each in answers if each.status_code >= 400]
            assert len(bad) > 20, "nothing was wrong"
            for answer in bad:
                if "json" in answer.headers["content-type"]:
                    told = json.dumps(answer.json(), ensure_ascii=False)
                    assert canary not in told, f"{name} in {answer.request.method} {answer.url}: {told}"
            assert canary not in metrics.text
    written = logs.getvalue()
    assert written.count("request failed") > 20, "nothing was logged"
    for name, canary in canaries.items():
        assert canary not in written, f"{name} in the logs"


class Broken:
    """A shop that fails, and says more than it should while it does."""

    def __init__(self, shop) -> None:
        self.config, self.media, self.degraded = shop.config, shop.media, ()

    def search(self, query):
        structlog.get_logger().error("request failed", query=query, text=query.text, fields={"like": query.like})
        raise RuntimeError(f"cannot search for {query!r}")

    def product(self, product_id):
        try:
            raise KeyError(product_id)
        except KeyError:
            structlog.get_logger().exception("request failed")
        raise RuntimeError(product_id)

    similar = product


def test_canaries_are_found_nowhere(shop, logs):
    assert_found_nowhere(shop, logs)


def test_the_secret_of_a_key_is_in_no_file(shop, logs):
    app = create_app(shop)
    keys: Keys = app.state.access.keys
    _, text = keys.create(["search"])
    secret = text.rsplit("_", 1)[1]
    with TestClient(app) as client:
        client.get("/v1/search", headers={"X-API-Key": text})
        client.get("/v1/search?f=x", headers={"X-API-Key": text})
    app.state.access.vault.close()
    folder = shop.config.shop.folder
    assert not [path for path in folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    assert secret not in logs.getvalue()


def test_without_the_processor_the_case_fails(shop, logs, monkeypatch):
    """The mutation check of the logs."""
    monkeypatch.setattr(masking, "masked", lambda found: found)
    with pytest.raises(AssertionError, match="in the logs"):
        assert_found_nowhere(shop, logs, "mail")


def test_without_the_mask_of_errors_the_case_fails(shop, logs, monkeypatch):
    """The mutation check of errors."""
    monkeypatch.setattr(problems, "mask", lambda text: text)
    with pytest.raises(AssertionError, match=r"in (GET|POST) "):
        assert_found_nowhere(shop, logs, "mail")
