"""A shop of which some methods are done otherwise: how whatever stands between the shop and its pages is put there."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from wares.serve.front import Storefront


def wrapped(shop: "Storefront", name: str, instead: Mapping[str, Callable[..., Any]]) -> "Storefront":
    """The same shop with everything it can do; what ``instead`` names is done by that.

    Its class, ``name`` and that of the shop, is made for it, so that whoever asks what the shop can do (``isinstance``
    with a protocol) is told.
    """
    kind = type(shop)
    names = [each for each in (*dir(kind), *vars(shop)) if not each.startswith("_")]
    members: dict[str, Any] = {each: property(partial(_passed_on, shop, each)) for each in names}
    members |= {each: staticmethod(method) for each, method in instead.items()}
    members["__getattr__"] = lambda _, each: getattr(shop, each)  # what its class does not say it can do
    return cast("Storefront", type(f"{name}{kind.__name__}", (), members)())


def _passed_on(shop: "Storefront", name: str, _: object) -> Any:
    return getattr(shop, name)
