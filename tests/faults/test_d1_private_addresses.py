"""D1: a picture address that points into our own network is blocked before anything connects."""

import httpcore
import pytest

from wares.catalog.media import fetch
from wares.catalog.media.fetch import Fetcher, Gate
from wares.errors import BlockedAddress, MediaRejected

HOSTS = [
    "127.0.0.1", "127.1", "0x7f.1", "0x7f000001", "2130706433", "017700000001", "0.0.0.0", "localhost", "10.0.0.8",
    "172.16.3.4", "192.168.1.1", "100.64.0.1", "169.254.169.254", "224.0.0.1", "255.255.255.255", "240.0.0.1",
    "192.0.2.1", "[::1]", "[::]", "[fd00::1]", "[fe80::1]", "[ff02::1]", "[::ffff:127.0.0.1]", "[::ffff:a00:1]",
    "[::7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:db8::1]",
]  # fmt: skip


class NoConnection(httpcore.NetworkBackend):
    """Remembers what was asked for and never connects."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        self.asked.append(host)
        raise httpcore.ConnectError("nobody there")


def assert_blocked(host: str) -> None:
    backend = NoConnection()
    with pytest.raises(BlockedAddress):
        Fetcher(Gate(backend=backend)).get(f"http://{host}/latest/meta-data/photo.jpg")
    assert backend.asked == []


@pytest.mark.parametrize("host", HOSTS)
def test_a_private_address_is_blocked_before_connecting(host):
    assert_blocked(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::ffff:127.0.0.1]", "0x7f.1"])
def test_without_its_guard_the_case_fails(host, monkeypatch):
    monkeypatch.setattr(fetch, "check_address", lambda text: None)
    with pytest.raises((AssertionError, pytest.fail.Exception, MediaRejected)):
        assert_blocked(host)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"])
def test_public_addresses_pass(address):
    fetch.check_address(address)


def test_one_private_address_among_public_ones_blocks_the_name():
    backend = NoConnection()
    gate = Gate(backend=backend, resolve=lambda host, port: ["93.184.215.14", "10.0.0.1"])
    with pytest.raises(BlockedAddress):
        Fetcher(gate).get("http://pictures.example/a.jpg")
    assert backend.asked == []


def test_an_internal_host_is_reached_when_it_is_named():
    backend = NoConnection()
    fetcher = Fetcher(Gate(backend=backend, allow_hosts=["pictures.shop.internal"], resolve=lambda *_: ["10.0.0.1"]))
    with pytest.raises(MediaRejected, match="nobody there"):
        fetcher.get("http://pictures.shop.internal/a.jpg")
    with pytest.raises(BlockedAddress):
        fetcher.get("http://other.shop.internal/a.jpg")
    assert backend.asked == ["10.0.0.1"]
