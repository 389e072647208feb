"""A scripted web server on 127.0.0.1 for tests that fetch: slow, endless, lying or redirecting answers."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Script = Callable[[socket.socket, bytes], None]


@dataclass
class Loopback:
    port: int
    requests: list[bytes] = field(default_factory=list)

    def url(self, path: str = "/photo.jpg", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


@contextmanager
def serving(script: Script, ssl_context: ssl.SSLContext | None = None) -> Iterator[Loopback]:
    """Answer every connection by ``script(connection, request)``; all threads end with the block."""
    listener = socket.create_server(("127.0.0.1", 0))
    server, threads = Loopback(listener.getsockname()[1]), []

    def answer(accepted: socket.socket) -> None:
        with accepted, suppress(OSError):
            accepted.settimeout(10)
            connection = ssl_context.wrap_socket(accepted, server_side=True) if ssl_context else accepted
            with connection:
                request = b""
                while b"\r\n\r\n" not in request and (piece := connection.recv(65536)):
                    request += piece
                server.requests.append(request)
                script(connection, request)

    def accept() -> None:
        with suppress(OSError):
            while True:
                thread = threading.Thread(target=answer, args=(listener.accept()[0],))
                thread.start()
                threads.append(thread)

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in (accepting, *threads):
            thread.join()


def answer(body: bytes, status: str = "200 OK", **headers: str) -> Script:
    """One proper answer; ``content_length="9"`` becomes ``Content-Length: 9``."""
    lines = {"content-length": str(len(body)), "connection": "close"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return lambda connection, request: connection.sendall(f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body)
