"""Accounts of people who look after the shop: argon2 passwords, roles in order, and sessions that can be taken away.

A session is a random number in a signed cookie and a row on our side that holds its hash; without the row the cookie
is worth nothing. It ends some time after it began, sooner when nothing is asked for, and with every new sign-in.
"""

import hashlib
import hmac
import re
import secrets
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from threading import BoundedSemaphore
from typing import Literal, get_args

from starlette.types import Scope

from wares.audit import AuditLog, acting
from wares.errors import Conflict, Forbidden, NotFound, QueryError, TooMany, Unauthenticated
from wares.serve.access.vault import Vault

Role = Literal["viewer", "merchandiser", "moderator", "analyst", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
GRANTS: dict[Role, frozenset[Role]] = {
    "viewer": frozenset(("viewer",)),
    "merchandiser": frozenset(("viewer", "merchandiser")),
    "moderator": frozenset(("viewer", "moderator")),
    "analyst": frozenset(("viewer", "merchandiser", "analyst")),
    "admin": frozenset(ROLES),
}
"""What each role may: everything that is asked of the roles beside it."""

COOKIE, CSRF_COOKIE, CSRF_FIELD = "wares_session", "wares_csrf", "csrf"
SHORTEST, LONGEST = 12, 1_000  # signs of a password
AT_ONCE = 2  # passwords are tried: each takes 64 MB for the time
SEEN_EVERY = 60.0  # seconds between notes that a session is in use
NAME = re.compile(r"[\w.@+-]{1,64}")


@dataclass(frozen=True, slots=True)
class Account:
    """Who signed in; ``session`` names the session without giving it away."""

    name: str
    role: Role
    session: str = ""

    def may(self, role: Role) -> bool:
        """Whether this role includes the other."""
        return role in GRANTS[self.role]


class Accounts:
    """The accounts of one shop.

    Parameters
    ----------
    hours, idle_minutes
        How long a session lasts, and how long without a request.
    clock
        Seconds since 1970.
    """

    def __init__(
        self,
        vault: Vault,
        audit: AuditLog,
        *,
        hours: float = 12.0,
        idle_minutes: float = 60.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._vault = vault
        self._audit = audit
        self._longest = hours * 3600
        self._idle = idle_minutes * 60
        self._clock = clock
        self._trying = BoundedSemaphore(AT_ONCE)

    def add(self, name: str, password: str, role: Role) -> None:
        """Make an account; Conflict where the name is taken."""
        if not NAME.fullmatch(name):
            raise QueryError(f"{name!r} is no name of an account", fix="letters, digits and . @ + - _, at most 64")
        hashed = _hashed(password)
        if role not in ROLES:
            raise QueryError(f"{role!r} is no role", fix=", ".join(ROLES))
        with self._vault.writing() as connection:
            if connection.execute("SELECT 1 FROM accounts WHERE name = ?", (name,)).fetchone():
                raise Conflict(f"there is an account {name!r}", fix="`wares accounts passwd` changes its password")
            connection.execute("INSERT INTO accounts VALUES (?, ?, ?, ?)", (name, hashed, role, self._clock()))
        self._audit.write("account.add", name, role=role)

    def every(self) -> list[Account]:
        """All accounts, by name."""
        return [Account(row["name"], row["role"]) for row in self._vault.rows("SELECT * FROM accounts ORDER BY name")]

    def set_password(self, name: str, password: str) -> None:
        """Change a password; every session of the account ends."""
        hashed = _hashed(password)
        self._change(name, "UPDATE accounts SET password = ? WHERE name = ?", hashed, name)
        self._audit.write("account.password", name)

    def remove(self, name: str) -> None:
        """Take an account away, and its sessions with it."""
        self._change(name, "DELETE FROM accounts WHERE name = ?", name)
        self._audit.write("account.remove", name)

    def sign_in(self, name: str, password: str, old: Account | None = None) -> str:
        """The value of the cookie of a new session; the old one ends. The same work for a name that nobody has.

        Raises
        ------
        Unauthenticated
            Name or password is wrong; which is not said.
        TooMany
            Too many passwords are being tried at once.
        """
        if not self._trying.acquire(blocking=False):
            raise TooMany("too many sign in at once", fix="try again in a moment")
        try:
            rows = self._vault.rows("SELECT * FROM accounts WHERE name = ?", name[:64])
            fits = _fits(rows[0]["password"] if rows else _nobodys(), password[:LONGEST])
        finally:
            self._trying.release()
        if not rows or not fits:
            self._audit.write("account.refused", name[:64] if rows else "")
            raise Unauthenticated("name or password is wrong", fix="try again; an admin can set a new password")
        number, now = secrets.token_bytes(32), self._clock()
        with self._vault.writing() as connection:
            ended = now - self._longest, now - self._idle, bytes.fromhex(old.session) if old else b""
            connection.execute("DELETE FROM sessions WHERE created < ? OR seen < ? OR digest = ?", ended)
            connection.execute("INSERT INTO sessions VALUES (?, ?, ?, ?)", (_digest(number), name, now, now))
        with acting(f"account:{name}"):
            self._audit.write("account.sign_in", name)
        return f"{number.hex()}.{self._signed(number)}"

    def sign_out(self, account: Account) -> None:
        """End the session."""
        with self._vault.writing() as connection:
            connection.execute("DELETE FROM sessions WHERE digest = ?", (bytes.fromhex(account.session),))
        self._audit.write("account.sign_out", account.name)

    def of(self, scope: Scope) -> Account | None:
        """Who signed in and sent this request; None: nobody, or their session has ended."""
        text = cookie(scope, COOKIE)
        number, _, signature = text.partition(".")
        if len(number) != 64 or not re.fullmatch("[0-9a-f]{64}", number) or not self._vault.path.exists():
            return None
        raw = bytes.fromhex(number)
        if not self._vault.rows("SELECT 1 FROM secrets WHERE name = 'session'"):
            return None
        if not hmac.compare_digest(signature.encode("utf-8", "replace"), self._signed(raw).encode()):
            return None
        digest, now = _digest(raw), self._clock()
        rows = self._vault.rows(
            "SELECT s.created, s.seen, a.name, a.role FROM sessions s JOIN accounts a ON a.name = s.account"
            " WHERE s.digest = ?",
            digest,
        )
        if not rows or now - rows[0]["created"] >= self._longest or now - rows[0]["seen"] >= self._idle:
            return None
        if now - rows[0]["seen"] >= min(SEEN_EVERY, self._idle / 2):
            with self._vault.writing() as connection:
                connection.execute("UPDATE sessions SET seen = ? WHERE digest = ?", (now, digest))
        return Account(rows[0]["name"], rows[0]["role"], digest.hex())

    def csrf(self, scope: Scope, nonce: str) -> str:
        """What a form carries so that it can only have come from a page of ours in this session."""
        account: Account | None = scope["state"].get("account")
        bound = f"{nonce}:{account.session if account else ''}"
        return hmac.digest(self._vault.secret("csrf"), bound.encode("utf-8", "replace"), "sha256").hex()

    def check_csrf(self, scope: Scope, sent: str) -> None:
        """Forbidden where a form did not come from a page of ours in this session."""
        nonce = cookie(scope, CSRF_COOKIE)
        if not nonce or not hmac.compare_digest(sent.encode("utf-8", "replace"), self.csrf(scope, nonce).encode()):
            raise Forbidden("this form is no longer valid", fix="open the page again and send it from there")

    def _signed(self, number: bytes) -> str:
        return hmac.digest(self._vault.secret("session"), number, "sha256").hex()

    def _change(self, name: str, statement: str, *values: str) -> None:
        with self._vault.writing() as connection:
            if not connection.execute(statement, values).rowcount:
                raise NotFound(f"there is no account {name!r}", fix="`wares accounts list` shows their names")
            connection.execute("DELETE FROM sessions WHERE account = ?", (name,))


def cookie(scope: Scope, name: str) -> str:
    """The value of a cookie; empty where it was not sent."""
    for header, value in scope["headers"]:
        if header == b"cookie":
            try:
                found = SimpleCookie(value.decode("latin-1")).get(name)
            except CookieError:
                continue
            if found is not None:
                return found.value
    return ""


def _hashed(password: str) -> str:
    from argon2 import PasswordHasher

    if not SHORTEST <= len(password) <= LONGEST:
        raise QueryError(f"a password has from {SHORTEST} to {LONGEST} signs", fix="several words are good ones")
    return PasswordHasher().hash(_plain(password))


def _fits(hashed: str, password: str) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return PasswordHasher().verify(hashed, _plain(password))
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(1)
def _nobodys() -> str:
    """The hash of a password that nobody has, tried where nobody has the name."""
    return _hashed(secrets.token_hex(32))


def _plain(password: str) -> str:
    """The same password from every keyboard."""
    return unicodedata.normalize("NFKC", password)


def _digest(number: bytes) -> bytes:
    return hashlib.sha256(number).digest()
