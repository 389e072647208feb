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
    │   ├── StoreError         the store cannot be read or written
    │   │   ├── DiskFull       no space for a write; it goes on once there is space
    │   │   ├── DiskFailed     the disk did not keep what was written: no more writes before a restart
    │   │   └── ReadOnly       the disk or the folder cannot be written
    │   ├── StoreLocked        another process writes this data folder
    │   └── NewerState         written by a newer wares
    ├── EncodeError            an item cannot be encoded
    │   ├── EncoderFailed      the encoder failed, hung or gave what is no vector; words are matched meanwhile
    │   └── WeightsError       weights are missing, changed or of a refused format
    ├── QueryError             a search that cannot be answered as asked
    │   ├── FilterError        a filter that cannot be read
    │   ├── NotFound           no such product
    │   ├── TooLarge           a body with more bytes or items than are taken at once
    │   ├── SlowBody           a body that did not come in time
    │   ├── CursorExpired      a cursor that is too old, or of another generation of the index
    │   └── Conflict           the request contradicts one that was made before
    │       └── KeyReused      an Idempotency-Key that came with another request before
    ├── AccessError            a request that may not be made
    │   ├── Unauthenticated    no key, or none that is valid
    │   └── Forbidden          the key does not allow it
    ├── CorruptIndex           a snapshot fails its checksums
    │   └── StaleIndex         it was made with other encoders or settings
    ├── GateRefused            what would go live is measurably worse than what is served
    ├── Busy                   memory or files ran out for one request: ask again
    │   ├── TooMany            more requests than are answered in time, or than a key may send
    │   └── Unreachable        a server that does not answer, or not as a shop does
    ├── Interrupted            a job whose process ended in the middle of it, again and again
    ├── TrainingError          nothing can be learned from what was given
    └── JudgementError         judgements or a run cannot be read
"""

import errno
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, ClassVar


class WaresError(Exception):
    """Root of the tree. ``code`` is for programs, ``status`` is the HTTP status, ``fix`` is what to do.

    ``more`` holds what else a server said, such as the ``report`` of a write.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    more: Mapping[str, Any] = MappingProxyType({})

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


class DiskFull(StoreError):
    code = "disk_full"
    status = 507


class DiskFailed(StoreError):
    code = "disk_failed"


class ReadOnly(StoreError):
    code = "read_only"


class StoreLocked(CatalogError):
    code = "store_locked"
    status = 503


class NewerState(CatalogError):
    code = "newer_state"
    status = 503


class EncodeError(WaresError):
    code = "encode"
    status = 422


class EncoderFailed(EncodeError):
    code = "encoder_failed"
    status = 503


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


class TooLarge(QueryError):
    code = "too_large"
    status = 413


class SlowBody(QueryError):
    code = "slow_body"
    status = 408


class CursorExpired(QueryError):
    code = "cursor_expired"
    status = 410


class Conflict(QueryError):
    code = "conflict"
    status = 409


class KeyReused(Conflict):
    code = "key_reused"
    status = 422


class AccessError(WaresError):
    code = "access"
    status = 403


class Unauthenticated(AccessError):
    code = "unauthenticated"
    status = 401


class Forbidden(AccessError):
    code = "forbidden"


class CorruptIndex(WaresError):
    code = "corrupt_index"
    status = 503


class StaleIndex(CorruptIndex):
    code = "stale_index"


class GateRefused(WaresError):
    code = "gate_refused"
    status = 409


class Busy(WaresError):
    """The answer over HTTP says after how many seconds to ask again."""

    code = "busy"
    status = 503


class TooMany(Busy):
    code = "too_many"
    status = 429


class Unreachable(Busy):
    code = "unreachable"
    status = 502


class Interrupted(WaresError):
    code = "interrupted"


class TrainingError(WaresError):
    code = "training"
    status = 422


class JudgementError(WaresError):
    code = "judgements"
    status = 422


_SYSTEM: dict[int, tuple[type[StoreError], str]] = {
    errno.ENOSPC: (DiskFull, "free some space; nothing needs a restart"),
    errno.EDQUOT: (DiskFull, "raise the quota or free some space; nothing needs a restart"),
    errno.EIO: (DiskFailed, "check the disk, then start again: what was acknowledged before is kept"),
    errno.EROFS: (ReadOnly, "make the folder writable; searching works meanwhile"),
    errno.EACCES: (ReadOnly, "make the folder writable; searching works meanwhile"),
}
# SQLite's primary result codes, https://www.sqlite.org/rescode.html
_SQLITE = {8: errno.EROFS, 10: errno.EIO, 13: errno.ENOSPC}


def disk_error(error: BaseException) -> StoreError | None:
    """What an error of the system or of SQLite says of the disk; None where it says nothing."""
    if isinstance(error, OSError):
        number = error.errno
    elif isinstance(error, sqlite3.Error):
        number = _SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    else:
        number = None
    if number not in _SYSTEM:
        return None
    kind, fix = _SYSTEM[number]
    return kind(f"nothing was written: {error}", fix=fix)


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn what the system says of a disk into a StoreError."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        if (found := disk_error(error)) is not None:
            raise found from error
        raise
