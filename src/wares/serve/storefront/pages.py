"""The pages: results, a photo coming in, a product."""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from itertools import islice
from typing import Any
from urllib.parse import urlencode

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from wares.errors import EncodeError, MediaRejected, NotFound, QueryError
from wares.serve.front import Explains, Front
from wares.serve.security import limited
from wares.serve.storefront import facets, ledgers
from wares.serve.storefront.address import MAX_TEXT, Address, region_text
from wares.serve.storefront.detail import detail
from wares.serve.storefront.messages import LANGUAGES, NAMES, Messages, negotiate
from wares.serve.storefront.rendering import BundledFiles, render
from wares.serve.storefront.speech import Speech
from wares.serve.storefront.understood import Reader, spelling
from wares.serve.storefront.view import Card, card
from wares.types import Hits, Notice, Query, Region

SIMILAR = 8
MOST_CARDS = 12  # that a page may ask for by name
FORM_ROOM = 64_000  # bytes of a photo form beside the photo
NOTHING = Hits((), (), np.empty(0), np.empty((0, 0)), (), np.empty(0), total=0)
PARTS = {
    "whole": None,
    "middle": Region(0.25, 0.25, 0.75, 0.75),
    "left": Region(0.0, 0.0, 0.5, 1.0),
    "right": Region(0.5, 0.0, 1.0, 1.0),
    "upper": Region(0.0, 0.0, 1.0, 0.5),
    "lower": Region(0.0, 0.5, 1.0, 1.0),
}
RAILS = ("goes_with", "related", "upsell")


class Pages:
    """Handlers of the HTML pages."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._speech = Speech(front.shop.config)

    def routes(self) -> Sequence[BaseRoute]:
        """The routes of all pages, and what they are drawn with."""
        return (
            Route("/", self._for(Pages.search)),
            Route("/explain", self._for(Pages.explain)),
            Route("/photo", self._photo, methods=["POST"]),
            Route("/photo/{name}", self._for(Pages.query_photo)),
            Route("/p/{id:path}", self._for(Pages.product)),
            Route("/cards", self._for(Pages.cards)),
            Route("/speech", self._speech.hear, methods=["POST"]),
            Mount("/static", BundledFiles()),
        )

    def _of(self, request: Request) -> "Pages":
        """The pages of what the caller may see."""
        front = self._front.of(request)
        if front is self._front:
            return self
        theirs = copy(self)
        theirs._front = front
        return theirs

    def _for(self, page: Callable[["Pages", Request], Response]) -> Callable[[Request], Response]:
        return lambda request: page(self._of(request), request)

    async def _photo(self, request: Request) -> Response:
        return await self._of(request).photo(request)

    def search(self, request: Request) -> Response:
        """``GET /``: everything about a search is in its address."""
        return self._results(request, Address.parse(request.query_params.multi_items(), self._front.currency))

    async def photo(self, request: Request) -> Response:
        """``POST /photo``: take a photo in, then redirect to the address of its results."""
        shop = self._front.shop
        max_upload = shop.config.serve.max_upload
        megabytes = max_upload // 1_000_000
        address = Address()
        try:
            bounded = Request(request.scope, limited(request.receive, max_upload + FORM_ROOM))
            async with bounded.form(max_files=1, max_fields=100, max_part_size=16_000) as form:
                words = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
                address = Address.parse(words, self._front.currency).but()
                upload = form.get("photo_file")
                data = await upload.read() if isinstance(upload, UploadFile) else b""
        except HTTPException as error:
            code = "photo.large" if error.status_code == 413 else "photo.bad"
            return await run_in_threadpool(self._results, request, address, (code, megabytes), error.status_code)
        if not data:
            return await run_in_threadpool(self._results, request, address, ("photo.missing", 0), 422)
        if len(data) > max_upload:
            return await run_in_threadpool(self._results, request, address, ("photo.large", megabytes), 413)
        try:
            photo = await run_in_threadpool(shop.media.sanitize_photo, data)
        except (MediaRejected, EncodeError):
            return await run_in_threadpool(self._results, request, address, ("photo.bad", 0), 422)
        kept = await run_in_threadpool(self._front.photos.keep, photo)
        return RedirectResponse(replace(address, photo=kept).href, 303)

    def query_photo(self, request: Request) -> Response:
        """``GET /photo/<sha256>.jpg``: the shopper's own photo, as we keep it."""
        photo = self._front.photos.get(request.path_params["name"].removesuffix(".jpg"))
        if photo is None:
            raise HTTPException(404)
        return Response(photo, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600, immutable"})

    def product(self, request: Request) -> Response:
        """``GET /p/<id>``."""
        shop, asked = self._front.shop, request.query_params
        address = Address(language=asked.get("lang", "")[:8])
        t = self._messages(request, address)
        product = shop.product(request.path_params["id"])
        site = str(request.base_url).rstrip("/")
        shown = detail(product, asked.get("variant", ""), t, address.language, site)
        rails = {
            kind: self._named([link.target for link in product.links if link.kind == kind][:SIMILAR], t, address)
            for kind in RAILS
        }
        rails["similar"] = self._cards(shop.similar(product.id, k=SIMILAR), t, address)
        like = address.but(like=product.id).href
        return self._page(request, "product.html", t, address, detail=shown, rails=rails, like=like)

    def cards(self, request: Request) -> Response:
        """``GET /cards?id=…&id=…``: cards of products that a browser remembers; what is gone is left out."""
        address = Address(language=request.query_params.get("lang", "")[:8])
        t = self._messages(request, address)
        asked = request.query_params.getlist("id")[:MOST_CARDS]
        return HTMLResponse(
            render("row.html", t=t, cards=self._named(asked, t, address)),
            headers={"Cache-Control": "no-store", "Vary": "Accept-Language"},
        )

    def explain(self, request: Request) -> Response:
        """``GET /explain?…&id=<id>``: why a product stands where it stands in a search, and what would move it."""
        shop, asked = self._front.shop, request.query_params.multi_items()
        address = Address.parse(asked, self._front.currency)
        if not isinstance(shop, Explains):
            raise NotFound("this shop does not explain single products", fix="open “Why this?” on the page of results")
        t, product = self._messages(request, address), shop.product(request.query_params.get("id", ""))
        query = self._front.query(address, t.language)
        found = shop.explain(query, product.id)
        return self._page(
            request,
            "explain.html",
            t,
            address,
            card=card(product, t, hit=found.hit, query=address.text, language=address.language),
            position=found.position,
            total=shop.search(query).total,
            ledger=ledgers.told(found.hit.ledger, t),
            supposed=ledgers.supposed(found.counterfactuals, t),
        )

    def problem(self, request: Request, status: int) -> Response:
        """A page for what cannot be shown."""
        address = Address(language=request.query_params.get("lang", "")[:8])
        key = next(key for key in (str(status), "400" if status < 500 else "500") if key in ("400", "404", "500"))
        return self._page(request, "problem.html", self._messages(request, address), address, status=status, key=key)

    def _results(
        self, request: Request, address: Address, upload: tuple[str, int] | None = None, status: int = 200
    ) -> Response:
        t, shop = self._messages(request, address), self._front.shop
        currency, names = self._front.currency, self._front.names
        problems = [t(key, n=MAX_TEXT) for key in address.problems]
        if upload is not None:
            problems.append(t(upload[0], n=upload[1]))
        if address.photo and self._front.photos.get(address.photo) is None:
            address = replace(address, photo="")
            problems.append(t("photo.gone"))
        address, liked = self._liked(address, t, problems)
        size = shop.config.search.page_size
        try:
            query = self._front.query(address, t.language)
            hits = shop.search(
                replace(query, page=0, page_size=size * (address.last + 1)) if address.through else query
            )
        except QueryError as error:
            hits, status = NOTHING, error.status
            problems.append(str(error))
        pages = -(-hits.total // size)
        more = address.more(pages)
        return self._page(
            request,
            "search.html",
            t,
            address,
            status=status,
            problems=problems,
            total=hits.total,
            pages=pages,
            page_size=size,
            more=more.href if more else "",
            following=address.at(address.last + 1).href if address.last + 1 < pages else "",
            cards=self._cards(hits, t, address, skipped=size * address.page if address.through else 0),
            popular=[] if hits.total or len(hits) else self._popular(t, address),
            region=region_text(address.region),
            notices=_notices(hits, t),
            liked=liked,
            read=Reader(currency, t, names).chips(hits.understood.chips, address),
            spelling=spelling(hits.understood.correction, address),
            parts_of_photo=[
                (t(f"part.{name}"), address.but(region=part).href, part == address.region)
                for name, part in PARTS.items()
            ],
            histogram=facets.histogram(hits.facets, address, currency, t),
            degraded=bool(hits.degraded),
            photo_open=upload is not None,
            groups=facets.groups(hits.facets, address, t, names),
            departments=facets.departments(hits.facets, address, t, names),
            ratings=facets.rating_choices(hits.facets, address, t),
            price_range=facets.price_range(hits.facets, currency),
            chips=facets.chips(address, currency, t, names),
            sorts=facets.sorts(address, t),
            steps=facets.steps(address, pages),
        )

    def _popular(self, t: Messages, address: Address) -> list[Card]:
        """What shoppers rate best, where nothing was found."""
        hits = self._front.shop.search(Query(sort="rating", page_size=SIMILAR, language=t.language))
        return self._cards(hits, t, Address(language=address.language))

    def _cards(self, hits: Hits, t: Messages, address: Address, skipped: int = 0) -> list[Card]:
        """The products of a page; one that was deleted since the search is left out."""
        found = []
        for hit in islice(hits, skipped, None):
            try:
                product = self._front.shop.product(hit.id)
            except NotFound:
                continue
            marked = hits.understood.text or address.text
            shown = card(product, t, hit=hit, query=marked, language=address.language)
            found.append(
                replace(
                    shown,
                    like=Address(like=hit.id, language=address.language).href,
                    explain=self._explained(address, hit.id),
                )
            )
        return found

    def _explained(self, address: Address, id: str) -> str:
        """Where it is told what would move a product; empty where the shop cannot."""
        if not (address.asked and isinstance(self._front.shop, Explains)):
            return ""
        return f"/explain?{urlencode([*address.pairs(), ('id', id)])}"

    def _liked(self, address: Address, t: Messages, problems: list[str]) -> tuple[Address, Card | None]:
        """The product that is meant beside the words; one that is gone is left out and told."""
        if not address.like:
            return address, None
        try:
            return address, card(self._front.shop.product(address.like), t, language=address.language)
        except NotFound:
            problems.append(t("like.gone"))
            return replace(address, like=""), None

    def _named(self, ids: Sequence[str], t: Messages, address: Address) -> list[Card]:
        """Cards of products by their ids; one that is gone is left out."""
        found = []
        for id in ids:
            try:
                found.append(card(self._front.shop.product(id), t, language=address.language))
            except NotFound:
                continue
        return found

    def _messages(self, request: Request, address: Address) -> Messages:
        return Messages(negotiate(address.language, request.headers.get("accept-language", "")))

    def _page(
        self, request: Request, template: str, t: Messages, address: Address, *, status: int = 200, **shown: Any
    ) -> Response:
        settings = self._front.shop.config
        body = render(
            template,
            t=t,
            address=address,
            shop_name=settings.shop.name,
            currency=self._front.currency,
            megabytes=settings.serve.max_upload // 1_000_000,
            max_text=MAX_TEXT,
            hears=self._speech.available,
            languages=[(tag, NAMES[tag], _in_language(request, address, tag)) for tag in LANGUAGES],
            **shown,
        )
        headers = {"Content-Language": t.language, "Vary": "Accept-Language", "Cache-Control": "no-cache"}
        return HTMLResponse(body, status, headers)


def _notices(hits: Hits, t: Messages) -> list[str]:
    """What the search must tell, beside that it lists only the nearest, which their heading says."""
    return [_text(notice, t) for notice in hits.notices if not (notice.code == "no_match" and len(hits))]


def _text(notice: Notice, t: Messages) -> str:
    return t.name("notice", notice.code, notice.text)


def _in_language(request: Request, address: Address, tag: str) -> str:
    """The address of this page in another language."""
    if request.url.path in ("/", "/photo"):
        return replace(address, language=tag).href
    return str(request.url.replace_query_params(lang=tag).replace(scheme="", netloc=""))
