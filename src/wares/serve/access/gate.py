"""Who comes in: finds out whose key or session came with a request, what they may ask and how much of it."""

from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wares.audit import AuditLog, acting
from wares.config import Config
from wares.errors import FilterError, Forbidden, Unauthenticated, WaresError
from wares.serve.access.accounts import Account, Accounts
from wares.serve.access.caller import CALLER, PUBLIC, Caller
from wares.serve.access.clients import Origin, Proxies, key_of, sent_from
from wares.serve.access.keys import Key, Keys, refused
from wares.serve.access.limits import Requests
from wares.serve.access.meter import METER, Meter, Products
from wares.serve.access.tally import Tally
from wares.serve.access.tokens import check_token, is_token
from wares.serve.access.vault import Vault
from wares.serve.storefront.formats import digits
from wares.types import Filter

FREE = frozenset(("/healthz", "/readyz", "/metrics", "/favicon.ico", "/v1/health", "/v1/openapi.json", "/v1/docs"))
SIGNING_IN = frozenset(("/login", "/logout"))
PROGRAMS = ("/v1/", "/1/", "/speech", "/metrics")

VARY = "Authorization, X-API-Key, X-Algolia-API-Key, Cookie"
NOBODY = Caller("", frozenset())

OWN = ("wk_", "wt_")  # how keys and tokens begin
Refuse = Callable[[Request, WaresError], Response]


class Access:
    """Keys, accounts, limits and the audit log of one shop, as one process holds them.

    Parameters
    ----------
    tally
        Where limits are counted; None: by this process alone.
    """

    def __init__(self, config: Config, tally: Tally | None = None) -> None:
        folder = config.shop.folder
        self.settings = config.access
        self.vault = Vault(folder)
        self.audit = AuditLog(folder)
        self.keys = Keys(self.vault, self.audit, digits=digits(config.shop.currency))
        self.accounts = Accounts(
            self.vault,
            self.audit,
            hours=config.access.session_hours,
            idle_minutes=config.access.idle_minutes,
        )
        self.proxies = Proxies(config.serve.trusted_proxies)
        tally = tally or Tally()
        self.requests = Requests(tally)
        self.products = Products(tally)
        self.public = Caller(filters=self.keys.filters_of(config.access.filters))

    def enter(self, scope: Scope, origin: Origin, account: Account | None) -> tuple[Caller, Meter | None]:
        """Who sends a request and how what they see is counted.

        Raises
        ------
        Unauthenticated, Forbidden, TooMany
            They may not come in, from there, or now.
        """
        text = key_of(scope)
        # Clients of the protocol under /1/ cannot do without a key: an open shop takes any that is not like its own.
        if not text or (self.settings.open and scope["path"].startswith("/1/") and not text.startswith(OWN)):
            return self._without_key(origin, account)
        try:
            key, caller = self._with_key(text)
        except Unauthenticated:
            if not origin.local:
                self._count(self.settings.rate, "address", origin.address)
            raise
        if key.referrers and not sent_from(scope, key.referrers):
            raise Forbidden("this key may not be sent from here", fix="allow the site: wares keys create --referrer")
        client = (key.id, caller.user or origin.address)
        if "admin" in key.scopes:
            return caller, None
        if key.rate:
            self._count(key.rate, "key", key.id, caller.user)
        elif not origin.local:
            self._count(self.settings.rate, "address", origin.address)
        most = self.settings.products if key.products is None else key.products
        counted = most and (key.products is not None or not origin.local)
        return caller, Meter(self.products, most, client) if counted else None

    def _without_key(self, origin: Origin, account: Account | None) -> tuple[Caller, Meter | None]:
        if account is not None:
            return Caller(f"account:{account.name}", PUBLIC.scopes), None
        if not origin.local:
            self._count(self.settings.rate, "address", origin.address)
        if not self.settings.open:
            raise Unauthenticated(
                "this shop takes a key", fix="send one as `Authorization: Bearer KEY`, or sign in at /login"
            )
        most = self.settings.products
        return self.public, Meter(self.products, most, (origin.address,)) if most and not origin.local else None

    def _with_key(self, text: str) -> tuple[Key, Caller]:
        """The key that was sent, or that a token was made from, and what its holder may."""
        if not is_token(text):
            key = self.keys.check(text)
            return key, Caller(key.id, key.scopes, self.keys.filters_of(key.filters))
        grant = check_token(text, self.keys, self.keys.now())
        key = grant.key
        filters = (*self.keys.filters_of(key.filters), *self._granted(grant.filters))
        return key, Caller(key.id, key.scopes, filters, grant.user)

    def _granted(self, text: str) -> tuple[Filter, ...]:
        try:
            return self.keys.filters_of(text)
        except FilterError:
            raise refused() from None

    def _count(self, rate: str, *client: str) -> None:
        self.requests.take(rate, *client)


class Gate:
    """ASGI middleware: ``scope["state"]`` says who asks (``caller``), who signed in (``account``), whence (``origin``).

    Parameters
    ----------
    refuse
        Answers whoever may not come in.
    """

    def __init__(self, app: ASGIApp, access: Access, refuse: Refuse) -> None:
        self.app = app
        self._access = access
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or _free(scope):
            return await self.app(scope, receive, send)
        access = self._access
        origin = access.proxies.origin(scope)
        state = scope["state"] = {**scope.get("state", {}), "access": access, "origin": origin}
        try:
            account = state["account"] = access.accounts.of(scope)
            if isinstance(state.get("caller"), Caller):  # an application around this one has found it out
                caller, meter = state["caller"], None
            elif path in SIGNING_IN or scope["method"] == "OPTIONS":  # a browser asks whether it may, without a key
                caller, meter = NOBODY, None
            else:
                caller, meter = access.enter(scope, origin, account)
                caller.needs("events" if path.endswith("/events") else "search")
        except WaresError as error:
            state["caller"] = NOBODY
            return await self._refuse(Request(scope), error)(scope, receive, send)
        state["caller"] = caller
        token, asking = METER.set(meter), CALLER.set(caller)
        try:
            with acting(_named(caller, account)):
                known = bool(caller.name) or not access.settings.open
                await self.app(scope, receive, _private(send) if known else send)
        finally:
            METER.reset(token)
            CALLER.reset(asking)


def _free(scope: Scope) -> bool:
    """Whether nobody is asked who they are; /metrics is read without a key from this machine, or with an admin's."""
    path: str = scope.get("path", "")
    if path == "/metrics" and key_of(scope):
        return False
    return path in FREE or path.startswith("/static/")


def programs(path: str) -> bool:
    """Whether a path is asked for by programs, which are told in JSON what is wrong."""
    return path.startswith(PROGRAMS)


def _private(send: Send) -> Send:
    """What is answered to someone known is kept by nobody between, and by a browser for them alone."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.add_vary_header(VARY)
            said = headers.get("cache-control", "").replace("public", "private")
            mine = "private" in said or "no-store" in said
            headers["Cache-Control"] = said if mine else ", ".join(filter(None, ("private", said)))
        await send(message)

    return sent


def _named(caller: Caller, account: Account | None) -> str:
    if account is not None:
        return f"account:{account.name}"
    return f"key:{caller.name}" if caller.name else "public"
