"""A small shop behind the gate, from an address of the internet."""

from contextlib import contextmanager

import pytest
from starlette.testclient import TestClient

from small_shops import filled
from wares.serve.app import create_app

ABROAD = ("203.0.113.5", 4711)


@pytest.fixture(scope="module")
def lamps(tmp_path_factory):
    shop = filled(tmp_path_factory.mktemp("lamps"))
    yield shop
    shop.close()


@pytest.fixture
def gated(lamps, tmp_path):
    """A client of the shop with settings of ``[access]`` and a folder of keys of its own."""
    whole = lamps.config

    @contextmanager
    def opened(client=ABROAD, proxies=(), **settings):
        folder = tmp_path / "access"
        folder.mkdir(exist_ok=True)
        lamps.config = whole.model_copy(
            update={
                "access": whole.access.model_copy(update=settings),
                "serve": whole.serve.model_copy(update={"trusted_proxies": tuple(proxies)}),
                "shop": whole.shop.model_copy(update={"folder": folder}),
            }
        )
        app = create_app(lamps)
        try:
            with TestClient(app, client=client, raise_server_exceptions=False) as found:
                found.access = app.state.access
                yield found
        finally:
            app.state.access.vault.close()

    yield opened
    lamps.config = whole
