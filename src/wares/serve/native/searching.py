"""``/v1/search``, alone and in batches, ``/v1/photos`` and ``/v1/explain``."""

import binascii
import re
from base64 import b64decode, urlsafe_b64decode
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from wares.errors import NotFound, QueryError, TooLarge, WaresError
from wares.serve.access.caller import Caller, caller_of
from wares.serve.front import Explains, Front
from wares.serve.native import bodies
from wares.serve.native.answers import answer, json_response, rank
from wares.serve.native.cursors import Cursors
from wares.serve.native.hits import Parts, Shown, chosen, hit_json
from wares.serve.native.schemas import (
    BatchRequest,
    ExplainParameters,
    ExplainRequest,
    SearchParameters,
    SearchRequest,
    named,
)
from wares.serve.native.tags import REVALIDATE, Tags, known, unchanged
from wares.serve.problems import problem
from wares.serve.storefront.address import Address, clean, region_of
from wares.serve.storefront.messages import negotiate
from wares.types import Filter, Query, Region

MAX_BODY = 64_000
MAX_BATCH = 256_000
_PHOTO = re.compile(rb'"photo_base64"\s*:\s*"')
_CUT = "cut out"


@dataclass(frozen=True, slots=True)
class Asked:
    """A search, and how its answer is wanted."""

    query: Query
    shown: Shown
    facet_values: int
    cursor: str = ""


class Searching:
    """Handlers that search."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._tags = Tags(front.shop.config)
        self._parts = Parts()
        self._cursors = Cursors(front.shop.config.shop.folder)

    def got(self, request: Request) -> Response:
        """The search that an address of the results page says."""
        front, caller = self._front.of(request), caller_of(request)
        asked = _addressed(front, request)
        if "if-none-match" in request.headers:
            tag = self._tags.of(request, front.shop.version)
            # An index that is behind the store tells of products that are newer than its version.
            if known(request, tag) and "index" not in front.shop.degraded:
                return unchanged(tag)
        found, version = self._found(front, caller, asked)
        tagged = {} if found["degraded"] else {"ETag": self._tags.of(request, version)}
        return json_response(found, headers={**tagged, **REVALIDATE})

    async def posted(self, request: Request) -> Response:
        """A search as JSON."""
        body = await bodies.read(request, MAX_BODY + self._front.shop.config.serve.max_upload * 4 // 3)
        return await run_in_threadpool(self._answered, request, body)

    def _answered(self, request: Request, body: bytes) -> Response:
        asked, photo = _with_photo(body)
        front = self._front.of(request)
        found, _ = self._found(front, caller_of(request), _posted(front, asked, photo))
        return json_response(found)

    async def batch(self, request: Request) -> Response:
        """Several searches, answered in order; one that cannot be answered is a problem in its place."""
        return await run_in_threadpool(self._each, request, await bodies.read(request, MAX_BATCH))

    def _each(self, request: Request, body: bytes) -> Response:
        asked = bodies.valid(BatchRequest, bodies.parsed(body))
        front, caller = self._front.of(request), caller_of(request)
        return json_response({"results": [self._one(front, caller, query) for query in asked.queries]})

    def _one(self, front: Front, caller: Caller, query: dict[str, Any]) -> dict[str, Any]:
        try:
            asked = bodies.valid(SearchRequest, query)
            if asked.photo_base64:
                raise QueryError("photo_base64: not in a batch", fix="post the photo to /v1/photos, send its sha256")
            return self._found(front, caller, _posted(front, asked, None))[0]
        except WaresError as error:
            return problem(error, error.status)
        except Exception as error:
            structlog.get_logger().error("query of a batch failed", error=type(error).__name__)
            return problem(error, 500)

    async def photo(self, request: Request) -> Response:
        """A photo to search with, as the body; its sha256 is good for an hour."""
        front = self._front.of(request)
        data = await bodies.read(request, front.shop.config.serve.max_upload, fix="send a smaller photo")
        if not data:
            raise QueryError("there is no photo", fix="send a JPEG, PNG or WebP as the body")
        kept = await run_in_threadpool(front.shop.media.sanitize_photo, data)
        return json_response({"sha256": await run_in_threadpool(front.photos.keep, kept)}, 201)

    def explained(self, request: Request) -> Response:
        """Why a product stands where it stands in a search, and what would move it."""
        front = self._front.of(request)
        id = bodies.valid(ExplainParameters, named(request.query_params)).id
        return _explained(front, _addressed(front, request), id)

    async def explained_posted(self, request: Request) -> Response:
        """Why a product stands where it stands in a search as JSON, and what would move it."""
        body = bodies.parsed(await bodies.read(request, MAX_BODY))
        asked = bodies.valid(ExplainRequest, body)
        return await run_in_threadpool(self._explained_posted, request, asked)

    def _explained_posted(self, request: Request, asked: ExplainRequest) -> Response:
        front = self._front.of(request)
        return _explained(front, _posted(front, asked, None), asked.id)

    def _found(self, front: Front, caller: Caller, asked: Asked) -> tuple[dict[str, Any], str]:
        """The answer, with a cursor for the next page where there is one, and the version that it is of."""
        query, shop = asked.query, front.shop
        if asked.cursor:
            page = self._cursors.read(asked.cursor, *_bound(query, caller), _generation(shop.version))
            query = replace(query, page=page)
        hits = shop.search(query)
        found = answer(shop, query, hits, asked.shown, facet_values=asked.facet_values, parts=self._parts)
        if (query.page + 1) * query.page_size < hits.total:
            found["next_cursor"] = self._cursors.write(query.page + 1, *_bound(query, caller), hits.generation)
        return found, hits.version


def _generation(version: str) -> str:
    """The generation that a version of the catalogue is of."""
    return version.split(".", 1)[0]


def _bound(query: Query, caller: Caller) -> tuple[str, str]:
    """What a cursor is bound to: the query whatever its page, and who may see what."""
    photo = blake2b(query.photo or b"", digest_size=8).hexdigest()
    return f"{photo} {replace(query, page=0, photo=None, explain=False)}", f"{caller.name} {caller.filters}"


def _addressed(front: Front, request: Request) -> Asked:
    """What the address of a search page asks."""
    wanted = bodies.valid(SearchParameters, named(request.query_params))
    address = Address.parse(request.query_params.multi_items(), front.currency)
    language = negotiate(address.language, request.headers.get("accept-language", ""))
    if wanted.cursor and address.page:
        raise QueryError("cursor: there is a page as well", fix="send one of them")
    query = replace(front.query(address, language), explain=wanted.ledger == "1")
    if wanted.page_size or wanted.facets:
        sizes = wanted.page_size or query.page_size
        query = replace(query, page_size=sizes, facets=wanted.facets or query.facets)
    marked = "" if wanted.highlight == "1" else None
    shown = Shown(language, chosen(wanted.fields), wanted.ledger == "1", marked)
    return Asked(query, shown, wanted.facet_values, wanted.cursor)


def _posted(front: Front, asked: SearchRequest, photo: bytes | None) -> Asked:
    """What a body asks."""
    if asked.cursor and asked.page != 1:
        raise QueryError("cursor: there is a page as well", fix="send one of them")
    if asked.photo:
        photo = front.photos.get(asked.photo)
        if photo is None:
            raise NotFound("this photo is no longer kept", fix="post it to /v1/photos again")
    query = Query(
        text=clean(asked.text),
        photo=photo,
        filters=filters_of(front, asked.filters),
        facets=asked.facets or front.shop.config.search.facets,
        sort=asked.sort,
        page=asked.page - 1,
        page_size=asked.page_size,
        language=asked.language,
        explain=asked.ledger,
        like=asked.like,
        region=_region(asked),
        dropped=asked.dropped,
        literal=asked.literal,
    )
    shown = Shown(asked.language, chosen(asked.fields), asked.ledger, "" if asked.highlight else None)
    return Asked(query, shown, asked.facet_values, asked.cursor)


def filters_of(front: Front, filters: Any) -> tuple[Filter, ...]:
    """Filters as text, as a tree, or as trees."""
    if isinstance(filters, str):
        return front.filters(filters) if filters else ()
    return tuple(tree.filter() for tree in (filters if isinstance(filters, tuple) else (filters,)))


def _region(asked: SearchRequest) -> Region | None:
    region = region_of(asked.region)
    if asked.region and region is None and asked.region != "0,0,1,1":
        raise QueryError(
            f"region: {asked.region!r} is no part of a photo", fix="write left,top,right,bottom: 0.1,0,0.9,1"
        )
    return region


def _with_photo(body: bytes) -> tuple[SearchRequest, bytes | None]:
    """The body, and the photo in it; a large body may be large by its photo alone, which is cut out unparsed."""
    photo: bytes | None = None
    if len(body) > MAX_BODY and (found := _PHOTO.search(body)) and (end := body.find(b'"', found.end())) > 0:
        photo = body[found.end() : end]  # base64 holds no quotation mark; what is no base64 is refused below
        body = body[: found.end()] + _CUT.encode() + body[end:]
    if len(body) > MAX_BODY:
        raise TooLarge(f"the body has more than {MAX_BODY:,} bytes", fix="send less; only photo_base64 may be longer")
    asked = bodies.valid(SearchRequest, bodies.parsed(body))
    if photo is None:
        photo = asked.photo_base64.encode()
    elif asked.photo_base64 != _CUT:
        raise TooLarge(f"the body has more than {MAX_BODY:,} bytes", fix="photo_base64 belongs beside text")
    if not photo:
        return asked, None
    if asked.photo:
        raise QueryError("photo_base64: there is a photo as well", fix="send one of them")
    return asked, _decoded(photo.replace(b"\\/", b"/"))


def _decoded(photo: bytes) -> bytes:
    """Base64, standard or for URLs, with its padding or without."""
    padded = photo + b"=" * (-len(photo) % 4)
    try:
        return urlsafe_b64decode(padded) if b"-" in photo or b"_" in photo else b64decode(padded, validate=True)
    except (binascii.Error, ValueError):
        raise QueryError(
            "photo_base64: it is no base64", fix="encode the file's bytes, without data:…;base64,"
        ) from None


def _explained(front: Front, asked: Asked, id: str) -> Response:
    shop = front.shop
    if not isinstance(shop, Explains):
        raise NotFound("this shop does not explain single products", fix="ask /v1/search with ledger: true")
    product = shop.product(id)
    found = shop.explain(replace(asked.query, explain=True), product.id)
    told = {
        "hit": hit_json(found.hit, product, replace(asked.shown, ledger=True), Parts()),
        "position": rank(found.position),
        "counterfactuals": [
            {"change": each.change, "now": rank(each.now), "then": rank(each.then)} for each in found.counterfactuals
        ],
    }
    return json_response(told)
