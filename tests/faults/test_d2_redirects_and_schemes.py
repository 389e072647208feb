"""D2: redirects are checked at every hop and counted; only http and https are fetched."""

import pytest

from loopback import answer, serving
from wares.catalog.media import MediaStore, fetch
from wares.catalog.media.fetch import Fetcher, Gate
from wares.errors import BlockedAddress, MediaRejected
from wares.types import Media


def redirect(target: str):
    return answer(b"", "302 Found", location=target)


def fetcher() -> Fetcher:
    """Reaches the loopback server by the name that is allowed, and no other private address."""
    return Fetcher(Gate(allow_hosts=["shop.example"], resolve=lambda host, port: ["127.0.0.1"]))


@pytest.mark.parametrize(
    "target",
    [
        "http://metadata.example/",
        "//metadata.example/",
        "http://127.0.0.1:1/",
        "file:///etc/passwd",
        "gopher://x/",
        "data:,x",
    ],
)
def test_a_redirect_is_checked_like_the_first_address(target):
    with serving(redirect(target)) as server, pytest.raises(BlockedAddress):
        fetcher().get(server.url(host="shop.example"))
    assert len(server.requests) == 1


def assert_counted(hops: int) -> None:
    def script(connection, request):
        hop = int(request.split(b"/hop")[1].split()[0])
        (redirect(f"/hop{hop + 1}") if hop < hops else answer(b"picture"))(connection, request)

    with serving(script) as server:
        if hops <= 5:
            assert fetcher().get(server.url("/hop0", "shop.example")).data == b"picture"
        else:
            with pytest.raises(MediaRejected, match="redirects"):
                fetcher().get(server.url("/hop0", "shop.example"))
            assert len(server.requests) == 6


@pytest.mark.parametrize("hops", [0, 5, 6, 10])
def test_redirects_are_counted(hops):
    assert_counted(hops)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "gopher://x/1", "data:image/png;base64,AAAA", "ftp://x/y.jpg", "http:///a"]
)
def test_other_schemes_are_blocked(url, tmp_path):
    with pytest.raises(BlockedAddress):
        MediaStore(tmp_path).take(Media(url), tmp_path)


def test_a_user_name_in_an_address_is_refused():
    with pytest.raises(BlockedAddress, match="user name"):
        fetcher().get("http://shop.example@127.0.0.1/")


def test_without_the_address_guard_the_redirect_case_fails(monkeypatch):
    monkeypatch.setattr(fetch, "check_address", lambda text: None)
    with serving(answer(b"secret")) as inside, serving(redirect(inside.url(host="metadata.example"))) as server:
        assert fetcher().get(server.url(host="shop.example")).data == b"secret"


def test_without_the_scheme_guard_other_schemes_are_not_blocked(monkeypatch, tmp_path):
    monkeypatch.setattr(fetch, "check_url", lambda url: None)
    with pytest.raises(MediaRejected) as caught:
        MediaStore(tmp_path).take(Media("ftp://x/y.jpg"), tmp_path)
    assert not isinstance(caught.value, BlockedAddress)
