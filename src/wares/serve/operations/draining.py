"""Leaving without a failed request: not ready first, then no new connections, then the end of what is under way."""

import asyncio
import signal
import socket
import time
from dataclasses import dataclass
from types import FrameType
from typing import Any

import uvicorn

from wares.serve.operations.accepting import Acceptor


@dataclass(slots=True)
class Drain:
    """``stopping``: ``/readyz`` answers 503 and connections are closed after their answer."""

    stopping: bool = False


class DrainingServer(uvicorn.Server):
    """Goes on answering for a while after SIGTERM, until whoever sends requests has seen that it is not ready.

    Parameters
    ----------
    drain
        What the application looks at.
    seconds
        How long; a second signal, or Ctrl-C, ends it at once.
    shared
        Whether other processes accept connections from the same sockets.
    """

    def __init__(self, config: uvicorn.Config, drain: Drain, seconds: float, *, shared: bool = False) -> None:
        super().__init__(config)
        self._drain = drain
        self._seconds = seconds
        self._shared = shared
        self._leaves: float | None = None
        self._acceptors: list[Acceptor] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept, in a way of our own."""
        await super().startup(sockets=[])
        self._acceptors = [Acceptor(each, self._protocol, shared=self._shared) for each in sockets or ()]

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more, and let what is under way finish."""
        for each in self._acceptors:
            each.close()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Called for every signal that ends a server."""
        if sig == signal.SIGTERM and self._leaves is None and self._seconds > 0:
            self._drain.stopping = True
            self._leaves = time.monotonic() + self._seconds
            return
        self._drain.stopping = True
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second; True ends the server."""
        if self._leaves is not None and time.monotonic() >= self._leaves:
            self.should_exit = True
        return await super().on_tick(counter)

    def _protocol(self) -> asyncio.Protocol:
        make: Any = self.config.http_protocol_class
        protocol: asyncio.Protocol = make(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol
