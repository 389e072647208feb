"""D3: a name that is public when checked and private when used is resolved once, pinned, and its peer is checked."""

import httpcore
import pytest

from loopback import answer, serving
from wares.catalog.media import fetch
from wares.catalog.media.fetch import Fetcher, Gate
from wares.errors import BlockedAddress

PUBLIC = "93.184.215.14"


class Rebinding:
    """The first answer is public, every later one is this machine."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, host, port):
        self.asked += 1
        return [PUBLIC] if self.asked == 1 else ["127.0.0.1"]


class Detour(httpcore.SyncBackend):
    """Goes to the loopback server wherever it was sent, and reports the peer it was told to report."""

    def __init__(self, peer: str = "") -> None:
        self.sent: list[str] = []
        self._peer = peer

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        self.sent.append(host)
        stream = super().connect_tcp("127.0.0.1", port, timeout, local_address, socket_options)
        if self._peer:
            real = stream.get_extra_info
            stream.get_extra_info = lambda info: (self._peer, port) if info == "server_addr" else real(info)
        return stream


def test_the_checked_address_is_the_one_that_is_used():
    resolve, backend = Rebinding(), Detour(peer=PUBLIC)
    with serving(answer(b"picture")) as server:
        assert Fetcher(Gate(resolve=resolve, backend=backend)).get(server.url(host="rebind.example")).data == b"picture"
    assert (resolve.asked, backend.sent) == (1, [PUBLIC])
    assert f"Host: rebind.example:{server.port}".encode() in server.requests[0]


def test_a_new_connection_is_checked_anew():
    fetcher = Fetcher(Gate(resolve=Rebinding(), backend=Detour(peer=PUBLIC)))
    with serving(answer(b"picture")) as server:
        fetcher.get(server.url(host="rebind.example"))
        with pytest.raises(BlockedAddress):
            fetcher.get(server.url(host="rebind.example"))
    assert len(server.requests) == 1


def assert_peer_checked() -> None:
    with serving(answer(b"secret")) as server, pytest.raises(BlockedAddress):
        Fetcher(Gate(resolve=Rebinding(), backend=Detour())).get(server.url(host="rebind.example"))
    assert server.requests in ([], [b""])


def test_who_answers_is_checked():
    assert_peer_checked()


def test_without_its_guard_the_case_fails(monkeypatch):
    monkeypatch.setattr(fetch, "check_address", lambda text: None)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        assert_peer_checked()
