"""Where a request comes from: the client's address, the site it was sent from, and the key that came with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import parse_qsl, urlsplit

from starlette.types import Scope

from wares.errors import ConfigError

QUERY_KEY = b"x-algolia-api-key"
SITE = 64  # bits of an IPv6 address that one client has to itself


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from.

    ``address`` is what limits are counted for; ``local``: no network was between (a loopback or Unix socket, no proxy
    that says otherwise); ``https``: the client's side of the connection is encrypted.
    """

    address: str
    local: bool
    https: bool


class Proxies:
    """The networks of proxies that are believed; ConfigError for what is no network."""

    def __init__(self, networks: Sequence[str]) -> None:
        try:
            self._networks = tuple(ip_network(each, strict=False) for each in networks)
        except ValueError as error:
            raise ConfigError(f"serve.trusted_proxies: {error}", fix='write networks: ["10.0.0.0/8"]') from None
        self.trusts = lru_cache(1024)(self._trusts)

    def origin(self, scope: Scope) -> Origin:
        """Who sent a request: the last address of X-Forwarded-For that is no trusted proxy's, else the socket's."""
        peer = (scope.get("client") or ("", 0))[0]
        forwarded, protocol, told = [], scope.get("scheme", "http"), False
        for name, value in scope["headers"]:
            if name == b"x-forwarded-for":
                told = True
                forwarded += [part.strip() for part in value.decode("latin-1").split(",")]
            elif name == b"forwarded":
                told = True
            elif name == b"x-forwarded-proto" and self.trusts(peer):
                protocol = value.decode("latin-1").strip().lower()
        address = peer
        while forwarded and self.trusts(address):
            address = forwarded.pop()
        found = _address(address)
        local = not told and (found is None or found.is_loopback)
        return Origin(_site(found) or peer or "local", local, protocol == "https")

    def _trusts(self, text: str) -> bool:
        found = _address(text)
        return found is not None and any(found in network for network in self._networks)


def key_of(scope: Scope) -> str:
    """The key or token that came with a request: ``Authorization: Bearer``, ``X-API-Key``, or as Algolia clients send
    it, in the header or the address (there only for their protocol, because addresses end up in logs)."""
    bearer = ""
    for name, value in scope["headers"]:
        if name in (b"x-api-key", QUERY_KEY):
            return str(value.decode("latin-1").strip())
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            bearer = value[7:].decode("latin-1").strip()
    if bearer or not scope["path"].startswith("/1/"):
        return bearer
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return next((value for name, value in pairs if name.lower() == QUERY_KEY.decode()), "")


def sent_from(scope: Scope, allowed: Iterable[str]) -> bool:
    """Whether a request was sent from one of the sites: ``https://*.shop.example``, or a host alone."""
    headers = {name: value for name, value in scope["headers"] if name in (b"origin", b"referer")}
    told = headers.get(b"origin") or headers.get(b"referer") or b""
    try:
        parts = urlsplit(told.decode("latin-1"))
        host, port = parts.hostname or "", f":{parts.port}" if parts.port else ""
    except ValueError:
        return False
    site = f"{parts.scheme}://{host}{port}"
    return bool(host) and any(fnmatchcase(site if "://" in each else host, each.rstrip("/")) for each in allowed)


@lru_cache(4096)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.removeprefix("[").partition("]")[0].partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def _site(found: IPv4Address | IPv6Address | None) -> str:
    """What one client is taken to be: an IPv4 address, or a network of IPv6 that is given out as a whole."""
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found, SITE), strict=False))
    return "" if found is None else str(found)
