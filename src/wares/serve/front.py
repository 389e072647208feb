"""What every page and every JSON answer is made from: the shop, and the photos that shoppers search with."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, Literal, Protocol, runtime_checkable

from starlette.requests import HTTPConnection

from wares.catalog.events import DeadLetter
from wares.catalog.feeds import Feed
from wares.catalog.report import IngestReport
from wares.config import Config
from wares.search.filters import parse
from wares.serve.access.caller import CALLER, PUBLIC, Caller, caller_of
from wares.serve.access.metered import metered
from wares.serve.access.restricted import PartPhotos, restricted
from wares.serve.storefront.address import Address
from wares.serve.storefront.formats import digits
from wares.serve.storefront.vocabulary import Vocabulary
from wares.types import Event, Explanation, Filter, Hits, OneOf, Product, Query, Suggestion

MOST_FRONTS = 256  # of tenants are remembered


class MediaFolder(Protocol):
    """What is needed of :class:`wares.catalog.media.MediaStore`."""

    def path(self, sha256: str) -> Path: ...

    def poster(self, sha256: str) -> Path: ...

    def small(self, sha256: str, width: int) -> Path | None: ...

    def shrink(self, sha256: str, width: int) -> Path: ...

    def sanitize_photo(self, data: bytes) -> bytes: ...


class Storefront(Protocol):
    """What is needed of :class:`wares.shop.Shop`."""

    @property
    def config(self) -> Config: ...

    @property
    def media(self) -> MediaFolder: ...

    @property
    def degraded(self) -> tuple[str, ...]: ...

    def search(self, query: Query) -> Hits: ...

    def similar(self, product_id: str, k: int = 12) -> Hits: ...

    @property
    def version(self) -> str: ...

    def product(self, product_id: str) -> Product: ...

    def products(self, ids: Sequence[str]) -> list[Product]: ...


@runtime_checkable
class Writes(Protocol):
    """A shop that can be changed, where it is ``writable``."""

    @property
    def config(self) -> Config: ...

    @property
    def writable(self) -> bool: ...

    def ingest(self, feed: Feed, *, mode: Literal["replace", "upsert"], force: bool) -> IngestReport: ...

    def patch(self, product_id: str, changes: Mapping[str, Any]) -> IngestReport: ...

    def delete(self, ids: Iterable[str]) -> IngestReport: ...


@runtime_checkable
class Listens(Protocol):
    """A shop that keeps what shoppers did."""

    def feedback(self, events: Iterable[Event], refused: Sequence[DeadLetter] = ()) -> int: ...


class Photos(Protocol):
    """Photos that shoppers search with, such as :class:`wares.serve.photos.QueryPhotos`."""

    def keep(self, photo: bytes) -> str: ...

    def get(self, name: str) -> bytes | None: ...


@runtime_checkable
class Suggests(Protocol):
    """A shop that completes what a shopper has begun to type."""

    def suggest(self, prefix: str, language: str = "", limit: int = 8) -> tuple[Suggestion, ...]: ...


@runtime_checkable
class Explains(Protocol):
    """A shop that tells what would move a product."""

    def explain(self, query: Query, product_id: str) -> Explanation: ...


class Front:
    """What every answer is made from; ``caller`` is who it is for.

    A tenant has a front of their own: their part of the shop, the photos they search with, the names they know. While a
    tenant's request is answered, every other front gives theirs too, so that nothing leaks where ``of`` was forgotten.
    """

    def __init__(self, shop: Storefront, photos: Photos, caller: Caller = PUBLIC) -> None:
        self._whole = shop
        self._shop = metered(restricted(shop, caller.filters) if caller.filters else shop)
        self._photos = photos
        self._names = Vocabulary(self._example)
        self._caller = caller
        self._fronts: OrderedDict[tuple[Filter, ...], Front] = OrderedDict()
        self._lock = Lock()

    def of(self, request: HTTPConnection) -> "Front":
        """The front for whoever sent a request: of what they may see, and of nothing else."""
        return self._of(caller_of(request))

    @property
    def shop(self) -> Storefront:
        return self._mine._shop

    @property
    def photos(self) -> Photos:
        return self._mine._photos

    @property
    def names(self) -> Vocabulary:
        return self._mine._names

    @property
    def _mine(self) -> "Front":
        caller = CALLER.get()
        return self if caller is None else self._of(caller)

    def _of(self, caller: Caller) -> "Front":
        if caller.filters == self._caller.filters:
            return self
        with self._lock:
            front = self._fronts.get(caller.filters)
            if front is None:
                front = Front(self._whole, PartPhotos(self._photos, caller.filters), caller)
                self._fronts[caller.filters] = front
            self._fronts.move_to_end(caller.filters)
            while len(self._fronts) > MOST_FRONTS:
                self._fronts.popitem(last=False)
        return front

    @property
    def currency(self) -> str:
        return self.shop.config.shop.currency

    def _example(self, name: str, value: str) -> Product | None:
        """A product that has the value."""
        hits = self.shop.search(Query(filters=(OneOf(name, (value,)),), page_size=1))
        return self.shop.product(hits.ids[0]) if hits.ids else None

    def filters(self, text: str) -> tuple[Filter, ...]:
        """What a filter text says, such as ``brand:Luma price:10..80``; FilterError where it cannot be read."""
        return parse(text, digits=digits(self.currency))

    def query(self, address: Address, language: str) -> Query:
        """What an address asks the shop; a photo that is forgotten is left out.

        Raises
        ------
        FilterError
            The filter text cannot be read.
        """
        settings = self.shop.config.search
        return Query(
            text=address.text,
            photo=self.photos.get(address.photo) if address.photo else None,
            filters=(*self.filters(address.filter_text), *address.filters(self.currency)),
            facets=settings.facets,
            sort=address.sort,
            page=address.page,
            page_size=settings.page_size,
            language=language,
            explain=True,
            like=address.like,
            region=address.region if address.photo else None,
            dropped=address.dropped,
            literal=address.literal,
        )
