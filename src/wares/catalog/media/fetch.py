"""Fetch media from addresses that merchants wrote, without being turned against our own network.

The check sits where a connection is made: a name is resolved once, every address it has must be public, the socket
goes to the address that was checked, and the peer is checked again. Redirects open connections too, so every hop
passes the same gate. Time and bytes are capped in total, not by read.
"""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

from wares.errors import BlockedAddress, MediaRejected

Resolve = Callable[[str, int], Sequence[str]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

REDIRECTS = frozenset({301, 302, 303, 307, 308})
NAT64 = ipaddress.ip_network("64:ff9b::/96")
AGENT = b"wares (+https://github.com/wares-search/wares)"

_deadline: ContextVar[float] = ContextVar("deadline")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A body of at most the cap, with what a later conditional request needs; ``data`` is None for "not modified"."""

    data: bytes | None
    etag: str = ""
    modified: str = ""


def resolve(host: str, port: int) -> list[str]:
    """Every address of a name, as the system resolver gives them; also reads ``0x7f.1`` and ``2130706433``."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def check_address(text: str) -> None:
    """Raise BlockedAddress unless the address is public unicast, looking through IPv4 embedded in IPv6."""
    address = _embedded(ipaddress.ip_address(text.partition("%")[0]))
    if not address.is_global or address.is_multicast or address.is_reserved:
        raise BlockedAddress(
            f"{text} is not a public address", fix="for pictures on an internal host, add the host to media.allow_hosts"
        )


def _embedded(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv6Address):
        if address in NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)
    return address


def check_url(url: httpx.URL) -> None:
    """Raise BlockedAddress for anything but plain http(s) to a host."""
    if url.scheme not in ("http", "https") or not url.host:
        raise BlockedAddress(f"{url.scheme or 'no scheme'}: is not fetched", fix="use an http or https address")
    if url.userinfo:
        raise BlockedAddress(f"the address of {url.host} carries a user name", fix="remove it from the feed")


class Gate(httpcore.NetworkBackend):
    """Opens connections only to checked addresses, and keeps every wait within the deadline of its fetch.

    Parameters
    ----------
    allow_private
        Every address may be fetched (tests, closed networks).
    allow_hosts
        Names that may have private addresses: the shop's own picture server.
    resolve, backend
        How names become addresses and addresses become connections.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        allow_hosts: Iterable[str] = (),
        resolve: Resolve = resolve,
        backend: httpcore.NetworkBackend | None = None,
    ) -> None:
        self._allow_private = allow_private
        self._allow_hosts = frozenset(host.lower() for host in allow_hosts)
        self._resolve = resolve
        self._backend = backend or httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve once, check all addresses, connect to the first of them, check who answered."""
        guarded = not self._allow_private and host.lower() not in self._allow_hosts
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"it has no address: {error}") from error
        if not addresses:
            raise httpcore.ConnectError("it has no address")
        if guarded:
            for address in addresses:
                check_address(address)
        stream = self._backend.connect_tcp(addresses[0], port, _left(timeout), local_address, socket_options)
        if guarded:
            try:
                check_address(stream.get_extra_info("server_addr")[0])
            except BlockedAddress:
                stream.close()
                raise
        return _Timed(stream)


class _Timed(httpcore.NetworkStream):
    """A stream whose single waits never outlast the whole fetch."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(timeout: float | None) -> float:
    left = _deadline.get() - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the deadline of the whole fetch has passed")
    return left if timeout is None else min(left, timeout)


class Fetcher:
    """Gets one body by http(s), for any number of threads.

    Parameters
    ----------
    gate
        Decides which addresses may be reached.
    max_bytes
        Cap of a body, whatever its Content-Length says.
    timeout
        Seconds for a whole fetch with all its redirects.
    max_redirects
        Hops that are followed, each checked like the first.
    per_host
        Fetches from one host at a time; others wait their turn.
    ssl_context
        Which certificates are believed; None: those of public authorities.
    """

    def __init__(
        self,
        gate: Gate,
        *,
        max_bytes: int = 50_000_000,
        timeout: float = 20.0,
        max_redirects: int = 5,
        per_host: int = 4,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._pool = httpcore.ConnectionPool(
            network_backend=gate, ssl_context=ssl_context, max_connections=64, keepalive_expiry=5.0
        )
        self._max_bytes = max_bytes
        self._timeout = timeout
        self._max_redirects = max_redirects
        self._per_host = per_host
        self._turns: dict[str, threading.Semaphore] = {}
        self._lock = threading.Lock()

    def get(self, address: str, *, etag: str = "", modified: str = "") -> Fetched:
        """Fetch, or learn that nothing changed since the ``etag`` and date of an earlier answer.

        Raises
        ------
        BlockedAddress
            An address, of any hop, that must not be fetched.
        MediaRejected
            Too large, too slow, too many redirects, or no proper answer.
        """
        conditions = [(b"If-None-Match", etag.encode())] if etag else []
        conditions += [(b"If-Modified-Since", modified.encode())] if modified else []
        shown = address.partition("?")[0][:200]  # what follows may be a secret
        try:
            url = httpx.URL(address)
            check_url(url)
            with self._turn(url.host):
                token = _deadline.set(time.monotonic() + self._timeout)
                try:
                    return self._follow(url, conditions)
                finally:
                    _deadline.reset(token)
        except httpx.InvalidURL as error:
            raise MediaRejected(f"{shown!r} is no address: {error}", fix="correct it in the feed") from error
        except httpcore.TimeoutException as error:
            raise MediaRejected(
                f"{shown} took longer than {self._timeout:g} s", fix="raise media.timeout or use a faster host"
            ) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, ssl.SSLError) as error:
            raise MediaRejected(f"{shown} cannot be fetched: {error}", fix="check that it opens") from error

    def close(self) -> None:
        self._pool.close()

    def _turn(self, host: str) -> threading.Semaphore:
        with self._lock:
            return self._turns.setdefault(host, threading.Semaphore(self._per_host))

    def _follow(self, url: httpx.URL, conditions: list[tuple[bytes, bytes]]) -> Fetched:
        for _ in range(self._max_redirects + 1):
            check_url(url)
            headers = [(b"Host", url.netloc), (b"User-Agent", AGENT), (b"Accept", b"image/*, video/*;q=0.9")]
            wire = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
            with self._pool.stream("GET", wire, headers=[*headers, *conditions]) as response:
                found = {name.lower(): value.decode("latin-1") for name, value in response.headers}
                if response.status not in REDIRECTS:
                    return self._read(url, response, found)
                url = url.join(found.get(b"location", ""))
        raise MediaRejected(f"more than {self._max_redirects} redirects", fix="put the final address into the feed")

    def _read(self, url: httpx.URL, response: httpcore.Response, headers: dict[bytes, str]) -> Fetched:
        etag, modified = headers.get(b"etag", ""), headers.get(b"last-modified", "")
        if response.status == 304:
            return Fetched(None, etag, modified)
        if response.status != 200:
            raise MediaRejected(f"{url.host} answers {response.status}", fix="check that it opens without a login")
        if headers.get(b"content-encoding", "identity") != "identity":
            raise MediaRejected(f"{url.host} packs the file, unasked", fix="serve pictures without Content-Encoding")
        length = headers.get(b"content-length", "")
        check_bytes(int(length) if length.isdecimal() else 0, self._max_bytes)
        data = bytearray()
        for piece in response.iter_stream():
            data += piece
            check_bytes(len(data), self._max_bytes)
        return Fetched(bytes(data), etag, modified)


def check_bytes(size: int, cap: int) -> None:
    """Raise MediaRejected for a file over the cap."""
    if size > cap:
        raise MediaRejected(f"the file has more than {cap:,} bytes", fix="offer a smaller one or raise media.max_bytes")
