"""Keys of programs: what each allows, until when, from where, how often, and which part of the catalogue it sees.

A key reads ``wk_<id>_<secret>``. The secret has 256 random bits and is shown once; only its SHA-256 is kept.
"""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from wares.audit import AuditLog
from wares.errors import ConfigError, NotFound, Unauthenticated
from wares.search.filters import parse
from wares.serve.access.caller import Scope
from wares.serve.access.vault import Vault
from wares.types import Filter

SCOPES: tuple[Scope, ...] = ("search", "events", "admin")
KEY = re.compile(rb"wk_([0-9a-f]{12})_([0-9a-f]{64})")
MAX_KEY = 8_192  # signs of anything that is looked at as a key or a token
_NOBODY = hashlib.sha256(b"").digest()  # what the secret of an unknown key is compared with


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept; ``digest`` is the SHA-256 of its secret, times are seconds since 1970.

    ``rate`` is in the words of the library limits ("10/second; 300/minute", empty: as the shop says), ``products`` how
    many different products it may see in an hour (0: any number, None: as the shop says).
    """

    id: str
    digest: bytes
    label: str
    scopes: frozenset[Scope]
    filters: str
    referrers: tuple[str, ...]
    rate: str
    products: int | None
    created: float
    expires: float | None
    revoked: float | None

    def valid(self, now: float) -> bool:
        """Neither revoked nor expired."""
        return self.revoked is None and (self.expires is None or now < self.expires)

    def facts(self) -> dict[str, Any]:
        """What may be shown of it."""
        return {
            "id": self.id,
            "label": self.label,
            "scopes": sorted(self.scopes),
            "filters": self.filters,
            "referrers": list(self.referrers),
            "rate": self.rate,
            "products": self.products,
            "created": self.created,
            "expires": self.expires,
            "revoked": self.revoked,
        }


class Keys:
    """The keys of one shop, as every process sees them.

    Parameters
    ----------
    digits
        Decimal places of the shop's currency, for prices in filters.
    clock
        Seconds since 1970.
    """

    def __init__(
        self, vault: Vault, audit: AuditLog, *, digits: int = 2, clock: Callable[[], float] = time.time
    ) -> None:
        self._vault = vault
        self._audit = audit
        self._digits = digits
        self._clock = clock
        self._cached: tuple[tuple[int, int] | None, Mapping[str, Key]] = None, {}
        self.filters_of = lru_cache(1024)(self._parsed)

    def create(
        self,
        scopes: Sequence[Scope],
        *,
        label: str = "",
        filters: str = "",
        referrers: Sequence[str] = (),
        rate: str = "",
        products: int | None = None,
        seconds: float | None = None,
    ) -> tuple[Key, str]:
        """Make a key; with it the text that is sent along with requests, which nobody can show again.

        Raises
        ------
        FilterError, ConfigError
            What it should allow cannot be read.
        """
        if not scopes or set(scopes) - set(SCOPES):
            raise ConfigError(f"a key has scopes out of {', '.join(SCOPES)}", fix="--scope search")
        if filters and "admin" in scopes:
            raise ConfigError("an admin key sees everything", fix="leave out --filter, or make a search key")
        self.filters_of(filters)
        check_rate(rate)
        now = self._clock()
        id, secret = secrets.token_hex(6), secrets.token_hex(32)
        expires = None if seconds is None else now + seconds
        key = Key(
            id, _digest(secret), label, frozenset(scopes), filters, tuple(referrers), rate, products, now, expires, None
        )
        listed = " ".join(sorted(key.scopes)), "\n".join(key.referrers)
        row = (id, key.digest, label, listed[0], filters, listed[1], rate, products, now, expires, None)
        with self._vault.writing() as connection:
            connection.execute(f"INSERT INTO keys VALUES ({', '.join('?' * len(row))})", row)
        self._audit.write("key.create", id, label=label, scopes=sorted(key.scopes), filters=filters, expires=expires)
        return key, f"wk_{id}_{secret}"

    def revoke(self, id: str) -> None:
        """Refuse a key, and every token made from it, from now on; NotFound if there is none."""
        with self._vault.writing() as connection:
            found = connection.execute("UPDATE keys SET revoked = ? WHERE id = ?", (self._clock(), id)).rowcount
        if not found:
            raise NotFound(f"there is no key {id!r}", fix="`wares keys list` shows their ids")
        self._audit.write("key.revoke", id)

    def now(self) -> float:
        """Seconds since 1970."""
        return self._clock()

    def every(self) -> list[Key]:
        """All keys, oldest first, those that are refused included."""
        return sorted(self._known().values(), key=lambda key: (key.created, key.id))

    def get(self, id: str) -> Key | None:
        """A key by its id, valid or not."""
        return self._known().get(id)

    def check(self, text: str) -> Key:
        """The valid key that a text is; the same work whether the id is known or not.

        Raises
        ------
        Unauthenticated
            It is none, or no longer one; which of them is not said.
        """
        named = KEY.fullmatch(text.encode("utf-8", "replace")) if len(text) <= MAX_KEY else None
        key = self.get(named[1].decode()) if named else None
        given = hashlib.sha256(named[2] if named else b"no key").digest()
        same = hmac.compare_digest(given, key.digest if key else _NOBODY)
        if key is None or not same or not key.valid(self._clock()):
            raise refused()
        return key

    def _known(self) -> Mapping[str, Key]:
        """All keys by id, read again only once some process changed something."""
        state = self._vault.changed()
        if self._cached[0] != state:
            rows = self._vault.rows("SELECT * FROM keys")
            self._cached = state, {row["id"]: _key(row) for row in rows}
        return self._cached[1]

    def _parsed(self, text: str) -> tuple[Filter, ...]:
        return parse(text, digits=self._digits)


def refused() -> Unauthenticated:
    """What every bad key and token is answered with."""
    return Unauthenticated(
        "this key is not valid", fix="send one that is, as `Authorization: Bearer KEY`; `wares keys create` makes one"
    )


def check_rate(rate: str) -> None:
    """ConfigError for a rate that cannot be read."""
    from limits import parse_many

    try:
        if rate:
            parse_many(rate)
    except ValueError:
        raise ConfigError(f"{rate!r} is no rate", fix="write 10/second; 300/minute") from None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("ascii")).digest()


def _key(row: Any) -> Key:
    return Key(
        id=row["id"],
        digest=bytes(row["digest"]),
        label=row["label"],
        scopes=frozenset(scope for scope in SCOPES if scope in row["scopes"].split()),
        filters=row["filters"],
        referrers=tuple(filter(None, row["referrers"].split("\n"))),
        rate=row["rate"],
        products=row["products"],
        created=row["created"],
        expires=row["expires"],
        revoked=row["revoked"],
    )
