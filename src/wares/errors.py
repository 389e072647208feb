"""One tree of exceptions; every message says what to do.

::

    WaresError
    ├── ConfigError            wares.toml, environment or options
    ├── UnknownPart            a registered name that is not there
    ├── ContractError          a part breaks its contract
    ├── CatalogError
    │   ├── FeedError          a feed cannot be read at all
    │   │   └── MappingError   its columns cannot be matched to a product
    │   ├── FeedHeld           too many bad rows, or the feed shrank: the old catalogue stays
    │   ├── MediaRejected      a photo or clip that must not or cannot be taken in
    │   │   └── BlockedAddress an address that must not be fetched
    │   ├── StoreError         the store cannot be written
    │   ├── StoreLocked        another process writes this data folder
    │   └── NewerState         written by a newer wares
    ├── EncodeError            an item cannot be encoded
    │   └── WeightsError       weights are missing, changed or of a refused format
    ├── QueryError             a search that cannot be answered as asked
    │   ├── FilterError        a filter that cannot be read
    │   └── NotFound           no such product
    ├── CorruptIndex           a snapshot fails its checksums
    └── JudgementError         judgements or a run cannot be read
"""

from typing import ClassVar


class WaresError(Exception):
    """Root of the tree. ``code`` is for programs, ``status`` is the HTTP status, ``fix`` is what to do."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(f"{message} — {fix}" if fix else message)
        self.message = message
        self.fix = fix


class ConfigError(WaresError):
    code = "config"


class UnknownPart(WaresError):
    code = "unknown_part"


class ContractError(WaresError):
    code = "contract"


class CatalogError(WaresError):
    code = "catalog"
    status = 422


class FeedError(CatalogError):
    code = "feed"


class MappingError(FeedError):
    code = "mapping"


class FeedHeld(CatalogError):
    code = "feed_held"
    status = 409


class MediaRejected(CatalogError):
    code = "media_rejected"


class BlockedAddress(MediaRejected):
    code = "blocked_address"


class StoreError(CatalogError):
    code = "store"
    status = 503


class StoreLocked(CatalogError):
    code = "store_locked"
    status = 503


class NewerState(CatalogError):
    code = "newer_state"
    status = 503


class EncodeError(WaresError):
    code = "encode"
    status = 422


class WeightsError(EncodeError):
    code = "weights"
    status = 503


class QueryError(WaresError):
    code = "query"
    status = 400


class FilterError(QueryError):
    code = "filter"


class NotFound(QueryError):
    code = "not_found"
    status = 404


class CorruptIndex(WaresError):
    code = "corrupt_index"
    status = 503


class JudgementError(WaresError):
    code = "judgements"
    status = 422
