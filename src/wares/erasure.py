"""A shopper is erased: from the store, from what was learned of their queries, and from every byte of the files.

What was deleted, which files were looked through and what they were found to hold is put on the audit log as a proof;
the id stands there only as the keyed hash of its tombstone.
"""

import mmap
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wares.audit import AuditLog
from wares.catalog.events import EventLog
from wares.catalog.unfound import UnfoundQueries
from wares.types import Progress, silent

SHORTEST = 8  # signs of a name that is looked for byte by byte: a shorter one stands in numbers by chance
MOST_NAMES = 64  # are looked for
LEFT_OUT = ("media",)  # photos and clips of products, that no name of a shopper goes into

Forget = Callable[[Iterable[str], Progress], int]
"""Makes anew what was learned from queries, where it holds one of these; how many generations it took away."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """The proof.

    Attributes
    ----------
    subject
        The tombstone's hash of the id, in hex.
    events, dead_letters, unlinked
        What was deleted, and events of other people that a shared session or client was taken out of.
    names
        How many names were known: the id, sessions, clients.
    generations
        Generations of the index that were taken away, because they suggested what nobody else asked.
    looked_for
        How many of the names were looked for in every file; the others are shorter than 8 signs, beyond the first 64,
        or a part of a longer text of somebody else's, and were looked for in the tables alone.
    files, bytes
        What was looked through.
    remaining
        Files that still hold one of the names: none, or this is no proof.
    seconds
        How long it took.
    """

    subject: str
    events: int
    dead_letters: int
    unlinked: int
    names: int
    generations: int
    looked_for: int
    files: int
    bytes: int
    remaining: tuple[str, ...]
    seconds: float

    @property
    def clean(self) -> bool:
        return not self.remaining

    def facts(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "remaining": list(self.remaining)}


def erase(
    shopper: str, events: EventLog, forget: Forget, folder: Path, audit: AuditLog, *, progress: Progress = silent
) -> Erasure:
    """Take a shopper out of everything, and prove it.

    Parameters
    ----------
    shopper
        As the shop calls them: the user id, or a session or client that never signed in.
    folder
        The data folder.

    Raises
    ------
    Busy
        The files could not be cleaned because somebody reads all the time; run it again.
    """
    began = time.monotonic()
    removed, who, subject = events.remove(shopper)
    generations = forget(events.unasked(removed.queries), progress)
    UnfoundQueries(folder).forget(removed.queries, who)
    looked_for = events.scrub(who)
    wanted = sorted(name for name in looked_for if len(name) >= SHORTEST)
    names = [name.encode() for name in sorted(wanted, key=lambda name: name != shopper)[:MOST_NAMES]]
    files = size = 0
    remaining = []
    for path in _files(folder):
        files += 1
        size += path.stat().st_size
        if _holds(path, names):
            remaining.append(path.relative_to(folder).as_posix())
        progress("look through files", files, 0)
    proof = Erasure(
        subject.hex(),
        removed.events,
        removed.dead_letters,
        removed.unlinked,
        len(who),
        generations,
        len(names),
        files,
        size,
        tuple(remaining),
        round(time.monotonic() - began, 3),
    )
    audit.write("privacy.erase", proof.subject, **proof.facts())
    return proof


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.relative_to(folder).parts[0] not in LEFT_OUT:
            yield path


def _holds(path: Path, names: Iterable[bytes]) -> bool:
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return any(content.find(name) >= 0 for name in names)
    except (ValueError, FileNotFoundError):  # empty, or swept away meanwhile
        return False
