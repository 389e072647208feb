"""The shop as one tenant sees it: everything that is asked of it is asked within the tenant's part of the catalogue.

What is not in the part is not there: the same answer, the same words and the same work as for what is nowhere. The
search itself holds it (``Query.within``, :mod:`wares.search.parts`); here no question leaves without it.
"""

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from wares.catalog.events import DeadLetter
from wares.config import Config, SearchSettings
from wares.errors import Forbidden, NotFound
from wares.types import Event, Explanation, Filter, Hits, Product, Query, Suggestion

if TYPE_CHECKING:
    from wares.serve.front import MediaFolder, Photos, Storefront


@runtime_checkable
class HasParts(Protocol):
    """A shop that can be asked within a part of its catalogue, such as :class:`wares.shop.Shop`."""

    def search(self, query: Query) -> Hits:
        """``query.within`` holds."""
        ...

    def similar(self, product_id: str, k: int = 12, *, within: tuple[Filter, ...] = ()) -> Hits: ...

    def suggest(
        self, prefix: str, language: str = "", limit: int = 8, *, within: tuple[Filter, ...] = ()
    ) -> tuple[Suggestion, ...]: ...

    def explain(self, query: Query, product_id: str) -> Explanation: ...

    def product(self, product_id: str) -> Product: ...

    def passes(self, product_id: str, within: tuple[Filter, ...]) -> bool: ...

    def feedback(self, events: Iterable[Event], refused: Sequence[DeadLetter] = ()) -> int: ...


@runtime_checkable
class Tries(Protocol):
    """A shop that can be searched under other settings, such as :class:`wares.shop.Shop`."""

    @property
    def kept(self) -> tuple[str, ...]: ...

    def search_with(self, query: Query, settings: SearchSettings, generation: str = "") -> Hits: ...


class RestrictedShop:
    """One tenant's part of a shop; nothing but what is written here can be asked of it."""

    def __init__(self, shop: HasParts, within: tuple[Filter, ...], settings: "Storefront") -> None:
        self._shop = shop
        self._within = within
        self._settings = settings

    @property
    def config(self) -> Config:
        return self._settings.config

    @property
    def media(self) -> "MediaFolder":
        return self._settings.media

    @property
    def degraded(self) -> tuple[str, ...]:
        return self._settings.degraded

    @property
    def version(self) -> str:
        return self._settings.version

    def search(self, query: Query) -> Hits:
        """The page that answers the query, as if there were no other products."""
        return self._shop.search(self._asked(query))

    def search_with(self, query: Query, settings: SearchSettings, generation: str = "") -> Hits:
        """The page that other settings would give of the part.

        Raises
        ------
        Forbidden
            This shop has no others.
        """
        if not isinstance(self._shop, Tries):
            raise Forbidden("this shop tries no other settings", fix="search it as it is")
        return self._shop.search_with(self._asked(query), settings, generation)

    @property
    def kept(self) -> tuple[str, ...]:
        """The generations that can be searched."""
        return self._shop.kept if isinstance(self._shop, Tries) else ()

    def similar(self, product_id: str, k: int = 12) -> Hits:
        """The k products of the part that are most like one of them."""
        return self._shop.similar(product_id, k, within=self._within)

    def product(self, product_id: str) -> Product:
        """A product of the part; NotFound for every other id, before anything else is looked at."""
        if not self._shop.passes(product_id, self._within):
            raise NotFound(f"there is no product {product_id!r}", fix="take an id that a search returned")
        return self._shop.product(product_id)

    def products(self, ids: Sequence[str]) -> list[Product]:
        """Those of the products that are in the part, in the order of the ids."""
        found = []
        for id in ids:
            with suppress(NotFound):
                found.append(self.product(id))
        return found

    def suggest(self, prefix: str, language: str = "", limit: int = 8) -> tuple[Suggestion, ...]:
        """Suggestions that lead to something in the part."""
        return self._shop.suggest(prefix, language, limit, within=self._within)

    def explain(self, query: Query, product_id: str) -> Explanation:
        """Why a product of the part stands where it stands among those of the part."""
        return self._shop.explain(self._asked(query), product_id)

    def feedback(self, events: Iterable[Event], refused: Sequence[DeadLetter] = ()) -> int:
        """Keep what the tenant's shoppers saw and did; whether a product is elsewhere is not told."""
        return self._shop.feedback(events, refused)

    def _asked(self, query: Query) -> Query:
        return replace(query, within=(*query.within, *self._within))


def restricted(shop: "Storefront", within: tuple[Filter, ...]) -> "Storefront":
    """The shop within some filters.

    Raises
    ------
    Forbidden
        It cannot be asked that way.
    """
    if not isinstance(shop, HasParts):
        raise Forbidden("this shop has no tenants", fix="send a key without filters")
    return RestrictedShop(shop, within, shop)


class PartPhotos:
    """The photos that one tenant's shoppers search with: kept among all others, found by nobody else."""

    def __init__(self, photos: "Photos", within: tuple[Filter, ...]) -> None:
        self._photos = photos
        self._mark = hashlib.sha256(repr(within).encode()).digest()

    def keep(self, photo: bytes) -> str:
        """Keep a photo and say under which name."""
        return self._photos.keep(self._mark + photo)

    def get(self, name: str) -> bytes | None:
        """The photo, or None when it is not one of this part."""
        found = self._photos.get(name)
        return found.removeprefix(self._mark) if found is not None and found.startswith(self._mark) else None
