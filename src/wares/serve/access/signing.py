"""Signing in and out, what a page asks of whoever signed in, and the pages for those who may not come in."""

import secrets
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from wares.errors import Forbidden, Unauthenticated, WaresError
from wares.serve.access.accounts import COOKIE, CSRF_COOKIE, CSRF_FIELD, Account, Role, cookie
from wares.serve.security import limited
from wares.serve.storefront.messages import negotiate
from wares.serve.storefront.rendering import static

if TYPE_CHECKING:
    from wares.serve.access.gate import Access

MAX_FORM = 16_000
TRIES = "5/minute; 40/hour"  # of one name from one address
TRIES_ADDRESS = "20/minute; 200/hour"

TEXTS = {
    "sign_in": ("Sign in", "登录"),
    "name": ("Name", "用户名"),
    "password": ("Password", "密码"),
    "signed_in": ("You are signed in as {name} ({role}).", "您已登录：{name}（{role}）。"),
    "sign_out": ("Sign out", "退出登录"),
    "401": ("This shop is open to those who sign in.", "本店仅对登录用户开放。"),
    "403": ("You may not see this page.", "您无权查看此页面。"),
    "429": ("That was a lot at once. Please wait {seconds} seconds.", "请求过多，请等待 {seconds} 秒。"),
    "wrong": ("Name or password is wrong.", "用户名或密码错误。"),
    "stale": ("The page was open for too long. Please try again.", "页面已过期，请重试。"),
}


def routes() -> list[BaseRoute]:
    """The pages of signing in and out."""
    return [
        Route("/login", sign_in_page, methods=["GET"]),
        Route("/login", sign_in, methods=["POST"]),
        Route("/logout", sign_out, methods=["POST"]),
    ]


def account_of(connection: HTTPConnection) -> Account | None:
    """Who signed in; None: nobody."""
    found: Account | None = connection.scope.get("state", {}).get("account")
    return found


def requires_role(connection: HTTPConnection, role: Role) -> Account:
    """Who signed in, if they may do what the role may.

    Raises
    ------
    Unauthenticated
        Nobody signed in.
    Forbidden
        Their role does not include this one.
    """
    account = account_of(connection)
    if account is None:
        raise Unauthenticated("this takes an account", fix="sign in at /login; `wares accounts add` makes an account")
    if not account.may(role):
        raise Forbidden(f"this takes the role {role}", fix="ask an admin: wares accounts add --role")
    return account


def csrf_token(request: Request) -> tuple[str, str]:
    """For a page with a form: the value of its hidden field ``csrf``, and the cookie to set (empty: it is set)."""
    nonce, fresh = cookie(request.scope, CSRF_COOKIE), ""
    if not nonce:
        nonce = fresh = secrets.token_hex(32)
    return _access(request).accounts.csrf(request.scope, nonce), fresh


def set_csrf(request: Request, response: Response, fresh: str) -> None:
    """Set the cookie that ``csrf_token`` asked for."""
    if fresh:
        _set_cookie(request, response, CSRF_COOKIE, fresh)


def check_csrf(request: Request, sent: object) -> None:
    """Forbidden where a form, whose field ``csrf`` this is, did not come from a page of ours in this session."""
    _access(request).accounts.check_csrf(request.scope, sent if isinstance(sent, str) else "")


def sign_in_page(request: Request) -> Response:
    """``GET /login``."""
    return _page(request, 200)


async def sign_in(request: Request) -> Response:
    """``POST /login`` with ``name`` and ``password``; then on to ``next``."""
    form = await Request(request.scope, limited(request.receive, MAX_FORM)).form(max_fields=10, max_files=0)
    return await run_in_threadpool(_signed_in, request, {name: str(value) for name, value in form.items()})


def _signed_in(request: Request, form: dict[str, str]) -> Response:
    access, address = _access(request), request.scope["state"]["origin"].address
    try:
        check_csrf(request, form.get(CSRF_FIELD))
        access.requests.take(TRIES_ADDRESS, "sign in", address)
        access.requests.take(TRIES, "sign in", address, form.get("name", "")[:64])
        value = access.accounts.sign_in(form.get("name", ""), form.get("password", ""), account_of(request))
    except Forbidden:
        return _page(request, 403, "stale")
    except Unauthenticated:
        return _page(request, 401, "wrong")
    except WaresError as error:
        return refusal_page(request, error)
    answer = RedirectResponse(_here(form.get("next", "")), 303)
    _set_cookie(request, answer, COOKIE, value)
    # The old nonce may be known to whoever sat here before.
    _set_cookie(request, answer, CSRF_COOKIE, secrets.token_hex(32))
    return answer


async def sign_out(request: Request) -> Response:
    """``POST /logout``."""
    form = await Request(request.scope, limited(request.receive, MAX_FORM)).form(max_fields=10, max_files=0)
    return await run_in_threadpool(_signed_out, request, form.get(CSRF_FIELD))


def _signed_out(request: Request, sent: object) -> Response:
    account = account_of(request)
    try:
        check_csrf(request, sent)
    except Forbidden:
        return _page(request, 403, "stale")
    if account is not None:
        _access(request).accounts.sign_out(account)
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE, path="/")
    return answer


def refusal_page(request: Request, error: WaresError) -> Response:
    """The page for whoever may not come in: 401 with a way to sign in, 403, or 429 with how long to wait."""
    retry = getattr(error, "retry_after", 1)
    key = str(error.status) if str(error.status) in TEXTS else "403"
    answer = _page(request, error.status, key, seconds=retry)
    if error.status in (429, 503):
        answer.headers["Retry-After"] = str(retry)
    return answer


def _page(request: Request, status: int, told: str = "", **values: Any) -> Response:
    language = negotiate(request.query_params.get("lang", "")[:8], request.headers.get("accept-language", ""))
    at = 1 if language == "zh" else 0
    texts = {name: each[at] for name, each in TEXTS.items()}
    account = account_of(request)
    token, fresh = csrf_token(request) if _access(request).vault.path.exists() else ("", "")
    asked = request.query_params.get("next", "")
    where = asked if request.url.path in ("/login", "/logout") else _path(request)
    body = (
        _templates()
        .get_template("login.html")
        .render(
            t=texts,
            language=language,
            told=texts[told].format(**values) if told else "",
            account=account,
            signed_in=texts["signed_in"].format(name=account.name, role=account.role) if account else "",
            form=status != 429 and bool(token),
            csrf=token,
            next=_here(where),
        )
    )
    headers = {"Content-Language": language, "Vary": "Accept-Language, Cookie", "Cache-Control": "no-store"}
    answer = HTMLResponse(body, status, headers)
    set_csrf(request, answer, fresh)
    return answer


def _set_cookie(request: Request, response: Response, name: str, value: str) -> None:
    https = request.scope["state"]["origin"].https
    response.set_cookie(name, value, path="/", httponly=True, samesite="lax", secure=https)


def _path(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _here(address: str) -> str:
    """A path of this server; whatever leads elsewhere becomes the start page."""
    parts = urlsplit(address)
    fine = address.startswith("/") and not address.startswith(("//", "/\\")) and not (parts.scheme or parts.netloc)
    return address if fine and address.isprintable() and "\\" not in address else "/"


def _access(request: Request) -> "Access":
    found: Access = request.scope["state"]["access"]
    return found


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("wares.serve.access"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals.update(static=static)
    return environment
