"""D4: slow drips, endless bodies and a lying Content-Length end at the deadline and the byte cap."""

import time

import pytest

from loopback import answer, serving
from wares.catalog.media import fetch
from wares.catalog.media.fetch import Fetcher, Gate
from wares.errors import MediaRejected

HEAD = b"HTTP/1.1 200 OK\r\n"


def fetcher(**settings) -> Fetcher:
    return Fetcher(Gate(allow_private=True), **{"timeout": 10.0, "max_bytes": 10_000} | settings)


def drip(before: bytes):
    """A byte every 50 ms, so that no single wait is long."""

    def script(connection, request):
        connection.sendall(before)
        for _ in range(30):
            connection.sendall(b"x")
            time.sleep(0.05)

    return script


def endless(connection, request):
    connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    for _ in range(2_000):
        connection.sendall(b"400\r\n" + bytes(1024) + b"\r\n")


def lying(connection, request):
    connection.sendall(HEAD + b"Content-Length: 10\r\n\r\n" + bytes(1_000_000))


def assert_ended(script, reason: str, **settings) -> None:
    with serving(script) as server, pytest.raises(MediaRejected, match=reason):
        fetcher(**settings).get(server.url())


@pytest.mark.parametrize("before", [b"", HEAD, HEAD + b"Content-Length: 5000\r\n\r\n", HEAD + b"\r\n"])
def test_a_slow_drip_ends_at_the_deadline(before):
    assert_ended(drip(before), "longer than", timeout=0.3)


def test_the_deadline_is_for_all_redirects_together():
    def script(connection, request):
        time.sleep(0.12)
        answer(b"", "302 Found", location="/again")(connection, request)

    assert_ended(script, "longer than", timeout=0.3)


def test_an_endless_body_ends_at_the_cap():
    assert_ended(endless, "more than 10,000 bytes")


def test_a_declared_length_over_the_cap_is_not_read():
    assert_ended(answer(b"", content_length="99999999999"), "more than 10,000 bytes")


def test_a_body_shorter_than_declared_is_rejected():
    assert_ended(answer(b"short", content_length="5000"), "cannot be fetched")


def test_of_a_body_longer_than_declared_only_the_declared_part_is_taken():
    with serving(lying) as server:
        assert fetcher().get(server.url()).data == bytes(10)


def test_a_packed_body_is_refused():
    assert_ended(answer(b"x", content_encoding="gzip"), "packs")


def test_without_the_deadline_the_drip_case_fails(monkeypatch):
    monkeypatch.setattr(fetch, "_left", lambda timeout: timeout)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        assert_ended(drip(HEAD + b"Content-Length: 30\r\n\r\n"), "longer than", timeout=0.3)


def test_without_the_byte_cap_the_endless_case_fails(monkeypatch):
    monkeypatch.setattr(fetch, "check_bytes", lambda size, cap: None)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        assert_ended(endless, "more than 10,000 bytes")
