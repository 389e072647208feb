"""Whether the shop is ready for traffic, what it does without, why, and what to do about it."""

import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from wares.errors import WaresError
from wares.serve.front import Storefront
from wares.serve.operations.metrics import standing_of

FIXES = {
    "write": "free or mend the disk of the shop's folder, then start the writer again; see docs/operations.md",
    "index": "free space and memory; it catches up by itself, else run `wares rebuild`",
    "vectors": "run `wares rebuild` where the weights can be read; until then words alone find products",
    "ranker": "check search.ranker, then start again; until then products stand in the order they were found",
    "gate": "`wares generations` shows before and after; mend it, or let it go live with `wares rebuild --force`",
    "disk": "free space on the disk of the shop's folder; writes stop when it is full",
    "generation": "run `wares rebuild`: there is no index to answer from",
    "stopping": "send requests elsewhere: this process is about to end",
}
OTHERWISE = "see docs/operations.md"
FATAL = frozenset(("generation", "stopping"))
"""Without these a request cannot be answered; without others it is answered less well."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A part that is missing."""

    part: str
    reason: str

    @property
    def fix(self) -> str:
        """What to do."""
        return FIXES.get(self.part, OTHERWISE)


def conditions(shop: Storefront, *, reserve: int, stopping: bool) -> list[Condition]:
    """What is not as it should be; asks the shop and the disk.

    Parameters
    ----------
    reserve
        Bytes that must be free on the disk.
    """
    found = dict.fromkeys(shop.degraded, "")
    try:
        standing = standing_of(shop)
    except WaresError as error:
        found["generation"], standing = error.message, None
    if standing is not None:
        for part, reason in (("write", standing.unwritable), ("index", standing.behind), ("gate", standing.refused)):
            if reason:
                found[part] = reason
        if not standing.generation:
            found["generation"] = "no generation is served"
    free = _free(shop)
    if free < reserve:
        found["disk"] = f"{free:,} bytes are free, {reserve:,} are wanted (serve.disk_reserve)"
    if stopping:
        found["stopping"] = "the process was told to end"
    return [Condition(part, reason or "it rests") for part, reason in found.items()]


def report(found: Iterable[Condition], *, whole: bool) -> tuple[int, dict[str, Any]]:
    """The status and the body of ``/readyz``; reasons name folders, so they are not for everyone.

    Parameters
    ----------
    whole
        With reasons and fixes.
    """
    listed = list(found)
    unready = any(each.part in FATAL for each in listed)
    status = "unavailable" if unready else "degraded" if listed else "ok"
    told = [{**asdict(each), "fix": each.fix} if whole else {"part": each.part} for each in listed]
    return 503 if unready else 200, {"status": status, "degraded": told}


def _free(shop: Storefront) -> int:
    folder = shop.config.shop.folder
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free
