"""The private folder of one ``wares serve``: what its processes share while it runs, and nobody keeps.

Photos of shoppers are in it. So it lies where temporary files do, out of the shop's folder and its backups; it goes
when the run ends, and what a run left that was killed goes with the next start, since nobody holds its lock any more.
"""

import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from wares.logs import Logger
from wares.serve.access import tally
from wares.serve.access.tally import Tally
from wares.serve.operations import sharing
from wares.serve.photos import QueryPhotos

PREFIX = "wares-serve-"

log = Logger(__name__)


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Handed to every process of a run when it is started; ``secret`` lies in no file."""

    path: Path
    secret: bytes = field(repr=False)

    @property
    def writer(self) -> Path:
        """The writer's socket."""
        return self.path / "writer.sock"

    @property
    def numbers(self) -> Path:
        """Where metrics are added up."""
        return self.path / "numbers"

    def photos(self) -> QueryPhotos:
        """Photos that shoppers search with."""
        return QueryPhotos(self.path / "photos")

    def tally(self) -> Tally:
        """What limits are counted in."""
        return Tally(self.path / "tally", self.secret)


@contextmanager
def run_folder() -> Iterator[RunFolder]:
    """A new one, until the block ends; what runs left that were killed is removed first."""
    place = Path(tempfile.gettempdir())  # a data folder's path may be too long for a socket
    for left in place.glob(f"{PREFIX}*"):
        _sweep(left)
    made = Path(tempfile.mkdtemp(prefix=f".{PREFIX}"))
    held = os.open(made, os.O_RDONLY)  # systemd-tmpfiles leaves alone what is locked, too
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        path = made.rename(made.with_name(made.name.removeprefix(".")))  # seen by others from now on, when it is locked
        try:
            (path / "photos").mkdir(mode=0o700)
            sharing.start(path / "numbers")
            tally.start(path / "tally")
            yield RunFolder(path, secrets.token_bytes(32))
        finally:
            _remove(path)
    finally:
        os.close(held)


def _sweep(left: Path) -> None:
    """Remove a folder of ours that nobody holds."""
    try:
        found = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:  # somebody else's, or gone
        return
    try:
        if os.fstat(found).st_uid == os.geteuid():
            fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(left)
    except BlockingIOError:  # it runs
        return
    finally:
        os.close(found)


def _remove(path: Path) -> None:
    """Under another name first: a worker that still ends can put nothing there."""
    try:
        shutil.rmtree(path.rename(path.with_name(f"{path.name}.gone")))
    except OSError as error:
        log.warning("files of a run are left, photos of shoppers among them", folder=str(path), reason=error.strerror)
