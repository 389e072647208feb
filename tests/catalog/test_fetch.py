import shutil
import socket
import ssl
import subprocess

import pytest

from loopback import answer, serving
from wares.catalog.media.fetch import Fetcher, Gate, resolve
from wares.errors import MediaRejected

NAME = "pictures.example"


def fetcher(**settings) -> Fetcher:
    return Fetcher(Gate(allow_hosts=[NAME], resolve=lambda host, port: ["127.0.0.1"]), **settings)


def test_a_body_comes_with_its_etag_and_date():
    with serving(answer(b"picture", etag='"1"', last_modified="Mon, 23 Nov 2026 10:00:00 GMT")) as server:
        fetched = fetcher().get(server.url("/a%20b.jpg?size=2#top", NAME))
    assert (fetched.data, fetched.etag, fetched.modified) == (b"picture", '"1"', "Mon, 23 Nov 2026 10:00:00 GMT")
    assert server.requests[0].startswith(b"GET /a%20b.jpg?size=2 HTTP/1.1\r\n")
    assert f"Host: {NAME}:{server.port}".encode() in server.requests[0]
    assert b"User-Agent: wares" in server.requests[0]


def test_a_conditional_request_learns_that_nothing_changed():
    with serving(answer(b"", "304 Not Modified", etag='"1"')) as server:
        assert fetcher().get(server.url(host=NAME), etag='"1"', modified="x").data is None
    assert b'If-None-Match: "1"' in server.requests[0]
    assert b"If-Modified-Since: x" in server.requests[0]


def test_a_host_that_is_named_is_named_in_any_case():
    with serving(answer(b"picture")) as server:
        assert fetcher().get(server.url(host=NAME.upper())).data == b"picture"


@pytest.mark.parametrize("address", ["http://", "http://[::1", "http://a b/", "http://x:99999/", "no address", ""])
def test_what_is_no_address_is_rejected_with_a_fix(address):
    with pytest.raises(MediaRejected) as caught:
        fetcher().get(address)
    assert caught.value.fix


def test_a_closed_port_and_an_unknown_name_are_rejected():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(MediaRejected, match="cannot be fetched"):
        fetcher().get(f"http://{NAME}:{port}/a.jpg")
    for nothing in (lambda host, port: [], lambda host, port: (_ for _ in ()).throw(socket.gaierror(-2, "unknown"))):
        with pytest.raises(MediaRejected, match="no address"):
            Fetcher(Gate(resolve=nothing)).get("http://nowhere.example/a.jpg")


def test_the_system_resolver_reads_odd_spellings_of_this_machine():
    assert resolve("0x7f.1", 80) == resolve("2130706433", 80) == ["127.0.0.1"]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
def test_a_certificate_must_be_for_the_name_in_the_address(tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subprocess.run(
        ["openssl", "req", "-x509", *curve, *subject, "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(certificate, key)
    believed = ssl.create_default_context(cafile=str(certificate))
    with serving(answer(b"picture"), ours) as server:
        gate = Gate(allow_private=True, resolve=lambda host, port: ["127.0.0.1"])
        url = f"https://{NAME}:{server.port}/a.jpg"
        assert Fetcher(gate, ssl_context=believed).get(url).data == b"picture"
        with pytest.raises(MediaRejected, match="certificate"):
            Fetcher(gate, ssl_context=believed).get(url.replace(NAME, "other.example"))
        with pytest.raises(MediaRejected, match="certificate"):
            Fetcher(gate).get(url)
