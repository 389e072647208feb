"""A shop that counts the words for which it finds nothing: one place for every page and protocol."""

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from wares.catalog.unfound import UnfoundQueries
from wares.serve.access.masking import mask
from wares.serve.wrapped import wrapped
from wares.types import Hits, Query

if TYPE_CHECKING:
    from wares.serve.front import Storefront


@runtime_checkable
class KeepsUnfound(Protocol):
    """A shop that keeps what was not found, such as :class:`wares.shop.Shop`."""

    @property
    def unfound(self) -> UnfoundQueries: ...


def counting_unfound(shop: "Storefront") -> "Storefront":
    """The same shop; words that found nothing are counted, masked, once however many pages are asked for.

    An answer that did without a part says nothing of the catalogue.
    """
    if not isinstance(shop, KeepsUnfound):
        return shop
    unfound = shop.unfound

    def search(query: Query) -> Hits:
        hits = shop.search(query)
        if query.text and not (hits.total or query.page or hits.degraded):
            narrowed = any(notice.code.startswith("no_filter_match") for notice in hits.notices)
            unfound.add(mask(query.text), "filters" if narrowed else "not_carried")
        return hits

    return wrapped(shop, "Counting", {"search": search})
