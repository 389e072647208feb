"""How long answers go without what the disk or the memory will not have: it is tried again, each time later."""

import shutil
from pathlib import Path

from wares.errors import DiskFull, StoreError
from wares.logs import Logger

MOST = 10  # failures in a row after which the pause is not doubled any more

log = Logger(__name__)


class Patience:
    """Of one index that follows a store.

    After each failure in a row twice as many answers pass before it is tried again; after a full disk also as soon as
    there is more space than at any failure before.

    Attributes
    ----------
    reason
        Why the index is behind; empty where it is not.
    pause
        Answers that pass before it is tried again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.succeeded()

    def succeeded(self) -> None:
        """It is not behind."""
        self.reason, self.pause, self._failures, self._full_at = "", 0, 0, -1

    def failed(self, error: StoreError | MemoryError, served: str) -> None:
        """The disk or the memory did not have it; said once."""
        if not self.reason:
            log.error("index is behind", code=getattr(error, "code", "busy"), reason=str(error), served=served)
        self.reason = str(error) or "out of memory"
        self._failures = min(self._failures + 1, MOST)
        self.pause = 2**self._failures
        if isinstance(error, DiskFull):
            self._full_at = max(self._full_at, shutil.disk_usage(self._folder).free)

    def is_over(self) -> bool:
        """Whether to try again before this answer."""
        if self.pause > 0 and not (0 <= self._full_at < shutil.disk_usage(self._folder).free):
            self.pause -= 1
            return False
        return True
