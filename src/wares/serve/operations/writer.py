"""The process that writes: it opens the shop for writing when something is to be written, and lets go of it afterwards.

While it holds the shop nobody else can write, so that it does not hold it for long: `wares ingest` works beside a shop
that is being served.
"""

import asyncio
from types import TracebackType
from typing import Self

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from wares.config import Config
from wares.errors import WaresError
from wares.serve.access.tally import Tally
from wares.serve.operations.operated import Operated
from wares.serve.problems import problem_json
from wares.shop import Shop

IDLE = 3.0  # seconds without a write after which the shop is let go


class Writer:
    """An ASGI application on a shop that is open for writing while it has to be.

    Parameters
    ----------
    idle
        Seconds without a request after which the shop is closed.
    operated
        What counts, logs and traces its requests; None: one of its own.
    tally
        Where limits are counted, with the workers; None: by this process alone.
    """

    def __init__(
        self, config: Config, *, idle: float = IDLE, operated: Operated | None = None, tally: Tally | None = None
    ) -> None:
        self._config = config
        self._idle = idle
        self._operated = operated or Operated(config)
        self._tally = tally
        self._turn = asyncio.Lock()
        self._shop: Shop | None = None
        self._app: ASGIApp | None = None
        self._inside = 0
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._shop is not None:
            self._shop.close()
            self._shop = self._app = None

    @property
    def holds(self) -> bool:
        """Whether the shop is open for writing now."""
        return self._shop is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self._inside += 1
        try:
            app = await self._opened()
        except WaresError as error:
            self._inside -= 1
            answer = problem_json(error, error.status)
            answer.headers["Retry-After"] = "2"
            await answer(scope, Request(scope, receive).receive, send)
            return
        try:
            await app(scope, receive, send)
        finally:
            self._inside -= 1
            self._later()

    async def _opened(self) -> ASGIApp:
        """The application, made for the first request.

        Raises
        ------
        StoreLocked
            Another process writes.
        StoreError
            The disk cannot be written.
        """
        async with self._turn:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if self._app is None:
                from wares.serve.app import create_app

                self._shop = await asyncio.to_thread(Shop.open, self._config, write=True)
                self._app = create_app(self._shop, tally=self._tally, operated=self._operated)
            return self._app

    def _later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._idle, lambda: loop.create_task(self._let_go()))

    async def _let_go(self) -> None:
        async with self._turn:
            if self._inside or self._shop is None:
                return
            shop, self._shop, self._app = self._shop, None, None
            await asyncio.to_thread(shop.close)
