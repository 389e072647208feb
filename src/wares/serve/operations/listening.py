"""Sockets, and a protocol on them that nobody can hold up: headers and bodies are bounded in bytes and in time.

Threads and connections are not: an idle connection costs one file, and :class:`wares.serve.security.SpareFiles` answers
when these run out.
"""

import asyncio
import signal
import socket
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from wares.errors import ConfigError
from wares.serve.operations.draining import Drain, DrainingServer

if TYPE_CHECKING:
    from starlette.types import ASGIApp

BACKLOG = 64  # connections that wait to be accepted
HEADERS = 64_000  # bytes of a request line and headers
PATIENCE = 10.0  # seconds for them to arrive, and between two pieces of a body
SWITCH = 0.0005  # seconds a thread may hold the interpreter: who is refused is told in a few of them
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 by httptools; who sends too much before an answer, or too slowly, is let go."""

    _timer: asyncio.TimerHandle | None = None
    _before_headers = 0
    _in_headers = True

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_headers:
            if self._before_headers == 0:
                self._wait()  # from the first byte of a request, however few follow
            self._before_headers += len(data)
        else:
            self._wait()
        super().data_received(data)
        if self._in_headers and self._before_headers > HEADERS and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        self._in_headers = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_headers, self._before_headers = False, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._stop_waiting()
        self._in_headers = True
        super().on_message_complete()

    def _wait(self) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(PATIENCE, self._let_go)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _let_go(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises
    ------
    ConfigError
        The port is taken.
    """
    try:
        listening = socket.create_server((host, port), backlog=BACKLOG)
        # What is accepted inherits it. asyncio sets it itself only where a socket names its protocol, and this one does
        # not; without it the second packet of every answer waits for an acknowledgement that comes 40 ms late.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
    except OSError as error:
        raise ConfigError(
            f"{host}:{port} cannot be listened on: {error.strerror}", fix="choose another --port"
        ) from None


def answer(
    app: "ASGIApp",
    listening: socket.socket,
    drain: Drain | None = None,
    seconds: float = 0.0,
    *,
    shared: bool = False,
) -> None:
    """Answer requests until Ctrl-C or SIGTERM, which lets those in flight finish.

    Parameters
    ----------
    drain, seconds
        What says that this process is about to end, so long before it does.
    shared
        Whether other processes answer on the same socket.
    """
    with listening, suppress(KeyboardInterrupt):
        if threading.current_thread() is threading.main_thread():
            # The server raises once more what ended it; the default would end this process before it cleaned up.
            signal.signal(signal.SIGTERM, signal.default_int_handler)
        server_of(app, drain, seconds, shared=shared).run(sockets=[listening])


def server_of(
    app: "ASGIApp", drain: Drain | None = None, seconds: float = 0.0, *, shared: bool = False
) -> DrainingServer:
    """A server of one process, with asyncio's own loop."""
    import uvicorn

    sys.setswitchinterval(SWITCH)
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http=BoundedProtocol,
        ws="none",
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=5,
    )
    return DrainingServer(config, drain or Drain(), seconds, shared=shared)
