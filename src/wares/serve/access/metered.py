"""A shop that counts which products each client was shown: one place for every page and every protocol."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from wares.serve.access.meter import METER
from wares.serve.wrapped import wrapped
from wares.types import Hits, Product, Suggestion

if TYPE_CHECKING:
    from wares.serve.front import Storefront

Shown = Callable[[Any], Iterable[str]]


def _of_hits(hits: Hits) -> Iterable[str]:
    return hits.ids


def _of_suggestions(found: Iterable[Suggestion]) -> Iterable[str]:
    return [each.target for each in found if each.kind == "product"]


def _of_product(product: Product) -> Iterable[str]:
    return (product.id,)


def _of_products(products: Iterable[Product]) -> Iterable[str]:
    return [product.id for product in products]


SHOWN: dict[str, Shown] = {
    "search": _of_hits,
    "search_with": _of_hits,
    "similar": _of_hits,
    "suggest": _of_suggestions,
    "product": _of_product,
    "products": _of_products,
}
"""What an answer of each method shows, as ids of products."""


def metered(shop: "Storefront") -> "Storefront":
    """The same shop; what it shows is counted before it is handed on."""
    counted = {name: _counted(shop, name, shown) for name, shown in SHOWN.items() if hasattr(shop, name)}
    return wrapped(shop, "Metered", counted)


def _counted(shop: "Storefront", name: str, shown: Shown) -> Callable[..., Any]:
    def counting(*asked: Any, **named: Any) -> Any:
        found = getattr(shop, name)(*asked, **named)
        if (meter := METER.get()) is not None:
            meter.see(shown(found))
        return found

    return counting
