"""Who is asking: whose key came with a request, what it allows, and the part of the catalogue that it sees."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

from starlette.requests import HTTPConnection

from wares.errors import Forbidden
from wares.types import Filter

Scope = Literal["search", "events", "admin"]


@dataclass(frozen=True, slots=True)
class Caller:
    """``name`` is the id of a key, empty where none was sent; every answer is narrowed by ``filters`` (a tenant's).

    ``user`` is whom a tenant token was made for, as its maker calls them.
    """

    name: str = ""
    scopes: frozenset[Scope] = frozenset(("search", "events"))
    filters: tuple[Filter, ...] = ()
    user: str = ""

    def needs(self, scope: Scope) -> None:
        """Raise Forbidden where this caller may not."""
        if scope not in self.scopes and "admin" not in self.scopes:
            raise Forbidden(
                f"this takes a key with the scope {scope}", fix=f"make one: wares keys create --scope {scope}"
            )

    def needs_all(self) -> None:
        """Raise Forbidden where this caller sees a part of the catalogue alone."""
        if self.filters:
            raise Forbidden("this takes a key that sees the whole catalogue", fix="send a key without filters")


PUBLIC = Caller()
"""Whoever comes without a key to a shop that is open."""


CALLER: ContextVar[Caller | None] = ContextVar("caller", default=None)
"""Who sent the request that is being answered, for whoever has no request at hand; None: nobody found out."""


def caller_of(connection: HTTPConnection) -> Caller:
    """Who sent a request; the middleware of :mod:`wares.serve.access` has found it out."""
    found: Caller = connection.scope.get("state", {}).get("caller", PUBLIC)
    return found
