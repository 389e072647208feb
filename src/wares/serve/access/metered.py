"""A shop that counts which products each client was shown: one place for every page and every protocol."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from wares.serve.access.meter import METER
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
    """The same shop with everything it can do; what it shows is counted before it is handed on.

    Its class is made for it, so that whoever asks what the shop can do (``isinstance`` with a protocol) is told.
    """

    kind = type(shop)
    names = [name for name in (*dir(kind), *vars(shop)) if not name.startswith("_")]
    members: dict[str, Any] = {name: property(partial(_passed_on, shop, name)) for name in names}
    members |= {name: _counted(shop, name, SHOWN[name]) for name in SHOWN if hasattr(shop, name)}
    members["__getattr__"] = lambda _, name: getattr(shop, name)  # what its class does not say it can do
    return cast("Storefront", type(f"Metered{kind.__name__}", (), members)())


def _passed_on(shop: "Storefront", name: str, _: object) -> Any:
    return getattr(shop, name)


def _counted(shop: "Storefront", name: str, shown: Shown) -> Any:
    def counting(*asked: Any, **named: Any) -> Any:
        found = getattr(shop, name)(*asked, **named)
        if (meter := METER.get()) is not None:
            meter.see(shown(found))
        return found

    return staticmethod(counting)
