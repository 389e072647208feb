"""A shop that answers the same question once, as long as nothing changes: one place for every page and protocol.

An answer is kept under a digest of all that it depends on: the whole question, the part of the catalogue that it was
asked within, and the version of what is served. What was made while that changed, or without a part of the search, is
not kept, and neither is what a shopper is told for who they are.
"""

import pickle
from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from wares.caches import BoundedCache
from wares.serve.wrapped import wrapped
from wares.stages import note
from wares.types import Hits, Query

if TYPE_CHECKING:
    from wares.serve.front import Storefront

NAMES = ("search", "similar", "suggest")


def cached(shop: "Storefront") -> "Storefront":
    """The same shop, which keeps ``serve.response_cache`` bytes of answers; itself where that is 0."""
    most = shop.config.serve.response_cache
    if not most:
        return shop
    kept = BoundedCache[bytes, bytes]("answers", most)
    return wrapped(shop, "Cached", {name: _kept(shop, name, kept) for name in NAMES if hasattr(shop, name)})


def _kept(shop: "Storefront", name: str, kept: BoundedCache[bytes, bytes]) -> Callable[..., Any]:
    def make(*asked: Any, **named: Any) -> Any:
        return getattr(shop, name)(*asked, **named)

    def answering(*asked: Any, **named: Any) -> Any:
        if any(isinstance(each, Query) and each.shopper for each in asked):
            return make(*asked, **named)
        version = shop.version
        key = _digest(version, name, asked, sorted(named.items()))
        if (held := kept.get(key)) is not None:
            return _again(name, pickle.loads(held))
        found = make(*asked, **named)
        if _of(shop, found) == version:
            body = pickle.dumps(found, pickle.HIGHEST_PROTOCOL)
            kept.put(key, body, len(body))
        return found

    return answering


def _of(shop: "Storefront", found: Any) -> str:
    """The version that an answer is of; none of one that did without a part."""
    if isinstance(found, Hits):
        return "" if found.degraded else found.version
    return "" if "index" in shop.degraded else shop.version


def _again(name: str, found: Any) -> Any:
    """An answer under a name of its own, for events say which one they are of; a search is one more search."""
    if not isinstance(found, Hits):
        return found
    if name == "search":
        note("total", found.total)
    return replace(found, query_id=uuid4().hex)


def _digest(version: str, name: str, asked: tuple[Any, ...], named: list[tuple[str, Any]]) -> bytes:
    """Of equal length whatever was asked, so that nobody's long question takes room, and holding nobody's words."""
    told = tuple(_without_media(each) if isinstance(each, Query) else each for each in asked)
    return blake2b(repr((version, name, told, named)).encode("utf-8", "surrogatepass"), digest_size=24).digest()


def _without_media(query: Query) -> Query:
    """A photo and a clip by their digests: they need not be written out."""
    if query.photo is None and query.clip is None:
        return query
    photo, clip = (blake2b(each).digest() if each else each for each in (query.photo, query.clip))
    return replace(query, photo=photo, clip=clip)
