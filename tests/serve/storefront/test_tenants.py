"""Every page is of what its caller may see; the front decides what that is."""

import pytest
from starlette.testclient import TestClient

from wares.serve.access.caller import Caller
from wares.serve.app import create_app
from wares.types import OneOf

PAGES = ["/", "/?q=plate", "/p/mug", "/explain?q=mug&id=mug", "/cards?id=mug", "/photo/x.jpg"]


@pytest.fixture
def tenant(shop):
    """A client with a key of a tenant, in a shop that has none."""
    app = create_app(shop)
    caller = Caller("key", filters=(OneOf("brand", ("Kiln",)),))

    async def keyed(scope, receive, send):
        scope["state"] = {"caller": caller}
        await app(scope, receive, send)

    return TestClient(keyed, raise_server_exceptions=False)


@pytest.mark.parametrize("path", PAGES)
def test_no_page_shows_a_tenant_what_is_not_theirs(tenant, path):
    answer = tenant.get(path)
    assert answer.status_code == 403
    assert "Stoneware" not in answer.text


def test_no_photo_is_taken_in_for_them(tenant):
    assert tenant.post("/photo", files={"photo_file": b"x"}).status_code == 403
