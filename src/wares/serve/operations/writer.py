"""The process that writes: it opens the shop for writing when something is to be written, and lets go of it afterwards.

While it holds the shop nobody else can write, so that it does not hold it for long: `wares ingest` works beside a shop
that is being served.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
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
        Seconds without a request or a job after which the shop is closed.
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
        self._turn = threading.Lock()
        self._held: tuple[Shop, ASGIApp] | None = None
        self._inside = 0
        self._timer: threading.Timer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let go of the shop; a job that is still at work in it goes with the process, as after a kill."""
        self._no_timer()
        self._let_go()

    @property
    def holds(self) -> bool:
        """Whether the shop is open for writing now."""
        return self._held is not None

    @contextmanager
    def writing(self) -> Iterator[Shop]:
        """The shop, open for writing, for a thread of this process; it is not let go of within.

        Raises
        ------
        StoreLocked
            Another process writes.
        StoreError
            The disk cannot be written.
        """
        shop, _ = self._taken()
        try:
            yield shop
        finally:
            self._given()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            _, app = await asyncio.to_thread(self._taken)
        except WaresError as error:
            answer = problem_json(error, error.status)
            answer.headers["Retry-After"] = "2"
            await answer(scope, Request(scope, receive).receive, send)
            return
        try:
            await app(scope, receive, send)
        finally:
            self._given()

    def _taken(self) -> tuple[Shop, ASGIApp]:
        """The shop and its application, opened for the first who asks."""
        with self._turn:
            self._no_timer()
            if self._held is None:
                from wares.serve.app import create_app

                shop = Shop.open(self._config, write=True)
                self._held = shop, create_app(shop, tally=self._tally, operated=self._operated)
            self._inside += 1
            return self._held

    def _given(self) -> None:
        """One less needs the shop; quick, because nobody opens or closes it while someone has it."""
        with self._turn:
            self._inside -= 1
            self._no_timer()
            self._timer = threading.Timer(self._idle, self._let_go)
            self._timer.daemon = True
            self._timer.start()

    def _no_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _let_go(self) -> None:
        with self._turn:
            if self._inside or self._held is None:
                return
            (shop, _), self._held = self._held, None
            shop.close()
