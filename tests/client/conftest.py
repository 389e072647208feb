"""One shop, and both clients of it: the asynchronous one is waited for, so that every test holds for both."""

import asyncio
import inspect

import httpx
import pytest
from starlette.testclient import TestClient

from serve.conftest import reading, shop  # noqa: F401
from serve.native.conftest import ADMIN, as_caller, kept_lamps, lamps  # noqa: F401
from wares.client import AsyncClient, Client
from wares.serve.app import create_app


class Bridge(httpx.BaseTransport):
    """Requests of a synchronous client, handed to the application without a network."""

    def __init__(self, app) -> None:
        self._client = TestClient(app, raise_server_exceptions=False)

    def handle_request(self, request):
        answer = self._client.request(
            request.method, str(request.url), content=request.read(), headers=dict(request.headers)
        )
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


class Waited:
    """An asynchronous client whose methods are waited for."""

    def __init__(self, client: AsyncClient, runner: asyncio.Runner) -> None:
        self._client, self._runner = client, runner

    def __getattr__(self, name):
        method = getattr(self._client, name)
        if not callable(method):
            return Waited(method, self._runner)

        def waited(*args, **more):
            found = method(*args, **more)
            if inspect.isasyncgen(found):
                return iter(self._runner.run(_all(found)))
            return self._runner.run(found)

        return waited


async def _all(found):
    return [each async for each in found]


@pytest.fixture(params=["waits", "asynchronous"])
def made(request):
    """Makes a client of an application: (application, options) → client."""
    with asyncio.Runner() as runner:

        def make(app, **options):
            if request.param == "waits":
                transport = app if isinstance(app, httpx.BaseTransport) else Bridge(app)
                return Client("http://shop", transport=transport, **options)
            own = httpx.ASGITransport(app, raise_app_exceptions=False) if callable(app) else app
            return Waited(AsyncClient("http://shop", transport=own, **options), runner)

        yield make


@pytest.fixture
def client(made, lamps):  # noqa: F811
    return made(as_caller(create_app(lamps), ADMIN))
