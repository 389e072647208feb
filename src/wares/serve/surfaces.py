"""What pages and protocols need of a shop, each thing it may be able to do as a protocol of its own."""

from pathlib import Path
from typing import Protocol, runtime_checkable

from wares.config import Config
from wares.types import Explanation, Hits, Product, Query, Suggestion


class MediaFolder(Protocol):
    """What is needed of :class:`wares.catalog.media.MediaStore`."""

    def path(self, sha256: str) -> Path: ...

    def poster(self, sha256: str) -> Path: ...

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

    def product(self, product_id: str) -> Product: ...


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
