"""Writes: ``/v1/products`` and what lies below it; they take the scope admin, and a shop opened for writing."""

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from io import BytesIO
from typing import Any

import anyio
import anyio.to_thread
import orjson
from starlette.requests import Request
from starlette.responses import Response

from wares.catalog.feeds import FeedRow, Rows
from wares.catalog.feeds.jsonl import parse_json, parse_line
from wares.catalog.feeds.text import MAX_LINE, byte_lines
from wares.catalog.problems import Problems
from wares.catalog.reading import product as read_product
from wares.catalog.report import IngestReport
from wares.errors import CatalogError, FeedHeld, NotFound, QueryError, StoreLocked, TooLarge, WaresError
from wares.serve.access.caller import caller_of
from wares.serve.front import Front, Writes
from wares.serve.native import bodies
from wares.serve.native.idempotency import Answer, Idempotency, refusal
from wares.serve.native.schemas import DeleteRequest, ReplaceParameters, named

MAX_ARRAY = 10_000_000  # bytes of a JSON array, which is parsed whole; JSON Lines are parsed line by line
MAX_CHANGES = 1_000_000  # bytes of a patch
MAX_TOLD = 1_000  # problems of a report
LINES = ("application/jsonl", "application/x-ndjson", "application/x-jsonlines", "application/jsonlines")

Work = Callable[[bytes], IngestReport]


class Writing:
    """Handlers that write."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._answers = Idempotency(front.shop.config.shop.folder)
        self._turn = anyio.CapacityLimiter(1)  # one write at a time, so that waiting ones take no searcher's thread

    async def upsert(self, request: Request) -> Response:
        """Take products in, as a JSON array or JSON Lines; those that are there already are replaced, others stay."""
        shop = self._shop(request)
        work = partial(self._taken, request.headers.get("content-type", ""), shop, mode="upsert", force=True)
        return await self._once(request, shop.config.serve.max_body, work)

    async def replace(self, request: Request) -> Response:
        """Take the whole catalogue in; what it lacks is deleted, unless too much is bad or missing to be believed."""
        shop = self._shop(request)
        force = bodies.valid(ReplaceParameters, named(request.query_params)).force == "1"
        work = partial(self._taken, request.headers.get("content-type", ""), shop, mode="replace", force=force)
        return await self._once(request, shop.config.serve.max_body, work)

    async def patch(self, request: Request) -> Response:
        """Changes to one product, as JSON Merge Patch (RFC 7396); variants are merged by their ids."""
        shop, id = self._shop(request), request.path_params["id"]

        def changed(body: bytes) -> IngestReport:
            changes = bodies.parsed(body)
            if not isinstance(changes, dict):
                raise QueryError("body: the changes are no JSON object", fix='send {"price": {…}, "stock": 3}')
            return shop.patch(id, changes)

        return await self._once(request, MAX_CHANGES, changed)

    async def delete(self, request: Request) -> Response:
        """Take one product out."""
        shop, id = self._shop(request), request.path_params["id"]

        def deleted(_: bytes) -> IngestReport:
            report = shop.delete([id])
            if not report.deleted:
                raise NotFound(f"there is no product {id[:200]!r}", fix="it may be deleted already")
            return report

        return await self._once(request, MAX_CHANGES, deleted)

    async def delete_many(self, request: Request) -> Response:
        """Take several products out; those that are not there are told."""
        shop = self._shop(request)

        def deleted(body: bytes) -> IngestReport:
            return shop.delete(bodies.valid(DeleteRequest, bodies.parsed(body)).ids)

        return await self._once(request, MAX_CHANGES * 3, deleted)

    def _shop(self, request: Request) -> Writes:
        """The shop, if whoever asks may write all of it and it can be written here."""
        caller = caller_of(request)
        caller.needs("admin")
        caller.needs_all()
        shop = self._front.shop
        if not isinstance(shop, Writes) or not shop.writable:
            raise StoreLocked("this shop was opened for reading", fix="serve one that Shop.open(…, write=True) opened")
        return shop

    async def _once(self, request: Request, most: int, work: Work) -> Response:
        """Do the work, or answer as it was answered when it came with the same Idempotency-Key before."""
        body = await bodies.read(request, most, fix="send the feed in parts, or use `wares ingest`")
        done = partial(anyio.to_thread.run_sync, _answered, work, body, limiter=self._turn)
        return (await self._answers.of(request, body, done)).response()

    def _taken(self, media: str, shop: Writes, body: bytes, *, mode: Any, force: bool) -> IngestReport:
        settings = shop.config.shop
        rows = Rows(read_rows(body, media), "http", settings.currency, settings.language)
        report = shop.ingest(rows, mode=mode, force=force)
        if not report.accepted and not report.bad_rows and mode == "upsert":
            raise QueryError("there are no products in the body", fix="send a JSON array, or a JSON object a line")
        return report


def read_rows(body: bytes, media: str) -> Iterator[FeedRow]:
    """The products of a body: JSON Lines, a JSON array, or one JSON object; rows are counted from 1.

    Raises
    ------
    QueryError
        It is neither. A product that is wrong is a row with problems.
    TooLarge
        An array that is too large to be parsed at once.
    """
    first = body[:MAX_LINE].lstrip(b"\xef\xbb\xbf \t\r\n").split(b"\n", 1)[0]
    lined = media.split(";")[0].strip().lower() in LINES
    if lined or (first.startswith(b"{") and _is_json(first)):
        lines = byte_lines(BytesIO(body))
        return (parse_line(number, line) for number, line in lines if line is None or line.strip())
    if len(body) > MAX_ARRAY:
        raise TooLarge(f"the JSON has more than {MAX_ARRAY:,} bytes", fix="send JSON Lines: one product a line")
    found = bodies.parsed(body) if body.strip() else []
    return (_row(number, each) for number, each in enumerate(found if isinstance(found, list) else [found], 1))


def _is_json(line: bytes) -> bool:
    try:
        parse_json(line.decode("utf-8-sig"))
    except ValueError:
        return False
    return True


def _row(number: int, fields: Any) -> FeedRow:
    problems = Problems(number)
    product = read_product(fields, problems)
    return FeedRow(number, product, problems.all())


def _answered(work: Work, body: bytes) -> Answer:
    """What a write is answered, in a report or a refusal."""
    try:
        report = work(body)
    except WaresError as error:
        if error.status >= 500:
            raise
        return refusal(error)
    told = {"report": report_json(report)}
    if report.held and not report.accepted and report.bad_rows:
        return refusal(CatalogError("every product was rejected", fix="mend what the report names"), told)
    if report.held:
        fix = "check that the feed is whole, or send it again with ?force=1"
        return refusal(FeedHeld(report.held.split(";")[0], fix=fix), told)
    return Answer(200, orjson.dumps(told["report"]))


def report_json(report: IngestReport) -> dict[str, Any]:
    """What was done, and the first problems; ``bad_rows`` and ``warned`` count all of them."""
    told = {
        name: getattr(report, name)
        for name in ("mode", "accepted", "changed", "unchanged", "deleted", "bad_rows", "warned", "seq")
    }
    for name in ("rejected", "warnings"):
        problems = getattr(report, name)[:MAX_TOLD]
        told[name] = [{key: value for key, value in asdict(each).items() if key != "source"} for each in problems]
    return told | {"seconds": math.floor(report.seconds * 1000) / 1000}
