"""Tenant tokens: what a key's holder derives from it, without asking the server, for one tenant and a short time.

A token reads ``wt_<key id>_<payload>_<signature>``. The payload is JSON (filters, expiry, user), the signature
HMAC-SHA-256 over everything before it. There is one algorithm and no field that names another; the id of the key is
twelve hex digits and nothing else. What the key sees and what the token says must both hold.
"""

import hashlib
import hmac
import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

import orjson

from wares.errors import ConfigError
from wares.serve.access.keys import KEY, MAX_KEY, Key, Keys, refused

TOKEN = re.compile(rb"(wt_([0-9a-f]{12})_([A-Za-z0-9~-]{1,6000}))_([0-9a-f]{64})")
PURPOSE = b"wares tenant token 1"
MAX_SECONDS = 30 * 86_400
_NOBODY = bytes(32)  # signs for a key that is not there


@dataclass(frozen=True, slots=True)
class Grant:
    """A token that holds: the key it was made from, and what it adds."""

    key: Key
    filters: str
    user: str


def tenant_token(
    key: str, *, filters: str = "", seconds: float = 3600, user: str = "", now: float | None = None
) -> str:
    """A token for whoever may see no more than the filters say.

    Parameters
    ----------
    key
        A search key, ``wk_…``.
    filters
        As text, such as ``seller:acme``; on top of the key's own.
    seconds
        How long it holds, at most 30 days.
    user
        Whom limits are counted for; any text.

    Raises
    ------
    ConfigError
        The key is none, or the time is too long.
    """
    named = KEY.fullmatch(key.encode("utf-8", "replace"))
    if named is None:
        raise ConfigError("a token is made from a key", fix="hand over the whole of it: wk_…_…")
    if not 0 < seconds <= MAX_SECONDS:
        raise ConfigError(f"a token cannot hold for {seconds:g} seconds", fix=f"at most {MAX_SECONDS} (30 days)")
    expires = int((time.time() if now is None else now) + seconds)
    payload = _packed(orjson.dumps({"filters": filters, "expires": expires, "user": user}))
    signed = b"wt_%s_%s" % (named[1], payload)
    if len(signed) > MAX_KEY - 100:
        raise ConfigError("the token would be too long", fix="shorter filters; put what is common into the key")
    return (signed + b"_" + _signature(hashlib.sha256(named[2]).digest(), signed)).decode()


def check_token(text: str, keys: Keys, now: float) -> Grant:
    """The grant that a token is.

    Raises
    ------
    Unauthenticated
        It is none, was changed, has expired, or its key is refused or is none for searching; which is not said.
    """
    found = TOKEN.fullmatch(text.encode("utf-8", "replace")) if len(text) <= MAX_KEY else None
    key = keys.get(found[2].decode()) if found else None
    signed, signature = (found[1], found[4]) if found else (b"", b"")
    same = hmac.compare_digest(signature, _signature(key.digest if key else _NOBODY, signed))
    if found is None or key is None or not same or not key.valid(now):
        raise refused()
    if "search" not in key.scopes or "admin" in key.scopes:
        raise refused()
    try:
        payload = orjson.loads(_unpacked(found[3]))
        grant = Grant(key, str(payload["filters"]), str(payload["user"]))
        fresh = now < float(payload["expires"])
    except (ValueError, TypeError, KeyError):
        raise refused() from None
    if not fresh:
        raise refused()
    return grant


def is_token(text: str) -> bool:
    """Whether a text claims to be a token, not a key."""
    return text.startswith("wt_")


def _signature(digest: bytes, signed: bytes) -> bytes:
    own = hmac.digest(digest, PURPOSE, "sha256")  # the digest itself signs nothing
    return hmac.digest(own, signed, "sha256").hex().encode()


def _packed(data: bytes) -> bytes:
    """URL-safe base64 with ``~`` for ``_``, which parts a token."""
    return urlsafe_b64encode(data).rstrip(b"=").replace(b"_", b"~")


def _unpacked(text: bytes) -> bytes:
    return urlsafe_b64decode(text.replace(b"~", b"_") + b"=" * (-len(text) % 4))
