"""``/playground``: a query against what is live and against other settings, at an address of its own."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from wares.config import Config
from wares.errors import EncodeError, FilterError, MediaRejected, NotFound, QueryError
from wares.serve.access.accounts import CSRF_FIELD
from wares.serve.access.restricted import Tries
from wares.serve.access.signing import account_of, check_csrf, csrf_token, requires_role, set_csrf
from wares.serve.front import Front
from wares.serve.playground import sides, snippets
from wares.serve.playground.asked import GENERATION, OWN, PATH, Asked
from wares.serve.playground.comparing import difference
from wares.serve.playground.settings import MOST, WEIGHTS, Trial, trial
from wares.serve.playground.sides import Side
from wares.serve.playground.texts import Texts
from wares.serve.security import limited
from wares.serve.storefront.address import MAX_TEXT, SORTS
from wares.serve.storefront.formats import number
from wares.serve.storefront.messages import LANGUAGES, negotiate
from wares.serve.storefront.messages import NAMES as LANGUAGE_NAMES
from wares.serve.storefront.rendering import static
from wares.types import Query

STYLE = Path(__file__).parent / "static" / "playground.css"
FORM_ROOM = 64_000  # bytes of a form beside the photo
COMPARE = "go"  # the button: what is equal to the live value leaves the address


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field of the form, and what to do."""

    field: str
    text: str


class Playground:
    """Handlers of the page."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self.style_address = f"{PATH}/playground-{_digest()}.css"

    def routes(self) -> Sequence[BaseRoute]:
        """The page, the way in for a photo, and the stylesheet."""
        return (
            Route(PATH, self.page),
            Route(f"{PATH}/photo", self.photo, methods=["POST"]),
            Route(self.style_address, self.style),
        )

    def style(self, request: Request) -> Response:
        """The stylesheet; its name changes with its content."""
        let_in(request, self._front.shop.config)
        return FileResponse(
            STYLE, media_type="text/css", headers={"Cache-Control": "private, max-age=31536000, immutable"}
        )

    def page(self, request: Request) -> Response:
        """``GET /playground``: everything about a comparison is in its address."""
        let_in(request, self._front.shop.config)
        front = self._front.of(request)
        asked = Asked.parse(request.query_params.multi_items(), front.currency)
        t = _texts(request, asked)
        tried = trial(front.shop.config.search, asked.changes or {}, t)
        problems = _problems(front, asked, tried, t)
        if COMPARE in request.query_params and not problems:
            return RedirectResponse(asked.href({name: _typed(asked, name) for name in tried.changes}), 303)
        return self._compared(request, asked, tried, problems)

    async def photo(self, request: Request) -> Response:
        """``POST /playground/photo``: take a photo in, then on to the comparison with it."""
        let_in(request, self._front.shop.config)
        front = self._front.of(request)
        most = front.shop.config.serve.max_upload
        asked, data, told, status = Asked.parse((), front.currency), b"", "", 422
        try:
            bounded = Request(request.scope, limited(request.receive, most + FORM_ROOM))
            async with bounded.form(max_files=1, max_fields=100, max_part_size=16_000) as form:
                words = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
                asked = Asked.parse(words, front.currency)
                if account_of(request) is not None:
                    check_csrf(request, form.get(CSRF_FIELD))
                upload = form.get("photo_file")
                data = await upload.read() if isinstance(upload, UploadFile) else b""
        except HTTPException as error:
            told, status = "photo.large" if error.status_code == 413 else "photo.bad", error.status_code
        if not told and len(data) > most:
            told, status = "photo.large", 413
        return await run_in_threadpool(
            self._taken, request, asked, data, told or ("" if data else "photo.missing"), status
        )

    def _taken(self, request: Request, asked: Asked, data: bytes, told: str, status: int) -> Response:
        front, t = self._front.of(request), _texts(request, asked)
        if not told:
            try:
                kept = front.photos.keep(front.shop.media.sanitize_photo(data))
                return RedirectResponse(
                    replace(asked, address=replace(asked.address, photo=kept), photo="").href(), 303
                )
            except (MediaRejected, EncodeError):
                told = "photo.bad"
        tried = trial(front.shop.config.search, asked.changes or {}, t)
        wrong = Problem("photo_file", t(told, n=front.shop.config.serve.max_upload // 1_000_000))
        return self._compared(request, asked, tried, [wrong, *_problems(front, asked, tried, t)], status)

    def _compared(
        self, request: Request, asked: Asked, tried: Trial, problems: list[Problem], status: int = 200
    ) -> Response:
        """The page: the form, and what both sides answer where the query can be asked."""
        front, t = self._front.of(request), _texts(request, asked)
        shop, live = front.shop, front.shop.config.search
        if not isinstance(shop, Tries):
            raise NotFound("this shop tries no other settings", fix="serve one that Shop.open opened")
        found: dict[str, Any] = {}
        try:
            query = front.query(asked.address, asked.spoken)
        except FilterError as error:
            problems = [*problems, Problem("f", str(error))]
            status = error.status
        else:
            one, other = (replace(query, page_size=_size(asked, each.page_size)) for each in (live, tried.settings))
            before = sides.answered(lambda: shop.search_with(one, live))  # timed: not from what is kept
            after = sides.answered(lambda: shop.search_with(other, tried.settings, asked.generation))
            found = _found(front, t, before, after)
            found |= _snippets(request, asked, tried, (one, other))
            if status == 200 and before.failure is not None:
                status = before.failure.status
        if problems and status == 200:
            status = QueryError.status
        served = shop.kept
        return self._page(
            request,
            t,
            status,
            asked=asked,
            tried=tried,
            problems=problems,
            wrong={problem.field: problem.text for problem in problems},
            generation=shop.version.partition(".")[0],
            generations=(*served, *(() if asked.generation in ("", *served) else (asked.generation,))),
            same=not tried.changes and not asked.generation,
            found=found,
            photo_there=bool(asked.address.photo and front.photos.get(asked.address.photo)),
        )

    def _page(self, request: Request, t: Texts, status: int, *, asked: Asked, **shown: Any) -> Response:
        csrf, fresh = csrf_token(request) if account_of(request) is not None else ("", "")
        body = (
            _templates()
            .get_template("playground.html")
            .render(
                t=t,
                asked=asked,
                address=asked.address,
                style=self.style_address,
                path=PATH,
                own=OWN,
                of_generation=OWN + GENERATION,
                compare=COMPARE,
                weights=WEIGHTS,
                sorts=SORTS,
                max_text=MAX_TEXT,
                most=MOST["page_size"],
                shop_name=self._front.shop.config.shop.name,
                reset=replace(asked, generation="").href({}),
                languages=[
                    (tag, LANGUAGE_NAMES[tag], replace(asked, address=replace(asked.address, language=tag)).href())
                    for tag in LANGUAGES
                ],
                csrf=csrf,
                csrf_field=CSRF_FIELD,
                **shown,
            )
        )
        headers = {"Content-Language": t.language, "Vary": "Accept-Language", "Cache-Control": "no-store"}
        answer = HTMLResponse(body, status, headers)
        set_csrf(request, answer, fresh)
        return answer


def let_in(request: Request, config: Config) -> None:
    """Whether there is a playground for whoever asks: on this machine, or where it is on, for analysts.

    A proxy on this machine that says whom it speaks for is no request of this machine.

    Raises
    ------
    HTTPException
        404: there is none.
    Unauthenticated, Forbidden
        It takes an account of an analyst.
    """
    wanted = config.serve.playground
    origin = request.scope["state"]["origin"]
    here = origin.local and _loopback(config.serve.host) and _loopback(_host(request))
    if wanted == "off" or (wanted == "auto" and not here):
        raise HTTPException(404)
    if not here:
        requires_role(request, "analyst")


def _host(request: Request) -> str:
    """The name that the server was asked by: a page from elsewhere whose name leads here has another."""
    try:
        return urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    except ValueError:
        return ""


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _problems(front: Front, asked: Asked, tried: Trial, t: Texts) -> list[Problem]:
    """What of the form cannot be as it was typed."""
    found = [Problem(OWN + field.name, field.problem) for field in tried.problems]
    if "shortened" in asked.address.problems:
        found.append(Problem("q", t("shortened", n=MAX_TEXT)))
    if asked.photo:
        found.append(Problem("photo", t("photo.sha256")))
    elif asked.address.photo and front.photos.get(asked.address.photo) is None:
        found.append(Problem("photo", t("photo.gone")))
    if not asked.sized:
        found.append(Problem("size", t("bad.whole", given=asked.size, low=1, high=MOST["page_size"])))
    return found


def _found(front: Front, t: Texts, before: Side, after: Side) -> dict[str, Any]:
    """What both sides answered, as the page shows it."""
    ends = sides.scale(before, after)
    comparable = before.hits is not None and after.hits is not None
    marks = (
        (sides.lost(before.ids, after.ids, t), sides.moved(before.ids, after.ids, t))
        if comparable
        else ([None] * len(before.ids), [None] * len(after.ids))
    )
    shown = [
        {
            "key": key,
            "side": side,
            "hits": side.hits,
            "shown": sides.shown(side, front, t, ends, mark),
            "chips": sides.chips(side.hits, front, t) if side.hits else [],
            "heads": sides.heads(side.hits, front.currency, t) if side.hits else [],
        }
        for key, side, mark in (("A", before, marks[0]), ("B", after, marks[1]))
    ]
    return {
        "sides": shown,
        "ends": ends,
        "axis": round(100 * -ends[0] / ((ends[1] - ends[0]) or 1.0), 2),
        "difference": difference(before.ids, after.ids) if comparable else None,
        "times": [
            *sides.times(before, after),
            (t("stage.all"), *(f"{1000 * each.seconds:.1f}" for each in (before, after))),
        ],
    }


def _snippets(request: Request, asked: Asked, tried: Trial, queries: tuple[Query, Query]) -> dict[str, Any]:
    """What there is to take away, by the key of its heading."""
    site = str(request.base_url).rstrip("/")
    sent = snippets.body(queries[0], asked.address.photo)
    changes = tried.changes
    return {
        "snippets": {
            "copy.address": site + asked.href(),
            "copy.curl": snippets.curl(site, sent),
            "copy.httpx": snippets.over_http(site, sent),
            "copy.embedded": snippets.embedded(queries[1], changes, asked.generation),
            **({"copy.toml": snippets.toml(changes)} if changes else {}),
        }
    }


def _typed(asked: Asked, name: str) -> str:
    return (asked.changes or {}).get(name, "")


def _size(asked: Asked, own: int) -> int:
    """Hits on a page of one side."""
    return asked.number or min(own, MOST["page_size"])


def _texts(request: Request, asked: Asked) -> Texts:
    return Texts(negotiate(asked.address.language, request.headers.get("accept-language", "")))


@cache
def _digest() -> str:
    return hashlib.sha256(STYLE.read_bytes()).hexdigest()[:8]


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("wares.serve.playground"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(number=number, static=static)
    return environment
