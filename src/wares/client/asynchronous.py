"""The client that lets others run while it waits."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx

from wares.client import calls
from wares.client.answers import EventsReport, Found, Health, Page, Report
from wares.client.calls import Answer, Call
from wares.client.jobs import AsyncJobs
from wares.client.refusals import Attempts, content_of
from wares.errors import WaresError
from wares.types import Event, Explanation, Filter, Product, Query, Suggestion


class AsyncClient:
    """A shop over HTTP, as :class:`wares.client.Client`. Use it in an ``async with`` block, or close it.

    What a shop refuses is raised as the error that it raised, such as :class:`wares.errors.NotFound`. A request that is
    refused for now (429, 503) or not answered at all is sent again, as often as ``retries`` says; writes carry an
    Idempotency-Key, so that they happen once.

    Parameters
    ----------
    url
        The address that ``wares serve`` prints.
    key
        A key, where the shop asks for one.
    timeout
        Seconds that one attempt may take.
    retries
        Attempts after the first.
    transport
        What requests go through; None: the network.

    Attributes
    ----------
    jobs
        Long work: start it, follow it, call it off.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str = "",
        timeout: float = 10.0,
        retries: int = 3,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=timeout, transport=transport)
        self._retries, self._sleep = retries, sleep
        self.jobs = AsyncJobs(self._send)

    async def search(
        self, query: Query | str, *, fields: Sequence[str] = (), highlight: bool = False, cursor: str = ""
    ) -> Page:
        """The page of products that answers the query; ``Query.explain`` brings the ledgers.

        Parameters
        ----------
        query
            Words, or a whole query.
        fields
            What of each hit is answered, such as ``("title", "price")``; none: the usual.
        highlight
            Titles as HTML with ``<mark>`` around what matches.
        cursor
            ``next_cursor`` of the page before.
        """
        return await self._send(calls.search(query, fields, highlight=highlight, cursor=cursor))

    async def batch(
        self, queries: Iterable[Query | str], *, fields: Sequence[str] = ()
    ) -> tuple[Page | WaresError, ...]:
        """Up to 20 searches, answered in order; one that cannot be answered is an error in its place."""
        return await self._send(calls.batch(queries, fields))

    async def pages(
        self, query: Query | str, *, fields: Sequence[str] = (), highlight: bool = False
    ) -> AsyncIterator[Page]:
        """Every page of the result set, by cursor."""
        page = await self._send(calls.search(query, fields, highlight=highlight))
        yield page
        while page.next_cursor:
            page = await self._send(calls.search(query, fields, highlight=highlight, cursor=page.next_cursor))
            yield page

    async def similar(
        self, product_id: str, k: int = 12, *, fields: Sequence[str] = (), language: str = ""
    ) -> tuple[Found, ...]:
        """The k products most like one, without itself."""
        return await self._send(calls.similar(product_id, k, fields, language))

    async def recommend(
        self,
        ids: Sequence[str] = (),
        kind: str = "similar",
        k: int = 12,
        *,
        filters: Sequence[Filter] = (),
        fields: Sequence[str] = (),
        language: str = "",
    ) -> tuple[Found, ...]:
        """What to show beside products: ``similar``, ``goes_with``, ``related``, ``upsell``; ``popular`` for none."""
        return await self._send(calls.recommend(ids, kind, k, filters, fields, language))

    async def suggest(self, prefix: str, language: str = "", limit: int = 8) -> tuple[Suggestion, ...]:
        """What a shopper who has begun to type may mean."""
        return await self._send(calls.suggest(prefix, language, limit))

    async def explain(self, query: Query | str, product_id: str) -> Explanation:
        """Why a product stands where it stands under a query, and what would move it."""
        return await self._send(calls.explain(query, product_id))

    async def product(self, product_id: str, language: str = "") -> dict[str, Any]:
        """The public document of a product; NotFound if there is none."""
        return await self._send(calls.product(product_id, language))

    async def upsert(self, products: Iterable[Product | Mapping[str, Any]]) -> Report:
        """Put products in, or in the place of those with their ids; others stay."""
        return await self._send(calls.upsert(products))

    async def replace(self, products: Iterable[Product | Mapping[str, Any]], *, force: bool = False) -> Report:
        """Make these the whole catalogue; FeedHeld where so many are bad or missing that it is not believed."""
        return await self._send(calls.whole(products, force))

    async def patch(self, product_id: str, changes: Mapping[str, Any]) -> Report:
        """Change what is named of one product and leave the rest."""
        return await self._send(calls.patch(product_id, changes))

    async def delete(self, ids: str | Iterable[str]) -> Report:
        """Take products out; NotFound for a single one that is not there."""
        return await self._send(calls.delete(ids))

    async def feedback(self, events: Iterable[Event | Mapping[str, Any]]) -> EventsReport:
        """Tell what shoppers saw and did; each event counts once."""
        return await self._send(calls.feedback(events))

    async def health(self) -> Health:
        """What the shop can do now."""
        return await self._send(calls.health())

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _send(self, call: Call[Answer]) -> Answer:
        attempts = Attempts(self._retries)
        while True:
            try:
                response = await self._http.request(call.method, call.path, content=call.content, headers=call.headers)
            except httpx.TransportError as error:
                wait = attempts.failed(error)
            else:
                if response.is_success:
                    return call.read(content_of(response))
                wait = attempts.refused(response)
            await self._sleep(wait)
