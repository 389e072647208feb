"""Connections that reach one socket of several workers, shared out among those that are idle."""

import asyncio
import socket
from collections.abc import Callable

from wares.logs import Logger

PAUSE = 0.001  # seconds in which another worker may take the next connection
WITHOUT_FILES = 1.0  # seconds until it is tried again when there are none left

log = Logger(__name__)


class Acceptor:
    """Accepts connections until it is closed.

    asyncio's own server accepts all that wait in a row, so that the first worker to wake has every connection that a
    proxy keeps, and the others have nothing to do. Here a worker accepts one and then leaves the next to the others
    for a moment; one that is busy comes late to it.

    Parameters
    ----------
    listening
        A socket that listens; it is not closed.
    protocol
        Makes what answers one connection.
    shared
        Whether other processes accept from the socket too.
    """

    def __init__(self, listening: socket.socket, protocol: Callable[[], asyncio.Protocol], *, shared: bool) -> None:
        listening.setblocking(False)
        self._listening = listening
        self._protocol = protocol
        self._pause = PAUSE if shared else 0.0
        self._connecting: set[asyncio.Task[object]] = set()
        self._accepting = asyncio.create_task(self._accept())

    def close(self) -> None:
        """Accept no more; connections that are open stay so."""
        self._accepting.cancel()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(self._listening)
            except ConnectionAbortedError:
                continue
            except OSError as error:
                log.error("no connection can be accepted", reason=error.strerror)
                await asyncio.sleep(WITHOUT_FILES)
                continue
            connecting = loop.create_task(loop.connect_accepted_socket(self._protocol, connection))
            self._connecting.add(connecting)
            connecting.add_done_callback(self._connecting.discard)
            await asyncio.sleep(self._pause)
